// SPDX-License-Identifier: GPL-2.0-only
/*
 * A domain's physical interrupts. A pirq is the domain's number for an irq; GSI n is pirq n where
 * that is free, messages get numbers from the top down. Life of one: mapped (map_pirq) -> bound to
 * an event channel -> unbound -> unmapped.
 *
 * Invariants
 *  1. A pirq maps at most one irq, and an irq is mapped by at most one domain under one number.
 *  2. desc->owner is the domain whose channel desc->port is bound; it is set only while the pirq is
 *     mapped.
 *  3. The bit of a pirq in the EOI page is set while it is bound and its irq is level triggered.
 *
 * Locks: pirq_domain.lock, inside evtchn_domain.lock where a channel is bound or closed; inside it
 * irq_desc.lock, and map_lock and alloc_lock where an MSI is unmapped.
 */
#include <hv/irq/pirq.h>
#include <hv/bitops.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/event/event.h>
#include <hv/event/evtchn.h>
#include <hv/irq/irqdesc.h>
#include <hv/lib/lib.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/mm/heap.h>
#include <xen/physdev.h>

#define EOI_BITS ((uint32_t)PAGE_SIZE * 8)

struct pirq {
	bool mapped;
	bool bound;
	uint32_t irq;
};

struct pirq_domain {
	spinlock_t lock;
	uint32_t n;		/* numbers 0 .. n-1 exist */
	uint64_t *eoi_map;	/* the guest's page, or NULL */
	struct frame *eoi_frame;
	bool eoi_unmasks;
	struct pirq pirq[];
};

int pirq_domain_init(struct domain *d)
{
	uint32_t n = d->privileged ? MIN(nr_irqs, EOI_BITS) : 0;
	struct pirq_domain *p = hv_alloc(sizeof(*p) + n * sizeof(p->pirq[0]));

	if (!p)
		return -ENOMEM;
	spin_lock_init(&p->lock, RANK_PIRQ);
	p->n = n;
	d->pirqs = p;
	return 0;
}

/* The record of a mapped pirq, or NULL. The lock is held. */
static struct pirq *mapped(struct pirq_domain *p, uint32_t pirq)
{
	struct pirq *info = pirq < p->n ? &p->pirq[index_nospec(pirq, p->n)] : NULL;

	return info && info->mapped ? info : NULL;
}

static void eoi_bit(struct pirq_domain *p, uint32_t pirq, bool set)
{
	if (!p->eoi_map)
		return;
	if (set)
		set_bit(p->eoi_map, pirq);
	else
		clear_bit(p->eoi_map, pirq);
}

/* ---- mapping ---- */

/*
 * Choose a number: the wanted one, or the highest that is free. -EBUSY, -EINVAL, -ENOSPC. The lock
 * is held.
 */
static int choose_number(struct pirq_domain *p, int32_t wanted)
{
	uint32_t i;

	if (wanted >= 0) {
		if ((uint32_t)wanted >= p->n)
			return -EINVAL;
		return p->pirq[wanted].mapped ? -EBUSY : wanted;
	}
	for (i = p->n; i-- > 1;)
		if (!p->pirq[i].mapped)
			return (int)i;
	return -ENOSPC;
}

static int number_of(const struct pirq_domain *p, uint32_t irq)
{
	uint32_t i;

	for (i = 0; i < p->n; i++)
		if (p->pirq[i].mapped && p->pirq[i].irq == irq)
			return (int)i;
	return -ENOENT;
}

int pirq_map_gsi(struct domain *d, uint32_t gsi, int32_t *pirq)
{
	struct pirq_domain *p = d->pirqs;
	struct irq_desc *desc = irq_desc(gsi);
	int number;

	if (!desc || desc->kind != IRQ_GSI)
		return -EINVAL;
	spin_lock(&p->lock);
	number = number_of(p, gsi);
	if (number >= 0) {
		if (*pirq >= 0 && *pirq != number)
			number = -EBUSY;
	} else {
		number = choose_number(
			p, *pirq < 0 && gsi < p->n && !p->pirq[gsi].mapped ? (int32_t)gsi : *pirq);
	}
	if (number >= 0) {
		p->pirq[number].mapped = true;
		p->pirq[number].irq = gsi;
		*pirq = number;
	}
	spin_unlock(&p->lock);
	return number < 0 ? number : 0;
}

