// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupt descriptors: who uses which interrupt, on which CPU and vector, and what happens when
 * it comes.
 *
 *	source                  at the interrupt                         at the guest's EOI
 *	GSI, level triggered    mask the pin, acknowledge, raise event   unmask the pin
 *	GSI, edge; MSI, MSI-X   acknowledge, raise event                 nothing
 *
 * A masked level line cannot interrupt again before the guest has served the device, so a guest
 * that never answers loses its own line and nothing else.
 *
 * Locks, all with interrupts off: alloc_lock, which MSI descriptors are free, with nothing inside;
 * irq_desc.lock, and inside it vector_lock, those of the sources (ioapic_lock, pci_lock) and what
 * raising an event takes.
 */
#include <hv/irq/irq.h>
#include <hv/boot/boot.h>
#include <hv/console/printk.h>
#include <hv/errno.h>
#include <hv/irq/irqdesc.h>
#include <hv/irq/pirq.h>
#include <hv/irq/vector.h>
#include <hv/lib/lib.h>
#include <hv/mm/heap.h>
#include <hv/trace/trace.h>
#include <x86/ioapic.h>
#include <x86/lapic.h>

#define MSI_IRQS	512	/* message-signalled interrupts of all devices */
#define ISA_GSIS	16

unsigned int nr_irqs;
static struct irq_desc *descs;
static unsigned int first_msi;
static spinlock_t alloc_lock = SPINLOCK_INIT(RANK_IRQ_ALLOC);	/* which MSI descriptors are free */
static spinlock_t vector_lock = SPINLOCK_INIT(RANK_VECTOR);	/* the vector tables */

struct irq_desc *irq_desc(uint32_t irq)
{
	return irq < nr_irqs ? &descs[index_nospec(irq, nr_irqs)] : NULL;
}

/* ---- start-up ---- */

/* ISA lines are edge and high, PCI lines level and low, unless the firmware says otherwise. */
static void default_trigger(struct irq_desc *desc, const struct boot_info *bi)
{
	unsigned int i;

	desc->level = desc->low = desc->irq >= ISA_GSIS;
	for (i = 0; i < bi->n_overrides; i++) {
		if (bi->overrides[i].gsi != desc->irq)
			continue;
		desc->level = bi->overrides[i].level;
		desc->low = bi->overrides[i].low;
	}
}

void irq_init(const struct boot_info *bi)
{
	unsigned int i;

	ioapic_init(bi);
	first_msi = MAX(ioapic_gsi_count(), (unsigned int)ISA_GSIS);
	nr_irqs = first_msi + MSI_IRQS;
	descs = hv_alloc(nr_irqs * sizeof(*descs));
	if (!descs)
		panic("no memory for %u interrupt descriptors", nr_irqs);
	for (i = 0; i < nr_irqs; i++) {
		spin_lock_init(&descs[i].lock, RANK_IRQ_DESC);
		descs[i].irq = i;
		if (i < first_msi && ioapic_has_gsi(i)) {
			descs[i].kind = IRQ_GSI;
			default_trigger(&descs[i], bi);
		}
	}
	log_info("%u interrupts: GSI 0-%u, then messages\n", nr_irqs, first_msi - 1);
}

int irq_alloc_msi(void)
{
	uint64_t flags = spin_lock_irqsave(&alloc_lock);
	int irq = -ENOSPC;
	unsigned int i;

	for (i = first_msi; i < nr_irqs && irq < 0; i++) {
		if (descs[i].kind != IRQ_FREE)
			continue;
		descs[i].kind = IRQ_MSI;
		irq = (int)i;
	}
	spin_unlock_irqrestore(&alloc_lock, flags);
	return irq;
}

void irq_free_msi(struct irq_desc *desc)
{
	uint64_t flags = spin_lock_irqsave(&alloc_lock);

	desc->kind = IRQ_FREE;
	desc->count = 0;
	spin_unlock_irqrestore(&alloc_lock, flags);
}

/* ---- vectors and sources; desc->lock is held, interrupts are off ---- */

