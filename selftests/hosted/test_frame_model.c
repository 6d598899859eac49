/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frame types against a model. Random guests pin, unpin, load, write and map; after every step all
 * references and types are counted anew from the contents of the tables that the pins, the loaded
 * tables and the test's own holds make live, and compared with the frame table (frame.c F1-F6).
 * Before a step the same counting tells if it must succeed. A second model are TLBs that remember
 * all that the domain whose tables are loaded ever mapped, until they are flushed (F7); Domain-0
 * maps others' frames, too. STEPS=n makes the run longer, SEED=n repeats one.
 */
/* libs: -lpthread */
/* sources: hypervisor/mm/frame.c hypervisor/mm/promote.c hypervisor/mm/pte_rules.c */
/* sources: hypervisor/mm/desc_rules.c hypervisor/mm/alloc.c hypervisor/mm/buddy.c */
/* sources: hypervisor/mm/m2p.c hypervisor/mm/iomem.c hypervisor/mm/mmu_op.c */
/* sources: hypervisor/mm/mmuext_op.c hypervisor/mm/desc_op.c hypervisor/mm/domain_mm.c */
#define WORLD_FRAMES 72U
#include "mm_world.h"
#include <pthread.h>
#include <hv/hypercall/hypercall.h>
#include <hv/mm/alloc.h>
#include <hv/mm/desc_op.h>
#include <hv/mm/desc_rules.h>
#include <hv/mm/domain_mm.h>
#include <hv/mm/frame.h>
#include <hv/mm/map.h>
#include <hv/mm/mmuext_op.h>
#include <hv/mm/promote.h>
#include <hv/mm/pte_rules.h>
#include <hv/mm/tlb_clock.h>
#include <x86/tlb.h>

#define N WORLD_FRAMES

/* --- the model's state --- */
static int owner[N];                /* domain, -1: free */
static int pinned[N];               /* frame type, 0: not */
static unsigned int held[N];        /* writable holds by the test */
static uint64_t loaded[3], user[3]; /* CR3s, 0: none */
static uint64_t gdt[3];             /* first GDT frame, 0: none */
#define THREADS 3U
static uint64_t thread_tables[2 * THREADS]; /* loaded by a thread's vCPU, 0: none */
static bool maybe_writable[WORLD_CPUS][N], maybe_mapped[WORLD_CPUS][N];
static int on_cpu[WORLD_CPUS];           /* the domain whose tables are loaded, -1: ours */
static bool foreign_entry[N][512]; /* entries of a live L1 of Domain-0 that map others' frames */
static bool foreign_rw[N], foreign_any[N]; /* frames that such entries map */
static unsigned long n_done, n_refused, n_restarts, n_ops[16];
static const char *complaint;
static unsigned long step;

static const unsigned int slots[] = {0, 1, 2, 255, 256, 271, 272, 511};

struct count {
	unsigned int refs, type[7];
	bool bad; /* something live says what it may not */
};
static struct count counts[N];
static bool world_bad;

/* Uses that an operation is about to add. */
struct extra {
	int type; /* 0: none */
	uint64_t frame;
};

static bool is_ram(uint64_t f)
{
	return f < N && f >= WORLD_FIRST && f != WORLD_HOLE;
}

static void use(uint64_t f, int type, unsigned int n)
{
	counts[f].refs += n;
	if (type)
		counts[f].type[type] += n;
}

/* One present entry of a live table of `level` owned by `dom`. */
static void use_entry(int dom, int level, pte_t e, unsigned int n)
{
	uint64_t f = pte_mfn(e).n;
	struct pte_policy p = pte_policy_of(&world_dom[dom]);
	pte_t out;

	if (pte_check(&p, (unsigned int)level, e, &out)) {
		world_bad = true;
		return;
	}
	if (!is_ram(f)) {
		if (level > 1 || dom)
			world_bad = true;
		return;
	}
	if (owner[f] != dom) {
		world_bad = true;
		return;
	}
	use(f, level > 1 ? level - 1 : (e & PTE_RW) ? FT_WRITABLE : 0, n);
}

