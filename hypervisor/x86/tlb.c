// SPDX-License-Identifier: GPL-2.0-only
/*
 * TLB flushes. Guest entries are never global, so a CR3 load drops them all. One request to other CPUs is under way
 * at a time; who waits for its turn has interrupts on and serves the requests of others meanwhile.
 *
 * An idle CPU keeps the last guest's CR3, to save the flush if that guest comes back. The first flush that it gets
 * makes it let go (idle page table), so the second one does not reach it.
 */
#include <hv/domain.h>
#include <hv/irq.h>
#include <hv/lapic.h>
#include <hv/printk.h>
#include <hv/tlb.h>
#include <hv/x86.h>

static spinlock_t flush_lock = SPINLOCK_INIT;	/* guards the next two */
static uint64_t flush_va;
static uint64_t flush_waiting;			/* CPUs that have not done it yet */

static spinlock_t call_lock = SPINLOCK_INIT;
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
	/* With our own tables loaded there is nothing to remember, and nobody needs to ask again. */
	if (current && current->is_idle && context_leave_guest()) {
		tlb_flush_end(TLB_NOTHING);
		return;
	}
	if (va == TLB_ALL)
		tlb_flush_local();
	else
		invlpg(va);
}

void flush_interrupt(void)
{
	uint64_t bit = BIT64(cpu_id());

	if (!(atomic_load_acquire(&flush_waiting) & bit))
		return;
	flush_here(flush_va);
	atomic_and(&flush_waiting, ~bit);
}

void tlb_flush_cpus(cpumask_t cpus, uint64_t va)
{
	uint64_t bit = BIT64(cpu_id()), others = cpus.bits & ~bit;

	if (!cpus.bits)
		return;
	stat_add(STAT_FLUSH, 1);
	for (uint64_t left = others; left; left &= left - 1)
		stat_add(STAT_FLUSH_IPI, 1);
	if (cpus.bits & bit)
		flush_here(va);
	if (!others)
		return;
	ASSERT(irqs_enabled());
	spin_lock(&flush_lock);
	flush_va = va;
	atomic_store_release(&flush_waiting, others);	/* pairs with the acquire in flush_interrupt() */
	lapic_ipi_mask((cpumask_t){others}, VEC_FLUSH);
	while (atomic_load_acquire(&flush_waiting))
		cpu_relax();
	spin_unlock(&flush_lock);
}

void tlb_flush_domain(struct domain *d)
{
	/* The page-table change must be visible before we look who runs: pairs with the barrier of a CR3 load. */
	smp_mb();
	tlb_flush_cpus((cpumask_t){atomic_load(&d->dirty_cpus.bits)}, TLB_ALL);
}

void tlb_flush_vcpus(struct domain *d, uint64_t vcpus, uint64_t va)
{
	cpumask_t cpus = {0};

	/*
	 * Where they are loaded, not where they wait to run: a CPU that went idle behind one keeps it loaded, and goes on
	 * with it without a CR3 load if it comes back, by whatever way. The change of the tables before the look: pairs
	 * with the barrier between loaded_cpu and the CR3 load in load_guest().
	 */
	smp_mb();
	for (unsigned int i = 0; i < d->max_vcpus && i < 64; i++) {
		unsigned int cpu = vcpus >> i & 1 && d->vcpus[i] ? atomic_load(&d->vcpus[i]->loaded_cpu) : NOT_LOADED;

		if (cpu != NOT_LOADED)
			cpus.bits |= BIT64(cpu);
	}
	cpus.bits &= atomic_load(&d->dirty_cpus.bits);
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
		spin_lock(&call_lock);
		call_fn = fn;
		call_arg = arg;
		atomic_store_release(&call_waiting, others);	/* pairs with the acquire in call_interrupt() */
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