int irq_assign_vector(struct irq_desc *desc, unsigned int cpu)
{
	int vector;

	if (desc->vector)
		return 0;
	spin_lock(&vector_lock);
	vector = vector_alloc(cpu, desc->irq);
	spin_unlock(&vector_lock);
	if (vector < 0)
		return vector;
	desc->vector = (uint8_t)vector;
	desc->cpu = desc->wanted_cpu = (uint16_t)cpu;
	return 0;
}

static void release_old_vector(struct irq_desc *desc)
{
	if (!desc->old_vector)
		return;
	spin_lock(&vector_lock);
	vector_free(desc->old_cpu, desc->old_vector);
	spin_unlock(&vector_lock);
	desc->old_vector = 0;
}

void irq_release_vector(struct irq_desc *desc)
{
	release_old_vector(desc);
	spin_lock(&vector_lock);
	vector_free(desc->cpu, desc->vector);
	spin_unlock(&vector_lock);
	desc->vector = 0;
}

void irq_mask(struct irq_desc *desc)
{
	if (desc->kind == IRQ_GSI)
		ioapic_mask(desc->irq);
	else if (desc->kind == IRQ_MSI)
		msi_mask(&desc->msi, true);
}

void irq_unmask(struct irq_desc *desc)
{
	if (desc->kind == IRQ_GSI)
		ioapic_unmask(desc->irq);
	else if (desc->kind == IRQ_MSI)
		msi_mask(&desc->msi, false);
}

/* Write the descriptor's vector and CPU into the source. A GSI is masked afterwards. */
void irq_program(struct irq_desc *desc)
{
	struct ioapic_route route = {
		.vector = desc->vector,
		.apic_id = lapic_id_of(desc->cpu),
		.level = desc->level,
		.low = desc->low,
	};

	if (desc->kind == IRQ_GSI)
		ioapic_route(desc->irq, &route);
	else if (desc->kind == IRQ_MSI)
		msi_write(&desc->msi, route.apic_id, route.vector);
}

void irq_startup(struct irq_desc *desc)
{
	desc->in_flight = false;
	irq_program(desc);
	irq_unmask(desc);
}

/*
 * The source is quiet: a masked line without an unacknowledged interrupt, or an MSI that can be
 * masked.
 */
static void move_now(struct irq_desc *desc, unsigned int cpu)
{
	uint8_t vector = desc->vector;
	uint16_t from = desc->cpu;

	desc->vector = 0;
	if (irq_assign_vector(desc, cpu)) {
		desc->vector = vector;	/* no vector there: it stays where it is */
		return;
	}
	desc->old_vector = vector;
	desc->old_cpu = from;
	irq_program(desc);
}

void irq_move(struct irq_desc *desc, unsigned int cpu)
{
	desc->wanted_cpu = (uint16_t)cpu;
	if (!desc->vector || desc->cpu == cpu || cpu >= nr_cpus || desc->old_vector)
		return;
	/*
	 * A level line is moved between its interrupt and its EOI only (handle() does it): before,
	 * one may already be accepted under the old vector, and its acknowledgement would not find
	 * the pin. An edge could get lost while the pin is masked, and a message without mask bit
	 * cannot be changed in one step: those stay.
	 */
	if (desc->kind == IRQ_GSI ? desc->in_flight : desc->msi.maskable)
		move_now(desc, cpu);
}

void irq_leave_cpu(unsigned int cpu, unsigned int to)
{
	for (uint32_t irq = 0; irq < nr_irqs; irq++) {
		struct irq_desc *desc = &descs[irq];
		uint64_t flags = spin_lock_irqsave(&desc->lock);

		if (desc->owner && desc->cpu == cpu)
			irq_move(desc, to);
		spin_unlock_irqrestore(&desc->lock, flags);
	}
}

/* ---- an interrupt comes ---- */

/* desc->lock is held. */
static void handle(struct irq_desc *desc, unsigned int vector)
{
	desc->count++;
	if (desc->old_vector && vector == desc->vector && cpu_id() == desc->cpu)
		release_old_vector(desc); /* it has arrived at its new place, so nothing comes at
					     the old one */
	if (desc->owner) {
		if (desc->level) {
			irq_mask(desc);
			desc->in_flight = true;
		}
		lapic_eoi();
		if (desc->level && desc->wanted_cpu != desc->cpu)
			irq_move(desc, desc->wanted_cpu);
		(void)pirq_interrupt(desc);
	} else {
		if (!desc->fn)
			irq_mask(desc);	/* nobody wants it: keep a stuck line from storming */
		lapic_eoi();
	}
}

