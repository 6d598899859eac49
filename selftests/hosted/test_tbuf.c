/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trace buffer of a CPU. Claims: a consumer that reads as xentrace does gets every record, in
 * order and in one piece, or the number of those that were lost; and whatever it writes to the
 * shared page, whenever it does, nothing outside of the buffer is written.
 */
/* sources: hypervisor/trace/tbuf.c */
#include <hv/mm/directmap.h>
#include <hv/trace/tbuf.h>

#include "interleave.h"
#include "log_capture.h"

#define MOST_PAGES 5U
#define GUARD      0xa5
#define STRIDE     37 /* instructions between two tries of a race */

/* Every second page is the buffer's: what lies between must keep its value. */
static unsigned char ram[2 * MOST_PAGES + 1][4096] __aligned(4096);
static const uint32_t mfns[MOST_PAGES] = {3, 1, 9, 5, 7};
static unsigned char copy[MOST_PAGES * 4096];
static struct tbuf tbuf;
static uint64_t seed = 1;

void *maddr_to_virt(maddr_t a)
{
	return &ram[0][0] + a;
}

static uint32_t random_below(uint32_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(seed >> 33) % n;
}

static void begin(uint32_t pages)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(ram); i++)
		memset(ram[i], i % 2 ? 0 : GUARD, sizeof(ram[i]));
	tbuf_init(&tbuf, mfns, pages);
}

static bool guards_stand(uint32_t pages)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(ram); i++) {
		bool ours = false;

		for (uint32_t k = 0; k < pages; k++)
			ours |= mfns[k] == i;
		for (unsigned int k = 0; !ours && k < sizeof(ram[i]); k++)
			if (ram[i][k] != (i % 2 ? 0 : GUARD))
				return false;
	}
	return true;
}

/* ---- the consumer ---- */

static uint32_t next_number;   /* of the next record that is due */
static uint32_t got, got_lost; /* records, and how many were said to be lost */
static uint64_t lost_tsc;
static uint32_t lost_who;

/* One record; its bytes, 0: it is none that may be here. */
static uint32_t take(const uint32_t *w, uint32_t room)
{
	uint32_t n = w[0] >> TRACE_EXTRA_SHIFT & TRACE_EXTRA_MAX, tsc = w[0] >> 31,
		 bytes = 4 + tsc * 8 + n * 4, event = w[0] & 0x0fffffff;
	const uint32_t *words = w + 1 + tsc * 2;

	if (bytes > room)
		return 0;
	if (event == TRC_TRACE_WRAP_BUFFER)
		return bytes == room ? bytes : 0;
	if (!tsc)
		return 0;
	if (event == TRC_LOST_RECORDS) {
		lost_tsc = words[2] | (uint64_t)words[3] << 32;
		lost_who = words[1];
		got_lost += words[0];
		next_number += words[0];
		return n == 4 && lost_tsc == UINT64_C(1000) * (next_number - words[0]) ? bytes : 0;
	}
	got++;
	if (event != TRC_SCHED_MIN + n || (w[1] | (uint64_t)w[2] << 32) != 1000ULL * next_number)
		return 0;
	for (uint32_t i = 0; i < n; i++)
		if (words[i] != next_number * 8 + i)
			return 0;
	next_number++;
	return bytes;
}

/* All that is there, as xentrace does it. False: what it would not survive, or a wrong record. */
static bool consume(uint32_t pages)
{
	uint32_t size = pages * 4096 - 8, cons = tbuf.meta->cons, prod = tbuf.meta->prod;
	uint32_t n = prod < cons ? prod + 2 * size - cons : prod - cons;

	if (prod >= 2 * size || n > size)
		return false;
	for (uint32_t i = 0; i < pages; i++)
		memcpy(copy + i * 4096, ram[mfns[i]], 4096);
	while (n) {
		uint32_t at = cons % size, room = MIN(n, size - at), bytes;

		bytes = take((const uint32_t *)(copy + 8 + at), size - at);
		if (!bytes || bytes > room)
			return false;
		cons = (cons + bytes) % (2 * size);
		n -= bytes;
	}
	tbuf.meta->cons = cons;
	return true;
}

/* ---- the producer ---- */

static uint32_t number; /* of the next record */

static bool put(uint32_t n)
{
	uint32_t words[TRACE_EXTRA_MAX];
	struct tbuf_record r = {.event = TRC_SCHED_MIN + n,
				.n = n,
				.words = words,
				.tsc = UINT64_C(1000) * number,
				.who = 7 | 3 << 16};

	for (uint32_t i = 0; i < n; i++)
		words[i] = number * 8 + i;
	number++;
	return tbuf_put(&tbuf, &r);
}

static void restart(uint32_t pages)
{
	begin(pages);
	number = next_number = got = got_lost = 0;
}

