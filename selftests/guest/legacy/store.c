// SPDX-License-Identifier: GPL-2.0-only
/* xenstore: one request at a time, no watches; states are read until they are reached. */
#include "legacy.h"

#define RING_SIZE 1024u

struct store_ring {
	char req[RING_SIZE], rsp[RING_SIZE];
	uint32_t req_cons, req_prod, rsp_cons, rsp_prod;
};

struct header {
	uint32_t type, id, transaction, size;
};

enum { STORE_READ = 2, STORE_WRITE = 11, STORE_ERROR = 16 };

static volatile struct store_ring *ring;

void store_init(void)
{
	ring = page_of(start_info->store_mfn);
}

static void send(const void *data, size_t n)
{
	const char *p = data;

	while (n--) {
		while (ring->req_prod - ring->req_cons >= RING_SIZE)
			doze();
		ring->req[ring->req_prod % RING_SIZE] = *p++;
		__atomic_store_n(&ring->req_prod, ring->req_prod + 1, __ATOMIC_SEQ_CST);
	}
}

/* The next n bytes of the answer: the first `size` of them are kept. */
static void receive(void *data, size_t size, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		while (ring->rsp_cons == __atomic_load_n(&ring->rsp_prod, __ATOMIC_SEQ_CST))
			doze();
		if (i < size)
			((char *)data)[i] = ring->rsp[ring->rsp_cons % RING_SIZE];
		__atomic_store_n(&ring->rsp_cons, ring->rsp_cons + 1, __ATOMIC_SEQ_CST);
	}
}

static bool ask(uint32_t type, const char *path, const char *text, char *answer, size_t size)
{
	static uint32_t id;
	struct header h = {.type = type, .id = ++id};

	h.size = (uint32_t)(length(path) + 1 + length(text));
	send(&h, sizeof(h));
	send(path, length(path) + 1);
	send(text, length(text));
	notify(start_info->store_evtchn);
	receive(&h, sizeof(h), sizeof(h));
	receive(answer, size - 1, h.size);
	answer[h.size < size ? h.size : size - 1] = 0;
	notify(start_info->store_evtchn);
	return h.type == type && h.id == id;
}

bool store_read(const char *path, char *value, size_t size)
{
	return ask(STORE_READ, path, "", value, size);
}

bool store_write(const char *path, const char *value)
{
	char answer[8];

	return ask(STORE_WRITE, path, value, answer, sizeof(answer));
}

static void join(char path[128], const char *dir, const char *key)
{
	size_t n = length(dir);

	memcpy(path, dir, n);
	path[n] = '/';
	memcpy(path + n + 1, key, length(key) + 1);
}

bool store_get(const char *dir, const char *key, char *value, size_t size)
{
	char path[128];

	join(path, dir, key);
	return store_read(path, value, size);
}

bool store_put(const char *dir, const char *key, const char *value)
{
	char path[128];

	join(path, dir, key);
	return store_write(path, value);
}

bool store_put_number(const char *dir, const char *key, uint64_t n)
{
	char digits[21] = {0}, *p = digits + 20;

	do {
		*--p = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	return store_put(dir, key, p);
}

uint64_t store_number(const char *dir, const char *key)
{
	char text[32], *p = text;
	uint64_t n = 0;

	if (!store_get(dir, key, text, sizeof(text)))
		return 0;
	while (*p >= '0' && *p <= '9')
		n = n * 10 + (uint64_t)(*p++ - '0');
	return n;
}

struct backend {
	char path[96];
	uint64_t state;
};

static bool is_there(void *arg)
{
	struct backend *b = arg;

	return store_number(b->path, "state") == b->state;
}

bool backend_reaches(const char *dir, uint64_t state)
{
	struct backend b = {.state = state};

	return store_get(dir, "backend", b.path, sizeof(b.path)) && wait_for(is_there, &b, 30);
}