static void use_foreign(pte_t e)
{
	uint64_t f = pte_mfn(e).n;

	foreign_any[f] = true;
	foreign_rw[f] |= e & PTE_RW;
	use(f, (e & PTE_RW) ? FT_WRITABLE : 0, 1);
}

static void use_table(uint64_t f, int level, unsigned int entries)
{
	const pte_t *t = (const pte_t *)world_ram[f];
	unsigned int i;

	for (i = 0; i < entries; i++)
		if (level == 1 && foreign_entry[f][i])
			use_foreign(t[i]);
		else if ((t[i] & PTE_P) && !pte_slot_is_private((unsigned int)level, i))
			use_entry(owner[f], level, t[i], 1);
}

/* Count everything, top down. Tables half checked are taken as the frame table says they are. */
static void recount(const struct extra *x)
{
	uint64_t f;
	int level;

	memset(counts, 0, sizeof(counts));
	memset(foreign_rw, 0, sizeof(foreign_rw));
	memset(foreign_any, 0, sizeof(foreign_any));
	world_bad = false;
	for (f = 0; f < N; f++) {
		if (owner[f] >= 0 && (world_records[f].flags & FRAME_ALLOCATED))
			counts[f].refs++;
		if (pinned[f])
			use(f, pinned[f], 1);
		use(f, held[f] ? FT_WRITABLE : 0, held[f]);
	}
	for (f = 0; f < 3; f++) {
		if (loaded[f])
			use(loaded[f], FT_L4, 1);
		if (user[f])
			use(user[f], FT_L4, 1);
		if (gdt[f])
			use(gdt[f], FT_DESC, 1);
	}
	for (f = 0; f < 2 * THREADS; f++)
		if (thread_tables[f])
			use(thread_tables[f], FT_L4, 1);
	if (x && x->type)
		use(x->frame, x->type, 1);
	for (level = 4; level >= 1; level--)
		for (f = 0; f < N; f++) {
			uint64_t word = world_records[f].type;

			if (counts[f].type[level])
				use_table(f, level, 512);
			else if ((word & FT_PARTIAL) && word >> FT_SHIFT == (uint64_t)level) {
				counts[f].refs++;
				use_table(f, level, (word & FT_POSITION_MASK) >> FT_POSITION_SHIFT);
			}
		}
}

static bool desc_page_ok(uint64_t f)
{
	const uint64_t *d = (const uint64_t *)world_ram[f];
	uint64_t out;
	unsigned int i;

	for (i = 0; i < 512; i++)
		if (!desc_check(world_dom[owner[f]].arch.ring1, d[i], &out))
			return false;
	return true;
}

/* Is the counted world one that may exist? */
static bool possible(void)
{
	uint64_t f;
	unsigned int t, kinds;

	if (world_bad)
		return false;
	for (f = 0; f < N; f++) {
		for (kinds = 0, t = FT_L1; t <= FT_WRITABLE; t++)
			kinds += counts[f].type[t] != 0;
		if (kinds > 1 || (counts[f].type[FT_DESC] && !desc_page_ok(f)))
			return false;
	}
	return true;
}

/* --- the comparison --- */

#define CHECK(cond, what)                                                                     \
	do {                                                                                  \
		if (!(cond) && !complaint) {                                                  \
			complaint = what;                                                     \
			printf("# step %lu, frame %lu: %s (refs %u/%u, type %lx)\n", step,    \
			       (unsigned long)f, what, world_records[f].refs, counts[f].refs, \
			       (unsigned long)world_records[f].type);                         \
		}                                                                             \
	} while (0)

/* How many vCPUs have it as the base of their kernel mode. */
static unsigned int kernel_bases(uint64_t f)
{
	unsigned int i, n = 0;

	for (i = 0; f && i < 3; i++)
		n += loaded[i] == f;
	for (i = 0; f && i < THREADS; i++)
		n += thread_tables[2 * i] == f;
	return n;
}

