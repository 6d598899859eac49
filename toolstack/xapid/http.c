// SPDX-License-Identifier: GPL-2.0-only
/*
 * The HTTP server, by libmicrohttpd: a thread for each connection, since calls block. What clients
 * can make the daemon hold is bounded: connections, those of one address, bytes of one request, and
 * bytes of all requests together. The local socket has a server of its own, so that root gets in
 * when strangers have taken every connection of the other one.
 */
#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <gnutls/gnutls.h>
#include <microhttpd.h>

#include "alloc.h"
#include "call.h"
#include "codec_jsonrpc.h"
#include "codec_xmlrpc.h"
#include "console.h"
#include "dispatch.h"
#include "dump.h"
#include "log.h"
#include "metrics.h"
#include "rrd.h"
#include "text.h"
#include "transfer.h"

enum {
	REQUEST_BYTES = 1 << 20,
	ALL_BYTES = 64 << 20,
	CONNECTIONS = 400,
	OF_ONE_ADDRESS = 200,
	LOCAL_CONNECTIONS = 200,
	IDLE_SECONDS = 60,
	STACK = 2 << 20, /* libxl builds domains in these threads */
	IMAGE_BLOCK = 256 << 10,
};

static struct MHD_Daemon *local_server, *tls_server;
static atomic_long held; /* bytes of requests that are being read or worked on */

/* One request while its body comes in. */
struct incoming {
	struct text body;
	bool too_large;
	struct transfer *import; /* takes the body */
	struct value *error;     /* why the import cannot be */
	struct restore *restore; /* takes the body, too */
};

static enum MHD_Result reply(struct MHD_Connection *connection, unsigned int status,
			     const char *type, char *body)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(strlen(body), body, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result result;

	if (!response) {
		free(body);
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-cache, no-store");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result plain(struct MHD_Connection *connection, unsigned int status,
			     const char *text)
{
	return reply(connection, status, "text/plain", alloc_printf("%s\n", text));
}

static void set_timeout(struct MHD_Connection *connection, unsigned int seconds)
{
	MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, seconds);
}

/* Who is at the other end. */
static void find_origin(struct MHD_Connection *connection, struct origin *origin)
{
	const union MHD_ConnectionInfo *fd =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct sockaddr_storage address = {0};
	socklen_t size = sizeof(address);
	struct ucred peer = {.uid = (uid_t)-1};
	socklen_t peer_size = sizeof(peer);

	*origin = (struct origin){.peer = "?"};
	if (!fd || getpeername(fd->connect_fd, (struct sockaddr *)&address, &size))
		return;
	if (address.ss_family == AF_UNIX) {
		getsockopt(fd->connect_fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_size);
		origin->local = peer.uid == 0 || peer.uid == geteuid();
		snprintf(origin->peer, sizeof(origin->peer), "uid %u", peer.uid);
		return;
	}
	getnameinfo((struct sockaddr *)&address, size, origin->peer, sizeof(origin->peer), NULL, 0,
		    NI_NUMERICHOST);
}

static enum MHD_Result xml_call(struct MHD_Connection *connection, const struct text *body,
				const struct origin *origin)
{
	struct request request;
	struct value *error = NULL, *result;
	const char *why = xmlrpc_decode(body->s, body->n, &request);
	char *answer;

	if (why) {
		codec_free(&request);
		return reply(connection, MHD_HTTP_BAD_REQUEST, "text/xml", xmlrpc_fault(why));
	}
	result = dispatch(request.method, request.params, origin, &error);
	answer = result ? xmlrpc_success(result) : xmlrpc_failure(error);
	value_put(result);
	value_put(error);
	codec_free(&request);
	return reply(connection, MHD_HTTP_OK, "text/xml", answer);
}

