/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtual local APIC. Claim: it takes and orders interrupts as the manual says, its timer is
 * due when it should be, and no sequence of register accesses makes it do anything undefined.
 */
/* sources: hypervisor/hvm/vlapic.c */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <hv/hvm/vlapic.h>
#include <hv/percpu.h>

_Thread_local struct cpu_info hosted_cpu_info;

enum {
	ID = 0x20, VERSION = 0x30, TPR = 0x80, PPR = 0xa0, EOI = 0xb0, LDR = 0xd0, DFR = 0xe0,
	SVR = 0xf0, ISR = 0x100, IRR = 0x200, ESR = 0x280, ICR = 0x300, TIMER = 0x320,
	COUNT = 0x380, CURRENT = 0x390, DIVIDE = 0x3e0, SELF = 0x3f0
};

static struct vlapic apic;
static struct vlapic_command cmd;
static unsigned int failures, count;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++count, claim);
	failures += !good;
}

static bool put(uint32_t reg, uint32_t value)
{
	return vlapic_write(&apic, reg, value, 0, &cmd);
}

static uint32_t get_at(uint32_t reg, uint64_t now)
{
	uint32_t value = 0xdead;

	return vlapic_read(&apic, reg, now, &value) ? value : 0xbad;
}

static uint32_t get(uint32_t reg)
{
	return get_at(reg, 0);
}

static void start(bool x2)
{
	vlapic_reset(&apic, 6, false);
	if (x2 && !vlapic_set_base(&apic, apic.base | APIC_BASE_X2))
		abort();
	put(SVR, 0x1ff);
}

static void test_reset(void)
{
	bool masked = true;

	vlapic_reset(&apic, 6, true);
	for (uint32_t reg = TIMER; reg <= 0x370; reg += 16)
		masked &= get(reg) == 0x10000;
	result(masked && get(SVR) == 0xff && get(ID) == 6u << 24 && get(VERSION) == 0x50014 &&
		       apic.base == (APIC_ADDRESS | APIC_BASE_ON | APIC_BASE_BSP),
	       "after a reset all is masked, and it says who it is");
	result(!vlapic_raise(&apic, 0x30) && !vlapic_next(&apic),
	       "before software enables it no interrupt waits");
	put(SVR, 0x1ff);
	put(TIMER, 0x40);
	put(SVR, 0xff);
	result(get(TIMER) == 0x10040, "switched off it masks what was open");
	result(!vlapic_raise(&apic, 0xf) && !vlapic_raise(&apic, 256),
	       "there is no vector below 16");
}

static void test_priority(void)
{
	start(false);
	result(vlapic_raise(&apic, 0x31) && !vlapic_raise(&apic, 0x31) &&
		       vlapic_raise(&apic, 0x92) && get(IRR + 0x10) == 1u << 17 &&
		       get(IRR + 0x40) == 1u << 18,
	       "an interrupt waits once");
	result(vlapic_next(&apic) == 0x92, "the highest comes first");
	vlapic_accept(&apic, 0x92);
	result(!vlapic_next(&apic) && get(ISR + 0x40) == 1u << 18 && get(PPR) == 0x90,
	       "while it is in service lower ones wait");
	vlapic_raise(&apic, 0x9f);
	result(!vlapic_next(&apic), "and those of its own class");
	vlapic_raise(&apic, 0xa0);
	result(vlapic_next(&apic) == 0xa0, "but not higher ones");
	vlapic_accept(&apic, 0xa0);
	put(EOI, 0);
	result(get(PPR) == 0x90, "the end is that of the highest in service");
	put(EOI, 0);
	result(vlapic_next(&apic) == 0x9f && get(PPR) == 0, "then the next is taken");
	put(TPR, 0x9f);
	result(!vlapic_next(&apic) && get(PPR) == 0x9f, "unless the task priority forbids it");
	put(TPR, 0x8f);
	result(vlapic_next(&apic) == 0x9f, "until it is lower");
	put(EOI, 0);
	put(EOI, 0);
	result(get(PPR) == 0x8f, "an end without an interrupt does nothing");
}

static void test_x2apic(void)
{
	uint32_t v;

	start(true);
	result(get(ID) == 6 && get(LDR) == 0x40 && !vlapic_read(&apic, DFR, 0, &v),
	       "x2APIC: the whole id, the logical one that follows from it, no DFR");
	result(!put(LDR, 1) && !put(EOI, 1) && put(EOI, 0) && !put(ID, 1),
	       "what cannot be written is #GP");
	result(put(SELF, 0x55) && cmd.ipi && apic.icr_low == 0x40055, "an interrupt to itself");
	result(!vlapic_set_base(&apic, APIC_ADDRESS | APIC_BASE_ON) &&
		       vlapic_set_base(&apic, APIC_ADDRESS) &&
		       !vlapic_set_base(&apic, APIC_ADDRESS | APIC_BASE_ON | APIC_BASE_X2) &&
		       vlapic_set_base(&apic, APIC_ADDRESS | APIC_BASE_ON),
	       "from x2APIC it goes only through off, and from off only to xAPIC");
	result(!vlapic_set_base(&apic, 0xfef00000 | APIC_BASE_ON) &&
		       !vlapic_set_base(&apic, APIC_ADDRESS | APIC_BASE_ON | 1),
	       "the address stays, other bits do not exist");
}

