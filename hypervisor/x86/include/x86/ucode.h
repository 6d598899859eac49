/* SPDX-License-Identifier: GPL-2.0-only */
/* Loading microcode (x86/ucode.c). */
#ifndef X86_UCODE_H
#define X86_UCODE_H

struct boot_info;

/*
 * Find it by the options ucode= in the boot modules, keep a copy for the other CPUs, load it. Boot
 * CPU, after mm_boot_init().
 */
void ucode_init(const struct boot_info *bi);
/* Another CPU, first of all; nothing if nothing was found. */
void ucode_init_cpu(void);

#endif
