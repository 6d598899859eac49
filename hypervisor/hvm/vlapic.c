// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtual local APIC as a state machine. Registers are named by their offset in the xAPIC page;
 * an x2APIC MSR is 0x800 + offset / 16. Only what a PVH guest's kernel and the public manuals ask
 * for is here: fixed and lowest-priority interrupts, by edge and level, NMI, INIT and SIPI; one
 * timer, which counts down at 100 MHz before its divisor. There is no TSC-deadline mode.
 *
 * Locking: none (hv/hvm/vlapic.h). irr alone is written by others, with atomic operations.
 */
#include <hv/hvm/vlapic.h>
#include <hv/bitops.h>
#include <hv/lib/lib.h>

enum {
	REG_ID = 0x20,
	REG_VERSION = 0x30,
	REG_TPR = 0x80,
	REG_PPR = 0xa0,
	REG_EOI = 0xb0,
	REG_LDR = 0xd0,
	REG_DFR = 0xe0,
	REG_SVR = 0xf0,
	REG_ISR = 0x100,
	REG_TMR = 0x180,
	REG_IRR = 0x200,
	REG_ESR = 0x280,
	REG_ICR_LOW = 0x300,
	REG_ICR_HIGH = 0x310,
	REG_LVT_TIMER = 0x320,
	REG_LVT_ERROR = 0x370,
	REG_TIMER_INIT = 0x380,
	REG_TIMER_CURRENT = 0x390,
	REG_TIMER_DIVIDE = 0x3e0,
	REG_SELF_IPI = 0x3f0	/* x2APIC's */
};

#define VERSION		0x00050014u	/* six LVTs */
#define SVR_ENABLED	0x100u
#define LVT_MASKED	0x10000u
#define LVT_PERIODIC	0x20000u
#define LVT_MODE	0x60000u
#define TICK_NS		10u
#define PERIOD_MIN_NS	100000u	/* more often would leave the CPU no time for anything else */
#define ICR_SELF	0x40000u
#define ICR_BUSY	0x1000u

/* What may be set in each LVT. */
static const uint32_t lvt_bits[NR_LVTS] = {
	[LVT_TIMER] = 0x300ff,	 [LVT_THERMAL] = 0x107ff, [LVT_PERF] = 0x107ff,
	[LVT_LINT0] = 0x1a7ff, [LVT_LINT1] = 0x1a7ff, [LVT_ERROR] = 0x100ff,
};

void vlapic_reset(struct vlapic *l, uint32_t id, bool bsp)
{
	memset(l, 0, offsetof(struct vlapic, timer));
	l->base = APIC_ADDRESS | APIC_BASE_ON | (bsp ? APIC_BASE_BSP : 0);
	l->id = id;
	l->dfr = ~0u;
	l->svr = 0xff;
	for (unsigned int i = 0; i < NR_LVTS; i++)
		l->lvt[i] = LVT_MASKED;
}

/* ---- what waits ---- */

static unsigned int highest(const uint64_t *map)
{
	for (unsigned int i = 4; i--;) {
		uint64_t word = atomic_load(&map[i]);

		if (word)
			return i * 64 + last_bit(word);
	}
	return 0;
}

/* The priority below and at which nothing is taken: its upper half counts. */
static unsigned int processor_priority(const struct vlapic *l)
{
	unsigned int service = highest(l->isr) & 0xf0, task = l->tpr & 0xff;

	return (task & 0xf0) >= service ? task : service;
}

static bool accepts(const struct vlapic *l, unsigned int vector)
{
	return vector >= 16 && vector <= 255 && (l->base & APIC_BASE_ON) &&
	       (READ_ONCE(l->svr) & SVR_ENABLED);
}

bool vlapic_raise(struct vlapic *l, unsigned int vector)
{
	if (!accepts(l, vector))
		return false;
	if (unlikely(atomic_load(&l->tmr[vector / 64]) >> vector % 64 & 1))
		clear_bit(&l->tmr[vector / 64], vector % 64);
	return !test_and_set_bit(&l->irr[vector / 64], vector % 64);
}

bool vlapic_raise_level(struct vlapic *l, unsigned int vector)
{
	if (!accepts(l, vector))
		return false;
	(void)test_and_set_bit(&l->tmr[vector / 64], vector % 64);
	return !test_and_set_bit(&l->irr[vector / 64], vector % 64);
}

bool vlapic_takes_extint(const struct vlapic *l)
{
	uint32_t lint0 = READ_ONCE(l->lvt[LVT_LINT0]);

	return !(l->base & APIC_BASE_ON) || (!(lint0 & LVT_MASKED) && (lint0 >> 8 & 7) == 7);
}

