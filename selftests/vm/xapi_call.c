// SPDX-License-Identifier: GPL-2.0-only
/*
 * One call of XenAPI over xapid's local socket, for tests in Domain-0, which has no Python:
 * xapi_call SOCKET METHOD [ARGUMENT...]. It logs in, puts the session before the arguments, and
 * prints the result: a string as it is, else JSON. An argument that begins as JSON does is taken as
 * JSON, another one as a string. An error is printed on standard error, and the status is 1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>

static int connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		perror(path);
		exit(2);
	}
	return fd;
}

/* The body of the answer to a request, which is sent whole. */
static json_t *post(const char *path, json_t *request)
{
	static char answer[1 << 22];
	char *body = json_dumps(request, JSON_COMPACT), *text;
	int fd = connect_to(path);
	size_t got = 0;
	ssize_t n;

	dprintf(fd,
		"POST /jsonrpc HTTP/1.1\r\nHost: local\r\nConnection: close\r\n"
		"Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
		strlen(body), body);
	while ((n = read(fd, answer + got, sizeof(answer) - 1 - got)) > 0)
		got += (size_t)n;
	answer[got] = 0;
	close(fd);
	free(body);
	text = strstr(answer, "\r\n\r\n");
	return text ? json_loads(text + 4, 0, NULL) : NULL;
}

/* The result of a call, or the end of the program. */
static json_t *call(const char *path, const char *method, json_t *params)
{
	json_t *answer = post(path, json_pack("{s:s,s:s,s:o,s:i}", "jsonrpc", "2.0", "method",
					      method, "params", params, "id", 1));
	json_t *error = json_object_get(answer, "error");

	if (!answer || error) {
		fprintf(stderr, "%s: %s\n", method,
			error ? json_dumps(error, JSON_COMPACT) : "no answer");
		exit(1);
	}
	return json_object_get(answer, "result");
}

static json_t *argument(const char *text)
{
	json_t *json =
		strchr("[{\"-0123456789tf", *text) ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;

	return json ? json : json_string(text);
}

int main(int argc, char **argv)
{
	json_t *params, *result;

	if (argc < 3) {
		fprintf(stderr, "usage: xapi_call SOCKET METHOD [ARGUMENT...]\n");
		return 2;
	}
	result = call(argv[1], "session.login_with_password", json_pack("[ss]", "root", ""));
	params = json_array();
	json_array_append(params, result);
	for (int i = 3; i < argc; i++)
		json_array_append_new(params, argument(argv[i]));
	result = call(argv[1], argv[2], params);
	if (json_is_string(result))
		puts(json_string_value(result));
	else
		puts(json_dumps(result, JSON_COMPACT | JSON_ENCODE_ANY));
	return 0;
}
