/* SPDX-License-Identifier: GPL-2.0-only */
/* Domain-0's builder (domain/dom0_build.c). */
#ifndef HV_DOMAIN_DOM0_BUILD_H
#define HV_DOMAIN_DOM0_BUILD_H

#include <hv/compiler.h>
#include <xen/features.h>

/*
 * The features that a kernel's notes may require (ABI.md 1.5, 5.2). Writable page tables are
 * emulated (ABI.md 6.8), so a kernel that requires them runs; XENVER_get_features does not name
 * them.
 */
#define DOM0_FEATURES                                                                          \
	((uint32_t)(BIT64(XENFEAT_writable_page_tables) | BIT64(XENFEAT_pae_pgdir_above_4gb) | \
		    BIT64(XENFEAT_mmu_pt_update_preserve_ad) |                                 \
		    BIT64(XENFEAT_gnttab_map_avail_bits) | BIT64(XENFEAT_dom0)))

struct boot_info;

/*
 * Build Domain-0 from the boot modules, and let it run. Boot CPU, at the end of start-up. Panics
 * with a message that says what is missing when it cannot.
 */
void build_dom0(const struct boot_info *bi);

#endif
