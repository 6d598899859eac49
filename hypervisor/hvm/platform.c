// SPDX-License-Identifier: GPL-2.0-only
/*
 * The devices of a PC that are the hypervisor's, in one lock, and the lines between them.
 *
 * ISA interrupt n is input n of the PICs and of the I/O APIC, but for 0, which is input 2 there. A
 * PCI line is an input of the I/O APIC from 16 on, shared by devices, and by its link an ISA
 * interrupt too. One timer wakes whatever is due next; a device whose moments are closer together
 * than LATE_NS loses some of them.
 */
#include <hv/hvm/platform.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/hvm/exit.h>
#include <hv/lib/lib.h>
#include <hv/mm/heap.h>
#include <hv/sched/sched.h>
#include <hv/time/clock.h>

#define IRQ_PIT		0u
#define IRQ_RTC		8u
#define IRQ_SCI		9u
#define GSI_PIT		2u
#define GSI_PCI		16u
#define LATE_NS		50000u

enum { PORT_CONFIG = 0xcf8, PORT_RTC_INDEX = 0x70, PORT_RTC_DATA = 0x71 };

/* Delivery modes of a message. */
enum { FIXED, LOWEST, NMI = 4 };

/* ---- lines: the lock is held ---- */

static void set_irq(struct hvm_platform *p, unsigned int irq, bool level)
{
	vpic_set_line(&p->pic, irq, level);
	vioapic_set_line(&p->ioapic, irq == IRQ_PIT ? GSI_PIT : irq, level);
}

/* The ISA line of the device model, or of a link that drives it, or of a device of ours. */
static void drive(struct hvm_platform *p, unsigned int irq, uint64_t now)
{
	bool level = p->isa >> irq & 1;

	for (unsigned int i = 0; i < PCI_LINKS; i++)
		level |= p->route[i] == irq && irq && p->link_count[i];
	if (irq == IRQ_RTC)
		level |= vrtc_line(&p->rtc, now);
	if (irq == IRQ_SCI)
		level |= vpmtimer_sci(&p->pm, now);
	set_irq(p, irq, level);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a && b ? MIN(a, b) : a | b;
}

/* After each change: whom to wake, and when to look again. */
static void settle(struct hvm_platform *p, uint64_t now)
{
	uint64_t at;

	drive(p, IRQ_RTC, now);
	drive(p, IRQ_SCI, now);
	atomic_store(&p->extint, vpic_pending(&p->pic));
	if (p->extint)
		vcpu_kick(p->d->vcpus[0]);
	at = earlier(p->pit_due, vrtc_deadline(&p->rtc, now));
	at = earlier(at, vpmtimer_deadline(&p->pm, now));
	timer_stop(&p->timer);
	if (at)
		timer_set(&p->timer, MAX(at, now + LATE_NS));
}

static void due(void *data)
{
	struct hvm_platform *p = data;
	uint64_t now = now_ns(), flags = spin_lock_irqsave(&p->lock);

	if (p->pit_due && p->pit_due <= now) {
		set_irq(p, IRQ_PIT, true);
		set_irq(p, IRQ_PIT, false);
		p->pit_due = vpit_deadline(&p->pit, now);
	}
	settle(p, now);
	spin_unlock_irqrestore(&p->lock, flags);
}

/* Message of the I/O APIC to the local APICs. */
static void send(void *data, const struct vioapic_message *m)
{
	struct hvm_platform *p = data;
	uint32_t icr = (uint32_t)m->delivery << 8 | (m->logical ? 0x800u : 0) | m->vector;
	struct vcpu *v;

	if (m->delivery != FIXED && m->delivery != LOWEST && m->delivery != NMI)
		return;	/* ExtINT comes by the PIC; SMI and INIT nobody sends */
	for_each_vcpu(p->d, v) {
		if (!vlapic_matches_message(&v->hvm->lapic, m->dest, m->logical))
			continue;
		hvm_lapic_deliver(v, icr, m->level);
		if (m->delivery == LOWEST)
			break;
	}
}

