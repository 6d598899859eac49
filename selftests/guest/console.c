/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words for the console daemon: the console ring, one event for what was written. In Domain-0 they
 * go to the hypervisor's own console.
 */
#include <stdarg.h>
#include "guest.h"

struct console_ring {
	char in[1024], out[2048];
	uint32_t in_cons, in_prod, out_cons, out_prod;
};

static volatile struct console_ring *ring;
static uint32_t port;
static uint8_t locked;

void console_init(struct start_info *si)
{
	if (si->flags & SIF_INITDOMAIN)
		return;
	ring = mfn_to_va(si->console.domU.mfn);
	port = si->console.domU.evtchn;
	/* The daemon's answers would end every sleep. */
	__atomic_fetch_or(&shared_info->evtchn_mask[port / 64], 1UL << (port % 64),
			  __ATOMIC_SEQ_CST);
}

void print_lock(void)
{
	while (__atomic_test_and_set(&locked, __ATOMIC_ACQUIRE))
		(void)HC1(sched_op, SCHEDOP_yield);
}

void print_unlock(void)
{
	__atomic_clear(&locked, __ATOMIC_RELEASE);
}

static void notify(void)
{
	struct evtchn_send s = {.port = port};

	(void)HC2(event_channel_op, EVTCHNOP_send, &s);
}

void console_write(const char *text, size_t n)
{
	uint32_t prod;

	if (!ring) {
		(void)HC3(console_io, CONSOLEIO_write, n, text);
		return;
	}
	prod = ring->out_prod;

	while (n--) {
		while (prod - __atomic_load_n(&ring->out_cons, __ATOMIC_ACQUIRE) >=
		       sizeof(ring->out)) {
			notify();
			(void)HC1(sched_op, SCHEDOP_yield);
		}
		ring->out[prod++ % sizeof(ring->out)] = *text++;
		__atomic_store_n(&ring->out_prod, prod, __ATOMIC_RELEASE);
	}
	notify();
}

void console_drain(void)
{
	if (!ring)
		return;
	notify();
	while (__atomic_load_n(&ring->out_cons, __ATOMIC_ACQUIRE) != ring->out_prod)
		(void)HC1(sched_op, SCHEDOP_yield);
}

static void put_number(uint64_t v, unsigned int base, bool negative)
{
	char buf[24], *p = buf + sizeof(buf);

	do {
		*--p = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	if (negative)
		*--p = '-';
	console_write(p, (size_t)(buf + sizeof(buf) - p));
}

static size_t length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

void print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	while (*fmt) {
		const char *start = fmt;
		bool wide;
		int64_t v;

		while (*fmt && *fmt != '%')
			fmt++;
		if (fmt != start)
			console_write(start, (size_t)(fmt - start));
		if (!*fmt++)
			break;
		wide = *fmt == 'l';
		fmt += wide;
		switch (*fmt++) {
		case 's': {
			const char *s = va_arg(ap, const char *);

			console_write(s, length(s));
			break;
		}
		case 'd':
			v = wide ? va_arg(ap, int64_t) : va_arg(ap, int);
			put_number(v < 0 ? -(uint64_t)v : (uint64_t)v, 10, v < 0);
			break;
		case 'u':
			put_number(wide ? va_arg(ap, uint64_t) : va_arg(ap, unsigned int), 10,
				   false);
			break;
		default:
			put_number(wide ? va_arg(ap, uint64_t) : va_arg(ap, unsigned int), 16,
				   false);
			break;
		}
	}
	va_end(ap);
}
