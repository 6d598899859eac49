/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attacks that repeat a call as fast as they can: TLB flushes, interrupts for other CPUs, a grant
 * entry that changes all the time, calls that are refused.
 */
#include "attack.h"

#define ROUNDS 8U

struct grant_entry_v1 *grant_table(void);

/*
 * For each of the two vCPUs: an empty table that nothing maps writable, and a page to map again and
 * again.
 */
static uint8_t *table[2], *page[2];
static uint32_t ipi_port[4];

static void share(uint32_t ref)
{
	volatile struct grant_entry_v1 *g = &grant_table()[ref];

	g->frame = (uint32_t)mfn_of(page_new());
	g->domid = 0;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	g->flags = GTF_permit_access;
}

void attack_storm_init(void)
{
	struct evtchn_bind_ipi b = {0};
	unsigned int i;

	for (i = 0; i < 2; i++) {
		table[i] = page_new();
		(void)make_readonly(table[i]);
		page[i] = page_new();
		share(ATTACK_REF + i);
	}
	for (b.vcpu = 0; b.vcpu < ARRAY_SIZE(ipi_port); b.vcpu++)
		if (!HC2(event_channel_op, EVTCHNOP_bind_ipi, &b))
			ipi_port[b.vcpu] = b.port;
}

/*
 * A page that becomes a table, none and zeroed, and all that flushes other CPUs by its own name:
 * each is a reason to interrupt CPUs on which this domain may never have run.
 */
void attack_flush(struct evil *e)
{
	unsigned int self = this_cpu()->id, i, n = 0;
	struct mmuext_op *op = (struct mmuext_op *)e->args;
	uint64_t all = ~0UL,
		 pte = mfn_of(page[self]) << 12 | PTE_P | PTE_RW | PTE_A | PTE_D | PTE_US;

	for (i = 0; i < ROUNDS; i++) {
		uint64_t mfn = mfn_of(table[self]);

		op[n++] = (struct mmuext_op){.cmd = MMUEXT_PIN_L1_TABLE, .arg1.mfn = mfn};
		op[n++] = (struct mmuext_op){.cmd = MMUEXT_UNPIN_TABLE, .arg1.mfn = mfn};
		op[n++] = (struct mmuext_op){.cmd = MMUEXT_CLEAR_PAGE, .arg1.mfn = mfn};
		op[n++] =
			(struct mmuext_op){.cmd = i & 1 ? MMUEXT_TLB_FLUSH_ALL : MMUEXT_INVLPG_ALL,
					   .arg1.linear_addr = (uint64_t)page[self]};
		op[n++] = (struct mmuext_op){.cmd = i & 1 ? MMUEXT_TLB_FLUSH_MULTI
							  : MMUEXT_INVLPG_MULTI,
					     .arg1.linear_addr = (uint64_t)page[self],
					     .arg2.vcpumask = (uint64_t)&all};
	}
	(void)HC4(mmuext_op, op, n, 0, DOMID_SELF);
	for (i = 0; i < ROUNDS; i++) {
		(void)set_va(page[self], pte & ~PTE_RW, UVMF_TLB_FLUSH | UVMF_ALL);
		(void)set_va(page[self], pte, UVMF_INVLPG | UVMF_ALL);
	}
}

/* What raises an interrupt where a vCPU is, or would be if it ever ran: 2 and 3 never do. */
void attack_nmi(struct evil *e)
{
	struct vcpu_set_periodic_timer p = {.period_ns = 1000000};
	struct vcpu_set_singleshot_timer t = {.timeout_abs_ns = now_ns() + random_below(e, 100000)};
	unsigned int id, i;

	for (i = 0; i < ROUNDS; i++) {
		for (id = 0; id < 4; id++)
			(void)HC2(vcpu_op, VCPUOP_send_nmi, id);
		for (id = 2; id < 4; id++) {
			struct evtchn_send s = {.port = ipi_port[id]};

			(void)HC2(vcpu_op, VCPUOP_down, id);
			(void)HC2(event_channel_op, EVTCHNOP_send, &s);
			(void)HC3(vcpu_op, VCPUOP_set_singleshot_timer, id, &t);
			(void)HC2(vcpu_op, VCPUOP_up, id);
		}
	}
	(void)HC3(vcpu_op, VCPUOP_set_periodic_timer, 2 + random_below(e, 2), &p);
	(void)HC3(vcpu_op, VCPUOP_set_singleshot_timer, this_cpu()->id, &t);
}

/*
 * The words of two entries that Domain-0 copies by, one for each vCPU: always valid, and for some
 * nanoseconds the same. What changes are the bits for a mapping's cache attributes and those that
 * mean nothing, so that no value comes again soon.
 */
void attack_eagain(struct evil *e)
{
	volatile uint32_t *word = (volatile uint32_t *)&grant_table()[ATTACK_REF + this_cpu()->id];
	uint32_t i;

	(void)e;
	for (i = 0; i < 200000; i++)
		*word = GTF_permit_access | (i << 5 & (GTF_PWT | GTF_PCD | GTF_PAT)) |
			(i << 6 & 0xfe00);
}

struct instruction {
	uint64_t number;
	bool write;
};

static void msr(void *arg)
{
	const struct instruction *in = arg;

	if (in->write)
		__asm__ volatile("wrmsr" : : "a"(0), "d"(0), "c"(in->number));
	else
		__asm__ volatile("rdmsr" : : "c"(in->number) : "rax", "rdx");
}

/*
 * What an administrator may be told of, at some level: MSRs that are refused, and calls that are
 * not there.
 */
void attack_log(struct evil *e)
{
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		struct instruction in = {random_below(e, 0x2000), random_below(e, 2)};

		(void)catch_trap(msr, &in);
		(void)hypercall((long)random_below(e, 64) + 64, random_next(e), 0, 0, 0, 0);
		(void)HC3(vcpu_op, 40 + random_below(e, 1000), 0, 0);
		(void)HC2(sched_op, 40 + random_below(e, 1000), 0);
		(void)HC2(event_channel_op, 40 + random_below(e, 1000), 0);
		(void)HC2(memory_op, 40 + random_below(e, 20), 0);
	}
}
