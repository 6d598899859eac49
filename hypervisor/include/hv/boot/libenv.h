/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What Debian's static libraries (liblzma, libzstd, libz) need of the CPU and never get from us
 * otherwise: SSE registers, a stack protector's canary at %fs:0x28, and a red zone below the stack
 * pointer, which an interrupt on the same stack would overwrite. Hence interrupts stay off in
 * between, for as long as the decoder takes (seconds under emulation): nothing may wait for this
 * CPU meanwhile.
 *
 * They use less than 8 KiB of stack, and memory only from the allocators given to them (malloc() is
 * there for the linker and always fails).
 */
#ifndef HV_BOOT_LIBENV_H
#define HV_BOOT_LIBENV_H

#include <hv/types.h>

struct lib_env {
	uint64_t flags, fs_base, cr0;
};

/*
 * Before calls into the libraries. Not nested. Context: boot CPU with nobody's FPU state
 * in its registers, before Domain-0 runs; CR4.OSFXSR is set.
 */
void lib_env_enter(struct lib_env *env);
/* Back to what lib_env_enter() found. */
void lib_env_leave(const struct lib_env *env);

#endif