/* ---- from outside ---- */

bool hvm_platform_isa(struct hvm_platform *p, unsigned int irq, bool level)
{
	uint64_t flags;

	if (irq > 15)
		return false;
	flags = spin_lock_irqsave(&p->lock);
	p->isa = (uint16_t)(level ? p->isa | 1u << irq : p->isa & ~(1u << irq));
	drive(p, irq, now_ns());
	settle(p, now_ns());
	spin_unlock_irqrestore(&p->lock, flags);
	return true;
}

bool hvm_platform_pci(struct hvm_platform *p, unsigned int device, unsigned int pin, bool level)
{
	unsigned int bit = device * 4 + pin, gsi = (bit + device / 8) % 32;
	unsigned int link = (device + pin) % PCI_LINKS;
	uint64_t flags;

	if (device > 31 || pin > 3)
		return false;
	flags = spin_lock_irqsave(&p->lock);
	if ((p->pci[bit / 64] >> bit % 64 & 1) != level) {
		p->pci[bit / 64] ^= BIT64(bit % 64);
		p->gsi_count[gsi] = (uint8_t)(p->gsi_count[gsi] + (level ? 1 : -1));
		p->link_count[link] = (uint8_t)(p->link_count[link] + (level ? 1 : -1));
		vioapic_set_line(&p->ioapic, GSI_PCI + gsi, p->gsi_count[gsi]);
		if (p->route[link])
			drive(p, p->route[link], now_ns());
		settle(p, now_ns());
	}
	spin_unlock_irqrestore(&p->lock, flags);
	return true;
}

bool hvm_platform_route(struct hvm_platform *p, unsigned int link, unsigned int irq)
{
	unsigned int was;
	uint64_t flags;

	if (link >= PCI_LINKS || irq > 15)
		return false;
	flags = spin_lock_irqsave(&p->lock);
	was = p->route[link];
	p->route[link] = (uint8_t)irq;
	if (was)
		drive(p, was, now_ns());
	if (irq)
		drive(p, irq, now_ns());
	settle(p, now_ns());
	spin_unlock_irqrestore(&p->lock, flags);
	return true;
}

void hvm_platform_end(struct hvm_platform *p, uint8_t vector)
{
	uint64_t flags = spin_lock_irqsave(&p->lock);

	vioapic_end(&p->ioapic, vector);
	spin_unlock_irqrestore(&p->lock, flags);
}

bool hvm_platform_extint(const struct vcpu *v)
{
	const struct hvm_platform *p = v->domain->hvm->platform;

	return p && v->id == 0 && atomic_load(&p->extint) &&
	       vlapic_takes_extint(&v->hvm->lapic);
}

uint8_t hvm_platform_accept(struct hvm_platform *p)
{
	uint64_t flags = spin_lock_irqsave(&p->lock);
	uint8_t vector = vpic_accept(&p->pic);

	atomic_store(&p->extint, vpic_pending(&p->pic));
	spin_unlock_irqrestore(&p->lock, flags);
	return vector;
}

uint32_t hvm_platform_ioapic_read(struct hvm_platform *p, uint32_t offset)
{
	uint64_t flags = spin_lock_irqsave(&p->lock);
	uint32_t value = vioapic_read(&p->ioapic, offset);

	spin_unlock_irqrestore(&p->lock, flags);
	return value;
}

void hvm_platform_ioapic_write(struct hvm_platform *p, uint32_t offset, uint32_t value)
{
	uint64_t flags = spin_lock_irqsave(&p->lock);

	vioapic_write(&p->ioapic, offset, value);
	spin_unlock_irqrestore(&p->lock, flags);
}

/* ---- ports: the lock is held ---- */

