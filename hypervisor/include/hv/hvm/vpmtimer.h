/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ACPI power-management timer of a PC, with the event registers in front of it
 * (hvm/vpmtimer.c): a state machine over time in ns. The caller holds a lock around each call.
 */
#ifndef HV_HVM_VPMTIMER_H
#define HV_HVM_VPMTIMER_H

#include <hv/types.h>

#define VPMTIMER_HZ	3579545u

/* Bits of status and enable. */
#define PM1_TIMER	BIT64(0)
#define PM1_GLOBAL	BIT64(5)
#define PM1_POWER	BIT64(8)
#define PM1_SLEEP	BIT64(9)

struct vpmtimer {
	uint16_t status, enable;
	uint64_t seen;		/* ns up to which the timer's carries are in status */
	bool moved;		/* at 0xb000, not where it is after a reset: 0x1f40 */
};

/* As after a reset at `now` ns. */
void vpmtimer_reset(struct vpmtimer *p, uint64_t now);
/* Is port one of status, enable (16 bits each) or the timer (32 bits)? */
bool vpmtimer_has_port(const struct vpmtimer *p, uint16_t port);
/* size bytes (1, 2, 4) from such a port. */
uint32_t vpmtimer_read(struct vpmtimer *p, uint16_t port, unsigned int size, uint64_t now);
/* The same to it: ones in the status register clear it; the timer cannot be written. */
void vpmtimer_write(struct vpmtimer *p, uint16_t port, unsigned int size, uint32_t value,
		    uint64_t now);
/* An event happens: a PM1_* bit. */
void vpmtimer_event(struct vpmtimer *p, uint16_t bit);
/* Is the system control interrupt asked for? */
bool vpmtimer_sci(struct vpmtimer *p, uint64_t now);
/* When the timer next carries and asks for it, ns; 0: it need not be looked at. */
uint64_t vpmtimer_deadline(const struct vpmtimer *p, uint64_t now);

#endif
