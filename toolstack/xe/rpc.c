/* SPDX-License-Identifier: GPL-2.0-only */
/* The session and its calls, as JSON-RPC 2.0 at /jsonrpc. */
#include "rpc.h"

#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "text.h"

static char *session;	/* its reference, once logged in */
static int last_id;
static bool debug;

/* The request, where passwords are stars. */
static void show(const char *method, const json_t *params)
{
	char *body = strstr(method, "password") ? NULL : json_dumps(params, JSON_COMPACT);

	fprintf(stderr, "debug: %s %s\n", method, body ? body : "[...]");
	free(body);
}

static json_t *error_of(json_t *answer)
{
	json_t *error = json_object_get(answer, "error"), *data = json_object_get(error, "data");
	json_t *list;

	if (!json_is_object(error))
		return NULL;
	list = json_array();
	json_array_append(list, json_object_get(error, "message"));
	if (json_is_array(data))
		json_array_extend(list, data);
	return list;
}

/* One request. @params is consumed; the result or *@error is returned. */
static json_t *request(const char *method, json_t *params, json_t **error)
{
	json_t *call = json_pack("{s:s, s:s, s:o, s:i}", "jsonrpc", "2.0", "method", method,
				 "params", params, "id", ++last_id);
	char *body = json_dumps(call, JSON_COMPACT), *text;
	json_t *answer, *result;
	json_error_t where;

	if (debug)
		show(method, params);
	text = connection_post("/jsonrpc", body);
	free(body);
	json_decref(call);
	answer = json_loads(text, JSON_ALLOW_NUL, &where);
	free(text);
	if (!answer)
		fail("the answer of the server is no JSON: %s", where.text);
	*error = error_of(answer);
	result = *error ? NULL : json_incref(json_object_get(answer, "result"));
	if (!result && !*error)
		fail("the answer of the server has neither result nor error");
	json_decref(answer);
	return result;
}

void rpc_open(const struct args *args)
{
	const char *user = args->user ? args->user : "root";
	const char *password = args->password ? args->password : "";
	json_t *error, *result;

	debug = args->debug;
	if (args->server && !args->password)
		fail("the server %s wants a password: -u USER -pw PASSWORD or -pwf FILE",
		     args->server);
	connection_open(args);
	result = request("session.login_with_password",
			 json_pack("[s, s, s, s]", user, password, "2.0", "xe"), &error);
	if (!result) {
		rpc_print_error(error);
		json_decref(error);
		exit(1);
	}
	session = strdup(json_is_string(result) ? json_string_value(result) : "");
	json_decref(result);
	if (!session)
		fail("there is no memory left");
}

void rpc_close(void)
{
	json_t *error, *result;
	char *ended = session;

	if (!ended)
		return;
	session = NULL;	/* a failure below does not come back here */
	result = request("session.logout", json_pack("[s]", ended), &error);
	json_decref(result);
	json_decref(error);
	free(ended);
	connection_close();
}

json_t *rpc_try(const char *method, json_t *params, json_t **error)
{
	json_array_insert_new(params, 0, json_string(session));
	return request(method, params, error);
}

json_t *rpc_call(const char *method, json_t *params)
{
	json_t *error, *result = rpc_try(method, params, &error);

	if (result)
		return result;
	rpc_print_error(error);
	json_decref(error);
	exit(1);
}

void rpc_do(const char *method, json_t *params)
{
	json_decref(rpc_call(method, params));
}

static const char *with_session(const char *path)
{
	return text("%s%csession_id=%s", path, strchr(path, '?') ? '&' : '?',
		    rpc_escape(session));
}

void rpc_transfer(const char *path, FILE *file, bool send, bool progress)
{
	connection_transfer(with_session(path), file, send, progress);
}

void rpc_console(const char *path)
{
	connection_console(with_session(path));
}

const char *rpc_escape(const char *value)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
	char *made = text_part("", 0);

	for (; *value; value++)
		made = strchr(plain, *value) ? text("%s%c", made, *value) :
					       text("%s%%%02X", made, (unsigned char)*value);
	return made;
}
