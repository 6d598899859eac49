/* SPDX-License-Identifier: GPL-2.0-only */
/* Debug registers, segment bases, assists. */
#include "guest.h"

static __attribute__((noinline)) void target(void *a)
{
	(void)a;
	__asm__ volatile("nop");
}

static uint64_t fs0(void)
{
	uint64_t v;

	__asm__ volatile("mov %%fs:0, %0" : "=r"(v));
	return v;
}

static void write_dr1(void *a) { __asm__ volatile("mov %0, %%db1" ::"r"(a)); }
static void write_dr7(void *a) { __asm__ volatile("mov %0, %%db7" ::"r"(a)); }

static uint64_t read_dr1(void)
{
	uint64_t v;

	__asm__ volatile("mov %%db1, %0" : "=r"(v));
	return v;
}

/* The instruction instead of the hypercall. */
static void by_instruction(void)
{
	static uint64_t word;

	claim_is("MOV to DR1", catch_trap(write_dr1, &word), -1);
	claim("and from it", read_dr1() == (uint64_t)&word);
	claim_is("the hypercall reads it", HC1(get_debugreg, 1), (long)&word);
	claim_is("MOV to DR1 of an address of the hypervisor's",
		 catch_trap(write_dr1, (void *)BAD_HV), 13);
	claim_is("MOV to DR7 with general detect", catch_trap(write_dr7, (void *)(1UL << 13)), 13);
}

void group_regs(void)
{
	static uint64_t word = 0x1122334455667788;

	claim_is("a breakpoint address", HC2(set_debugreg, 0, &word), 0);
	claim_is("reads back", HC1(get_debugreg, 0), (long)&word);
	claim_is("an address of the hypervisor's", HC2(set_debugreg, 1, BAD_HV), -EPERM);
	claim_is("the last address before the hypervisor's",
		 HC2(set_debugreg, 1, HYPERVISOR_VIRT_START - 1), -EPERM);
	claim_is("a non-canonical address", HC2(set_debugreg, 1, BAD_NONCANON), -EPERM);
	claim_is("DR7 with general detect", HC2(set_debugreg, 7, 1 << 13), -EPERM);
	claim_is("DR7 with an I/O breakpoint", HC2(set_debugreg, 7, 1 | 2 << 16), -EPERM);
	claim_either("DR7 with high bits", HC2(set_debugreg, 7, 1UL << 40), -EPERM, -EINVAL);
	claim_either("DR8", HC2(set_debugreg, 8, 0), -EINVAL, -ENODEV);
	claim_negative("DR-1", HC2(set_debugreg, -1, 0));
	claim_either("read DR8", HC1(get_debugreg, 8), -EINVAL, -ENODEV);
	claim_is("DR6", HC2(set_debugreg, 6, 0xffff0ff0), 0);
	claim_is("a breakpoint on code", HC2(set_debugreg, 0, target), 0);
	claim_is("is switched on", HC2(set_debugreg, 7, 0x401), 0);
	claim_is("and traps", catch_trap(target, NULL), 1);
	claim_is("at its address", (long)this_cpu()->catch.regs.rip, (long)target);
	claim("DR6 says which", HC1(get_debugreg, 6) & 1);
	claim_is("a breakpoint is switched off", HC2(set_debugreg, 7, 0x400), 0);
	claim_is("and does not trap", catch_trap(target, NULL), -1);
	by_instruction();
	claim_is("FS base", HC2(set_segment_base, SEGBASE_FS, &word), 0);
	claim("is used", fs0() == word);
	claim_is("a non-canonical FS base", HC2(set_segment_base, SEGBASE_FS, BAD_NONCANON),
		 -EINVAL);
	claim_is("a non-canonical user GS base",
		 HC2(set_segment_base, SEGBASE_GS_USER, BAD_NONCANON), -EINVAL);
	claim_is("a non-canonical kernel GS base",
		 HC2(set_segment_base, SEGBASE_GS_KERNEL, BAD_NONCANON), -EINVAL);
	claim_is("a bad user GS selector becomes 0",
		 HC2(set_segment_base, SEGBASE_GS_USER_SEL, 0x1233), 0);
	claim_is("the TSS as user GS selector", HC2(set_segment_base, SEGBASE_GS_USER_SEL, 0xe040),
		 0);
	claim_is("an unknown segment", HC2(set_segment_base, 9, 0), -EINVAL);
	claim_is("assist: writable page tables",
		 HC2(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), 0);
	claim_is("assist: an unknown one", HC2(vm_assist, VMASST_CMD_enable, 40), -EINVAL);
	claim_is("assist: beyond 64", HC2(vm_assist, VMASST_CMD_enable, 64), -EINVAL);
	claim_is("assist: an unknown command", HC2(vm_assist, 7, VMASST_TYPE_writable_pagetables),
		 -ENOSYS);
	claim_is("stack switch", HC2(stack_switch, FLAT_KERNEL_SS, 0x1000), 0);
	traps_init();
}