static enum MHD_Result json_call(struct MHD_Connection *connection, const struct text *body,
				 const struct origin *origin)
{
	struct request request;
	struct value *error = NULL, *result = NULL;
	const char *why = jsonrpc_decode(body->s, body->n, &request);
	char *answer;

	if (why) {
		error = value_set();
		value_add(error, value_string("MALFORMED_REQUEST"));
		value_add(error, value_string(why));
	} else {
		result = dispatch(request.method, request.params, origin, &error);
	}
	answer = result ? jsonrpc_success(&request, result) : jsonrpc_failure(&request, error);
	value_put(result);
	value_put(error);
	codec_free(&request);
	return reply(connection, why ? MHD_HTTP_BAD_REQUEST : MHD_HTTP_OK, "application/json",
		     answer);
}

/* --- Images --- */

static const char *argument(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, name);
}

static struct transfer *open_transfer(struct MHD_Connection *connection, bool import,
				      struct value **error)
{
	struct transfer_request r = {argument(connection, "session_id"),
				     argument(connection, "vdi"), argument(connection, "task_id"),
				     argument(connection, "format"), import};

	r.session = r.session ? r.session : "";
	r.vdi = r.vdi ? r.vdi : "";
	return transfer_open(&r, error);
}

/* An error of XenAPI as the body of a refusal. The error is taken over. */
static enum MHD_Result refuse(struct MHD_Connection *connection, struct value *error)
{
	const char *code = value_size(error) ? value_text(value_item(error, 0)) : "INTERNAL_ERROR";
	unsigned int status = !strcmp(code, "SESSION_INVALID")   ? MHD_HTTP_FORBIDDEN
			      : !strcmp(code, "HANDLE_INVALID")  ? MHD_HTTP_NOT_FOUND
			      : !strcmp(code, "NOT_IMPLEMENTED") ? MHD_HTTP_NOT_IMPLEMENTED
								 : MHD_HTTP_CONFLICT;
	char *body = json_write(error);

	value_put(error);
	return reply(connection, status, "application/json", body);
}

static ssize_t read_image(void *transfer, uint64_t at, char *data, size_t n)
{
	ssize_t got = transfer_read(transfer, at, data, n);

	return got > 0 ? got : MHD_CONTENT_READER_END_WITH_ERROR;
}

static void end_image(void *transfer)
{
	transfer_close(transfer);
}

static enum MHD_Result export_image(struct MHD_Connection *connection)
{
	struct value *error = NULL;
	struct transfer *t = open_transfer(connection, false, &error);
	struct MHD_Response *response;
	enum MHD_Result result;

