/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a device model is asked. Claim: claimed ranges are a set, whatever is claimed and given back;
 * a request is seen whole, and its answer once; a device model that writes nonsense is found out or
 * harms only itself; and with one that reads while we write nothing is lost or seen twice.
 */
/* sources: hypervisor/hvm/ioreq.c */
/* libs: -lpthread */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/atomic.h>
#include <hv/errno.h>
#include <hv/hvm/ioreq.h>

static unsigned int failures, count;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++count, claim);
	failures += !good;
}

/* ---- ranges ---- */

static void test_ranges(void)
{
	static struct ioreq_ranges r;

	result(!ioreq_claim(&r, 0x3f8, 0x3ff) && !ioreq_claim(&r, 0x60, 0x60) &&
		       !ioreq_claim(&r, 0x64, 0x64) && !ioreq_claim(&r, 0, 0xf) && r.n == 4,
	       "ranges are claimed");
	result(ioreq_claim(&r, 0x3ff, 0x400) == -EEXIST && ioreq_claim(&r, 0, ~0UL) == -EEXIST &&
		       ioreq_claim(&r, 0x3f9, 0x3fa) == -EEXIST &&
		       ioreq_claim(&r, 5, 4) == -EINVAL && r.n == 4,
	       "once");
	result(ioreq_claimed(&r, 0x3f8, 0x3fb) && ioreq_claimed(&r, 0x3ff, 0x3ff) &&
		       !ioreq_claimed(&r, 0x3ff, 0x400) && !ioreq_claimed(&r, 0x60, 0x64) &&
		       !ioreq_claimed(&r, 0x61, 0x61),
	       "an access belongs to a range that holds all of it");
	result(!ioreq_disclaim(&r, 0x3fa, 0x3fb) && r.n == 5 && ioreq_claimed(&r, 0x3f8, 0x3f9) &&
		       ioreq_claimed(&r, 0x3fc, 0x3ff) && !ioreq_claimed(&r, 0x3fa, 0x3fa) &&
		       ioreq_disclaim(&r, 0x3f8, 0x3fc) == -ENOENT,
	       "a part can be given back, not what is not there");
	result(!ioreq_claim(&r, ~0UL, ~0UL) && ioreq_claimed(&r, ~0UL, ~0UL) &&
		       !ioreq_disclaim(&r, ~0UL, ~0UL) && !ioreq_disclaim(&r, 0, 0xf) && r.n == 4,
	       "from the first number to the last");
	memset(&r, 0, sizeof(r));
	for (unsigned int i = 0; i < IOREQ_RANGES; i++)
		if (ioreq_claim(&r, i * 8, i * 8 + 4))
			abort();
	result(ioreq_claim(&r, 1 << 20, 1 << 20) == -ENOSPC &&
		       ioreq_disclaim(&r, 1, 2) == -ENOSPC && !ioreq_disclaim(&r, 0, 2) &&
		       !ioreq_disclaim(&r, 8, 12) && r.n == IOREQ_RANGES - 1,
	       "there are only so many");
}

static void test_set(void)
{
	static struct ioreq_ranges r;
	static bool model[512], fresh[512];
	bool good = true;

	memset(&r, 0, sizeof(r));
	srand(9);
	for (unsigned int step = 0; step < 300000 && good; step++) {
		uint64_t first = (uint64_t)rand() % 500, last = first + (uint64_t)rand() % 12;
		bool all = true, none = true;
		int rc;

		for (uint64_t i = first; i <= last; i++)
			all &= model[i], none &= !model[i];
		switch (rand() % 3) {
		case 0:
			rc = ioreq_claim(&r, first, last);
			good &= (rc == 0) == none || rc == -ENOSPC;
			for (uint64_t i = first; !rc && i <= last; i++)
				model[i] = true;
			break;
		case 1:
			rc = ioreq_disclaim(&r, first, last);
			good &= rc != 0 || all;
			for (uint64_t i = first; !rc && i <= last; i++)
				model[i] = false;
			break;
		default: good &= !ioreq_claimed(&r, first, last) || all; break;
		}
		memset(fresh, 0, sizeof(fresh));
		for (unsigned int i = 0; i < r.n; i++) {
			good &= r.range[i].first <= r.range[i].last;
			good &= !i || r.range[i].first > r.range[i - 1].last;
			for (uint64_t k = r.range[i].first; k <= r.range[i].last; k++)
				fresh[k] = true;
		}
		good &= !memcmp(model, fresh, sizeof(model));
	}
	result(good, "300,000 random claims are a set");
}

/* ---- a slot ---- */