static void compare_frame(uint64_t f)
{
	const struct frame *r = &world_records[f];
	uint64_t n = r->type & FT_COUNT_MASK;
	unsigned int t, kinds = 0;

	CHECK(r->refs == counts[f].refs, "F1: the references are not those that exist");
	if (!r->refs)
		return; /* free: its type word is the CPUs that may remember it */
	for (t = FT_L1; t <= FT_WRITABLE; t++) {
		if (!counts[f].type[t])
			continue;
		kinds++;
		CHECK(r->type >> FT_SHIFT == t, "F3: has another type than it is used as");
		CHECK(n == counts[f].type[t], "F1: the type count is not the number of uses");
		CHECK(t == FT_WRITABLE || (r->type & FT_VALIDATED),
		      "F4: used as a table but not validated");
	}
	CHECK(kinds <= 1, "F3: used as two things");
	if (counts[f].type[FT_L4])
		CHECK(((const pte_t *)world_ram[f])[256] == (kernel_bases(f) ? idle_l4[256] : 0),
		      "M6: the M2P is not where a kernel's base is, and there alone");
	CHECK((r->type & FT_KERNELS_MASK) >> FT_KERNELS_SHIFT == kernel_bases(f),
	      "M6: the kernels' bases");
	CHECK(kinds || !n, "F1: counted but not used");
	CHECK(kinds || !(r->type & (FT_VALIDATED | FT_PINNED | FT_QUEUED)),
	      "F6: left over and not taken apart");
	CHECK(!!(r->type & FT_PINNED) == !!pinned[f], "the pin");
	if (owner[f] >= 0)
		CHECK(r->owner == &world_dom[owner[f]], "the owner");
}

static void follow_tlbs(void)
{
	uint64_t f;
	unsigned int c;

	for (f = 0; f < N; f++)
		for (c = 0; c < WORLD_CPUS; c++) {
			bool own = on_cpu[c] >= 0 && owner[f] == on_cpu[c];

			if ((own && counts[f].type[FT_WRITABLE]) || (!on_cpu[c] && foreign_rw[f]))
				maybe_writable[c][f] = true;
			if ((own && counts[f].refs) || (!on_cpu[c] && foreign_any[f]))
				maybe_mapped[c][f] = true;
			if ((counts[f].type[1] | counts[f].type[2] | counts[f].type[3] |
			     counts[f].type[4] | counts[f].type[FT_DESC]))
				CHECK(!maybe_writable[c][f],
				      "F7: a CPU may still write to a table");
		}
}

static void on_flush(unsigned int cpu)
{
	memset(maybe_writable[cpu], 0, sizeof(maybe_writable[cpu]));
	memset(maybe_mapped[cpu], 0, sizeof(maybe_mapped[cpu]));
}

static void compare(void)
{
	uint64_t f;

	recount(NULL);
	for (f = 0; f < N; f++) {
		if (owner[f] >= 0 && !counts[f].refs) {
			owner[f] = -1; /* the last reference went */
			CHECK(!world_records[f].refs, "F1: should be free");
		}
		if (is_ram(f))
			compare_frame(f);
		if (!counts[f].type[FT_L1])
			memset(foreign_entry[f], 0, sizeof(foreign_entry[f]));
	}
	follow_tlbs();
	for (f = 0; f < 3; f++) {
		uint64_t i, n = 0;

		for (i = 0; i < N; i++)
			n += owner[i] == (int)f;
		if (world_dom[f].mm.pages != n && !complaint)
			complaint = "A1: the domain's books";
	}
}

/* --- operations --- */

static unsigned int pick(unsigned int n)
{
	return (unsigned int)rand() % n;
}

static uint64_t pick_frame(void)
{
	return pick(40) ? WORLD_FIRST + pick(N - WORLD_FIRST) : pick(N + 5);
}

/* A role for each frame makes trees likely; one choice in eight is free. */
static int role(uint64_t f)
{
	return (int)(f % 6); /* 0, 5: data */
}