unsigned int vlapic_next(const struct vlapic *l)
{
	unsigned int vector = highest(l->irr);

	if (!(l->svr & SVR_ENABLED) || (vector & 0xf0) <= (processor_priority(l) & 0xf0))
		return 0;
	return vector;
}

void vlapic_accept(struct vlapic *l, unsigned int vector)
{
	clear_bit(&l->irr[vector / 64], vector % 64);
	l->isr[vector / 64] |= BIT64(vector % 64);
}

/* The vector, if a level raised it; 0: another, or none is in service. */
static uint8_t end_of_interrupt(struct vlapic *l)
{
	unsigned int vector = highest(l->isr);

	l->isr[vector / 64] &= ~BIT64(vector % 64);
	return atomic_load(&l->tmr[vector / 64]) >> vector % 64 & 1 ? (uint8_t)vector : 0;
}

/* ---- the timer ---- */

uint32_t vlapic_timer_divisor(const struct vlapic *l)
{
	unsigned int code = (l->tdcr & 3) | (l->tdcr >> 1 & 4);

	return 1u << (code == 7 ? 0 : code + 1);
}

static uint64_t tick_ns(const struct vlapic *l)
{
	return (uint64_t)TICK_NS * vlapic_timer_divisor(l);
}

static uint32_t timer_current(const struct vlapic *l, uint64_t now)
{
	uint32_t count = READ_ONCE(l->tmict);	/* the timer's function may make it 0 */
	uint64_t ticks;

	if (!count || now < l->timer_start)
		return count;
	ticks = (now - l->timer_start) / tick_ns(l);
	if (l->lvt[LVT_TIMER] & LVT_PERIODIC)
		return count - (uint32_t)(ticks % count);
	return ticks >= count ? 0 : count - (uint32_t)ticks;
}

uint64_t vlapic_timer_deadline(const struct vlapic *l, uint64_t now)
{
	uint64_t period = READ_ONCE(l->tmict) * tick_ns(l), periods;

	if (!period || (l->lvt[LVT_TIMER] & LVT_MASKED))
		return 0;
	if (!(l->lvt[LVT_TIMER] & LVT_PERIODIC))
		return l->timer_start + period;
	period = MAX(period, (uint64_t)PERIOD_MIN_NS);
	periods = now < l->timer_start ? 0 : (now - l->timer_start) / period;
	return l->timer_start + (periods + 1) * period;
}

unsigned int vlapic_timer_expired(struct vlapic *l, uint64_t now)
{
	uint32_t lvt = l->lvt[LVT_TIMER];

	(void)now;
	if (!(lvt & LVT_PERIODIC))
		l->tmict = 0;
	return lvt & LVT_MASKED ? 0 : lvt & 0xff;
}

/* ---- registers ---- */

/* In x2APIC mode the logical number follows from the id. */
static uint32_t logical(const struct vlapic *l)
{
	return vlapic_x2(l) ? (l->id >> 4) << 16 | 1u << (l->id & 15) : l->ldr;
}

static uint32_t map_register(const uint64_t *map, uint32_t offset)
{
	unsigned int i = offset >> 4 & 7;

	return (uint32_t)(atomic_load(&map[i / 2]) >> (i % 2 * 32));
}

bool vlapic_read(const struct vlapic *l, uint32_t offset, uint64_t now, uint32_t *value)
{
	*value = 0;
	if (offset >= REG_ISR && offset < REG_TMR) {
		*value = map_register(l->isr, offset);
		return true;
	}
	if (offset >= REG_TMR && offset < REG_IRR) {
		*value = map_register(l->tmr, offset);
		return true;
	}
	if (offset >= REG_IRR && offset < REG_ESR) {
		*value = map_register(l->irr, offset);
		return true;
	}
	if (offset >= REG_LVT_TIMER && offset <= REG_LVT_ERROR) {
		*value = l->lvt[(offset - REG_LVT_TIMER) >> 4];
		return true;
	}
	switch (offset) {
	case REG_ID: *value = vlapic_x2(l) ? l->id : l->id << 24; return true;
	case REG_VERSION: *value = VERSION; return true;
	case REG_TPR: *value = l->tpr; return true;
	case REG_PPR: *value = processor_priority(l); return true;
	case REG_LDR: *value = logical(l); return true;
	case REG_DFR: *value = l->dfr; return !vlapic_x2(l);
	case REG_SVR: *value = l->svr; return true;
	case REG_ESR: *value = l->esr; return true;
	case REG_ICR_LOW: *value = l->icr_low; return true;
	case REG_ICR_HIGH: *value = l->icr_high; return true;
	case REG_TIMER_INIT: *value = l->tmict; return true;
	case REG_TIMER_CURRENT: *value = timer_current(l, now); return true;
	case REG_TIMER_DIVIDE: *value = l->tdcr; return true;
	default: return false;
	}
}

