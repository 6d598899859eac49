// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events: the entry points are registered by hypercall 4, as kernels did before callback_op; ports
 * are those of the 2-level ABI.
 */
#include "legacy.h"

volatile uint32_t event_count[4096];
static volatile uint32_t upcalls;
extern char event_entry[], fatal_entry[];
void take_events(void);
void fatal(const uint64_t *frame) __attribute__((noreturn));

static struct vcpu_info *this_info(void)
{
	return &shared_info->vcpu_info[0];
}

void take_events(void)
{
	uint64_t words;

	upcalls++;
	__atomic_store_n(&this_info()->evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST);
	words = __atomic_exchange_n(&this_info()->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
	for (; words; words &= words - 1) {
		unsigned int w = (unsigned int)__builtin_ctzl(words);
		uint64_t bits = __atomic_exchange_n(&shared_info->evtchn_pending[w], 0,
						    __ATOMIC_SEQ_CST);

		for (; bits; bits &= bits - 1)
			event_count[w * 64 + (unsigned int)__builtin_ctzl(bits)]++;
	}
}

void fatal(const uint64_t *frame)
{
	claim("no trap and no failsafe callback comes", false);
	for (unsigned int i = 0; i < 8; i++) {
		say(i ? " " : "# frame: ");
		say_number(frame[i]);
	}
	say("\n");
	kernel_end();
}

/* Every vector that a kernel can take ends it. */
static void set_traps(void)
{
	static struct trap_info table[21];

	for (uint8_t i = 0; i < 20; i++)
		table[i] = (struct trap_info){i, 0, FLAT_KERNEL_CS, (uint64_t)fatal_entry};
	claim("set_trap_table", HC1(set_trap_table, table) == 0);
}

uint64_t now_ns(void)
{
	volatile struct vcpu_time_info *t = &this_info()->time;
	uint64_t delta, time;
	uint32_t version, lo, hi;

	do {
		version = t->version;
		__asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
		delta = ((uint64_t)hi << 32 | lo) - t->tsc_timestamp;
		delta = t->tsc_shift < 0 ? delta >> -t->tsc_shift : delta << t->tsc_shift;
		time = t->system_time +
		       (uint64_t)((unsigned __int128)delta * t->tsc_to_system_mul >> 32);
		__asm__ volatile("" : : : "memory");
	} while ((version & 1) || version != t->version);
	return time;
}

/*
 * Events stay masked from before the timer is set until SCHEDOP_block, which unmasks them and does
 * not sleep when one is pending: on a slow machine the 20 ms may be over between the two calls.
 */
void doze(void)
{
	this_info()->evtchn_upcall_mask = 1;
	(void)HC1(set_timer_op, now_ns() + 20000000);
	(void)HC2(sched_op, SCHEDOP_block, 0);
}

bool wait_for(bool (*done)(void *), void *arg, unsigned int seconds)
{
	uint64_t end = now_ns() + seconds * 1000000000UL;

	while (!done(arg)) {
		if (now_ns() > end)
			return false;
		doze();
	}
	return true;
}

uint32_t port_for_dom0(void)
{
	struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = 0};

	return HC2(event_channel_op, EVTCHNOP_alloc_unbound, &a) ? 0 : a.port;
}

void notify(uint32_t port)
{
	struct evtchn_send s = {.port = port};

	(void)HC2(event_channel_op, EVTCHNOP_send, &s);
}

/*
 * The toolstack's daemons send events when they like: a count of callbacks is right only while the
 * ports before `port`, which is the newest and below 64, are masked.
 */
static void mask_before(uint32_t port)
{
	__atomic_fetch_or(&shared_info->evtchn_mask[0], (UINT64_C(1) << port) - 2,
			  __ATOMIC_SEQ_CST);
}

static void unmask_before(uint32_t port)
{
	for (struct evtchn_unmask u = {.port = 1}; u.port < port; u.port++)
		(void)HC2(event_channel_op, EVTCHNOP_unmask, &u);
}

static bool came(void *port)
{
	return event_count[*(uint32_t *)port];
}

void events_init(void)
{
	struct evtchn_bind_virq timer = {.virq = VIRQ_TIMER};
	struct evtchn_bind_ipi ipi = {0};
	uint64_t start;

	set_traps();
	claim("set_callbacks", HC3(set_callbacks, event_entry, fatal_entry, fatal_entry) == 0);
	claim("a port for the timer", HC2(event_channel_op, EVTCHNOP_bind_virq, &timer) == 0);
	claim("a port for events to itself",
	      HC2(event_channel_op, EVTCHNOP_bind_ipi, &ipi) == 0);
	mask_before(ipi.port);
	notify(ipi.port);
	claim("events wait while they are masked", !upcalls && this_info()->evtchn_upcall_pending);
	this_info()->evtchn_upcall_mask = 0;
	(void)HC2(xen_version, XENVER_version, 0);
	claim("the callback comes when they are not",
	      upcalls == 1 && event_count[ipi.port] == 1 && !this_info()->evtchn_upcall_mask);
	notify(ipi.port);
	claim("and again at once", upcalls == 2 && event_count[ipi.port] == 2);
	unmask_before(ipi.port);
	/* Xen starts each vCPU with a tick of 100 Hz, Shoji without. */
	claim("no tick", HC3(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0) == 0);
	event_count[timer.port] = 0;
	start = now_ns();
	claim("the timer ends a sleep", wait_for(came, &timer.port, 5));
	claim("after 20 ms", now_ns() - start >= 20000000);
}