static pte_t pick_entry(int level)
{
	uint64_t f = pick_frame();
	pte_t flags = PTE_P | PTE_US;
	unsigned int i;

	if (!pick(4))
		return 0;
	for (i = 0; i < 30 && pick(8); i++) {
		int want = level > 1 ? level - 1 : pick(2) ? 0 : 5;

		if (role(f) == want && f < N && owner[f] == (int)current->domain->id)
			break;
		f = pick_frame();
	}
	if (pick(2))
		flags |= PTE_RW;
	if (!pick(3))
		flags |= PTE_A | PTE_D;
	if (!pick(60))
		flags |= 1ULL << pick(64);
	return f << 12 | flags;
}

static bool want_prediction;

/* Carry out and see that the outcome was the predicted one. */
static void settle_outcome(bool predicted, long rc, const char *what)
{
	if (rc == 0)
		n_done++;
	else
		n_refused++;
	if (want_prediction && predicted != (rc == 0) && !complaint) {
		complaint = "the outcome is not the predicted one";
		printf("# step %lu: %s gave %ld, predicted %s\n", step, what, rc,
		       predicted ? "success" : "refusal");
	}
}

static bool predict(int dom, uint64_t f, int type)
{
	struct extra x = {type, f};

	if (!is_ram(f) || owner[f] != dom)
		return false;
	recount(&x);
	return possible();
}

static long ext(uint32_t cmd, uint64_t arg, bool may_abandon)
{
	struct mmuext_op op = {.cmd = cmd, .arg1.mfn = arg};
	long rc;

	world_restarted = false;
	rc = do_mmuext_op((uint64_t)&op, 1, 0, DOMID_SELF, 0, 0);
	while (world_restarted && !(may_abandon && !pick(4))) {
		n_restarts++;
		world_restarted = false;
		rc = do_mmuext_op(world_restart[0], world_restart[1], world_restart[2],
				  world_restart[3], world_restart[4], 0);
	}
	/* Abandoned: was the operation itself done, with only cleaning left? */
	if (world_restarted && !(world_restart[1] & 0x7fffffff))
		rc = 0;
	return rc;
}

static void op_pin(int dom, bool abandon)
{
	uint64_t f = pick_frame();
	int type = pick(6) && f < N ? role(f) : 1 + (int)pick(4);
	bool good;
	long rc;

	if (type < 1 || type > 4)
		type = 1;
	good = predict(dom, f, type) && !pinned[f];
	rc = ext((uint32_t)(MMUEXT_PIN_L1_TABLE + type - 1), f, abandon);
	settle_outcome(good, rc, "pin");
	if (rc == 0)
		pinned[f] = type;
}

static void op_unpin(int dom, bool abandon)
{
	uint64_t f = pick_frame();
	bool good = f < N && is_ram(f) && owner[f] == dom && pinned[f];
	long rc = ext(MMUEXT_UNPIN_TABLE, f, abandon);

	settle_outcome(good, rc, "unpin");
	if (rc == 0)
		pinned[f] = 0;
}

static void op_load(int dom, bool abandon)
{
	uint64_t f = pick(8) ? pick_frame() : 0;
	bool to_user = pick(2), good = predict(dom, f, FT_L4) || (to_user && !f);
	long rc = ext(to_user ? MMUEXT_NEW_USER_BASEPTR : MMUEXT_NEW_BASEPTR, f, abandon);

	settle_outcome(good, rc, to_user ? "load user" : "load");
	if (rc == 0)
		*(to_user ? &user[dom] : &loaded[dom]) = f;
}

/* The type that f is live as, by the model; 0: none. */
static int live_type(uint64_t f)
{
	int t;

	recount(NULL);
	for (t = FT_L1; t <= FT_WRITABLE; t++)
		if (is_ram(f) && counts[f].type[t])
			return t;
	return 0;
}