static void test_all_arrive(void)
{
	bool good = true;

	for (uint32_t pages = 1; pages <= MOST_PAGES; pages++) {
		restart(pages);
		for (uint32_t i = 0; i < 40000 && good; i++) {
			bool told = put(random_below(TRACE_EXTRA_MAX + 1));

			if (told || !random_below(400))
				good = consume(pages);
		}
		good = good && consume(pages) && got == 40000 && !got_lost && guards_stand(pages);
	}
	result(good,
	       "a consumer that reads when told gets every record, in order and in one piece");
}

static void test_lost(void)
{
	bool good = true;
	uint32_t sum = 0;

	for (uint32_t pages = 1; pages <= MOST_PAGES; pages++) {
		restart(pages);
		for (uint32_t i = 0; i < 200000 && good; i++) {
			(void)put(random_below(TRACE_EXTRA_MAX + 1));
			if (!random_below(1500))
				good = consume(pages);
		}
		good = good && consume(pages);
		(void)put(0);
		good = good && consume(pages) && got + got_lost == number && guards_stand(pages);
		sum += got_lost;
	}
	result(good && sum > 100000, "a slow one gets the number of those that were lost");
	result(lost_who == (7 | 3 << 16), "with the vCPU that ran then");
}

/* A record at each distance from the end: the filler has each length. */
static void test_wrap(void)
{
	bool good = true;

	for (uint32_t words = 0; words < 40; words++) {
		restart(1);
		tbuf.prod = tbuf.meta->prod = tbuf.meta->cons = 4088 - words * 4;
		for (uint32_t i = 0; i < 4; i++)
			(void)put(TRACE_EXTRA_MAX);
		good = good && consume(1) && got == 4 && !got_lost && guards_stand(1);
	}
	result(good, "the end of the buffer is filled, whatever is left before it");
}

static void test_told(void)
{
	unsigned int told = 0, at = 0;

	restart(1);
	for (unsigned int i = 0; i < 300; i++)
		if (put(1)) {
			told++;
			at = tbuf.prod;
		}
	result(told == 1 && at >= 2044 && at < 2044 + 16,
	       "the consumer is told once, when the buffer is half full");
	result(tbuf.prod <= 4088 && tbuf.lost == 300 - 255, "a full buffer loses, and is not told");
	(void)consume(1);
	for (told = 0; number < 600;)
		told += put(1);
	result(told == 1, "and again after it has read");
}

static void test_hostile(void)
{
	static const uint32_t bad[] = {8176, 8180,       1,          2,         8175,
				       3000, 0x80000000, UINT32_MAX, 0xfffffffc};
	bool lost = true, told = true, resumed = true;

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		unsigned int n = 0;

		restart(1);
		for (unsigned int k = 0; k < 40; k++)
			(void)put(3);
		(void)consume(1);
		tbuf.meta->cons = bad[i];
		tbuf.meta->prod = 0xdeadbeec;
		for (unsigned int k = 0; k < 20; k++)
			n += put(3);
		told = told && n == 1 && tbuf.bad_cons;
		lost = lost && tbuf.lost == 20 && tbuf.prod == 40 * 24 && guards_stand(1);
		tbuf.meta->cons = tbuf.prod;
		(void)put(2);
		resumed = resumed && consume(1) && got == 41 && got_lost == 20 && !tbuf.bad_cons;
	}
	result(lost, "with a position that cannot be, records are lost, and nothing is written");
	result(told, "that is told once");
	result(resumed, "and it goes on when the position can be");
}

/* ---- it writes while a record is put ---- */

static uint32_t hostile_cons;

static void put_one(void)
{
	(void)put(1);
}

static void scribble(void)
{
	tbuf.meta->cons = hostile_cons;
	tbuf.meta->prod = ~hostile_cons;
}

static void test_race(void)
{
	static const uint32_t values[] = {4088, UINT32_MAX};
	unsigned int tried = 0;
	bool good = true;

	for (unsigned int i = 0; i < ARRAY_SIZE(values); i++)
		for (unsigned int n = i;; n += STRIDE) {
			bool in_time;

			restart(1);
			hostile_cons = values[i];
			tbuf.prod = tbuf.meta->prod = 4088 - 8;
			tbuf.meta->cons = 4088 - 4000;
			in_time = interleave(put_one, scribble, n);
			good = good && guards_stand(1) && tbuf.prod < 8176 && tbuf.prod % 4 == 0 &&
			       (tbuf.prod == 4080 || tbuf.prod == 4088 + 16);
			tried += in_time;
			if (!in_time)
				break;
		}
	result(good && tried > 50, "nor if it is written while a record is put");
}

int main(void)
{
	test_all_arrive();
	test_lost();
	test_wrap();
	test_told();
	test_hostile();
	test_race();
	printf("1..%u\n", tap_number);
	return tap_failures != 0;
}
