/* SPDX-License-Identifier: GPL-2.0-only */
/* HTTP with libcurl, at the daemon's local socket or a server. */
#include "connection.h"

#include <curl/curl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "text.h"

/* What a server's answer may have at most, so that a bad one takes no more memory. */
#define ANSWER_MAX (256u << 20)
/* The key that ends a console: ctrl-]. */
#define ESCAPE_KEY 0x1d

static CURL *curl;
static const char *base;	/* "https://HOST:PORT" */
static const char *local;	/* the socket, or NULL */
static const char *known_certificate;	/* a file with the server's certificate, or NULL */

struct answer {
	char *text;
	size_t length;
};

static size_t keep(char *from, size_t size, size_t count, void *to)
{
	struct answer *answer = to;
	size_t more = size * count;
	char *longer;

	if (more > ANSWER_MAX - answer->length)
		return 0;
	longer = realloc(answer->text, answer->length + more + 1);
	if (!longer)
		return 0;
	memcpy(longer + answer->length, from, more);
	answer->text = longer;
	answer->length += more;
	answer->text[answer->length] = '\0';
	return more;
}

/* A handle for one request to @path. */
static void prepare(const char *path)
{
	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, text("%s%s", base, path));
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (local)
		curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, local);
	if (known_certificate) {
		curl_easy_setopt(curl, CURLOPT_CAINFO, known_certificate);
		curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	}
}

static void must(CURLcode code)
{
	if (code == CURLE_PEER_FAILED_VERIFICATION && known_certificate)
		fail("the certificate of %s is not the one in %s: if it was replaced on purpose, "
		     "remove that file", base, known_certificate);
	if (code != CURLE_OK)
		fail("%s (calling %s)", curl_easy_strerror(code), local ? local : base);
}

/* A handle that has served one bare connection (CURLOPT_CONNECT_ONLY) is of no further use. */
static void renew(void)
{
	curl_easy_cleanup(curl);
	curl = curl_easy_init();
	if (!curl)
		fail("libcurl does not start");
}

/* The first certificate that the server shows, in PEM form. */
static const char *ask_certificate(void)
{
	struct curl_certinfo *info = NULL;
	const char *found = NULL;

	prepare("/");
	curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(curl, CURLOPT_CERTINFO, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	must(curl_easy_perform(curl));
	curl_easy_getinfo(curl, CURLINFO_CERTINFO, &info);
	for (struct curl_slist *line = info && info->num_of_certs ? info->certinfo[0] : NULL; line;
	     line = line->next)
		if (strncmp(line->data, "Cert:", 5) == 0)
			found = found ? found : text("%s", line->data + 5);
	renew();
	if (!found)
		fail("the server %s shows no certificate", base);
	return found;
}

/*
 * A server's certificate is usually its own work: the one of the first connection is kept below
 * ~/.xe-certificates, and must be the same from then on. Each connection is checked against that
 * file, so the password goes to the server that has its key.
 */
static void trust(const struct args *args)
{
	const char *home = getenv("HOME"), *folder, *certificate, *file;
	FILE *to;

	if (!home)
		fail("HOME is not set, and the certificates of servers are kept below it");
	folder = text("%s/.xe-certificates", home);
	file = text("%s/%s_%s.pem", folder, text_swap(args->server, '/', '_'),
		    args->port ? args->port : "443");
	if (access(file, R_OK) != 0) {
		certificate = ask_certificate();
		mkdir(folder, 0700);
		to = fopen(file, "wxe");
		if (!to || fputs(certificate, to) < 0 || fclose(to) != 0)
			fail("the certificate of %s cannot be kept in %s", args->server, file);
		if (!args->quiet_certificates)
			fprintf(stderr, "The certificate of %s is new: it is kept in %s\n",
				args->server, file);
	}
	known_certificate = file;
}

void connection_open(const struct args *args)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	curl = curl_easy_init();
	if (!curl)
		fail("libcurl does not start");
	signal(SIGPIPE, SIG_IGN);
	if (!args->server) {
		local = args->socket;
		base = "http://localhost";
		return;
	}
	base = text("http%s://%s:%s", args->plain ? "" : "s", args->server,
		    args->port ? args->port : args->plain ? "80" : "443");
	if (!args->plain)
		trust(args);
}

void connection_close(void)
{
	curl_easy_cleanup(curl);
	curl = NULL;
	curl_global_cleanup();
}

char *connection_post(const char *path, const char *body)
{
	struct curl_slist *headers = NULL;
	struct answer answer = {NULL, 0};
	long status = 0;
	CURLcode code;

	prepare(path);
	headers = curl_slist_append(headers, "Content-Type: application/json");
	headers = curl_slist_append(headers, "Expect:");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	must(code);
	if (status != 200 || !answer.text)
		fail("the server answers %s with HTTP status %ld", path, status);
	return answer.text;
}