static void op_write(int dom, bool abandon)
{
	uint64_t f = pick_frame();
	unsigned int slot = slots[pick(ARRAY_SIZE(slots))];
	int type = live_type(f), level;
	struct mmu_update r = {.ptr = f << 12 | slot * 8 |
				      (pick(3) ? 0 : MMU_PT_UPDATE_PRESERVE_AD)};
	bool good;
	long rc;

	level = type >= 1 && type <= 4 ? type : f < N && role(f) >= 1 && role(f) <= 4 ? role(f) : 1;
	r.val = pick_entry(level);
	/* What a foreign entry says already may be said again. */
	if (f < N && foreign_entry[f][slot] &&
	    pte_same_references(1, ((const pte_t *)world_ram[f])[slot], r.val))
		return;
	good = is_ram(f) && owner[f] == dom;
	if (good && type >= 1 && type <= 4) {
		good = !pte_slot_is_private((unsigned int)type, slot);
		if (good && (r.val & PTE_P)) {
			recount(NULL);
			/* The old entry stays until the new one is in: count it as well. */
			use_entry(dom, type, r.val, 1);
			if (!world_bad && is_ram(pte_mfn(r.val).n)) {
				struct extra x = {type > 1           ? type - 1
						  : (r.val & PTE_RW) ? FT_WRITABLE
								     : 0,
						  pte_mfn(r.val).n};
				recount(&x);
			}
			good = !world_bad && possible();
		}
	} else if (good) {
		good = predict(dom, f, FT_WRITABLE);
	}
	rc = do_mmu_update((uint64_t)&r, 1, 0, DOMID_SELF, 0, 0);
	for (world_restarted = rc == -ERESTART; world_restarted && !(abandon && !pick(4));) {
		n_restarts++;
		world_restarted = false;
		rc = do_mmu_update(world_restart[0], world_restart[1], world_restart[2],
				   world_restart[3], world_restart[4], 0);
	}
	if (rc == 0 && f < N)
		foreign_entry[f][slot] = false;
	if (!(abandon && world_restarted))
		settle_outcome(good, rc, "write");
}

/* Domain-0 maps a frame of a guest, as its backends and its toolstack do. */
static void op_foreign(void)
{
	uint64_t f = pick_frame(), to = pick_frame();
	unsigned int i, slot = slots[pick(ARRAY_SIZE(slots))];
	struct mmu_update r = {.ptr = f << 12 | slot * 8};
	struct extra x;
	bool good;
	long rc;

	for (i = 0; i < 60 && (f >= N || owner[f] || live_type(f) != FT_L1); i++)
		f = pick_frame();
	r.ptr = f << 12 | slot * 8;
	if (f >= N || owner[f] || live_type(f) != FT_L1 || !is_ram(to) || owner[to] < 1)
		return;
	r.val = to << 12 | PTE_P | PTE_US | (pick(2) ? PTE_RW : 0);
	x = (struct extra){r.val & PTE_RW ? FT_WRITABLE : 0, to};
	recount(&x);
	good = possible();
	rc = do_mmu_update((uint64_t)&r, 1, 0, (uint64_t)owner[to], 0, 0);
	/* Preempted in a look at the queue, with the entry done. */
	if (rc == -ERESTART && !(world_restart[1] & 0x7fffffff))
		rc = 0;
	world_restarted = false;
	settle_outcome(good, rc, "foreign");
	if (rc == 0)
		foreign_entry[f][slot] = true;
}

static void op_hold(int dom)
{
	uint64_t f = pick_frame();
	bool good;

	if (f < N && held[f] && pick(2)) {
		put_page_and_type(mfn_to_frame(mfn(f)));
		held[f]--;
		return;
	}
	good = predict(dom, f, FT_WRITABLE);
	if (get_page_and_type(mfn(f), &world_dom[dom], FT_WRITABLE)) {
		settle_outcome(good, -EINVAL, "hold");
		return;
	}
	settle_outcome(good, 0, "hold");
	held[f]++;
}

static void op_gdt(int dom)
{
	uint64_t f = pick(4) ? pick_frame() : 0;
	bool good = f ? predict(dom, f, FT_DESC) : true;
	long rc = do_set_gdt((uint64_t)&f, f ? 512 : 0, 0, 0, 0, 0);

	if (f < N && gdt[dom] == f && f)
		good = true;
	settle_outcome(good, rc, "set_gdt");
	if (rc == 0)
		gdt[dom] = f;
}

