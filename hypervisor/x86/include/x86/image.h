/* SPDX-License-Identifier: GPL-2.0-only */
/* The hypervisor's image in memory: its parts (x86/link.lds) and their mappings (x86/image.c). */
#ifndef X86_IMAGE_H
#define X86_IMAGE_H

#include <hv/types.h>

/* From the first byte to behind the last; what is zero begins at bss_start. */
extern char image_start[], bss_start[], image_end[];
/* Ends of the parts that follow each other: code for start-up, code, constants. */
extern char boot_text_end[], text_end[], rodata_end[];
/* __ro_after_init. */
extern char init_data[], init_data_end[];
/* The code and constants that are mapped in guest mode (x86/xpti.c). */
extern char entry_text[], entry_text_end[];

/* Machine address of something in the image. */
maddr_t image_maddr(const void *p);

/*
 * Text read-only and executable, constants read-only, all else not executable, in the image's slot
 * and in the direct map; nothing but the image in its slot, and below 4 GiB only the boot text to
 * itself, for CPUs that start. Boot CPU, once, after mm_boot_init(). Panics when there is no
 * memory.
 */
void image_protect(void);
/*
 * All CPUs have started: low addresses go, and what is written at boot only becomes read-only.
 * Boot CPU, once; flushes all CPUs.
 */
void image_seal(void);

#endif
