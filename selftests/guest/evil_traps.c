/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults, privileged instructions, frames for iret, and writes to page tables. The test catches
 * every trap that results.
 */
#include "evil.h"

struct access {
	uint64_t at, value, what;
};

static int caught(struct evil *e, void (*fn)(void *), void *arg)
{
	int v = catch_trap(fn, arg);

	e->traps += v >= 0;
	return v;
}

static void touch(void *arg)
{
	const struct access *a = arg;
	volatile uint64_t *p = (volatile uint64_t *)a->at;

	switch (a->what) {
	case 0: (void)*p; break;
	case 1: *p = a->value; break;
	case 2: (void)__atomic_exchange_n(p, a->value, __ATOMIC_SEQ_CST); break;
	case 3:
		(void)__atomic_fetch_and((volatile uint8_t *)p, (uint8_t)a->value,
					 __ATOMIC_SEQ_CST);
		break;
	case 4: (void)__atomic_fetch_or(p, a->value & 0xfff, __ATOMIC_SEQ_CST); break;
	case 5: *(volatile uint32_t *)p = (uint32_t)a->value; break;
	case 6: *(volatile uint16_t *)p = (uint16_t)a->value; break;
	case 7: {
		uint64_t old = *p;

		(void)__atomic_compare_exchange_n(p, &old, a->value, false, __ATOMIC_SEQ_CST,
						  __ATOMIC_SEQ_CST);
		break;
	}
	case 8:
		__asm__ volatile("lock; btrq %1, %0" : "+m"(*p) : "r"(a->value & 63) : "memory");
		break;
	case 9:
		__asm__ volatile("lock; xaddq %1, %0"
				 : "+m"(*p), "+r"(*(uint64_t *)&a->value)::"memory");
		break;
	default: ((void (*)(void))a->at)(); break;
	}
}

/* Memory: the pool as it is mapped now, and what nobody may touch. */
static void access(struct evil *e)
{
	struct access a = {.at = (uint64_t)pool_va[random_below(e, POOL_PAGES)] +
				 random_below(e, 512) * 8,
			   .value = random_pte(e),
			   .what = random_below(e, 10)};

	if (!random_below(e, 8)) {
		static const uint64_t bad[] = {BAD_UNMAPPED,
					       BAD_HV,
					       BAD_NONCANON,
					       MACH2PHYS_VIRT_START + 0x8000,
					       HYPERVISOR_VIRT_START - 8,
					       0};

		a.at = bad[random_below(e, ARRAY_SIZE(bad))];
		a.what = random_below(e, 11);
	}
	if (!random_below(e, 8))
		a.at += random_below(e, 8);
	(void)caught(e, touch, &a);
}

/* The tables that map the pool are in use and mapped read-only: a write is emulated, or faults. */
static void table_write(struct evil *e)
{
	uint64_t *entry = pte_of((uint64_t)pool_va[random_below(e, POOL_PAGES)]);
	struct access a = {
		.at = (uint64_t)entry, .value = random_pte(e), .what = 1 + random_below(e, 9)};

	if (!entry)
		return;
	if (!random_below(e, 8))
		a.at += random_below(e, 8);
	(void)caught(e, touch, &a);
}

struct machine {
	uint64_t rax, rcx, rdx, rdi, rsi;
	unsigned int what;
};

static void machine(void *arg)
{
	struct machine *m = arg;

#define DO(text)                                                                   \
	__asm__ volatile(text                                                      \
			 : "+a"(m->rax), "+c"(m->rcx), "+d"(m->rdx), "+D"(m->rdi), \
			   "+S"(m->rsi)::"memory", "rbx");                         \
	break
	switch (m->what) {
	case 0: DO("in %%dx, %%al");
	case 1: DO("in %%dx, %%ax");
	case 2: DO("in %%dx, %%eax");
	case 3: DO("out %%al, %%dx");
	case 4: DO("out %%eax, %%dx");
	case 5: DO("rep insb");
	case 6: DO("rep outsl");
	case 7: DO("insw");
	case 8: DO("rdmsr");
	case 9: DO("wrmsr");
	case 10: DO("mov %%cr0, %%rax");
	case 11: DO("mov %%rax, %%cr4");
	case 12: DO("mov %%cr4, %%rax");
	case 13: DO("clts");
	case 14: DO("xsetbv");
	case 15: DO("invlpg (%%rax)");
	case 16: DO("wbinvd");
	case 17: DO("cli");
	case 18: DO("mov %%rax, %%dr7");
	case 19: DO("mov %%dr6, %%rax");
	case 20: DO("lidt (%%rax)");
	case 21: DO("sidt -16(%%rsp)");
	case 22: DO("str %%ax");
	case 23: DO("int3");
	case 24: DO("ud2");
	case 25: DO("int $0x20");
	case 26: DO("int $0x82");
	case 27: DO("mov %%rax, %%cr2");
	case 28: DO("rdtscp");
	case 29: DO("verr %%ax");
	case 30: DO("mov %%ax, %%es");
	case 31: DO("mov %%ax, %%fs");
	case 32: DO("in $0x71, %%al");
	case 33: DO("mov %%rax, %%cr8");
	case 34: DO("swapgs");
	case 35: DO(XEN_EMULATE_PREFIX "cpuid");
	case 36: DO("lar %%ax, %%eax");
	case 37: DO("fxrstor (%%rsi)");
	case 38: DO("rdpmc");
	default: DO("monitor");
	}
}

