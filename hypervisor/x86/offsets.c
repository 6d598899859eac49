// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers of C structures for assembly: compiled to text, never linked. The Makefile picks the
 * OFFSET lines out.
 */
#include <hv/domain/domain.h>
#include <hv/domain/vcpu.h>
#include <x86/entry.h>
#include <x86/protection.h>
#include <x86/window.h>
#include <xen/callback.h>
#include <xen/xen.h>

void offsets(void);

#define OFFSET(name, value) __asm__ volatile("\n->" #name " %0" ::"i"((long)(value)))

void offsets(void)
{
	OFFSET(IMAGE_VIRT, IMAGE_VIRT);
	OFFSET(STACK_SIZE, STACK_SIZE);
	OFFSET(NR_CPUS, NR_CPUS);
	OFFSET(PERCPU_SIZE, PERCPU_SIZE);
	OFFSET(CPU_INFO_SIZE, sizeof(struct cpu_info));
	OFFSET(CPU_cpu, offsetof(struct cpu_info, cpu));
	OFFSET(CPU_trace, offsetof(struct cpu_info, trace));
	OFFSET(CPU_current, offsetof(struct cpu_info, vcpu));

	OFFSET(WINDOW_SIZE, WINDOW_SIZE);
	OFFSET(SWITCH_OFFSET, SWITCH_PAGE * PAGE_SIZE);
	OFFSET(SWITCH_scratch, offsetof(struct switch_page, scratch));
	OFFSET(SWITCH_regs_end, offsetof(struct switch_page, regs_end));
	OFFSET(SWITCH_hv_stack, offsetof(struct switch_page, hv_stack));
	OFFSET(SWITCH_hv_cr3, offsetof(struct switch_page, hv_cr3));
	OFFSET(SWITCH_guest_l4, offsetof(struct switch_page, guest_l4));

	OFFSET(SEL_USER_CS64, SEL_USER_CS64);
	OFFSET(SEL_USER_CS32, SEL_USER_CS32);
	OFFSET(SEL_USER_DS32, SEL_USER_DS32);
	OFFSET(SEL_LINUX_USER_CS64, SEL_LINUX_USER_CS64);
	OFFSET(SEL_LINUX_USER_DS, SEL_LINUX_USER_DS);
	OFFSET(SEL_KERNEL_CS64, SEL_KERNEL_CS64);
	OFFSET(SEL_KERNEL_DS, SEL_KERNEL_DS);
	OFFSET(SEL_HV_DS, SEL_HV_DS);

	OFFSET(TRAP_SYSCALL, TRAP_SYSCALL);
	OFFSET(HYPERCALL_iret, __HYPERVISOR_iret);
	OFFSET(VGCF_in_syscall, VGCF_in_syscall);
	OFFSET(REGS_SIZE, sizeof(struct regs));
#define OFFSET_REG(name) OFFSET(REGS_##name, offsetof(struct regs, name))
	OFFSET_REG(rax);
	OFFSET_REG(rbx);
	OFFSET_REG(rcx);
	OFFSET_REG(rdx);
	OFFSET_REG(rsi);
	OFFSET_REG(rdi);
	OFFSET_REG(rbp);
	OFFSET_REG(r8);
	OFFSET_REG(r9);
	OFFSET_REG(r10);
	OFFSET_REG(r11);
	OFFSET_REG(r12);
	OFFSET_REG(r13);
	OFFSET_REG(r14);
	OFFSET_REG(r15);
	OFFSET(REGS_error, offsetof(struct regs, error_code));
	OFFSET(REGS_vector, offsetof(struct regs, vector));
	OFFSET(REGS_rip, offsetof(struct regs, rip));
	OFFSET(REGS_cs, offsetof(struct regs, cs));
	OFFSET(REGS_rflags, offsetof(struct regs, rflags));
	OFFSET(REGS_rsp, offsetof(struct regs, rsp));
	OFFSET(REGS_ss, offsetof(struct regs, ss));

	OFFSET(VCPU_hv_stack, offsetof(struct vcpu, arch.hv_stack));
	OFFSET(VCPU_self, offsetof(struct vcpu, arch.self));
	OFFSET(VCPU_window_regs, offsetof(struct vcpu, arch.window_regs));
	OFFSET(VCPU_hv_cr3, offsetof(struct vcpu, arch.hv_cr3));
	OFFSET(VCPU_guest_cr3, offsetof(struct vcpu, arch.guest_cr3));
	OFFSET(VCPU_l4_seen, offsetof(struct vcpu, arch.l4_seen));
	OFFSET(VCPU_xpti, offsetof(struct vcpu, arch.xpti));
	OFFSET(VCPU_domain, offsetof(struct vcpu, domain));
	OFFSET(DOMAIN_l4_generation, offsetof(struct domain, arch.l4_generation));
	OFFSET(VCPU_regs, offsetof(struct vcpu, arch.regs));
	OFFSET(VCPU_info, offsetof(struct vcpu, info));
	OFFSET(VCPU_is_idle, offsetof(struct vcpu, is_idle));
	OFFSET(VCPU_is_hvm, offsetof(struct vcpu, is_hvm));
	OFFSET(VCPU_kernel_mode, offsetof(struct vcpu, arch.kernel_mode));
	OFFSET(VCPU_kernel_flags, offsetof(struct vcpu, arch.kernel_flags));
	OFFSET(VCPU_kernel_sp, offsetof(struct vcpu, arch.kernel_sp));
	OFFSET(VCPU_cr3_user, offsetof(struct vcpu, arch.cr3_user));
	OFFSET(VCPU_iopl, offsetof(struct vcpu, trap.iopl));
	OFFSET(VCPU_nmi_masked, offsetof(struct vcpu, trap.nmi_masked));
	OFFSET(VCPU_syscall_handler,
	       offsetof(struct vcpu, trap.callbacks[CALLBACKTYPE_syscall].address));
	OFFSET(VCPU_syscall_masks,
	       offsetof(struct vcpu, trap.callbacks[CALLBACKTYPE_syscall].mask_events));
	OFFSET(VCPU_iret_count, offsetof(struct vcpu, stats.hypercalls[__HYPERVISOR_iret]));
	OFFSET(VCPU_spec_hv, offsetof(struct vcpu, arch.spec_hv));
	OFFSET(VCPU_spec_guest, offsetof(struct vcpu, arch.spec_guest));
	OFFSET(VCPU_verw_selector, offsetof(struct vcpu, arch.verw_selector));
	OFFSET(VCPU_entry_ibpb, offsetof(struct vcpu, arch.entry_ibpb));
	OFFSET(PROTECTION_spec_ctrl, offsetof(struct cpu_protection, spec_ctrl));
	OFFSET(F_IBRS, SPEC_IBRS);
	OFFSET(F_ON_ENTRY, SPEC_ON_ENTRY);
	OFFSET(F_ON_EXIT, SPEC_ON_EXIT);
	OFFSET(F_RSB, SPEC_RSB);
	OFFSET(F_IBPB, SPEC_IBPB);
	OFFSET(F_BHB, SPEC_BHB);
	OFFSET(F_VERW, SPEC_VERW);
	OFFSET(F_DIV, SPEC_DIV);
}