static void op_give(int dom)
{
	struct frame *f;
	uint64_t n;
	unsigned int c;

	if (pick(2)) {
		f = alloc_domain_frames(&world_dom[dom], 0, 0);
		if (!f)
			return;
		n = mfn_x(frame_to_mfn(f));
		for (c = 0; c < WORLD_CPUS; c++)
			if (maybe_mapped[c][n] && !complaint)
				complaint = "F7: a CPU may still remember a frame that is new";
		owner[n] = dom;
		return;
	}
	n = pick_frame();
	if (n >= N || !is_ram(n) || owner[n] != dom ||
	    !get_page(mfn_to_frame(mfn(n)), &world_dom[dom]))
		return;
	frame_dismantle(mfn_to_frame(mfn(n)));
	frame_drop_allocation(mfn_to_frame(mfn(n)));
	put_page(mfn_to_frame(mfn(n)));
}

/* A page leaves for an exchange and comes back or not; whatever happens, the counts must fit. */
static void op_steal(int dom)
{
	uint64_t f = pick_frame();
	bool good;
	int rc;

	if (f >= N || !is_ram(f) || owner[f] < 0)
		return;
	recount(NULL);
	good = owner[f] == dom && counts[f].refs == 1 && (world_records[f].flags & FRAME_ALLOCATED);
	rc = frame_steal(mfn_to_frame(mfn(f)), &world_dom[dom]);
	settle_outcome(good, rc, "steal");
	if (rc)
		return;
	frame_restore(mfn_to_frame(mfn(f)), &world_dom[dom]);
}

static void drain_all(void)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		world_run_as(i, pick(WORLD_CPUS));
		while (mm_drain_vcpu(&world_vcpu[i]))
			n_restarts++;
	}
}

/* The switch of tables in x86/context.c. dom -1: ours. */
static void load_on(unsigned int cpu, int dom)
{
	int old = on_cpu[cpu];

	if (old == dom)
		return;
	if (dom >= 0)
		atomic_or(&world_dom[dom].arch.dirty_cpus.bits, BIT64(cpu));
	on_cpu[cpu] = dom;
	tlb_flush_cpus((cpumask_t){BIT64(cpu)}, TLB_ALL);
	if (dom < 0)
		per_cpu(tlb_flushed, cpu) = TLB_NOTHING;
	if (old >= 0)
		atomic_and(&world_dom[old].arch.dirty_cpus.bits, ~BIT64(cpu));
}

static void one_step(bool abandon)
{
	int dom = (int)pick(3);
	unsigned int op = pick(16), cpu = pick(WORLD_CPUS);

	if (!pick(8))
		load_on(1 - cpu, -1);
	world_run_as((unsigned int)dom, cpu);
	load_on(cpu, dom);
	n_ops[op]++;
	switch (op) {
	case 0: op_pin(dom, abandon); break;
	case 1: op_unpin(dom, abandon); break;
	case 2: op_load(dom, abandon); break;
	case 3: op_hold(dom); break;
	case 4: op_gdt(dom); break;
	case 5: op_give(dom); break;
	case 6: op_steal(dom); break;
	case 7:
		if (!dom)
			op_foreign();
		break;
	default: op_write(dom, abandon); break;
	}
	drain_all();
	compare();
}

