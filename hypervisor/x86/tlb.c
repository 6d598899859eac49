// SPDX-License-Identifier: GPL-2.0-only
/*
 * TLB flushes. Guest entries are never global, so a CR3 load drops them all.
 *
 * Each CPU has one request of its own, and a word that says whose requests are to be served by it;
 * so requests of different CPUs are under way side by side, and no lock is shared by them.
 *
 *  1. A request does not change from when the first bit of its CPU is set in another's `asked`
 *     until `waiting` is 0.
 *  2. Who sets the first bit of an empty `asked` interrupts; whoever takes the word serves all that
 *     are in it.
 *  3. Who waits has interrupts on, and serves what is asked of it meanwhile: two that wait for each
 *     other get on.
 *  4. A CPU makes one request at a time: no interrupt handler flushes other CPUs.
 *
 * smp_call() makes one call of other CPUs at a time, under call_lock, and waits for them with
 * interrupts on.
 *
 * An idle CPU keeps the last guest's CR3, to save the flush if that guest comes back. The first
 * flush that it gets makes it let go (idle page table), so the second one does not reach it.
 */
#include <x86/tlb.h>
#include <hv/irq/vector.h>
#include <arch/msr.h>
#include <hv/bitops.h>
#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/lib/lock_check.h>
#include <hv/mm/tlb_clock.h>
#include <x86/context.h>
#include <x86/lapic.h>

struct flush_state {
	uint64_t va;		/* our request: TLB_ALL, or the page */
	uint64_t waiting;	/* CPUs that have not carried it out */
	uint64_t asked;		/* CPUs whose requests we have not carried out */
};
DECLARE_PER_CPU(struct flush_state, flush);
DEFINE_PER_CPU(flush);

static spinlock_t call_lock = SPINLOCK_INIT(RANK_CALL);
static void (*call_fn)(void *);
static void *call_arg;
static uint64_t call_waiting;

void tlb_flush_local(void)
{
	uint64_t flags = irq_save(), begun = tlb_flush_begin();

	write_cr3(get_cpu_info()->cr3);
	tlb_flush_end(begun);
	irq_restore(flags);
}

void tlb_flush_global(void)
{
	uint64_t flags = irq_save(), cr4 = read_cr4();

	write_cr4(cr4 ^ CR4_PGE);	/* a change of this bit drops everything */
	write_cr4(cr4);
	write_cr3(read_cr3());
	irq_restore(flags);
}

void tlb_invlpg_local(uint64_t va)
{
	invlpg(va);
}

static void flush_here(uint64_t va)
{
	/*
	 * With our own tables loaded there is nothing to remember, and nobody needs to ask again.
	 */
	if (current && current->is_idle && context_leave_guest()) {
		tlb_flush_end(TLB_NOTHING);
		return;
	}
	if (va == TLB_ALL)
		tlb_flush_local();
	else
		invlpg(va);
}

/* Carry out what is asked of this CPU. Interrupts off. */
static void serve(void)
{
	uint64_t bit = BIT64(cpu_id()), from, va, left;

	if (!atomic_load(&this_cpu(flush).asked))
		return;
	/*
	 * Takes what was asked before; pairs with the locked or in ask(), after which the request
	 * stands.
	 */
	from = atomic_xchg(&this_cpu(flush).asked, 0);
	if (!from)
		return;
	/* One page by itself, all others by one flush of everything. */
	va = from & (from - 1) ? TLB_ALL : per_cpu(flush, first_bit(from)).va;
	flush_here(va);
	for (left = from; left; left &= left - 1)
		atomic_and(&per_cpu(flush, first_bit(left)).waiting, ~bit);
}

void flush_interrupt(void)
{
	serve();
}