void irq_dispatch(unsigned int vector)
{
	struct irq_desc *desc = irq_desc(vector_irq(cpu_id(), vector));
	void (*fn)(void *) = NULL;
	void *data = NULL;
	uint32_t began = 0;
	unsigned int irq;

	if (!desc) {
		lapic_eoi();
		log_debug("interrupt at vector %02x of cpu%u, which nobody uses\n", vector,
			  cpu_id());
		return;
	}
	if (trace_wants(TRC_HW))
		began = (uint32_t)rdtsc() | 1;
	spin_lock(&desc->lock);
	irq = desc->irq;
	fn = desc->fn;
	data = desc->data;
	handle(desc, vector);
	spin_unlock(&desc->lock);
	if (fn)
		fn(data);	/* set once and never taken away */
	if (unlikely(began))
		TRACE(TRC_HW_IRQ_HANDLED, irq, began, (uint32_t)rdtsc());
}

/* ---- users ---- */

int irq_request_gsi(unsigned int gsi, void (*fn)(void *), void *data)
{
	struct irq_desc *desc = irq_desc(gsi);
	uint64_t flags;
	int rc;

	if (!desc || desc->kind != IRQ_GSI)
		return -EINVAL;
	flags = spin_lock_irqsave(&desc->lock);
	rc = desc->fn || desc->owner ? -EBUSY : irq_assign_vector(desc, 0);
	if (!rc) {
		desc->fn = fn;
		desc->data = data;
		irq_startup(desc);
	}
	spin_unlock_irqrestore(&desc->lock, flags);
	return rc;
}

int irq_setup_gsi(uint32_t gsi, bool level, bool low)
{
	struct irq_desc *desc = irq_desc(gsi);
	uint64_t flags;
	int rc = 0;

	if (!desc || desc->kind != IRQ_GSI)
		return -EINVAL;
	flags = spin_lock_irqsave(&desc->lock);
	if (desc->fn || desc->owner ||
	    (desc->configured && (desc->level != level || desc->low != low))) {
		rc = -EEXIST;
	} else {
		desc->level = level;
		desc->low = low;
		desc->configured = true;
	}
	spin_unlock_irqrestore(&desc->lock, flags);
	return rc;
}

int irq_restore_msi(pci_bdf_t bdf)
{
	int rc = -ENODEV;
	unsigned int i;

	for (i = first_msi; i < nr_irqs; i++) {
		uint64_t flags = spin_lock_irqsave(&descs[i].lock);

		if (descs[i].kind == IRQ_MSI && descs[i].vector && descs[i].msi.bdf == bdf) {
			irq_program(&descs[i]);
			msi_mask(&descs[i].msi, !descs[i].owner);
			rc = 0;
		}
		spin_unlock_irqrestore(&descs[i].lock, flags);
	}
	return rc;
}

static void dump_one(const struct irq_desc *desc)
{
	if (desc->kind == IRQ_MSI)
		log_info("  irq %u: MSI%s %02x:%02x.%u entry %u, cpu%u vector %02x, pirq %u port "
			 "%u, %lu times\n",
			 desc->irq, desc->msi.x ? "-X" : "", desc->msi.bdf >> 8,
			 desc->msi.bdf >> 3 & 31, desc->msi.bdf & 7, desc->msi.entry, desc->cpu,
			 desc->vector, desc->pirq, desc->port, (unsigned long)desc->count);
	else
		log_info("  irq %u: %s %s, cpu%u vector %02x, pirq %u port %u, %lu times%s%s\n",
			 desc->irq, desc->level ? "level" : "edge", desc->low ? "low" : "high",
			 desc->cpu, desc->vector, desc->pirq, desc->port,
			 (unsigned long)desc->count, desc->in_flight ? ", in flight" : "",
			 desc->fn ? ", ours" : "");
}

void irq_dump(void)
{
	unsigned int i;

	for (i = 0; i < nr_irqs; i++)
		if (descs[i].vector)
			dump_one(&descs[i]);
	for (i = 0; i < nr_cpus; i++)
		log_info("  cpu%u: %u vectors in use\n", i, vector_count(i));
}
