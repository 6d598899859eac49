// SPDX-License-Identifier: GPL-2.0-only
/*
 * Passwords, by PAM; root and the members of a group may log in. An address that was refused waits
 * before its next attempt is looked at: a second, doubled with each refusal up to 32, forgotten
 * after ten minutes. Four attempts are looked at at once, so that guessing cannot take the CPU.
 */
#include "auth.h"

#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <security/pam_appl.h>

#include "alloc.h"
#include "log.h"

enum { AT_ONCE = 4, REMEMBERED = 256, FORGET_SECONDS = 600, LONGEST = 32, PATIENCE = 60 };
enum { GROUPS = 1024, ROOM = 64 << 10 };

struct refused {
	char peer[64];
	int times;
	time_t last;
	time_t next; /* when its last attempt that waits is looked at */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards what is below */
static pthread_cond_t freed = PTHREAD_COND_INITIALIZER;
static int busy;
static struct refused refused[REMEMBERED];
static const char *pam_folder, *admins;

void auth_setup(const char *folder, const char *group)
{
	pam_folder = folder;
	admins = group;
}

/* Whether a user is one of the group's; a group of which nobody is has none. */
static bool in_group(const char *user)
{
	struct passwd *who = NULL, who_room;
	struct group *group = NULL, group_room;
	char *room = alloc_zero(2 * ROOM);
	gid_t ids[GROUPS];
	int n = GROUPS;
	bool in = false;

	getpwnam_r(user, &who_room, room, ROOM, &who);
	getgrnam_r(admins, &group_room, room + ROOM, ROOM, &group);
	if (who && group && getgrouplist(user, who->pw_gid, ids, &n) >= 0)
		for (int i = 0; i < n; i++)
			in = in || ids[i] == group->gr_gid;
	free(room);
	return in;
}

/* PAM asks: the password is the answer to everything that is not echoed. */
static int answer(int n, const struct pam_message **messages, struct pam_response **responses,
		  void *password)
{
	struct pam_response *r = alloc_zero(n * sizeof(*r));

	for (int i = 0; i < n; i++)
		if (messages[i]->msg_style == PAM_PROMPT_ECHO_OFF)
			r[i].resp = alloc_text(password, strlen(password));
	*responses = r;
	return PAM_SUCCESS;
}

static bool pam(const char *user, const char *password, const char *peer)
{
	const struct pam_conv conversation = {answer, (void *)password};
	pam_handle_t *handle;
	int result;

	result = pam_folder ? pam_start_confdir("xapid", user, &conversation, pam_folder, &handle)
			    : pam_start("xapid", user, &conversation, &handle);
	if (result != PAM_SUCCESS) {
		log_error("PAM does not start: %d", result);
		return false;
	}
	pam_set_item(handle, PAM_RHOST, peer);
	result = pam_authenticate(handle, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
	if (result == PAM_SUCCESS)
		result = pam_acct_mgmt(handle, PAM_SILENT);
	pam_end(handle, result);
	return result == PAM_SUCCESS;
}

/* The entry of an address, or the one that was idle longest, cleared. The lock is held. */
static struct refused *entry(const char *peer, time_t now)
{
	struct refused *oldest = &refused[0];

	for (int i = 0; i < REMEMBERED; i++) {
		struct refused *r = &refused[i];

		if (r->times && now - r->last > FORGET_SECONDS)
			r->times = 0;
		if (r->times && !strcmp(r->peer, peer))
			return r;
		if (!r->times || (oldest->times && r->last < oldest->last))
			oldest = r;
	}
	memset(oldest, 0, sizeof(*oldest));
	strncpy(oldest->peer, peer, sizeof(oldest->peer) - 1);
	return oldest;
}

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/*
 * Wait for as long as this address has to, then for a place. Attempts that an address makes at once
 * wait one behind the other. Return: false if the wait would be too long.
 */
static bool enter(const char *peer)
{
	struct refused *r;
	time_t when;

	pthread_mutex_lock(&lock);
	r = entry(peer, now());
	when = now();
	if (r->times) {
		when = (r->next > when ? r->next : when) +
		       (r->times > 5 ? LONGEST : 1 << (r->times - 1));
		if (when - now() <= PATIENCE)
			r->next = when;
	}
	pthread_mutex_unlock(&lock);
	if (when - now() > PATIENCE)
		return false;
	while (now() < when)
		nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
	pthread_mutex_lock(&lock);
	while (busy >= AT_ONCE)
		pthread_cond_wait(&freed, &lock);
	busy++;
	pthread_mutex_unlock(&lock);
	return true;
}

static void leave(const char *peer, bool accepted)
{
	struct refused *r;

	pthread_mutex_lock(&lock);
	r = entry(peer, now());
	r->last = now();
	r->times = accepted ? 0 : r->times < 8 ? r->times + 1 : 8;
	busy--;
	pthread_cond_signal(&freed);
	pthread_mutex_unlock(&lock);
}

const char *auth_check(const char *user, const char *password, const char *peer)
{
	const char *why = NULL;

	if (!enter(peer)) {
		log_warning("logins from %s come too fast", peer);
		return "Authentication failure";
	}
	if (!pam(user, password, peer))
		why = "Authentication failure";
	else if (strcmp(user, "root") && !in_group(user))
		why = "The user is not root, and not in the group of administrators";
	if (why)
		log_warning("login of %s from %s is refused: %s", user, peer, why);
	leave(peer, !why);
	return why;
}
