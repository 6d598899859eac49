/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The evil mode: evil=SECONDS seed=N cpus=1|2. Each vCPU has a stream of random numbers made from
 * the seed. With cpus=1 a seed repeats the same run, except for timers and frame numbers.
 */
#include "evil.h"

struct grant_entry_v1 *grant_table(void);

uint8_t *pool_va[POOL_PAGES];
uint64_t pool_pte[POOL_PAGES];
volatile uint64_t pool_mfn[POOL_PAGES];
volatile uint32_t pool_port[POOL_PORTS], pool_handle[POOL_HANDLES];
volatile struct grant_entry_v1 *pool_grants;

uint32_t timer_ports[2];
bool evil_fifo;

static struct evil evils[2];
static uint64_t end_time, beat = ~0UL;
static volatile bool stopped[2];

static uint32_t bind_timer(unsigned int id)
{
	struct evtchn_bind_virq v = {.virq = VIRQ_TIMER, .vcpu = id};

	(void)HC2(event_channel_op, EVTCHNOP_bind_virq, &v);
	return v.port;
}

static void pool_init(void)
{
	static const uint8_t pins[] = {MMUEXT_PIN_L1_TABLE, MMUEXT_PIN_L2_TABLE,
				       MMUEXT_PIN_L3_TABLE, MMUEXT_PIN_L4_TABLE};
	struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
	struct mmuext_op op = {0};
	unsigned int i;

	for (i = 0; i < nr_pages; i++)
		random_keep(mfn_of((void *)(VIRT_BASE + (uint64_t)i * PAGE_SIZE)), true);
	for (i = 0; i < POOL_PAGES; i++) {
		pool_va[i] = page_new();
		pool_pte[i] = pte_maddr((uint64_t)pool_va[i]);
		pool_mfn[i] = mfn_of(pool_va[i]);
		random_keep(pool_mfn[i], false);
		if (i >= POOL_TABLES)
			continue;
		(void)make_readonly(pool_va[i]);
		op.cmd = pins[i / 2];
		op.arg1.mfn = pool_mfn[i];
		(void)HC4(mmuext_op, &op, 1, 0, DOMID_SELF);
	}
	for (i = 0; i < POOL_PORTS / 2; i++)
		if (!HC2(event_channel_op, EVTCHNOP_alloc_unbound, &a))
			pool_port[i] = a.port;
	pool_grants = grant_table();
}

static void work(struct evil *e, unsigned int id)
{
	while (now_ns() < end_time) {
		if (random_below(e, 3))
			evil_call(e);
		else
			evil_trap(e);
		if (!random_below(e, 64)) {
			events_on();
			events_off();
		}
		if (id == 0 && now_ns() > beat) {
			beat = now_ns() + 5000000000UL;
			print("# evil: %lu calls, %lu of them good, %lu traps\n",
			      evils[0].calls + evils[1].calls, evils[0].good + evils[1].good,
			      evils[0].traps + evils[1].traps);
		}
	}
	stopped[id] = true;
}

static void second(void)
{
	if (!stopped[1])
		work(&evils[1], 1);
}

static void evil_init(struct evil *e, uint64_t seed)
{
	e->state = seed;
	e->args = page_new();
	(void)page_new();
	(void)set_va((uint8_t *)e->args + PAGE_SIZE, 0, UVMF_INVLPG | UVMF_ALL);
	e->context = page_new();
	(void)page_new();
}

void evil_run(void)
{
	uint64_t seed = option_number("seed", now_ns()), seconds = option_number("evil", 10);
	bool two = option_number("cpus", 2) > 1;
	static struct vcpu_guest_context c;

	print("# evil seed %lu, %lu s, cpus %u\n", seed, seconds, two ? 2 : 1);
	end_time = now_ns() + seconds * 1000000000UL;
	evil_init(&evils[0], seed);
	evil_init(&evils[1], ~seed);
	user_init();
	pool_init();
	timer_ports[0] = bind_timer(0);
	timer_ports[1] = bind_timer(1);
	evil_fifo = seed % 4 == 0;
	upcall_ends_user = nmis_expected = true;
	beat = now_ns() + 2000000000UL;
	stopped[1] = !two;
	if (two) {
		context_fill(&c);
		c.ctrlreg[1] = user_l4_mfn() << 12 | 1;
		(void)HC3(vcpu_op, VCPUOP_initialise, 1, &c);
		(void)HC2(vcpu_op, VCPUOP_up, 1);
		evil_long();
		end_time = now_ns() + seconds * 1000000000UL;
	}
	cpu1_work = second;
	work(&evils[0], 0);
	while (!stopped[1])
		(void)HC1(sched_op, SCHEDOP_yield);
	print("# evil end: %lu calls, %lu of them good, %lu traps\n",
	      evils[0].calls + evils[1].calls, evils[0].good + evils[1].good,
	      evils[0].traps + evils[1].traps);
}
