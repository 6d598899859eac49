/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * References and types of frames while another CPU does something at each possible moment: what the
 * example tests and the model cannot reach, because a window is a few instructions wide.
 */
/* sources: hypervisor/mm/frame.c hypervisor/mm/promote.c hypervisor/mm/pte_rules.c */
/* sources: hypervisor/mm/desc_rules.c hypervisor/mm/alloc.c hypervisor/mm/buddy.c */
/* sources: hypervisor/mm/m2p.c hypervisor/mm/iomem.c hypervisor/mm/mmu_op.c */
/* sources: hypervisor/mm/mmuext_op.c hypervisor/mm/desc_op.c hypervisor/mm/domain_mm.c */
#include <unistd.h>

#include "interleave.h"
#include "mm_world.h"

static struct frame *f;
static unsigned int flushed[WORLD_CPUS];
static struct vcpu second_vcpu; /* of domain 1, on CPU 1 */

static void count_flush(unsigned int cpu)
{
	flushed[cpu]++;
}

static void start(void)
{
	world_start();
	second_vcpu = world_vcpu[1];
	world_on_flush = count_flush;
	tlb_flush_cpus((cpumask_t){3}, TLB_ALL);
}

static void on_cpu_1(void)
{
	current = &second_vcpu;
	hosted_cpu_info.cpu = 1;
}

static void on_cpu_0(void)
{
	world_run_as(1, 0);
}

/* ---- a guest asks for a frame of ours while we give it back ---- */

static uint64_t free_before;
static struct frame *shared;

static void ask(void)
{
	if (get_page(f, &world_dom[1]))
		abort();
}

static void give_back(void)
{
	free_page(mfn_to_virt(frame_to_mfn(f)));
}

static void give_back_and_take(void)
{
	give_back();
	shared = alloc_frames(0, 0);
	share_frame(shared, &world_dom[2], false);
}

static bool ask_against(void (*ours)(void))
{
	for (unsigned int n = 0;; n++) {
		bool in_time;

		start();
		free_before = free_frame_count();
		shared = NULL;
		f = alloc_frames(0, ALLOC_ZERO);
		in_time = interleave(ask, ours, n);
		if (!in_time)
			ours();
		if (shared)
			unshare_frame(shared);
		if (free_frame_count() != free_before || f->refs ||
		    !buddy_is_free(&frame_buddy, (uint32_t)mfn_x(frame_to_mfn(f))))
			return false;
		if (!in_time)
			return n > 0;
	}
}

static void test_give_back(void)
{
	result(ask_against(give_back),
	       "a frame of ours is freed once, whoever asks for it meanwhile");
	result(ask_against(give_back_and_take), "and can be another domain's at once");
	start();
	f = alloc_frames(0, 0);
	atomic_add(&f->refs, 1); /* another CPU is inside of get_page() */
	share_frame(f, &world_dom[2], false);
	put_page(f);
	result(f->refs == 1 && f->owner == &world_dom[2],
	       "nor does it matter when a frame becomes shared");
	unshare_frame(f);
}

/*
 * ---- the last writable reference goes while another CPU maps, writes and unmaps in between ----
 */

/*
 * CPU 1 flushes, maps f writable, uses it, and unmaps it. Its TLB remembers it until its next
 * flush.
 */
static void map_and_unmap(void)
{
	on_cpu_1();
	tlb_flush_local();
	if (get_page_type(f, FT_WRITABLE))
		abort();
	put_page_type(f);
	on_cpu_0();
}

static void drop_writable(void)
{
	put_page_type(f);
}

static void drain(void)
{
	if (mm_drain_vcpu(current))
		abort();
}

/* f, which nobody maps any more, becomes a table of CPU 0: only after a flush of CPU 1. */
static bool becomes_table_after_flush(void)
{
	bool good;

	flushed[1] = 0;
	good = !get_page_type(f, FT_L1) && flushed[1];
	put_page_type(f);
	drain();
	return good;
}

static struct frame *own(void)
{
	struct frame *new = alloc_domain_frames(&world_dom[1], 0, 0);

	if (!new)
		abort();
	return new;
}

static bool drop_against_mapping(void)
{
	for (unsigned int n = 0;; n++) {
		bool in_time;

		start();
		f = own();
		if (get_page_type(f, FT_WRITABLE))
			abort();
		in_time = interleave(drop_writable, map_and_unmap, n);
		if (!in_time)
			return n > 0;
		if (!becomes_table_after_flush())
			return false;
	}
}