static void write_svr(struct vlapic *l, uint32_t value)
{
	l->svr = value & 0x3ff;
	if (!(l->svr & SVR_ENABLED))	/* switched off, it masks all */
		for (unsigned int i = 0; i < NR_LVTS; i++)
			l->lvt[i] |= LVT_MASKED;
}

static void write_lvt(struct vlapic *l, unsigned int nr, uint32_t value, struct vlapic_command *cmd)
{
	l->lvt[nr] = value & lvt_bits[nr];
	if (!(l->svr & SVR_ENABLED))
		l->lvt[nr] |= LVT_MASKED;
	if (nr == LVT_TIMER)
		cmd->timer = true;
}

bool vlapic_write(struct vlapic *l, uint32_t offset, uint32_t value, uint64_t now,
		  struct vlapic_command *cmd)
{
	bool x2 = vlapic_x2(l);

	*cmd = (struct vlapic_command){0};
	if (offset >= REG_LVT_TIMER && offset <= REG_LVT_ERROR) {
		write_lvt(l, (offset - REG_LVT_TIMER) >> 4, value, cmd);
		return true;
	}
	switch (offset) {
	case REG_TPR: l->tpr = value & 0xff; return true;
	case REG_EOI: cmd->end = end_of_interrupt(l); return !x2 || !value;
	case REG_LDR: l->ldr = value & 0xff000000u; return !x2;
	case REG_DFR: l->dfr = value | 0x0fffffffu; return !x2;
	case REG_SVR: write_svr(l, value); return true;
	case REG_ESR: l->esr = 0; return !x2 || !value;
	case REG_ICR_HIGH: l->icr_high = value; return true;
	case REG_ICR_LOW:
		l->icr_low = value & ~ICR_BUSY;
		cmd->ipi = true;
		return true;
	case REG_TIMER_INIT:
		l->tmict = value;
		l->timer_start = now;
		cmd->timer = true;
		return true;
	case REG_TIMER_DIVIDE:
		l->tdcr = value & 0xb;
		cmd->timer = true;
		return true;
	case REG_SELF_IPI:
		l->icr_low = ICR_SELF | (value & 0xff);
		cmd->ipi = true;
		return x2;
	default: return false;
	}
}

/* Off, xAPIC, x2APIC: from x2APIC only off, from off only xAPIC. The address stays. */
bool vlapic_set_base(struct vlapic *l, uint64_t value)
{
	uint64_t known = APIC_BASE_BSP | APIC_BASE_X2 | APIC_BASE_ON | APIC_ADDRESS;
	bool on = value & APIC_BASE_ON, x2 = value & APIC_BASE_X2;

	if ((value & ~known) || (value & PAGE_MASK) != APIC_ADDRESS || (x2 && !on))
		return false;
	if (vlapic_x2(l) && on && !x2)
		return false;
	if (x2 && !(l->base & APIC_BASE_ON))
		return false;
	if (on && !(l->base & APIC_BASE_ON))
		vlapic_reset(l, l->id, l->base & APIC_BASE_BSP);
	l->base = value;
	return true;
}

/* ---- who is meant ---- */

static bool logical_match(const struct vlapic *to, uint32_t dest, bool x2)
{
	uint32_t ldr = logical(to);

	if (x2)
		return ldr >> 16 == dest >> 16 && (ldr & dest & 0xffff);
	ldr >>= 24;
	if (to->dfr >> 28 == 0xf)
		return ldr & dest;
	return ldr >> 4 == dest >> 4 && (ldr & dest & 0xf);
}

bool vlapic_matches(const struct vlapic *from, const struct vlapic *to, uint32_t icr_low,
		    uint32_t dest)
{
	bool x2 = vlapic_x2(from);

	switch (icr_low >> 18 & 3) {
	case 1: return from == to;
	case 2: return true;
	case 3: return from != to;
	default: break;
	}
	if (dest == (x2 ? ~0u : 0xffu))
		return true;
	if (icr_low >> 11 & 1)
		return logical_match(to, dest, x2);
	return to->id == dest;
}

bool vlapic_matches_message(const struct vlapic *to, uint8_t dest, bool is_logical)
{
	if (is_logical)
		return logical_match(to, dest, vlapic_x2(to));
	return dest == 0xff || to->id == dest;
}
