/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtual local APIC (hvm/vlapic.c): xAPIC and x2APIC registers, interrupts that wait, the timer.
 * It is a state machine: what a write asks of others comes back as a command for the caller.
 */
#ifndef HV_HVM_VLAPIC_H
#define HV_HVM_VLAPIC_H

#include <hv/sched/timer.h>
#include <hv/types.h>

#define APIC_BASE_BSP	BIT64(8)
#define APIC_BASE_X2	BIT64(10)
#define APIC_BASE_ON	BIT64(11)
#define APIC_ADDRESS	UINT64_C(0xfee00000)

enum vlapic_lvt { LVT_TIMER, LVT_THERMAL, LVT_PERF, LVT_LINT0, LVT_LINT1, LVT_ERROR, NR_LVTS };

/*
 * The vCPU itself reads and writes it, others while it does not run; irr is atomic, for anyone may
 * raise an interrupt.
 */
struct vlapic {
	uint64_t base;		/* the MSR */
	uint32_t id;		/* constant */
	uint32_t tpr, ldr, dfr, svr, esr, icr_low, icr_high, tdcr, tmict;
	uint32_t lvt[NR_LVTS];
	uint64_t irr[4], isr[4];	/* bit n of the whole: vector n */
	uint64_t tmr[4];	/* vectors that a level raised; atomic */
	uint64_t timer_start;	/* when tmict was written, ns */
	struct timer timer;	/* last: a list of some CPU's has it, so a reset leaves it alone */
};

/* What a write wants done. */
struct vlapic_command {
	bool ipi;		/* icr_low and icr_high say which */
	bool timer;		/* the timer is to be armed or stopped: vlapic_timer_deadline() */
	uint8_t end;		/* a level-triggered interrupt has ended: its vector; 0: none */
};

/* The state after a reset, of APIC number id. bsp: of the CPU that starts. */
void vlapic_reset(struct vlapic *l, uint32_t id, bool bsp);
/*
 * Read the register at this offset of the xAPIC page (a multiple of 16 below 0x400); now in ns.
 * False: there is none, or it cannot be read.
 */
bool vlapic_read(const struct vlapic *l, uint32_t offset, uint64_t now, uint32_t *value);
/* Write one. False: there is none, or value is not allowed; for x2APIC that is #GP. */
bool vlapic_write(struct vlapic *l, uint32_t offset, uint32_t value, uint64_t now,
		  struct vlapic_command *cmd);
/* Change the base MSR. False: not allowed (#GP). */
bool vlapic_set_base(struct vlapic *l, uint64_t value);

/* Interrupt `vector` waits from now on. True: it did not before. Any context. */
bool vlapic_raise(struct vlapic *l, unsigned int vector);
/* The same, by a level: its end is told to whoever drives the level. Any context. */
bool vlapic_raise_level(struct vlapic *l, unsigned int vector);
/* Does it let an interrupt of the PIC through? It does when it is off, or by LINT0. Any context. */
bool vlapic_takes_extint(const struct vlapic *l);
/* The vector that would be taken next, or 0: none is, or nothing above the priority. */
unsigned int vlapic_next(const struct vlapic *l);
/* It is being taken: it waits no more, and is in service. */
void vlapic_accept(struct vlapic *l, unsigned int vector);

/* When the timer is due, ns; 0: never. */
uint64_t vlapic_timer_deadline(const struct vlapic *l, uint64_t now);
/* What the timer's clock is divided by. */
uint32_t vlapic_timer_divisor(const struct vlapic *l);
/* The timer was due: its vector, 0: masked. The caller arms it anew by the deadline. */
unsigned int vlapic_timer_expired(struct vlapic *l, uint64_t now);

/*
 * Does an interrupt command of `from`, with this low half and this destination, mean `to`?
 * Shorthands included. dest: as x2APIC has it, or the 8 bits of xAPIC.
 */
bool vlapic_matches(const struct vlapic *from, const struct vlapic *to, uint32_t icr_low,
		    uint32_t dest);

/* Does a message to this destination, of 8 bits, mean `to`? */
bool vlapic_matches_message(const struct vlapic *to, uint8_t dest, bool is_logical);

static inline bool vlapic_x2(const struct vlapic *l)
{
	return (l->base & (APIC_BASE_ON | APIC_BASE_X2)) == (APIC_BASE_ON | APIC_BASE_X2);
}

#endif
