/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The devices of a PC that an HVM guest finds in the hypervisor, and the lines between them
 * (hvm/platform.c). A PVH guest has none: its hvm_domain.platform is NULL.
 */
#ifndef HV_HVM_PLATFORM_H
#define HV_HVM_PLATFORM_H

#include <hv/hvm/vioapic.h>
#include <hv/hvm/vpic.h>
#include <hv/hvm/vpit.h>
#include <hv/hvm/vpmtimer.h>
#include <hv/hvm/vrtc.h>
#include <hv/sched/timer.h>
#include <hv/spinlock.h>

struct domain;
struct vcpu;
struct hvm_io;

#define PCI_LINKS	4u

struct hvm_platform {
	struct domain *d;	/* constant */
	spinlock_t lock;	/* guards all below but the timer's list */
	struct vpic pic;
	struct vioapic ioapic;
	struct vpit pit;
	struct vrtc rtc;
	struct vpmtimer pm;
	bool extint;		/* the PIC asks for an interrupt; read without the lock */
	uint16_t isa;		/* levels of the ISA lines, as the device model set them */
	uint64_t pci[2];	/* bit device * 4 + pin: levels of the PCI lines, likewise */
	uint8_t gsi_count[32];	/* of lines that are up, for each GSI from 16 on */
	uint8_t link_count[PCI_LINKS];	/* and for each link */
	uint8_t route[PCI_LINKS];	/* the ISA line that a link drives; 0: none */
	uint32_t config;	/* what port 0xcf8 holds */
	uint64_t pit_due;	/* the PIT's next tick, ns; 0: none */
	struct timer timer;	/* the next moment at which a device does something */
};

/*
 * Give d, which is new, a platform whose clock shows `seconds` since 1970. vCPU 0 exists. 0 or
 * -ENOMEM.
 */
int hvm_platform_init(struct domain *d, uint64_t seconds);
/* Free it; d's vCPUs do not run any more. It may have none. */
void hvm_platform_destroy(struct domain *d);
/*
 * An access of current's to a port, not of a string. True: it is the platform's, and carried out;
 * *value is what was written, or becomes what was read.
 */
bool hvm_platform_io(struct vcpu *v, const struct hvm_io *io, uint32_t *value);
/* 32 bits from this offset of the I/O APIC's page. */
uint32_t hvm_platform_ioapic_read(struct hvm_platform *p, uint32_t offset);
/* And to it. */
void hvm_platform_ioapic_write(struct hvm_platform *p, uint32_t offset, uint32_t value);
/* The device model's line: ISA interrupt irq, 0-15. False: there is none. */
bool hvm_platform_isa(struct hvm_platform *p, unsigned int irq, bool level);
/* Pin 0-3 of PCI device 0-31. False: there is none. */
bool hvm_platform_pci(struct hvm_platform *p, unsigned int device, unsigned int pin, bool level);
/* PCI link 0-3 drives ISA line irq, 1-15, or none: 0. False: there is none. */
bool hvm_platform_route(struct hvm_platform *p, unsigned int link, unsigned int irq);
/* A local APIC has ended a level-triggered interrupt of this vector. */
void hvm_platform_end(struct hvm_platform *p, uint8_t vector);
/* Would v take an interrupt of the PIC now? Any context. */
bool hvm_platform_extint(const struct vcpu *v);
/* It does: the vector. Interrupts off. */
uint8_t hvm_platform_accept(struct hvm_platform *p);

#endif
