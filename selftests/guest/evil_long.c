/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The longest calls that a guest can make, and how long an event of its own waits behind one. vCPU
 * 0 unpins an L2 table with 512 L1 tables of 512 entries each, and an event stops it when the
 * tables are in its queue. vCPU 1 then gives all 512 back as one extent, which drops 262,144
 * references, with its timer set to expire meanwhile.
 */
#include "evil.h"

#define TABLES	  512U
#define TRIES	  3U
#define CONTINUED 0x80000000UL /* what is left of a list of one: nothing but the queue */
#define TIMER_NS  300000UL
#define GIVE_UP	  20000000000UL

enum { IDLE, UNPINNING, QUEUED, GIVEN, FAILED };
static volatile unsigned int state;
static volatile uint64_t deadline, delivered, best = ~0UL, best_call;
static uint64_t base, *l2;

static void timer_set(void)
{
	struct vcpu_set_singleshot_timer t;

	delivered = 0;
	deadline = now_ns() + TIMER_NS;
	t = (struct vcpu_set_singleshot_timer){.timeout_abs_ns = deadline};
	(void)HC3(vcpu_op, VCPUOP_set_singleshot_timer, 1, &t);
}

/* An upcall. vCPU 0's, when only the queue of its call is left: it waits here for the other. */
static void upcall(const struct regs *r)
{
	if (this_cpu()->id) {
		if (!delivered && now_ns() >= deadline)
			delivered = now_ns();
		return;
	}
	if (state != UNPINNING || r->rsi != CONTINUED)
		return;
	state = QUEUED;
	while (state == QUEUED)
		__asm__ volatile("pause");
}

/* vCPU 1: stops vCPU 0 in its call, gives its tables back, and measures. */
static void second(void)
{
	struct xen_memory_reservation r = {.extent_start = (uint64_t)&base,
					   .nr_extents = 1,
					   .extent_order = 9,
					   .domid = DOMID_SELF};
	uint64_t begun, ended;
	long rc;

	if (state == UNPINNING) {
		begun = now_ns();
		while (now_ns() < begun + 100000)
			;
		*(volatile uint8_t *)&shared_info->vcpu_info[0].evtchn_upcall_pending = 1;
	}
	if (state != QUEUED)
		return;
	events_on();
	timer_set();
	begun = now_ns();
	rc = HC2(memory_op, XENMEM_decrease_reservation, &r);
	ended = now_ns();
	while (!delivered && now_ns() < ended + 1000000000UL)
		;
	events_off();
	if (rc == 1 && begun < deadline && deadline < ended && delivered &&
	    delivered - deadline < best) {
		best = delivered - deadline;
		best_call = ended - begun;
	}
	state = rc == 1 ? GIVEN : FAILED;
}

/*
 * A fresh extent, each page of it a table of entries that name the page `data`. False: there is no
 * memory for it.
 */
static bool tables_make(uint64_t data)
{
	struct xen_memory_reservation r = {.extent_start = (uint64_t)&base,
					   .nr_extents = 1,
					   .extent_order = 9,
					   .domid = DOMID_SELF};
	static uint64_t *window;
	unsigned int i, k;

	if (!window)
		window = page_new();
	base = nr_pages;
	if (HC2(memory_op, XENMEM_populate_physmap, &r) != 1)
		return false;
	for (i = 0; i < TABLES; i++) {
		(void)set_va(window, (base + i) << 12 | PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D,
			     UVMF_INVLPG);
		for (k = 0; k < 512; k++)
			window[k] = data << 12 | PTE_P | PTE_US | PTE_A;
		l2[i] = (base + i) << 12 | PTE_P | PTE_RW | PTE_US | PTE_A;
	}
	(void)make_writable(window);
	return true;
}

/*
 * A guest has no more memory than it starts with: 512 single pages make room for an extent of as
 * many.
 */
static bool make_room(void)
{
	static uint64_t frames[TABLES];
	struct xen_memory_reservation r = {
		.extent_start = (uint64_t)frames, .nr_extents = TABLES, .domid = DOMID_SELF};
	unsigned int i;

	for (i = 0; i < TABLES; i++) {
		uint64_t pfn = spare_pfn();

		if (!pfn)
			return false;
		frames[i] = p2m[pfn];
		random_keep(frames[i], true);
	}
	return HC2(memory_op, XENMEM_decrease_reservation, &r) == TABLES;
}

static bool once(uint64_t data)
{
	struct mmuext_op op = {.cmd = MMUEXT_PIN_L2_TABLE, .arg1.mfn = mfn_of(l2)};
	uint64_t end = now_ns() + GIVE_UP;
	long rc;

	if (!tables_make(data))
		return false;
	(void)make_readonly(l2);
	if (HC4(mmuext_op, &op, 1, 0, DOMID_SELF))
		return false;
	op.cmd = MMUEXT_UNPIN_TABLE;
	events_on();
	state = UNPINNING;
	rc = HC4(mmuext_op, &op, 1, 0, DOMID_SELF);
	events_off();
	if (state == UNPINNING)
		state = FAILED;	/* it was over before the event */
	while (state == QUEUED && now_ns() < end)
		(void)HC1(sched_op, SCHEDOP_yield);
	(void)make_writable(l2);
	return !rc && state == GIVEN;
}

void evil_long(void)
{
	uint64_t data = mfn_of(page_new());
	unsigned int i, good = 0;

	l2 = page_new();
	upcall_hook = upcall;
	cpu1_work = second;
	for (i = 0; i < TRIES && (i || make_room()); i++) {
		good += once(data);
		state = IDLE;
	}
	cpu1_work = NULL;
	upcall_hook = NULL;
	print("# evil long: an event waited %lu us in a call of %lu us; %u of %u tries\n",
	      best / 1000, best_call / 1000, good, TRIES);
}