/* Set our bit where the request goes to. The CPUs that nobody has interrupted for it yet. */
static cpumask_t ask(uint64_t others)
{
	uint64_t bit = BIT64(cpu_id()), left;
	cpumask_t call = {0};

	for (left = others; left; left &= left - 1) {
		unsigned int c = first_bit(left);

		/* An empty word: who took it has served others, and does not look again. */
		if (!(atomic_or(&per_cpu(flush, c).asked, bit)))
			call.bits |= BIT64(c);
	}
	return call;
}

void tlb_flush_cpus(cpumask_t cpus, uint64_t va)
{
	uint64_t bit = BIT64(cpu_id()), others = cpus.bits & ~bit, flags;
	struct flush_state *own = &this_cpu(flush);
	cpumask_t call;

	if (!cpus.bits)
		return;
	stat_add(STAT_FLUSH, 1);
	for (uint64_t left = others; left; left &= left - 1)
		stat_add(STAT_FLUSH_IPI, 1);
	if (others) {
		ASSERT(irqs_enabled() && !atomic_load(&own->waiting));
		LOCK_CHECKED(lock_check_wait("flush of other CPUs"));
		own->va = va;
		atomic_store_release(&own->waiting, others);
		call = ask(others);
		if (call.bits)
			lapic_ipi_mask(call, VEC_FLUSH);
	}
	if (cpus.bits & bit) {
		flags = irq_save();
		flush_here(va);
		irq_restore(flags);
	}
	/* Pairs with the locked and in serve(): what they remembered is gone. */
	while (others && atomic_load_acquire(&own->waiting)) {
		flags = irq_save();
		serve();
		irq_restore(flags);
		cpu_relax();
	}
}

void tlb_flush_domain(struct domain *d)
{
	/*
	 * The page-table change must be visible before we look who runs: pairs with the barrier of
	 * a CR3 load.
	 */
	smp_mb();
	tlb_flush_cpus((cpumask_t){atomic_load(&d->arch.dirty_cpus.bits)}, TLB_ALL);
}

void tlb_flush_vcpus(struct domain *d, uint64_t vcpus, uint64_t va)
{
	cpumask_t cpus = {0};

	/*
	 * Where they are loaded, not where they wait to run: a CPU that went idle behind one keeps
	 * it loaded, and goes on with it without a CR3 load if it comes back, by whatever way. The
	 * change of the tables before the look: pairs with the barrier between loaded_cpu and the
	 * CR3 load in load_guest().
	 */
	smp_mb();
	for (unsigned int i = 0; i < d->max_vcpus && i < 64; i++) {
		unsigned int cpu = vcpus >> i & 1 && d->vcpus[i]
					   ? atomic_load(&d->vcpus[i]->arch.loaded_cpu)
					   : NOT_LOADED;

		if (cpu != NOT_LOADED)
			cpus.bits |= BIT64(cpu);
	}
	cpus.bits &= atomic_load(&d->arch.dirty_cpus.bits);
	tlb_flush_cpus(cpus, va);
}

void call_interrupt(void)
{
	uint64_t bit = BIT64(cpu_id());

	if (!(atomic_load_acquire(&call_waiting) & bit))
		return;
	call_fn(call_arg);
	atomic_and(&call_waiting, ~bit);
}

void smp_call(cpumask_t cpus, void (*fn)(void *), void *arg)
{
	uint64_t bit = BIT64(cpu_id()), others = cpus.bits & ~bit, flags;

	ASSERT(irqs_enabled());
	if (others) {
		LOCK_CHECKED(lock_check_wait("call of other CPUs"));
		spin_lock(&call_lock);
		call_fn = fn;
		call_arg = arg;
		atomic_store_release(&call_waiting,
				     others); /* pairs with the acquire in call_interrupt() */
		lapic_ipi_mask((cpumask_t){others}, VEC_CALL);
		while (atomic_load_acquire(&call_waiting))
			cpu_relax();
		spin_unlock(&call_lock);
	}
	if (cpus.bits & bit) {
		flags = irq_save();
		fn(arg);
		irq_restore(flags);
	}
}