static void instruction(struct evil *e)
{
	static const uint32_t msrs[] = {0x10,       0x1b,       0x174,      0x175,      0x176,
					0x1d9,      0x277,      0x3a,       0xc0000080, 0xc0000081,
					0xc0000082, 0xc0000084, 0xc0000100, 0xc0000102, 0xc0000103,
					0x40000000, 0xda0,      0x6e0,      0x808};
	struct machine m = {.rax = random_value(e),
			    .rcx = random_below(e, 4) ? msrs[random_below(e, ARRAY_SIZE(msrs))]
						      : random_below(e, 2000),
			    .rdx = random_below(e, 0x10000),
			    .rdi = random_address(e),
			    .rsi = (uint64_t)e->args + random_below(e, 64) * 64,
			    .what = (unsigned int)random_below(e, 40)};

	/*
	 * The hypercall number of INT 0x82; a stray selector or GS base is no use to this kernel,
	 * which has none.
	 */
	if (m.what == 26)
		m.rax = __HYPERVISOR_xen_version, m.rdi = random_below(e, 12),
		m.rsi = random_address(e);
	if (m.what >= 5 && m.what <= 7)
		m.rdi = (uint64_t)pool_va[random_below(e, POOL_PAGES)],
		m.rcx = random_below(e, 10000);
	(void)caught(e, machine, &m);
}

/* A visit to user mode by a frame that is more or less right, to code that is anything. */
static void user(struct evil *e)
{
	static const uint16_t selectors[] = {
		FLAT_USER_CS, FLAT_USER_CS, FLAT_USER_CS, FLAT_USER_CS32, FLAT_USER_SS, 0,      3,
		0xe00b,       0xe013,       0xe043,       0xe053,         0x33,         0x1237, 7,
		0xfff7};
	struct vcpu_set_singleshot_timer t = {.timeout_abs_ns = now_ns() + 2000000};
	struct iret_context frame = {.rax = random_value(e),
				     .rcx = random_next(e),
				     .r11 = random_next(e),
				     .rip = USER_CODE,
				     .cs = FLAT_USER_CS,
				     .rflags = 0x202,
				     .rsp = USER_STACK + PAGE_SIZE,
				     .ss = FLAT_USER_SS};
	unsigned int i, at = 512 + this_cpu()->id * 1024;

	if (!evil_fifo && random_below(e, 2)) {
		for (i = 0; i < 32; i++)
			user_page[at + i] = (uint8_t)random_next(e);
		user_page[at + 32] = 0x0f;
		user_page[at + 33] = 0x05;
		frame.rip = USER_CODE + at;
	}
	if (!random_below(e, 4))
		frame.rip = random_below(e, 2) ? random_address(e) : random_next(e);
	if (!random_below(e, 3))
		frame.cs = selectors[random_below(e, ARRAY_SIZE(selectors))] | 3;
	if (!random_below(e, 3))
		frame.ss = selectors[random_below(e, ARRAY_SIZE(selectors))];
	if (!random_below(e, 3))
		frame.rflags = (random_next(e) & 0x3fffff) | 0x200;
	if (!random_below(e, 3))
		frame.rsp = random_below(e, 2) ? random_address(e) : random_next(e);
	if (!random_below(e, 4))
		frame.flags = random_next(e);
	(void)hypercall(__HYPERVISOR_vcpu_op, VCPUOP_set_singleshot_timer, this_cpu()->id,
			(uint64_t)&t, 0, 0);
	e->traps += user_enter(&frame, random_address(e)) >= 0;
	events_off();
}

static void kernel_frame(void *arg)
{
	do_iret(arg);
}

/* iret to the kernel with a bad selector or address; the stack is good, or the domain would end. */
static void frames(struct evil *e)
{
	struct iret_context *f = (struct iret_context *)&e->args[400];
	uint64_t here = (uint64_t)__builtin_frame_address(0);
	static const uint64_t rips[] = {BAD_HV, BAD_NONCANON, BAD_UNMAPPED, 0,
					HYPERVISOR_VIRT_START - 2};

	*f = (struct iret_context){.rip = rips[random_below(e, ARRAY_SIZE(rips))],
				   .cs = FLAT_KERNEL_CS & ~3UL,
				   .rflags = random_next(e) & 0x3ffeff & ~0x100UL,
				   .rsp = here - 2048,
				   .ss = FLAT_KERNEL_SS,
				   .flags = random_next(e)};
	f->rflags &= ~0x200UL;
	if (random_below(e, 2))
		f->cs = random_next(e) & 0xfffc;
	if (random_below(e, 2))
		f->ss = random_next(e) & 0xffff;
	e->traps += catch_trap(kernel_frame, f) >= 0;
}

static void segments(struct evil *e)
{
	(void)hypercall(__HYPERVISOR_set_segment_base, random_below(e, 5),
			random_below(e, 2) ? random_next(e) : random_below(e, 0x10000), 0, 0, 0);
	e->calls++;
}

void evil_trap(struct evil *e)
{
	static void (*const kinds[])(struct evil *) = {
		access,      access,      access, table_write, table_write,
		instruction, instruction, user,   frames,      segments};

	kinds[random_below(e, ARRAY_SIZE(kinds))](e);
}
