/* SPDX-License-Identifier: GPL-2.0-only */
/* User mode: the traps and system calls that come from it, and the memory that it cannot reach. */
#include "guest.h"

void group_user(void)
{
	const struct catch *c = &this_cpu()->catch;
	struct physdev_set_iopl iopl = {.iopl = 1};
	static uint64_t secret = 4711;

	/* Shoji is strict in any case; Xen for the tables that are loaded from now on. */
	claim_is("assist: no M2P for user mode",
		 HC2(vm_assist, VMASST_CMD_enable, VMASST_TYPE_m2p_strict), 0);
	user_init();
	claim_is("a system call", user_run(0, 0, 0x202), TRAP_SYSCALL);
	claim("comes from user mode",
	      (c->regs.cs & 3) == 3 && c->regs.rip > USER_CODE && c->regs.rip < USER_CODE + 4096);
	claim("with user mode's stack and interrupts on",
	      c->regs.rsp == USER_STACK + PAGE_SIZE && (c->regs.rflags & 0x200));
	claim_is("INT 0x80", user_run(3, 0, 0x202), 0x80);
	claim_is("read the kernel's memory", user_run(1, (uint64_t)&secret, 0x202), 14);
	claim("is a fault of user mode", (c->regs.error & 4) && c->cr2 == (uint64_t)&secret);
	claim_is("read the hypervisor", user_run(1, BAD_HV, 0x202), 14);
	claim_is("read the M2P", user_run(1, MACH2PHYS_VIRT_START + 8 * mfn_of(&secret), 0x202),
		 14);
	claim("is a fault of user mode",
	      (c->regs.error & 4) && c->cr2 == MACH2PHYS_VIRT_START + 8 * mfn_of(&secret));
	claim_is("which the kernel reads", (long)m2p(mfn_of(&secret)),
		 (long)(((uint64_t)&secret - VIRT_BASE) >> 12));
	claim_is("and user mode after it",
		 user_run(1, MACH2PHYS_VIRT_START + 8 * mfn_of(&secret), 0x202), 14);
	claim_is("write its own code", user_run(5, USER_CODE, 0x202), 14);
	claim_is("cli", user_run(2, 0, 0x202), 13);
	(void)HC2(physdev_op, PHYSDEVOP_set_iopl, &iopl);
	claim_is("cli with the kernel's IOPL 1", user_run(2, 0, 0x202), 13);
	claim_is("cli with IOPL 3 in the flags of iret", user_run(2, 0, 0x3202), 13);
	claim_is("a port", user_run(4, 0, 0x202), 13);
	claim_is("a user stack that is not mapped is no matter", user_run(0, 0, 0x246),
		 TRAP_SYSCALL);
}