/* At the end everything is taken from the domains, and every frame must be free again. */
static bool relinquish_all(void)
{
	unsigned int i;
	uint64_t f;

	world_preempt_one_in = 3;
	for (f = 0; f < N; f++)
		while (held[f]) {
			put_page_and_type(mfn_to_frame(mfn(f)));
			held[f]--;
		}
	for (i = 0; i < 3; i++) {
		world_run_as(i, 0);
		mmu_put_kernel_l4(world_vcpu[i].mm.guest_table);
		mmu_put_user_l4(world_vcpu[i].mm.guest_table_user);
		vcpu_set_gdt(&world_vcpu[i], NULL, 0);
		world_dom[i].control.dying = true;
		while (mm_domain_relinquish(&world_dom[i]) == -ERESTART)
			;
	}
	for (f = 0; f < N; f++)
		if (is_ram(f) && world_records[f].refs) {
			printf("# frame %lu is left: refs %u type %lx\n", (unsigned long)f,
			       world_records[f].refs, (unsigned long)world_records[f].type);
			return false;
		}
	return free_frame_count() == N - WORLD_FIRST - 1 && !world_dom[0].mm.pages &&
	       !world_dom[1].mm.pages;
}

static void reset(void)
{
	uint64_t f;

	world_start();
	memset(pinned, 0, sizeof(pinned));
	memset(held, 0, sizeof(held));
	memset(loaded, 0, sizeof(loaded));
	memset(user, 0, sizeof(user));
	memset(gdt, 0, sizeof(gdt));
	memset(maybe_writable, 0, sizeof(maybe_writable));
	memset(maybe_mapped, 0, sizeof(maybe_mapped));
	memset(foreign_entry, 0, sizeof(foreign_entry));
	for (unsigned int c = 0; c < WORLD_CPUS; c++)
		on_cpu[c] = -1;
	for (unsigned int d = 0; d < 3; d++)
		world_dom[d].arch.dirty_cpus.bits = 0;
	for (f = 0; f < N; f++)
		owner[f] = -1;
	for (f = 0; f < N - WORLD_FIRST - 6; f++) {
		unsigned int d = f % 5 < 3 ? 1 : f % 5 == 3 ? 2 : 0;
		struct frame *p = alloc_domain_frames(&world_dom[d], 0, 0);

		owner[mfn_x(frame_to_mfn(p))] = (int)d;
	}
	complaint = NULL;
}

static void run(unsigned int seed, unsigned long steps, unsigned int preempt, bool abandon,
		const char *claim)
{
	srand(seed);
	reset();
	n_done = n_refused = n_restarts = 0;
	want_prediction = !abandon;
	world_on_flush = on_flush;
	for (step = 0; step < steps && !complaint; step++) {
		world_preempt_one_in = preempt;
		one_step(abandon);
	}
	if (!complaint && !relinquish_all())
		complaint = "something is left after the end";
	printf("# seed %u: %lu steps, %lu done, %lu refused, %lu restarts%s%s\n", seed, step,
	       n_done, n_refused, n_restarts, complaint ? ": " : "", complaint ? complaint : "");
	result(!complaint, claim);
}

/* --- several vCPUs of one domain at once --- */

static struct vcpu thread_vcpu[THREADS];
static unsigned int thread_held[THREADS][N];
static unsigned long thread_steps, thread_done;

static unsigned int dice(unsigned int *state, unsigned int n)
{
	return (unsigned int)rand_r(state) % n;
}

static uint64_t thread_frame(unsigned int *state, int want)
{
	uint64_t f;
	unsigned int i;

	for (i = 0; i < 40; i++) {
		f = WORLD_FIRST + dice(state, N - WORLD_FIRST);
		if (owner[f] == 1 && (want < 0 || role(f) == want || !dice(state, 12)))
			break;
	}
	return f;
}

