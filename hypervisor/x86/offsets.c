// SPDX-License-Identifier: GPL-2.0-only
/* Numbers of C structures for assembly: compiled to text, never linked. The Makefile picks the OFFSET lines out. */
#include <hv/domain.h>
#include <hv/vcpu.h>
#include <hv/x86.h>

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
	OFFSET(CPU_current, offsetof(struct cpu_info, vcpu));

	OFFSET(SEL_USER_CS64, SEL_USER_CS64);
	OFFSET(SEL_USER_CS32, SEL_USER_CS32);
	OFFSET(SEL_USER_DS32, SEL_USER_DS32);
	OFFSET(SEL_HV_DS, SEL_HV_DS);

	OFFSET(TRAP_SYSCALL, TRAP_SYSCALL);
	OFFSET(REGS_SIZE, sizeof(struct regs));
	OFFSET(REGS_rcx, offsetof(struct regs, rcx));
	OFFSET(REGS_r11, offsetof(struct regs, r11));
	OFFSET(REGS_rax, offsetof(struct regs, rax));
	OFFSET(REGS_rdi, offsetof(struct regs, rdi));
	OFFSET(REGS_error, offsetof(struct regs, error_code));
	OFFSET(REGS_vector, offsetof(struct regs, vector));
	OFFSET(REGS_rip, offsetof(struct regs, rip));
	OFFSET(REGS_cs, offsetof(struct regs, cs));
	OFFSET(REGS_rflags, offsetof(struct regs, rflags));
	OFFSET(REGS_rsp, offsetof(struct regs, rsp));
	OFFSET(REGS_ss, offsetof(struct regs, ss));

	OFFSET(VCPU_hv_stack, offsetof(struct vcpu, hv_stack));
	OFFSET(VCPU_regs, offsetof(struct vcpu, regs));
	OFFSET(VCPU_info, offsetof(struct vcpu, info));
	OFFSET(VCPU_is_idle, offsetof(struct vcpu, is_idle));
	OFFSET(VCPU_kernel_mode, offsetof(struct vcpu, kernel_mode));
}