/* Set up the device's message and give it a vector, masked. */
static int prepare_msi(struct domain *d, struct irq_desc *desc, const struct msi_request *req)
{
	struct msi_desc msi;
	uint64_t flags;
	int rc = msi_setup(req, &msi);

	if (rc)
		return rc;
	flags = spin_lock_irqsave(&desc->lock);
	desc->level = desc->low = false;
	desc->msi = msi;
	rc = irq_assign_vector(desc, d->vcpus[0]->cpu);
	if (!rc)
		irq_program(desc);
	spin_unlock_irqrestore(&desc->lock, flags);
	if (rc)
		msi_teardown(&msi);
	return rc;
}

int pirq_map_msi(struct domain *d, const struct msi_request *req, int32_t *pirq)
{
	struct pirq_domain *p = d->pirqs;
	int irq = irq_alloc_msi(), number, rc;

	if (irq < 0)
		return irq;
	rc = prepare_msi(d, irq_desc((uint32_t)irq), req);
	if (rc)
		goto free_irq;
	spin_lock(&p->lock);
	number = choose_number(p, *pirq);
	if (number >= 0) {
		p->pirq[number].mapped = true;
		p->pirq[number].irq = (uint32_t)irq;
		*pirq = number;
	}
	spin_unlock(&p->lock);
	if (number >= 0)
		return 0;
	rc = number;
	{
		struct irq_desc *desc = irq_desc((uint32_t)irq);
		uint64_t flags = spin_lock_irqsave(&desc->lock);

		irq_release_vector(desc);
		spin_unlock_irqrestore(&desc->lock, flags);
		msi_teardown(&desc->msi);
	}
free_irq:
	irq_free_msi(irq_desc((uint32_t)irq));
	return rc;
}

/* Undo a mapping: nothing is bound. pirq_domain.lock is held. */
static void release_irq(uint32_t irq)
{
	struct irq_desc *desc = irq_desc(irq);
	uint64_t flags = spin_lock_irqsave(&desc->lock);
	bool ours = desc->fn != NULL;

	if (desc->vector && !ours) {
		irq_mask(desc);
		irq_release_vector(desc);
	}
	spin_unlock_irqrestore(&desc->lock, flags);
	if (desc->kind == IRQ_MSI) {
		msi_teardown(&desc->msi);
		irq_free_msi(desc);
	}
}

int pirq_unmap(struct domain *d, uint32_t pirq)
{
	struct pirq_domain *p = d->pirqs;
	struct pirq *info;
	int rc = 0;

	spin_lock(&p->lock);
	info = mapped(p, pirq);
	if (!info) {
		rc = -EINVAL;
	} else if (info->bound) {
		rc = -EBUSY;
	} else {
		release_irq(info->irq);
		info->mapped = false;
	}
	spin_unlock(&p->lock);
	return rc;
}

/* ---- binding ---- */

int pirq_may_bind(struct domain *d, uint32_t pirq)
{
	struct pirq_domain *p = d->pirqs;
	struct pirq *info;
	int rc;

	spin_lock(&p->lock);
	info = mapped(p, pirq);
	rc = !info ? -EINVAL : info->bound ? -EEXIST : 0;
	spin_unlock(&p->lock);
	return rc;
}

static int bind_desc(struct domain *d, struct irq_desc *desc, uint32_t pirq, uint32_t port)
{
	uint64_t flags = spin_lock_irqsave(&desc->lock);
	int rc = desc->owner || desc->fn ? -EBUSY : irq_assign_vector(desc, d->vcpus[0]->cpu);

	if (!rc) {
		desc->owner = d;
		desc->pirq = pirq;
		desc->port = port;
		irq_startup(desc);
	}
	spin_unlock_irqrestore(&desc->lock, flags);
	return rc;
}

int pirq_guest_bind(struct domain *d, uint32_t pirq, bool share, uint32_t port)
{
	struct pirq_domain *p = d->pirqs;
	struct pirq *info;
	int rc = -EINVAL;

	(void)share; /* within the domain sharing is the guest's affair, and no second domain can
			have the line */
	spin_lock(&p->lock);
	info = mapped(p, pirq);
	if (info && !info->bound) {
		eoi_bit(p, pirq, irq_desc(info->irq)->level);
		rc = bind_desc(d, irq_desc(info->irq), pirq, port);
		info->bound = !rc;
		if (rc)
			eoi_bit(p, pirq, false);
	}
	spin_unlock(&p->lock);
	return rc;
}