/*
 * The same for a frame that still waits to be taken apart as a table: dropping its queue entry
 * against a mapping.
 */
static bool drain_against_mapping(void)
{
	for (unsigned int n = 0;; n++) {
		bool in_time;

		start();
		f = own();
		if (get_page_type(f, FT_L1))
			abort();
		put_page_type(f); /* now it waits in CPU 0's queue */
		map_and_unmap();
		in_time = interleave(drain, map_and_unmap, n);
		if (!in_time)
			return n > 0;
		if (!becomes_table_after_flush())
			return false;
	}
}

/* ---- nobody waits long for a lock ---- */

/* What a CPU sees that has other work while another one holds f's lock for long. */
static bool gives_up(mfn_t target, unsigned int how)
{
	struct mmu_update u = {mfn_to_maddr(target), 0};
	struct mmuext_op op = {.cmd = MMUEXT_PIN_L4_TABLE, .arg1.mfn = mfn_x(target)};

	world_preempt_one_in = 1;
	world_restarted = false;
	if (how == 0)
		(void)do_mmu_update((uint64_t)&u, 1, 0, DOMID_SELF, 0, 0);
	else
		(void)do_mmuext_op((uint64_t)&op, 1, 0, DOMID_SELF, 0, 0);
	world_preempt_one_in = 0;
	return world_restarted;
}

static void test_waiting(void)
{
	struct frame *l4;

	start();
	l4 = own();
	if (get_page_type(l4, FT_L4))
		abort();
	/* CPU 1 enters a large subtree into it. */
	l4->lock = 1;
	result(gives_up(frame_to_mfn(l4), 0), "who wants an entry of a busy table goes on later");
	l4->lock = 0;
	f = own();
	/* CPU 1 checks it as an L4. */
	f->type = (uint64_t)FT_L4 << FT_SHIFT | 1;
	f->lock = 1;
	result(gives_up(frame_to_mfn(f), 1),
	       "who wants to pin a table that is being checked goes on later");
	f->lock = 0;
	f->type = 0;
	/*
	 * CPU 1 is at an entry of l4, which is in use: there is nothing to take apart, so nothing
	 * to wait for.
	 */
	l4->lock = 1;
	frame_dismantle(l4);
	result(frame_type(l4) == FT_L4, "giving up a page that is a busy table waits for nobody");
	l4->lock = 0;
}

/* ---- whose table it is is asked before its lock is taken ---- */

static bool lock_seen;

static void look_trap(int number)
{
	(void)number;
	lock_seen |= atomic_load(&f->lock);
}

/* Domain `domain` writes an entry of f, a table of domain 1. True: f's lock was taken. */
static bool takes_lock(unsigned int domain, bool by_grant)
{
	struct sigaction action = {.sa_handler = look_trap}, before;
	struct mmu_actor a = {.d = &world_dom[domain], .pg_owner = &world_dom[domain]};

	world_run_as(domain, 1);
	lock_seen = false;
	sigaction(SIGTRAP, &action, &before);
	interleave_flag(true);
	if (by_grant)
		(void)mmu_set_l1(&a, mfn_to_maddr(frame_to_mfn(f)), 0, UPDATE_SET, 0);
	else
		(void)mmu_set_entry(&a, mfn_to_maddr(frame_to_mfn(f)), 0, UPDATE_SET);
	interleave_flag(false);
	sigaction(SIGTRAP, &before, NULL);
	on_cpu_0();
	return lock_seen;
}

static void test_strangers(void)
{
	start();
	f = own();
	if (get_page_type(f, FT_L1))
		abort();
	result(takes_lock(1, false) && takes_lock(1, true),
	       "who writes to his table takes its lock");
	result(!takes_lock(2, false) && !takes_lock(2, true),
	       "who names another domain's does not get that far");
	put_page_type(f);
	drain();
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..10\n");
	alarm(240); /* with each instruction a step, and the checks of locks among them */
	test_give_back();
	result(drop_against_mapping(),
	       "a page that was writable on another CPU becomes a table only after a flush there");
	result(drain_against_mapping(), "also when it was a table before");
	test_waiting();
	test_strangers();
	return world_failures != 0;
}
