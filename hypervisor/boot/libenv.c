// SPDX-License-Identifier: GPL-2.0-only
/* The CPU as the decoders of Debian's static libraries expect it (hv/boot/libenv.h). */
#include <hv/boot/libenv.h>
#include <arch/msr.h>
#include <hv/percpu.h>
#include <x86/canary.h>

#define CR0_TS BIT64(3)

/* What the libraries believe to be thread-local storage: the canary is its word 5, at %fs:0x28. */
static uint64_t thread_area[8];

void lib_env_enter(struct lib_env *env)
{
	env->flags = irq_save();
	env->fs_base = rdmsr(MSR_FS_BASE);
	env->cr0 = read_cr0();
	thread_area[5] = __stack_chk_guard;
	wrmsr(MSR_FS_BASE, (uint64_t)thread_area);
	__asm__ volatile("clts");
}

void lib_env_leave(const struct lib_env *env)
{
	wrmsr(MSR_FS_BASE, env->fs_base);
	if (env->cr0 & CR0_TS)
		write_cr0(env->cr0);
	irq_restore(env->flags);
}
