// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sessions. A session ends by logout, a day without a call, or as the longest idle one when there
 * are too many. The store's lock guards the table.
 */
#include "session.h"

#include <string.h>
#include <time.h>

#include "auth.h"

enum { SESSIONS = 500, IDLE_SECONDS = 24 * 3600 };

static struct session sessions[SESSIONS];

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

struct session *session_find(const char *ref)
{
	for (int i = 0; i < SESSIONS; i++)
		if (*sessions[i].ref && !strcmp(sessions[i].ref, ref))
			return &sessions[i];
	return NULL;
}

bool session_use(const char *ref)
{
	struct session *s = session_find(ref);

	if (!s || now() - s->last_used > IDLE_SECONDS)
		return false;
	s->last_used = now();
	return true;
}

/* In a transaction. */
static void end(struct session *s)
{
	struct object *object = store_find(CLASS(session), s->ref);

	if (object)
		store_delete(object);
	value_put(s->classes);
	memset(s, 0, sizeof(*s));
}

/* A free place, or that of the longest idle session, which ends. In a transaction. */
static struct session *place(void)
{
	struct session *oldest = &sessions[0];

	for (int i = 0; i < SESSIONS; i++) {
		struct session *s = &sessions[i];

		if (*s->ref && now() - s->last_used > IDLE_SECONDS)
			end(s);
		if (!*s->ref)
			return s;
		if (s->last_used < oldest->last_used)
			oldest = s;
	}
	end(oldest);
	return oldest;
}

static struct value *open_session(struct call *call, const char *user, const char *originator)
{
	struct object *object;
	struct session *s;
	struct value *ref;

	store_begin();
	s = place();
	object = store_create(CLASS(session));
	store_set_ref(object, F_session_this_host, store_first(CLASS(host)));
	store_set_bool(object, F_session_is_local_superuser, !strcmp(user, "root"));
	store_set_text(object, F_session_auth_user_name, user);
	store_set_text(object, F_session_originator, originator);
	store_set(object, F_session_last_active, value_time(time(NULL)));
	store_set(object, F_session_validation_time, value_time(time(NULL)));
	strcpy(s->ref, object->ref);
	s->last_used = now();
	s->seen = store_generation();
	ref = value_string(object->ref);
	if (store_commit())
		return ref;
	value_put(ref);
	store_lock();
	memset(s, 0, sizeof(*s));
	store_unlock();
	return call_fail(call, "INTERNAL_ERROR", "the database cannot be written", NULL);
}

static struct value *login(struct call *call, const char *user, const char *password,
			   const char *originator)
{
	const char *why = NULL;

	if (call->origin->local)
		user = *user ? user : "root"; /* the socket's permissions let only root in */
	else
		why = auth_check(user, password, call->origin->peer);
	if (why)
		return call_fail(call, "SESSION_AUTHENTICATION_FAILED", user, why, NULL);
	return open_session(call, user, originator);
}

static struct value *login_with_password(struct call *call)
{
	return login(call, call_text(call, 0), call_text(call, 1), call_text(call, 3));
}

/* This host is its own pool's master, and its passwords are the same. */
static struct value *slave_local_login_with_password(struct call *call)
{
	return login(call, call_text(call, 0), call_text(call, 1), "");
}

static struct value *logout(struct call *call)
{
	struct session *s = session_find(call->session);

	if (s)
		end(s);
	return NULL;
}

static struct value *get_all_subject_identifiers(struct call *call)
{
	(void)call;
	return value_set();
}

const struct api session_api[] = {
	{"session.login_with_password", login_with_password, CALL_OPEN},
	{"session.slave_local_login_with_password", slave_local_login_with_password, CALL_OPEN},
	{"session.logout", logout, CALL_WRITE},
	{"session.local_logout", logout, CALL_WRITE},
	{"session.get_all_subject_identifiers", get_all_subject_identifiers, CALL_READ},
	{0},
};