/* The server's answer to PUT says in words why it refuses. */
static void prepare_put(FILE *file, struct answer *answer)
{
	struct stat what;

	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(curl, CURLOPT_READDATA, file);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	if (fstat(fileno(file), &what) == 0 && S_ISREG(what.st_mode))
		curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)what.st_size);
}

void connection_transfer(const char *path, FILE *file, bool send, bool progress)
{
	struct answer answer = {NULL, 0};
	long status = 0;
	CURLcode code;

	prepare(path);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, progress ? 0L : 1L);
	if (send) {
		prepare_put(file, &answer);
	} else {
		curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
		curl_easy_setopt(curl, CURLOPT_WRITEDATA, file);
	}
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 400)
		fail("the server refuses the transfer: HTTP status %ld%s%s", status,
		     answer.text ? ": " : "", answer.text ? answer.text : "");
	if (code != CURLE_OK)
		fail("the transfer broke off: %s", curl_easy_strerror(code));
	free(answer.text);
}

/* All of @length bytes to the server. */
static bool send_all(const char *from, size_t length)
{
	curl_socket_t socket;
	size_t sent;

	curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &socket);
	while (length) {
		struct pollfd ready = {.fd = socket, .events = POLLOUT};
		CURLcode code = curl_easy_send(curl, from, length, &sent);

		if (code == CURLE_AGAIN)
			poll(&ready, 1, -1);
		else if (code != CURLE_OK)
			return false;
		else
			length -= sent, from += sent;
	}
	return true;
}

/* What the server has sent goes to the terminal. False: it has ended the console. */
static bool to_terminal(void)
{
	char bytes[4096];
	size_t got = 0;
	CURLcode code = curl_easy_recv(curl, bytes, sizeof(bytes), &got);

	if (code == CURLE_AGAIN)
		return true;
	if (code != CURLE_OK || got == 0)
		return false;
	return fwrite(bytes, 1, got, stdout) == got && fflush(stdout) == 0;
}

/* What was typed goes to the server. False: the user has typed the key that ends the console. */
static bool from_terminal(bool *open)
{
	char bytes[512];
	ssize_t got = read(STDIN_FILENO, bytes, sizeof(bytes));
	const char *end;

	if (got <= 0) {
		*open = false;	/* the input's end: what the guest says is still shown */
		return true;
	}
	end = memchr(bytes, ESCAPE_KEY, (size_t)got);
	return send_all(bytes, end ? (size_t)(end - bytes) : (size_t)got) && !end;
}

static void relay(void)
{
	bool input = true, going = true;
	curl_socket_t socket;

	curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &socket);
	while (going) {
		struct pollfd ready[2] = {{.fd = socket, .events = POLLIN},
					  {.fd = input ? STDIN_FILENO : -1, .events = POLLIN}};

		if (poll(ready, 2, 1000) < 0)
			break;
		/* TLS may hold bytes that poll() does not see, hence a look each time. */
		going = to_terminal();
		if (going && ready[1].revents)
			going = from_terminal(&input);
	}
}

/* The head of the server's answer to CONNECT, byte by byte: what follows is the console's. */
static void read_head(void)
{
	char head[4096] = "";
	size_t length = 0, got;
	curl_socket_t socket;

	curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &socket);
	while (length < sizeof(head) - 1) {
		struct pollfd ready = {.fd = socket, .events = POLLIN};
		CURLcode code = curl_easy_recv(curl, head + length, 1, &got);

		if (code == CURLE_AGAIN) {
			if (poll(&ready, 1, 30000) <= 0)
				break;
			continue;
		}
		if (code != CURLE_OK || got == 0)
			break;
		head[++length] = '\0';
		if (length >= 4 && strcmp(head + length - 4, "\r\n\r\n") == 0)
			break;
	}
	if (length < 13 || strncmp(head + 8, " 200", 4) != 0)
		fail("the server refuses the console: %.*s", (int)strcspn(head, "\r\n"),
		     length ? head : "no answer");
}

void connection_console(const char *path)
{
	bool terminal = isatty(STDIN_FILENO);
	struct termios before = {0}, raw;
	const char *request;

	prepare("/");
	curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
	must(curl_easy_perform(curl));
	request = text("CONNECT %s HTTP/1.0\r\n\r\n", path);
	if (!send_all(request, strlen(request)))
		fail("the connection broke off");
	read_head();
	if (terminal && tcgetattr(STDIN_FILENO, &before) == 0) {
		fputs("The console: ctrl-] ends it.\n", stderr);
		raw = before;
		cfmakeraw(&raw);
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	relay();
	if (terminal)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	renew();
}
