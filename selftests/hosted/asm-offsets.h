/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stands in for the file of this name that is made from x86/offsets.c: numbers for
 * test_spec_entry.c and test_ring1.c, which have the structures.
 */
#define VCPU_spec_hv		0
#define VCPU_spec_guest		4
#define VCPU_verw_selector	8
#define VCPU_entry_ibpb		10
#define PROTECTION_spec_ctrl	8
#define SEL_HV_DS		0xe010
#define VCPU_hv_stack		16
#define VCPU_window_regs	24
#define VCPU_info		32
#define VCPU_kernel_sp		40
#define VCPU_cr3_user		48
#define VCPU_syscall_handler	56
#define VCPU_kernel_flags	64
#define VCPU_iret_count		68
#define VCPU_kernel_mode	72
#define VCPU_iopl		73
#define VCPU_nmi_masked		74
#define VCPU_syscall_masks	75
#define VCPU_regs		192
#define CPU_trace		12
#define REGS_r11		48
#define REGS_r10		56
#define REGS_rax		80
#define REGS_rcx		88
#define REGS_rdx		96
#define REGS_rsi		104
#define REGS_rdi		112
#define REGS_rbx		40
#define REGS_rip		128
#define REGS_cs			136
#define REGS_rflags		144
#define REGS_rsp		152
#define REGS_ss			160
#define HYPERCALL_iret		23
#define VGCF_in_syscall		0x100
#define SEL_USER_CS64		0xe033
#define SEL_USER_DS32		0xe02b
#define SEL_KERNEL_CS64		0xe061
#define SEL_KERNEL_DS		0xe069
#define SEL_LINUX_USER_CS64	0x33
#define SEL_LINUX_USER_DS	0x2b
#define F_IBRS	0
#define F_RSB	1
#define F_IBPB	2
#define F_BHB	3
#define F_VERW	4
#define F_DIV	5
#define F_ON_ENTRY	6
#define F_ON_EXIT	7