static bool has_byte(const struct hvm_platform *p, uint16_t port)
{
	if (port == PORT_RTC_DATA)
		return p->rtc.index < VRTC_BYTES;
	return vpic_has_port(port) || vpit_has_port(port) || port == PORT_RTC_INDEX;
}

static uint8_t read_byte(struct hvm_platform *p, uint16_t port, uint64_t now)
{
	if (vpic_has_port(port))
		return vpic_read(&p->pic, port);
	if (vpit_has_port(port))
		return vpit_read(&p->pit, port, now);
	return port == PORT_RTC_DATA ? vrtc_read(&p->rtc, now) : 0xff;
}

static void write_byte(struct hvm_platform *p, uint16_t port, uint8_t value, uint64_t now)
{
	if (vpic_has_port(port))
		vpic_write(&p->pic, port, value);
	else if (vpit_has_port(port)) {
		if (vpit_write(&p->pit, port, value, now))
			p->pit_due = vpit_deadline(&p->pit, now);
	} else if (port == PORT_RTC_INDEX) {
		(void)vrtc_select(&p->rtc, value);
	} else {
		(void)vrtc_write(&p->rtc, value, now);
	}
}

/*
 * Where the device model has to hear of it too, that is the caller's: an index of CMOS memory is
 * the platform's, and its bytes behind the clock's are not.
 */
static bool access(struct hvm_platform *p, const struct hvm_io *io, uint32_t *value, uint64_t now)
{
	if (io->port == PORT_CONFIG && io->size == 4) {
		if (io->in)
			*value = p->config;
		else
			p->config = *value;
		return true;
	}
	if (vpmtimer_has_port(&p->pm, io->port)) {
		if (io->in)
			*value = vpmtimer_read(&p->pm, io->port, io->size, now);
		else
			vpmtimer_write(&p->pm, io->port, io->size, *value, now);
		return true;
	}
	if (!has_byte(p, io->port))
		return false;
	/* These are a byte wide: a wider access is one of each of its bytes. */
	for (unsigned int i = 0; i < io->size; i++) {
		uint16_t port = (uint16_t)(io->port + i);
		uint32_t mask = 0xffu << 8 * i;

		if (!io->in && has_byte(p, port))
			write_byte(p, port, (uint8_t)(*value >> 8 * i), now);
		else if (io->in)
			*value = (*value & ~mask) |
				 (uint32_t)(has_byte(p, port) ? read_byte(p, port, now) : 0xff)
					 << 8 * i;
	}
	return true;
}

bool hvm_platform_io(struct vcpu *v, const struct hvm_io *io, uint32_t *value)
{
	struct hvm_platform *p = v->domain->hvm->platform;
	uint64_t now = now_ns(), flags;
	bool ours;

	if (!p)
		return false;
	flags = spin_lock_irqsave(&p->lock);
	ours = access(p, io, value, now);
	if (ours && io->port != PORT_CONFIG)
		settle(p, now);
	spin_unlock_irqrestore(&p->lock, flags);
	return ours;
}

/* ---- life ---- */

int hvm_platform_init(struct domain *d, uint64_t seconds)
{
	struct hvm_platform *p = hv_alloc(sizeof(*p));
	uint64_t now = now_ns();

	if (!p)
		return -ENOMEM;
	p->d = d;
	spin_lock_init(&p->lock, RANK_PLATFORM);
	vpic_reset(&p->pic);
	p->ioapic.send = send;
	p->ioapic.data = p;
	vioapic_reset(&p->ioapic);
	vpit_reset(&p->pit);
	vrtc_reset(&p->rtc, seconds, now);
	vpmtimer_reset(&p->pm, now);
	timer_init(&p->timer, due, p, d->vcpus[0]->cpu);
	d->hvm->platform = p;
	return 0;
}

void hvm_platform_destroy(struct domain *d)
{
	struct hvm_platform *p = d->hvm->platform;

	if (!p)
		return;
	timer_kill(&p->timer);
	d->hvm->platform = NULL;
	hv_free(p);
}