static void test_slot(void)
{
	struct ioreq_slot s = {.port = 7};
	struct ioreq q = {.addr = 0x3f8, .data = 0x41, .count = 1, .size = 1,
			  .type = IOREQ_TYPE_PORT, .read = true, .down = true};
	uint64_t data = 0;

	result(ioreq_ask(&s, &q) && s.addr == 0x3f8 && s.data == 0x41 && s.count == 1 &&
		       s.size == 1 && s.type == 0 && s.how == 0x61 && s.port == 7,
	       "a request is as device models read it");
	result(!ioreq_ask(&s, &q) && ioreq_look(&s, &data) == IOREQ_WAIT, "one at a time");
	s.how = 0x62;
	result(ioreq_look(&s, &data) == IOREQ_WAIT && !data, "it waits while it is worked on");
	s.how = 0x63, s.data = 0x1234;
	result(ioreq_look(&s, &data) == IOREQ_DONE && data == 0x1234 && !s.how,
	       "the answer frees the slot");
	result(ioreq_look(&s, &data) == IOREQ_BROKEN, "an answer to nothing is none");
	bool good = true;

	for (unsigned int how = 0; how < 256; how++) {
		s.how = (uint8_t)how;
		good &= (ioreq_look(&s, &data) == IOREQ_BROKEN) == ((how & 15) == 0 ||
								    (how & 15) > 3);
		s.how = (uint8_t)how;
		good &= ioreq_ask(&s, &q) == ((how & 15) == 0);
	}
	result(good, "and no other state is taken for one");
}

/* ---- the buffered page ---- */

static struct ioreq_buffer page;

static struct ioreq vga(uint64_t addr, uint8_t size, uint64_t data)
{
	return (struct ioreq){.addr = addr, .data = data, .count = 1, .size = size,
			      .type = IOREQ_TYPE_MEMORY};
}

static void test_buffer(void)
{
	struct ioreq q = vga(0xb8000, 2, 0x0741);
	unsigned int n = 0;
	bool good;

	memset(&page, 0, sizeof(page));
	result(ioreq_buffer(&page, &q, false) && page.write == 1 &&
		       page.entry[0].what == 0xb8000401 && page.entry[0].data == 0x741,
	       "a write is as device models read it");
	q = vga(0xa0000, 8, 0x1122334455667788);
	result(ioreq_buffer(&page, &q, false) && page.write == 3 &&
		       page.entry[1].data == 0x55667788 && page.entry[2].data == 0x11223344 &&
		       (page.entry[2].what & 0xc00) == 0xc00,
	       "eight bytes are two of them");
	q = vga(0x100000, 1, 0);
	good = !ioreq_buffer(&page, &q, false);
	q = vga(0xb8000, 3, 0), good &= !ioreq_buffer(&page, &q, false);
	q = vga(0xb8000, 4, 0), q.count = 2, good &= !ioreq_buffer(&page, &q, false);
	q = vga(0xb8000, 4, 0), q.read = true, good &= !ioreq_buffer(&page, &q, false);
	q = vga(0xb8000, 4, 0), q.pointer = true, good &= !ioreq_buffer(&page, &q, false);
	result(good && page.write == 3, "what has no place there is to be asked");
	q = vga(0xb8000, 1, 0);
	while (ioreq_buffer(&page, &q, false))
		n++;
	result(n == 508 && page.write == 511, "a full page takes none");
	page.read = 511;
	q = vga(0xb8000, 1, 9);
	result(ioreq_buffer(&page, &q, true) && page.read == 0 && page.write == 1 &&
		       page.entry[0].data == 9,
	       "and both counters begin again together");
	srand(511);
	for (unsigned int i = 0; i < 200000; i++) {
		page.read = (uint32_t)rand() * 3u, page.write = (uint32_t)rand() * 5u;
		if (rand() % 2)
			page.write = page.read + (uint32_t)rand() % 600;
		q = vga((uint64_t)rand() % 0x120000, (uint8_t)(rand() % 9), (uint64_t)rand());
		(void)ioreq_buffer(&page, &q, rand() % 2);
	}
	result(true, "counters that say anything do no harm");
}

#define TOLD 200000u

/* A device model that keeps to the protocol. */
static void *reader(void *arg)
{
	uint32_t expected = 0;
	bool *good = arg;

	while (expected < TOLD) {
		uint32_t read = atomic_load(&page.read), write = atomic_load_acquire(&page.write);

		/* The counters move together: a pair that was read apart is looked at again. */
		if (read != atomic_load(&page.read) || read == write) {
			sched_yield();
			continue;
		}
		if (write - read > IOREQ_BUFFERED)
			continue;
		if (page.entry[read % IOREQ_BUFFERED].data != expected)
			*good = false;
		expected++;
		(void)atomic_add(&page.read, 1);
	}
	return NULL;
}

static void test_race(void)
{
	bool good = true;
	pthread_t t;

	memset(&page, 0, sizeof(page));
	if (pthread_create(&t, NULL, reader, &good))
		abort();
	for (uint32_t i = 0; i < TOLD;) {
		struct ioreq q = vga(0xa0000, 4, i);

		if (ioreq_buffer(&page, &q, true))
			i++;
		else
			sched_yield();
	}
	pthread_join(t, NULL);
	result(good, "200,000 writes to a device model that reads meanwhile");
}

int main(void)
{
	test_ranges();
	test_set();
	test_slot();
	test_buffer();
	test_race();
	printf("1..%u\n", count);
	return failures != 0;
}
