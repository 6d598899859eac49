/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * References and types of frames while another CPU does something at each possible moment: what the example tests and
 * the model cannot reach, because a window is a few instructions wide.
 */
/* sources: hypervisor/mm/frame.c hypervisor/mm/promote.c hypervisor/mm/pte_rules.c hypervisor/mm/desc_rules.c hypervisor/mm/alloc.c hypervisor/mm/buddy.c hypervisor/mm/m2p.c hypervisor/mm/iomem.c hypervisor/mm/mmu_op.c hypervisor/mm/mmuext_op.c hypervisor/mm/desc_op.c hypervisor/mm/domain_mm.c */
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
		if (free_frame_count() != free_before || f->refs || !buddy_is_free(&frame_buddy, (uint32_t)mfn_x(frame_to_mfn(f))))
			return false;
		if (!in_time)
			return n > 0;
	}
}

static void test_give_back(void)
{
	result(ask_against(give_back), "a frame of ours is freed once, whoever asks for it meanwhile");
	result(ask_against(give_back_and_take), "and can be another domain's at once");
	start();
	f = alloc_frames(0, 0);
	atomic_add(&f->refs, 1); /* another CPU is inside of get_page() */
	share_frame(f, &world_dom[2], false);
	put_page(f);
	result(f->refs == 1 && f->owner == &world_dom[2], "nor does it matter when a frame becomes shared");
	unshare_frame(f);
}

int main(void)
{
	printf("1..3\n");
	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(300);
	test_give_back();
	(void)on_cpu_1;
	(void)on_cpu_0;
	return world_failures != 0;
}