static void thread_one(unsigned int me, unsigned int *state)
{
	int type = 1 + (int)dice(state, 4);
	struct mmuext_op op = {.arg1.mfn = thread_frame(state, type)};
	struct mmu_update r;
	hypercall_fn *fn = do_mmuext_op;
	uint64_t a1 = (uint64_t)&op, a2 = 1, a5 = 0, f;
	long rc;

	switch (dice(state, 12)) {
	case 0: op.cmd = (uint32_t)(MMUEXT_PIN_L1_TABLE + type - 1); break;
	case 1: op.cmd = MMUEXT_UNPIN_TABLE; break;
	case 2:
		op.cmd = dice(state, 2) ? MMUEXT_NEW_BASEPTR : MMUEXT_NEW_USER_BASEPTR;
		op.arg1.mfn = thread_frame(state, 4);
		break;
	case 3:
		f = thread_frame(state, -1);
		if (thread_held[me][f]) {
			put_page_and_type(mfn_to_frame(mfn(f)));
			thread_held[me][f]--;
		} else if (!get_page_and_type(mfn(f), &world_dom[1], FT_WRITABLE)) {
			thread_held[me][f]++;
		}
		return;
	default:
		f = thread_frame(state, type);
		r.ptr = f << 12 | slots[dice(state, ARRAY_SIZE(slots))] * 8;
		r.val = 0;
		if (dice(state, 3))
			r.val = thread_frame(state, type > 1 ? type - 1 : 0) << 12 | PTE_P |
				PTE_US | (dice(state, 2) ? PTE_RW : 0);
		fn = do_mmu_update;
		a1 = (uint64_t)&r;
	}
	/*
	 * hypercall_restart() of the world is no thread's own: the argument after an interruption
	 * is known.
	 */
	do
		rc = fn(a1, a2, 0, DOMID_SELF, a5, 0);
	while (rc == -ERESTART);
	if (rc == 0)
		atomic_add(&thread_done, 1);
}

static void *thread_main(void *arg)
{
	unsigned int me = (unsigned int)(uintptr_t)arg, state = me * 7919 + 17;
	unsigned long i;

	current = &thread_vcpu[me];
	hosted_cpu_info.cpu = me % WORLD_CPUS;
	for (i = 0; i < thread_steps; i++)
		thread_one(me, &state);
	while (mm_drain_vcpu(current))
		;
	return NULL;
}

static void run_threads(unsigned int seed, unsigned long steps)
{
	pthread_t threads[THREADS];
	uint64_t f;
	unsigned int i;

	srand(seed);
	reset();
	world_preempt_one_in = 0;
	world_on_flush = NULL;
	thread_steps = steps;
	for (i = 0; i < THREADS; i++) {
		thread_vcpu[i] = world_vcpu[1];
		if (pthread_create(&threads[i], NULL, thread_main, (void *)(uintptr_t)i))
			abort();
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (i = 0; i < THREADS; i++) {
		mfn_t k = thread_vcpu[i].mm.guest_table, u = thread_vcpu[i].mm.guest_table_user;

		thread_tables[2 * i] = mfn_eq(k, MFN_NONE) ? 0 : k.n;
		thread_tables[2 * i + 1] = mfn_eq(u, MFN_NONE) ? 0 : u.n;
		for (f = 0; f < N; f++)
			held[f] += thread_held[i][f];
	}
	for (f = 0; f < N; f++)
		if (world_records[f].type & FT_PINNED)
			pinned[f] = (int)(world_records[f].type >> FT_SHIFT);
	memset(maybe_writable, 0, sizeof(maybe_writable));
	compare();
	for (i = 0; i < THREADS; i++) {
		mmu_put_kernel_l4(mfn(thread_tables[2 * i]));
		mmu_put_user_l4(mfn(thread_tables[2 * i + 1]));
	}
	memset(thread_tables, 0, sizeof(thread_tables));
	if (!complaint && !relinquish_all())
		complaint = "something is left after the end";
	printf("# %u threads of %lu steps, %lu done\n", THREADS, steps, thread_done);
	result(!complaint, "several vCPUs at once: every count fits when they rest");
}

int main(void)
{
	unsigned long steps = getenv("STEPS") ? strtoul(getenv("STEPS"), NULL, 0) : 40000;
	unsigned int seed = getenv("SEED") ? (unsigned int)atoi(getenv("SEED")) : 1;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..5\n");
	run(seed, steps, 0, false,
	    "without preemption every outcome is predicted and every count fits");
	run(seed + 1, steps, 3, false, "with preemption at every third look, too");
	run(seed + 2, steps, 1, false, "with preemption at every look, too");
	run(seed + 3, steps, 2, true, "guests that abandon interrupted calls break no count");
	run_threads(seed, steps * 4);
	return world_failures != 0;
}