void pirq_guest_unbind(struct domain *d, uint32_t pirq)
{
	struct pirq_domain *p = d->pirqs;
	struct pirq *info;

	spin_lock(&p->lock);
	info = mapped(p, pirq);
	if (info && info->bound) {
		struct irq_desc *desc = irq_desc(info->irq);
		uint64_t flags = spin_lock_irqsave(&desc->lock);

		irq_mask(desc);
		desc->owner = NULL;
		desc->in_flight = false;
		spin_unlock_irqrestore(&desc->lock, flags);
		info->bound = false;
		eoi_bit(p, pirq, false);
	}
	spin_unlock(&p->lock);
}

void pirq_set_vcpu(struct domain *d, uint32_t pirq, struct vcpu *v)
{
	struct pirq_domain *p = d->pirqs;
	struct pirq *info;

	spin_lock(&p->lock);
	info = mapped(p, pirq);
	if (info && info->bound) {
		struct irq_desc *desc = irq_desc(info->irq);
		uint64_t flags = spin_lock_irqsave(&desc->lock);

		irq_move(desc, v->cpu);
		spin_unlock_irqrestore(&desc->lock, flags);
	}
	spin_unlock(&p->lock);
}

bool pirq_interrupt(struct irq_desc *desc)
{
	return evtchn_send_pirq(desc->owner, desc->port, desc->pirq);
}

/* ---- end of interrupt ---- */

int pirq_eoi(struct domain *d, uint32_t pirq)
{
	struct pirq_domain *p = d->pirqs;
	struct pirq *info;
	uint32_t port = 0;
	int rc = -EINVAL;

	spin_lock(&p->lock);
	info = mapped(p, pirq);
	if (info && info->bound) {
		struct irq_desc *desc = irq_desc(info->irq);
		uint64_t flags = spin_lock_irqsave(&desc->lock);

		if (desc->owner == d && desc->in_flight) {
			desc->in_flight = false;
			irq_unmask(desc);
		}
		port = p->eoi_unmasks ? desc->port : 0;
		spin_unlock_irqrestore(&desc->lock, flags);
	}
	if (info)
		rc = 0;	/* an EOI that is not owed does nothing */
	spin_unlock(&p->lock);
	if (port)
		(void)evtchn_unmask(d, port);
	return rc;
}

int pirq_status(struct domain *d, uint32_t pirq, uint32_t *flags)
{
	struct pirq_domain *p = d->pirqs;
	struct pirq *info;
	int rc = -EINVAL;

	*flags = 0;
	spin_lock(&p->lock);
	info = mapped(p, pirq);
	if (info) {
		*flags = irq_desc(info->irq)->level ? XENIRQSTAT_needs_eoi : 0;
		rc = 0;
	} else if (pirq < p->n) {
		rc = 0;
	}
	spin_unlock(&p->lock);
	return rc;
}

int pirq_set_eoi_page(struct domain *d, uint64_t gmfn, bool unmask)
{
	struct pirq_domain *p = d->pirqs;
	uint32_t i;

	if (get_page_and_type(mfn(gmfn), d, FT_WRITABLE))
		return -EINVAL;
	spin_lock(&p->lock);
	if (p->eoi_map) {
		spin_unlock(&p->lock);
		put_page_and_type(mfn_to_frame(mfn(gmfn)));
		return -EBUSY;
	}
	p->eoi_frame = mfn_to_frame(mfn(gmfn));
	p->eoi_map = mfn_to_virt(mfn(gmfn));
	p->eoi_unmasks = unmask;
	for (i = 0; i < p->n; i++)
		eoi_bit(p, i, p->pirq[i].bound && irq_desc(p->pirq[i].irq)->level);
	spin_unlock(&p->lock);
	return 0;
}

/* ---- the end ---- */

void pirq_domain_release(struct domain *d)
{
	struct pirq_domain *p = d->pirqs;
	struct frame *frame;
	uint32_t i;

	if (!p)
		return;
	for (i = 0; i < p->n; i++) {
		pirq_guest_unbind(d, i);
		(void)pirq_unmap(d, i);
	}
	spin_lock(&p->lock);
	frame = p->eoi_frame;
	p->eoi_frame = NULL;
	p->eoi_map = NULL;
	spin_unlock(&p->lock);
	if (frame)
		put_page_and_type(frame);
}

void pirq_domain_destroy(struct domain *d)
{
	pirq_domain_release(d);
	hv_free(d->pirqs);
	d->pirqs = NULL;
}
