/* SPDX-License-Identifier: GPL-2.0-only */
/* Feature bits: XENVER_get_features (submap 0) and the FEATURES notes of a kernel. */
#ifndef SHOJI_XEN_FEATURES_H
#define SHOJI_XEN_FEATURES_H

#define XENFEAT_writable_page_tables	   0  /* guest may write its page tables (emulated) */
#define XENFEAT_writable_descriptor_tables 1  /* guest may write its GDT and LDT */
#define XENFEAT_auto_translated_physmap	   2  /* hypervisor translates PFNs: not PV */
#define XENFEAT_supervisor_mode_kernel	   3  /* guest kernel runs in ring 0 */
#define XENFEAT_pae_pgdir_above_4gb	   4  /* page-table root above 4 GiB; 64-bit: always */
#define XENFEAT_mmu_pt_update_preserve_ad  5  /* MMU_PT_UPDATE_PRESERVE_AD works */
#define XENFEAT_highmem_assist		   6  /* MMUEXT_CLEAR_PAGE and COPY_PAGE work */
#define XENFEAT_gnttab_map_avail_bits	   7  /* software bits of a grant mapping's PTE are kept */
#define XENFEAT_hvm_callback_vector	   8
#define XENFEAT_hvm_safe_pvclock	   9
#define XENFEAT_hvm_pirqs		   10
#define XENFEAT_dom0			   11 /* kernel can be, caller is, the initial domain */
#define XENFEAT_memory_op_vnode_supported  13
#define XENFEAT_ARM_SMCCC_supported	   14
#define XENFEAT_linux_rsdp_unrestricted	   15 /* Linux takes the RSDP's address from anywhere */
#define XENFEAT_not_direct_mapped	   16 /* guest's PFNs are not machine frames */
#define XENFEAT_direct_mapped		   17

#define XENFEAT_NR_SUBMAPS 1

#endif