	if (!t)
		return refuse(connection, error);
	response = MHD_create_response_from_callback(transfer_size(t), IMAGE_BLOCK, read_image, t,
						     end_image);
	if (!response) {
		transfer_close(t);
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/octet-stream");
	result = MHD_queue_response(connection, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return result;
}

/* The whole image is there. */
static enum MHD_Result end_import(struct MHD_Connection *connection, struct incoming *in)
{
	struct value *error;
	bool written;

	if (!in->import) {
		error = in->error;
		in->error = NULL;
		return refuse(connection, error);
	}
	written = transfer_close(in->import);
	in->import = NULL;
	if (written)
		return plain(connection, MHD_HTTP_OK, "written");
	return plain(connection, MHD_HTTP_CONFLICT, "the image does not fit, or is not whole");
}

/* --- The database --- */

static bool is_restore(const char *url, const char *method)
{
	return !strcmp(url, "/pool/xmldbrestore") && !strcmp(method, MHD_HTTP_METHOD_PUT);
}

static struct restore *begin_restore(struct MHD_Connection *connection)
{
	const char *session = argument(connection, "session_id");

	return restore_open(session ? session : "");
}

static enum MHD_Result end_restore(struct MHD_Connection *connection, struct incoming *in)
{
	const char *dry_run = argument(connection, "dry_run"), *why;

	if (!in->restore)
		return plain(connection, MHD_HTTP_FORBIDDEN, "log in first");
	why = restore_close(in->restore, !dry_run || strcmp(dry_run, "true"));
	in->restore = NULL;
	return plain(connection, why ? MHD_HTTP_CONFLICT : MHD_HTTP_OK,
		     why ? why : "it is in use when xapid starts again");
}

static enum MHD_Result dump(struct MHD_Connection *connection)
{
	const char *session = argument(connection, "session_id");
	int fd = dump_open(session ? session : "");
	struct MHD_Response *response;
	enum MHD_Result result;

	if (fd < 0)
		return plain(connection, MHD_HTTP_FORBIDDEN, "log in first");
	response = MHD_create_response_from_fd64((uint64_t)lseek(fd, 0, SEEK_END), fd);
	if (!response) {
		close(fd);
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/vnd.sqlite3");
	result = MHD_queue_response(connection, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return result;
}

/* Prometheus has no session: at the local socket it needs none. */
static enum MHD_Result metrics(struct MHD_Connection *connection)
{
	const char *session = argument(connection, "session_id");
	struct origin origin;
	char *text;

	find_origin(connection, &origin);
	text = metrics_text(origin.local ? NULL : session ? session : "");
	if (!text)
		return plain(connection, MHD_HTTP_FORBIDDEN, "log in first");
	return reply(connection, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", text);
}

static bool is_rrd(const char *url)
{
	return !strcmp(url, "/rrd_updates") || !strcmp(url, "/host_rrd") || !strcmp(url, "/vm_rrd");
}

static enum MHD_Result rrd(struct MHD_Connection *connection, const char *url)
{
	const char *session = argument(connection, "session_id"), *type, *vm;
	struct origin origin;
	unsigned int status;
	char *text;

	find_origin(connection, &origin);
	vm = argument(connection, strcmp(url, "/vm_rrd") ? "vm_uuid" : "uuid");
	text = rrd_answer(&(struct rrd_request){url,
						origin.local ? NULL
						: session    ? session
							     : "",
						argument(connection, "start"),
						argument(connection, "cf"),
						argument(connection, "interval"),
						argument(connection, "host"), vm,
						argument(connection, "json")},
			  &status, &type);
	return reply(connection, status, type, text);
}

/* --- Consoles --- */

struct wire {
	int fd;
	gnutls_session_t tls; /* NULL on the local socket */
};

static long read_wire(void *state, char *data, unsigned long n)
{
	const struct wire *w = state;
	long got;

	do
		got = w->tls ? gnutls_record_recv(w->tls, data, n) : recv(w->fd, data, n, 0);
	while (w->tls ? got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED
		      : got < 0 && errno == EINTR);
	return got;
}

static long write_wire(void *state, const char *data, unsigned long n)
{
	const struct wire *w = state;
	long put;

	do
		put = w->tls ? gnutls_record_send(w->tls, data, n)
			     : send(w->fd, data, n, MSG_NOSIGNAL);
	while (w->tls ? put == GNUTLS_E_AGAIN || put == GNUTLS_E_INTERRUPTED
		      : put < 0 && errno == EINTR);
	return put;
}

static bool wire_waits(void *state)
{
	const struct wire *w = state;

	return w->tls && gnutls_record_check_pending(w->tls);
}

/*
 * libmicrohttpd knows upgrades with status 101 only, and clients of consoles want 200: this thread,
 * which is the connection's own, takes the socket over until the console ends, and then has the
 * connection closed.
 */
static enum MHD_Result console(struct MHD_Connection *connection)
{
	static const char greeting[] = "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n"
				       "Cache-Control: no-cache, no-store\r\n\r\n";
	const union MHD_ConnectionInfo *fd =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	const union MHD_ConnectionInfo *tls =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	const char *session = argument(connection, "session_id");
	const char *name = argument(connection, "uuid");
	struct wire wire = {.fd = fd ? fd->connect_fd : -1, .tls = tls ? tls->tls_session : NULL};
	struct console_peer peer = {&wire, wire.fd, read_wire, write_wire, wire_waits};
	int status, terminal;

	name = name ? name : argument(connection, "ref");
	terminal = console_open(session ? session : "", name ? name : "", &status);
	if (terminal < 0)
		return plain(connection, (unsigned int)status, "there is no such console");
	set_timeout(connection, 0);
	fcntl(wire.fd, F_SETFL, fcntl(wire.fd, F_GETFL) & ~O_NONBLOCK);
	if (write_wire(&wire, greeting, sizeof(greeting) - 1) > 0)
		console_run(terminal, &peer);
	close(terminal);
	return MHD_NO;
}

static bool is_import(const char *url, const char *method)
{
	return !strcmp(url, "/import_raw_vdi") && !strcmp(method, MHD_HTTP_METHOD_PUT);
}

/* The whole request is there. */
static enum MHD_Result serve(struct MHD_Connection *connection, const char *url, const char *method,
			     const struct incoming *in)
{
	bool json = !strcmp(url, "/jsonrpc"), xml = !strcmp(url, "/") || !strcmp(url, "/xmlrpc");
	struct origin origin;
	enum MHD_Result result;

	if (in->too_large)
		return plain(connection, MHD_HTTP_CONTENT_TOO_LARGE, "the request is too large");
	if (!strcmp(url, "/export_raw_vdi") && !strcmp(method, MHD_HTTP_METHOD_GET))
		return export_image(connection);
	if (!strcmp(url, "/pool/xmldbdump") && !strcmp(method, MHD_HTTP_METHOD_GET))
		return dump(connection);
	if (!strcmp(url, "/metrics") && !strcmp(method, MHD_HTTP_METHOD_GET))
		return metrics(connection);
	if (is_rrd(url) && !strcmp(method, MHD_HTTP_METHOD_GET))
		return rrd(connection, url);
	if (!strcmp(url, "/console") && !strcmp(method, MHD_HTTP_METHOD_CONNECT))
		return console(connection);
	if (!json && !xml)
		return plain(connection, MHD_HTTP_NOT_FOUND, "there is nothing here");
	if (strcmp(method, MHD_HTTP_METHOD_POST))
		return plain(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "this is for POST");
	if (!in->body.n)
		return plain(connection, MHD_HTTP_BAD_REQUEST, "the request is empty");
	find_origin(connection, &origin);
	set_timeout(connection, 0); /* a call may block for longer than a client may be idle */
	result = json ? json_call(connection, &in->body, &origin)
		      : xml_call(connection, &in->body, &origin);
	set_timeout(connection, IDLE_SECONDS);
	return result;
}

static void take(struct incoming *in, const char *data, size_t n)
{
	if (in->too_large || in->body.n + n > REQUEST_BYTES ||
	    atomic_load(&held) + (long)n > ALL_BYTES) {
		in->too_large = true; /* the rest is read and dropped */
		return;
	}
	atomic_fetch_add(&held, (long)n);
	text_add(&in->body, data, n);
}

static enum MHD_Result handle(void *unused, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *data,
			      size_t *size, void **state)
{
	struct incoming *in = *state;

	(void)unused;
	(void)version;
	if (!in) {
		*state = in = alloc_zero(sizeof(*in));
		if (is_import(url, method))
			in->import = open_transfer(connection, true, &in->error);
		if (is_restore(url, method))
			in->restore = begin_restore(connection);
		return MHD_YES;
	}
	if (*size) {
		if (in->import)
			transfer_write(in->import, data, *size);
		else if (in->restore)
			restore_write(in->restore, data, *size);
		else if (!in->error)
			take(in, data, *size);
		*size = 0;
		return MHD_YES;
	}
	if (is_import(url, method))
		return end_import(connection, in);
	if (is_restore(url, method))
		return end_restore(connection, in);
	return serve(connection, url, method, in);
}

static void completed(void *unused, struct MHD_Connection *connection, void **state,
		      enum MHD_RequestTerminationCode code)
{
	struct incoming *in = *state;

	(void)unused;
	(void)connection;
	(void)code;
	if (!in)
		return;
	if (in->import) { /* the client went away in the middle */
		transfer_abandon(in->import);
		transfer_close(in->import);
	}
	if (in->restore)
		restore_close(in->restore, false);
	value_put(in->error);
	atomic_fetch_sub(&held, (long)in->body.n);
	free(in->body.s);
	free(in);
	*state = NULL;
}

static int local_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	mode_t mask;
	int fd, bound;

	if (strlen(path) >= sizeof(address.sun_path)) {
		log_error("%s: the path is too long", path);
		return -1;
	}
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unlink(path);
	mask = umask(0177);
	bound = bind(fd, (struct sockaddr *)&address, sizeof(address));
	umask(mask);
	if (bound || listen(fd, 128)) {
		log_error("%s: %m", path);
		close(fd);
		return -1;
	}
	return fd;
}

static bool start_local(const struct http_options *options)
{
	int fd = options->socket_fd >= 0 ? options->socket_fd : local_socket(options->socket);

	if (fd < 0)
		return false;
	local_server = MHD_start_daemon(
		MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0,
		NULL, NULL, handle, NULL, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED,
		completed, NULL, MHD_OPTION_CONNECTION_LIMIT, LOCAL_CONNECTIONS,
		MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS, MHD_OPTION_THREAD_STACK_SIZE,
		(size_t)STACK, MHD_OPTION_END);
	if (!local_server)
		log_error("the local socket cannot be served");
	return local_server;
}

/* "ADDRESS:PORT", "[ADDRESS]:PORT" or ":PORT" as an address. */
static bool parse_address(const char *text, struct sockaddr_storage *address)
{
	struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
				 .ai_socktype = SOCK_STREAM};
	struct addrinfo *found;
	const char *colon = strrchr(text, ':');
	char host[128];

	if (!colon || colon - text >= (long)sizeof(host))
		return false;
	snprintf(host, sizeof(host), "%.*s", (int)(colon - text), text);
	if (*host == '[' && host[strlen(host) - 1] == ']') {
		memmove(host, host + 1, strlen(host));
		host[strlen(host) - 1] = 0;
	}
	hints.ai_family = *host ? AF_UNSPEC : AF_INET6; /* which takes IPv4, too */
	if (getaddrinfo(*host ? host : NULL, colon + 1, &hints, &found))
		return false;
	memcpy(address, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return true;
}

static struct MHD_Daemon *start_on(const struct http_options *options,
				   const struct sockaddr_storage *address)
{
	unsigned int family = address->ss_family == AF_INET6 ? MHD_USE_DUAL_STACK : 0;

	return MHD_start_daemon(
		MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL |
			MHD_USE_TLS | family,
		0, NULL, NULL, handle, NULL, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)address,
		MHD_OPTION_HTTPS_MEM_CERT, options->certificate, MHD_OPTION_HTTPS_MEM_KEY,
		options->key, MHD_OPTION_HTTPS_PRIORITIES,
		"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2", MHD_OPTION_NOTIFY_COMPLETED,
		completed, NULL, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT, OF_ONE_ADDRESS, MHD_OPTION_CONNECTION_TIMEOUT,
		IDLE_SECONDS, MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK, MHD_OPTION_END);
}

static bool start_tls(const struct http_options *options)
{
	struct sockaddr_storage address;
	char *v4;

	if (!parse_address(options->listen, &address)) {
		log_error("%s is no ADDRESS:PORT", options->listen);
		return false;
	}
	tls_server = start_on(options, &address);
	if (!tls_server && *options->listen == ':') { /* a host without IPv6 */
		v4 = alloc_printf("0.0.0.0%s", options->listen);
		if (parse_address(v4, &address))
			tls_server = start_on(options, &address);
		free(v4);
	}
	if (!tls_server)
		log_error("%s cannot be served: %m", options->listen);
	return tls_server;
}

bool http_start(const struct http_options *options)
{
	if ((options->socket || options->socket_fd >= 0) && !start_local(options))
		return false;
	return !options->listen || start_tls(options);
}

void http_stop(void)
{
	if (local_server)
		MHD_stop_daemon(local_server);
	if (tls_server)
		MHD_stop_daemon(tls_server);
	local_server = tls_server = NULL;
}
