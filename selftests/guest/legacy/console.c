// SPDX-License-Identifier: GPL-2.0-only
/* Words: by the console ring, in Domain-0 by the hypervisor's own console. */
#include "legacy.h"

struct console_ring {
	char in[1024], out[2048];
	uint32_t in_cons, in_prod, out_cons, out_prod;
};

static volatile struct console_ring *ring;

void console_init(void)
{
	if (!is_dom0)
		ring = page_of(start_info->console.domU.mfn);
}

void console_write(const char *text, size_t n)
{
	if (is_dom0) {
		(void)HC3(console_io, CONSOLEIO_write, n, text);
		return;
	}
	for (; n--; text++) {
		while (ring->out_prod - ring->out_cons >= sizeof(ring->out)) {
			notify(start_info->console.domU.evtchn);
			(void)HC1(sched_op, SCHEDOP_yield);
		}
		ring->out[ring->out_prod % sizeof(ring->out)] = *text;
		__atomic_store_n(&ring->out_prod, ring->out_prod + 1, __ATOMIC_RELEASE);
	}
	notify(start_info->console.domU.evtchn);
}

void console_drain(void)
{
	while (!is_dom0 && ring->out_cons != ring->out_prod)
		(void)HC1(sched_op, SCHEDOP_yield);
}

void say(const char *text)
{
	console_write(text, length(text));
}

void say_number(uint64_t n)
{
	char digits[20], *p = digits + sizeof(digits);

	do {
		*--p = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	console_write(p, (size_t)(digits + sizeof(digits) - p));
}
