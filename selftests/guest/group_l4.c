/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries of the loaded L4 that appear, change and disappear, under both vCPUs and in both modes. A
 * guest must not be able to tell that the hypervisor runs it on copies of its L4s (xpti).
 */
#include "guest.h"

#define SLOT	  5UL
#define VA	  (SLOT << 39)
#define USER_VA	  (6UL << 39)
#define ROUNDS	  200U

static uint64_t *l1, *l2, *other_l3, *l3;

static uint64_t entry(const void *page)
{
	return mfn_of(page) << 12 | PTE_P | PTE_RW | PTE_US | PTE_A;
}

static long pin(const void *page, uint32_t cmd)
{
	struct mmuext_op op = {.cmd = cmd};

	op.arg1.mfn = mfn_of(page);
	return HC4(mmuext_op, &op, 1, 0, DOMID_SELF);
}

/* An L3 below which the first page of its range is `page`. */
static uint64_t *tree(const void *page)
{
	uint64_t *top = table_new();

	l2 = table_new();
	l1 = table_new();
	(void)pin(l1, MMUEXT_PIN_L1_TABLE);
	(void)set_pte(virt_to_maddr(l1), mfn_of(page) << 12 | PTE_P | PTE_US | PTE_A);
	(void)pin(l2, MMUEXT_PIN_L2_TABLE);
	(void)set_pte(virt_to_maddr(l2), entry(l1));
	(void)pin(top, MMUEXT_PIN_L3_TABLE);
	(void)set_pte(virt_to_maddr(top), entry(l2));
	return top;
}

static void read_va(void *to)
{
	*(volatile uint64_t *)to = *(volatile uint64_t *)VA;
}

/* What this vCPU finds at VA; 0: a fault. */
static uint64_t look(void)
{
	volatile uint64_t seen = 0;

	return catch_trap(read_va, (void *)&seen) == -1 ? seen : 0;
}

/*
 * The other vCPU's part: it looks as often as it is asked to, and makes no call meanwhile that
 * would let it be told.
 */
static volatile unsigned int asked, answered;
static volatile uint64_t answer;
static volatile bool ended;

static void second(void)
{
	while (!ended) {
		if (asked == answered)
			continue;
		answer = look();
		__atomic_store_n(&answered, asked, __ATOMIC_SEQ_CST);
	}
}

static uint64_t look_there(void)
{
	uint64_t end = now_ns() + 5000000000UL;

	asked++;
	while (__atomic_load_n(&answered, __ATOMIC_SEQ_CST) != asked && now_ns() < end)
		(void)HC1(sched_op, SCHEDOP_yield);
	return answered == asked ? answer : ~0UL;
}

static void flush_all(void)
{
	struct mmuext_op op = {.cmd = MMUEXT_TLB_FLUSH_ALL};

	(void)HC4(mmuext_op, &op, 1, 0, DOMID_SELF);
}

static void one_vcpu(uint64_t slot)
{
	claim("nothing is mapped there", !look());
	claim_is("an entry of the loaded L4", set_pte(slot, entry(l3)), 0);
	claim("is seen at once", look() == 1);
	claim_is("another one in its place", set_pte(slot, entry(other_l3)), 0);
	flush_all();
	claim("is seen after a flush", look() == 2);
	claim_is("none", set_pte(slot, 0), 0);
	flush_all();
	claim("is none after a flush", !look());
}

static void two_vcpus(uint64_t slot)
{
	static struct vcpu_guest_context c;
	unsigned int i, came = 0, changed = 0, went = 0;

	context_fill(&c);
	cpu1_work = second;
	(void)HC3(vcpu_op, VCPUOP_initialise, 1, &c);
	claim_is("a second vCPU", HC3(vcpu_op, VCPUOP_up, 1, NULL), 0);
	for (i = 0; i < ROUNDS; i++) {
		(void)set_pte(slot, entry(l3));
		came += look_there() == 1;
		(void)set_pte(slot, entry(other_l3));
		flush_all();
		changed += look_there() == 2;
		(void)set_pte(slot, 0);
		flush_all();
		went += !look_there();
	}
	claim_is("it sees each entry that comes", came, ROUNDS);
	claim_is("each that changes", changed, ROUNDS);
	claim_is("and each that goes", went, ROUNDS);
	cpu1_work = NULL;
	ended = true;
	(void)HC3(vcpu_op, VCPUOP_down, 1, NULL);
}

static void user_mode(void)
{
	uint64_t slot = (user_l4_mfn() << 12) + (USER_VA >> 39) * 8;

	claim_is("user mode has nothing there", user_run(1, USER_VA, 0x202), 14);
	claim_is("an entry of the user's L4", set_pte(slot, entry(l3)), 0);
	claim_is("user mode has it", user_run(1, USER_VA, 0x202), TRAP_SYSCALL);
	claim("and finds what is there", this_cpu()->catch.regs.rax == 1);
	claim_is("it goes", set_pte(slot, 0), 0);
	flush_all();
	claim_is("and user mode has nothing again", user_run(1, USER_VA, 0x202), 14);
}

void group_l4(void)
{
	uint64_t slot =
		(start_info->pt_base ? virt_to_maddr((void *)start_info->pt_base) : 0) + SLOT * 8;
	uint64_t *a = page_new(), *b = page_new();

	*a = 1;
	*b = 2;
	user_init();
	l3 = tree(a);
	other_l3 = tree(b);
	one_vcpu(slot);
	user_mode();
	two_vcpus(slot);
}
