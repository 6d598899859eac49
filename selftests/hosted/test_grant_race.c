/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grants whose entry the granter rewrites all the time, and domains without a grant that ask for
 * them. Claims: an answer is final, the counts are exact, and a domain that the entry does not name
 * never takes the entry's lock. The granter writes after each instruction of the pin (by the trap
 * flag), and from threads.
 */
/* libs: -lpthread */
/* includes: hypervisor/grant/grant.c */
/* sources: hypervisor/grant/grant_map.c hypervisor/grant/grant_copy.c */
/* sources: hypervisor/grant/grant_op.c hypervisor/grant/maptrack.c hypervisor/mm/frame.c */
/* sources: hypervisor/mm/promote.c hypervisor/mm/pte_rules.c hypervisor/mm/desc_rules.c */
/* sources: hypervisor/mm/alloc.c hypervisor/mm/buddy.c hypervisor/mm/m2p.c */
/* sources: hypervisor/mm/iomem.c hypervisor/mm/mmu_op.c hypervisor/mm/mmuext_op.c */
/* sources: hypervisor/mm/desc_op.c hypervisor/mm/domain_mm.c */
#define WORLD_FRAMES 160U
#include <pthread.h>

#include "interleave.h"
#include "mm_world.h"
#include "../../hypervisor/grant/grant.c"

#define USER	 0
#define GRANTER	 1
#define STRANGER 2
#define REF	 8U
#define THREADS	 2U

static struct grant_entry_v1 *entry;
static struct frame *page;
static unsigned int rewrites;
static bool stop;

void tlb_flush_domain(struct domain *d)
{
	(void)d;
}

static void start(void)
{
	mfn_t m;

	for (unsigned int i = 0; i < 3; i++)
		grant_domain_destroy(&world_dom[i]);
	world_start();
	for (unsigned int i = 0; i < 3; i++) {
		world_dom[i].grant.max_frames = world_dom[i].grant.max_maptrack_frames = 1;
		if (grant_domain_init(&world_dom[i]))
			abort();
	}
	page = alloc_domain_frames(&world_dom[GRANTER], 0, 0);
	if (!page || grant_shared_frame(&world_dom[GRANTER], 0, &m))
		abort();
	entry = (struct grant_entry_v1 *)mfn_to_virt(m) + REF;
	*entry = (struct grant_entry_v1){.flags = GTF_permit_access,
					 .domid = USER,
					 .frame = (uint32_t)mfn_x(frame_to_mfn(page))};
	world_run_as(USER, 0);
}

/* Bits 9-15, which mean nothing to us, count: the word is soon never what it was. */
static void rewrite(void)
{
	uint16_t flags = atomic_load(&entry->flags);

	while (!atomic_cmpxchg(&entry->flags, &flags, (uint16_t)(flags + 0x200)))
		;
	atomic_add(&rewrites, 1);
}

/* --- after each instruction --- */

static volatile int status;
static mfn_t got;

static void rewrite_trap(int number)
{
	(void)number;
	rewrite();
}

static void pin(void)
{
	status = grant_pin(&world_dom[GRANTER], &world_dom[USER], REF, GRANT_COPY_RW, 1, &got);
}

static int pin_against_writer(void)
{
	struct sigaction action = {.sa_handler = rewrite_trap}, before;

	rewrites = 0;
	sigaction(SIGTRAP, &action, &before);
	interleave_flag(true);
	pin();
	interleave_flag(false);
	sigaction(SIGTRAP, &before, NULL);
	return status;
}

static void test_each_instruction(void)
{
	start();
	result(pin_against_writer() == GNTST_general_error && rewrites > 8,
	       "an entry that never holds still is refused for good: nobody is told to come again");
	result(page->refs == 1 && !frame_type_count(page), "and nothing of the attempt is left");
	pin();
	result(status == GNTST_okay && (entry->flags & GTF_writing),
	       "once it holds still it is pinned");
	grant_unpin(&world_dom[GRANTER], REF, GRANT_COPY_RW, got);
}

/* --- threads --- */

static void *writer(void *arg)
{
	(void)arg;
	while (!atomic_load(&stop))
		rewrite();
	return NULL;
}

static void test_threads(void)
{
	unsigned int i, n = getenv("STEPS") ? (unsigned int)atoi(getenv("STEPS")) : 300000,
			good = 0, refused = 0;
	pthread_t threads[THREADS];

	start();
	rewrites = 0;
	atomic_store(&stop, false);
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, writer, NULL))
			abort();
	for (i = 0; i < n; i++) {
		enum grant_use use = i & 1 ? GRANT_COPY_RW : GRANT_MAP_RO;
		int s = grant_pin(&world_dom[GRANTER], &world_dom[USER], REF, use, 1, &got);

		good += s == GNTST_okay;
		refused += s == GNTST_general_error;
		if (s == GNTST_okay)
			grant_unpin(&world_dom[GRANTER], REF, use, got);
	}
	atomic_store(&stop, true);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("# %u pins, %u refusals, %u rewrites\n", good, refused, rewrites);
	result(good && good + refused == n,
	       "against threads: every pin is made or refused, with no third answer");
	result(page->refs == 1 && !frame_type_count(page) &&
		       !(entry->flags & (GTF_reading | GTF_writing)),
	       "and references and marks are as before");
}

/* --- who is not named --- */

static bool lock_taken;

static void look_trap(int number)
{
	(void)number;
	lock_taken |=
		atomic_load(&world_dom[GRANTER].grant.table->active[0][REF].pins) & ACTIVE_LOCK;
}

/* True: refused without the entry's lock, which whoever is named may be waiting for. */
static bool refused_unlocked(unsigned int domain)
{
	struct sigaction action = {.sa_handler = look_trap}, before;

	lock_taken = false;
	sigaction(SIGTRAP, &action, &before);
	interleave_flag(true);
	status = grant_pin(&world_dom[GRANTER], &world_dom[domain], REF, GRANT_COPY_RO, 1, &got);
	interleave_flag(false);
	sigaction(SIGTRAP, &before, NULL);
	return status == GNTST_general_error && !lock_taken;
}

static void test_strangers(void)
{
	mfn_t held;

	start();
	result(refused_unlocked(STRANGER) && page->refs == 1,
	       "who is not named is refused without the entry's lock");
	pin();
	held = got;
	entry->domid = STRANGER;
	result(refused_unlocked(STRANGER) && page->refs == 2,
	       "and while the one who was named has it, the entry's new word does not help");
	result(!refused_unlocked(USER) && status == GNTST_okay,
	       "but he may pin it again, which takes the lock");
	grant_unpin(&world_dom[GRANTER], REF, GRANT_COPY_RO, got);
	grant_unpin(&world_dom[GRANTER], REF, GRANT_COPY_RW, held);
	result(page->refs == 1, "and all is given back");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..9\n");
	test_each_instruction();
	test_threads();
	test_strangers();
	return world_failures != 0;
}