static void test_timer(void)
{
	start(false);
	put(TIMER, 0x20);
	put(DIVIDE, 0xb);
	vlapic_write(&apic, COUNT, 1000, 5000, &cmd);
	result(cmd.timer && vlapic_timer_deadline(&apic, 5000) == 5000 + 10000 &&
		       get_at(CURRENT, 9000) == 600 && get_at(CURRENT, 99000) == 0,
	       "one shot: 100 MHz");
	result(vlapic_timer_expired(&apic, 15000) == 0x20 && !vlapic_timer_deadline(&apic, 15000),
	       "once");
	put(TIMER, 0x20021);
	put(DIVIDE, 3);
	vlapic_write(&apic, COUNT, 10000, 0, &cmd);
	result(vlapic_timer_deadline(&apic, 0) == 1600000 &&
		       vlapic_timer_deadline(&apic, 1600000) == 3200000 &&
		       vlapic_timer_deadline(&apic, 10000000) == 11200000 &&
		       get_at(CURRENT, 1600000 + 160000) == 9000,
	       "periodic, by 16: missed periods are left out");
	vlapic_write(&apic, COUNT, 1, 0, &cmd);
	result(vlapic_timer_deadline(&apic, 0) == 100000 &&
		       vlapic_timer_deadline(&apic, 100000) == 200000 && get_at(CURRENT, 500) == 1,
	       "a period that leaves no time for anything else is longer");
	put(TIMER, 0x30021);
	result(!vlapic_timer_deadline(&apic, 0) && !vlapic_timer_expired(&apic, 1),
	       "masked it is never due");
}

static bool meets(struct vlapic *from, struct vlapic *to, uint32_t low, uint32_t dest)
{
	return vlapic_matches(from, to, low, dest);
}

static void test_destinations(void)
{
	struct vlapic a, b;

	vlapic_reset(&a, 0, true);
	vlapic_reset(&b, 2, false);
	result(meets(&a, &b, 0, 2) && !meets(&a, &b, 0, 0) && meets(&a, &a, 0, 0) &&
		       meets(&a, &b, 0, 0xff),
	       "by number, and all");
	result(meets(&a, &a, 1 << 18, 9) && !meets(&a, &b, 1 << 18, 2) &&
		       meets(&a, &b, 2 << 18, 9) && !meets(&a, &a, 3 << 18, 0) &&
		       meets(&a, &b, 3 << 18, 9),
	       "shorthands: itself, all, all others");
	b.ldr = 0x04000000;
	result(meets(&a, &b, 0x800, 0x05) && !meets(&a, &b, 0x800, 0x0a), "logical, flat");
	b.dfr = 0x0fffffff;
	b.ldr = 0x32000000;
	result(meets(&a, &b, 0x800, 0x33) && !meets(&a, &b, 0x800, 0x23) &&
		       !meets(&a, &b, 0x800, 0x31),
	       "logical, by cluster");
	if (!vlapic_set_base(&a, a.base | APIC_BASE_X2) ||
	    !vlapic_set_base(&b, b.base | APIC_BASE_X2))
		abort();
	b.id = 0x12;
	result(meets(&a, &b, 0x800, 0x10004) && !meets(&a, &b, 0x800, 0x4) &&
		       meets(&a, &b, 0, 0x12) && meets(&a, &b, 0, ~0u) && !meets(&a, &b, 0, 0xff),
	       "x2APIC: clusters of sixteen, and all");
}

/*
 * While it is armed, a list of some CPU's goes through the timer: who resets the APIC must not even
 * write back what was there. The page is read-only here.
 */
static void test_reset_leaves_timer(void)
{
	size_t at = offsetof(struct vlapic, timer), page = 4096;
	char *two = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0);
	struct vlapic *l = (struct vlapic *)(two + page - at);

	if (two == MAP_FAILED)
		abort();
	l->timer.deadline = 77;
	if (mprotect(two + page, page, PROT_READ))
		abort();
	vlapic_reset(l, 4, true);
	(void)vlapic_set_base(l, APIC_ADDRESS);
	(void)vlapic_set_base(l, APIC_ADDRESS | APIC_BASE_ON);
	result(l->timer.deadline == 77 && l->id == 4, "a reset does not touch the timer's list");
	(void)munmap(two, 2 * page);
}

static void test_random(void)
{
	uint64_t now = 0;

	start(false);
	srand(4);
	for (unsigned int i = 0; i < 400000; i++) {
		uint32_t reg = (uint32_t)rand() % 0x440, value;
		unsigned int vector;

		now += (uint64_t)rand() % 100000;
		switch (rand() % 6) {
		case 0: (void)vlapic_read(&apic, reg & ~0xfu, now, &value); break;
		case 1:
			(void)vlapic_write(&apic, reg & ~0xfu, (uint32_t)rand() << (rand() % 2),
					   now, &cmd);
			break;
		case 2: (void)vlapic_raise(&apic, (unsigned int)rand() % 300); break;
		case 3:
			vector = vlapic_next(&apic);
			if (vector)
				vlapic_accept(&apic, vector);
			break;
		case 4:
			(void)vlapic_timer_deadline(&apic, now);
			(void)vlapic_timer_expired(&apic, now);
			break;
		default:
			if (rand() % 100 == 0)
				(void)vlapic_set_base(&apic, (uint64_t)rand() << (rand() % 8));
			break;
		}
		if (vlapic_next(&apic) && vlapic_next(&apic) < 16)
			abort();
	}
	result(true, "400,000 random accesses");
}

int main(void)
{
	test_reset();
	test_priority();
	test_x2apic();
	test_timer();
	test_destinations();
	test_reset_leaves_timer();
	test_random();
	printf("1..%u\n", count);
	return failures != 0;
}
