/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The heart of the 64-bit x86 PV interface: hypercall numbers, the start-of-day page, the shared
 * info page, vCPU state, page-table updates. Everything else in this folder includes this file.
 * Conventions (guest handles, versions, what was left out): README.md.
 */
#ifndef SHOJI_XEN_XEN_H
#define SHOJI_XEN_XEN_H

#include <stddef.h>
#include <stdint.h>

/*
 * The layouts are those of both versions, as XENVER_version reports them: major << 16 | minor.
 * Where they differ, that of 4.17 has a name that ends in _v15 (domctl.h).
 */
#define XEN_ABI_4_17 0x00040011
#define XEN_ABI_4_20 0x00040014

/*
 * A guest handle is an address in the caller's address space, held as a number so that nobody can
 * follow it by mistake. The argument only tells the reader what lies there.
 */
#define XEN_GUEST_HANDLE(type)	  uint64_t
#define XEN_GUEST_HANDLE_64(type) uint64_t

typedef uint64_t xen_pfn_t;   /* a frame number; in PV, gfn, gmfn and mfn are the same */
typedef uint64_t xen_ulong_t; /* what the ABI calls "unsigned long" */
typedef uint16_t domid_t;
typedef uint64_t xen_callback_t; /* entry address in the guest kernel */
typedef uint8_t xen_domain_handle_t[16];

#define xen_mk_uint(x)	 x##U
#define xen_mk_ulong(x)	 x##UL
#define xen_mk_ullong(x) x##ULL

/* ---- Hypercall numbers (RAX at entry) -------------------------------------------------------- */
#define __HYPERVISOR_set_trap_table		    0
#define __HYPERVISOR_mmu_update			    1
#define __HYPERVISOR_set_gdt			    2
#define __HYPERVISOR_stack_switch		    3
#define __HYPERVISOR_set_callbacks		    4
#define __HYPERVISOR_fpu_taskswitch		    5
#define __HYPERVISOR_sched_op_compat		    6
#define __HYPERVISOR_platform_op		    7
#define __HYPERVISOR_set_debugreg		    8
#define __HYPERVISOR_get_debugreg		    9
#define __HYPERVISOR_update_descriptor		    10
#define __HYPERVISOR_memory_op			    12
#define __HYPERVISOR_multicall			    13
#define __HYPERVISOR_update_va_mapping		    14
#define __HYPERVISOR_set_timer_op		    15
#define __HYPERVISOR_event_channel_op_compat	    16
#define __HYPERVISOR_xen_version		    17
#define __HYPERVISOR_console_io			    18
#define __HYPERVISOR_physdev_op_compat		    19
#define __HYPERVISOR_grant_table_op		    20
#define __HYPERVISOR_vm_assist			    21
#define __HYPERVISOR_update_va_mapping_otherdomain 22
#define __HYPERVISOR_iret			    23
#define __HYPERVISOR_vcpu_op			    24
#define __HYPERVISOR_set_segment_base		    25
#define __HYPERVISOR_mmuext_op			    26
#define __HYPERVISOR_xsm_op			    27
#define __HYPERVISOR_nmi_op			    28
#define __HYPERVISOR_sched_op			    29
#define __HYPERVISOR_callback_op		    30
#define __HYPERVISOR_xenoprof_op		    31
#define __HYPERVISOR_event_channel_op		    32
#define __HYPERVISOR_physdev_op			    33
#define __HYPERVISOR_hvm_op			    34
#define __HYPERVISOR_sysctl			    35
#define __HYPERVISOR_domctl			    36
#define __HYPERVISOR_kexec_op			    37
#define __HYPERVISOR_tmem_op			    38
#define __HYPERVISOR_argo_op			    39
#define __HYPERVISOR_xenpmu_op			    40
#define __HYPERVISOR_dm_op			    41
#define __HYPERVISOR_hypfs_op			    42
#define __HYPERVISOR_arch_0			    48 /* x86: machine check */
#define __HYPERVISOR_arch_1			    49
#define __HYPERVISOR_arch_2			    50
#define __HYPERVISOR_arch_3			    51
#define __HYPERVISOR_arch_4			    52
#define __HYPERVISOR_arch_5			    53
#define __HYPERVISOR_arch_6			    54
#define __HYPERVISOR_arch_7			    55

/* ---- Virtual interrupts. V: one for each vCPU; G: one for the whole system ------------------- */
#define VIRQ_TIMER	0  /* V  the programmed deadline has passed */
#define VIRQ_DEBUG	1  /* V  the guest should print its state */
#define VIRQ_CONSOLE	2  /* G  bytes were received on the hypervisor's console */
#define VIRQ_DOM_EXC	3  /* G  a domain has changed state (shut down, died) */
#define VIRQ_TBUF	4  /* G  trace buffer is filling */
#define VIRQ_DEBUGGER	6  /* G  a domain stopped for its debugger */
#define VIRQ_XENOPROF	7  /* V */
#define VIRQ_CON_RING	8  /* G  the console log has grown */
#define VIRQ_PCPU_STATE 9  /* G  a physical CPU went on or off line */
#define VIRQ_MEM_EVENT	10 /* G */
#define VIRQ_ARGO	11 /* G */
#define VIRQ_ENOMEM	12 /* G  the hypervisor is short of memory */
#define VIRQ_XENPMU	13 /* V */
#define VIRQ_ARCH_0	16 /* G  x86: machine check */
#define VIRQ_ARCH_1	17
#define VIRQ_ARCH_2	18
#define VIRQ_ARCH_3	19
#define VIRQ_ARCH_4	20
#define VIRQ_ARCH_5	21
#define VIRQ_ARCH_6	22
#define VIRQ_ARCH_7	23
#define NR_VIRQS	24

/* ---- Domain ids ------------------------------------------------------------------------------ */
#define DOMID_FIRST_RESERVED 0x7FF0U /* ordinary ids are below */
#define DOMID_SELF	     0x7FF0U /* the caller */
#define DOMID_IO	     0x7FF1U /* owner of device memory */
#define DOMID_XEN	     0x7FF2U /* owner of frames that the hypervisor shares */
#define DOMID_COW	     0x7FF3U
#define DOMID_INVALID	     0x7FF4U
#define DOMID_IDLE	     0x7FFFU
#define DOMID_MASK	     0x7FFFU

/* ---- Page tables ----------------------------------------------------------------------------- */

/* mmu_update: the low two bits of ptr say which kind of update this is. */
#define MMU_NORMAL_PT_UPDATE	  0 /* *(entry at machine address ptr) = val */
#define MMU_MACHPHYS_UPDATE	  1 /* M2P[frame of ptr] = val */
#define MMU_PT_UPDATE_PRESERVE_AD 2 /* as 0, but keep the accessed and dirty bits that are there */
#define MMU_PT_UPDATE_NO_TRANSLATE 3

struct mmu_update {
	uint64_t ptr; /* machine address of the entry | kind */
	uint64_t val; /* new contents */
};
typedef struct mmu_update mmu_update_t;

#define MMUEXT_PIN_L1_TABLE	  0 /* arg1.mfn */
#define MMUEXT_PIN_L2_TABLE	  1
#define MMUEXT_PIN_L3_TABLE	  2
#define MMUEXT_PIN_L4_TABLE	  3
#define MMUEXT_UNPIN_TABLE	  4 /* arg1.mfn */
#define MMUEXT_NEW_BASEPTR	  5 /* arg1.mfn: the kernel's L4 */
#define MMUEXT_TLB_FLUSH_LOCAL	  6
#define MMUEXT_INVLPG_LOCAL	  7 /* arg1.linear_addr */
#define MMUEXT_TLB_FLUSH_MULTI	  8 /* arg2.vcpumask */
#define MMUEXT_INVLPG_MULTI	  9 /* arg1.linear_addr, arg2.vcpumask */
#define MMUEXT_TLB_FLUSH_ALL	  10
#define MMUEXT_INVLPG_ALL	  11 /* arg1.linear_addr */
#define MMUEXT_FLUSH_CACHE	  12
#define MMUEXT_SET_LDT		  13 /* arg1.linear_addr, arg2.nr_ents */
#define MMUEXT_NEW_USER_BASEPTR	  15 /* arg1.mfn: user mode's L4, or 0 */
#define MMUEXT_CLEAR_PAGE	  16 /* arg1.mfn */
#define MMUEXT_COPY_PAGE	  17 /* arg1.mfn from arg2.src_mfn */
#define MMUEXT_FLUSH_CACHE_GLOBAL 18
#define MMUEXT_MARK_SUPER	  19
#define MMUEXT_UNMARK_SUPER	  20

struct mmuext_op {
	uint32_t cmd;
	union {
		xen_pfn_t mfn;
		uint64_t linear_addr;
	} arg1;
	union {
		uint32_t nr_ents;
		XEN_GUEST_HANDLE(const void) vcpumask; /* bitmap, one bit a vCPU */
		xen_pfn_t src_mfn;
	} arg2;
};
typedef struct mmuext_op mmuext_op_t;

/* Third argument of update_va_mapping: kind of flush | address of a vCPU mask, or of LOCAL, ALL. */
#define UVMF_NONE	    (0UL << 0)
#define UVMF_TLB_FLUSH	    (1UL << 0)
#define UVMF_INVLPG	    (2UL << 0)
#define UVMF_FLUSHTYPE_MASK (3UL << 0)
#define UVMF_MULTI	    (0UL << 2)
#define UVMF_LOCAL	    (0UL << 2)
#define UVMF_ALL	    (1UL << 2)

/* ---- Small calls ----------------------------------------------------------------------------- */
#define CONSOLEIO_write 0
#define CONSOLEIO_read	1

#define VMASST_CMD_enable  0
#define VMASST_CMD_disable 1

#define VMASST_TYPE_4gb_segments	 0 /* 32-bit guests only */
#define VMASST_TYPE_4gb_segments_notify	 1 /* 32-bit guests only */
#define VMASST_TYPE_writable_pagetables	 2
#define VMASST_TYPE_pae_extended_cr3	 3
#define VMASST_TYPE_architectural_iopl	 4 /* IOPL lives in the flags of the frames */
#define VMASST_TYPE_runstate_update_flag 5 /* top bit of state_entry_time brackets an update */
#define VMASST_TYPE_m2p_strict		 32 /* no M2P in user mode's page tables */

struct multicall_entry {
	xen_ulong_t op;
	xen_ulong_t result; /* written by the hypervisor */
	xen_ulong_t args[6];
};
typedef struct multicall_entry multicall_entry_t;

/* ---- Segments, address layout ---------------------------------------------------------------- */
#define FIRST_RESERVED_GDT_PAGE	 14
#define FIRST_RESERVED_GDT_BYTE	 (FIRST_RESERVED_GDT_PAGE * 4096)
#define FIRST_RESERVED_GDT_ENTRY (FIRST_RESERVED_GDT_BYTE / 8)

/* Selectors in the reserved part of every GDT. */
#define FLAT_RING3_CS32 0xe023
#define FLAT_RING3_CS64 0xe033
#define FLAT_RING3_DS32 0xe02b
#define FLAT_RING3_DS64 0x0000
#define FLAT_RING3_SS32 0xe02b
#define FLAT_RING3_SS64 0xe02b

#define FLAT_KERNEL_DS64 FLAT_RING3_DS64
#define FLAT_KERNEL_DS32 FLAT_RING3_DS32
#define FLAT_KERNEL_DS	 FLAT_KERNEL_DS64
#define FLAT_KERNEL_CS64 FLAT_RING3_CS64
#define FLAT_KERNEL_CS32 FLAT_RING3_CS32
#define FLAT_KERNEL_CS	 FLAT_KERNEL_CS64
#define FLAT_KERNEL_SS64 FLAT_RING3_SS64
#define FLAT_KERNEL_SS32 FLAT_RING3_SS32
#define FLAT_KERNEL_SS	 FLAT_KERNEL_SS64

#define FLAT_USER_DS64 FLAT_RING3_DS64
#define FLAT_USER_DS32 FLAT_RING3_DS32
#define FLAT_USER_DS   FLAT_USER_DS64
#define FLAT_USER_CS64 FLAT_RING3_CS64
#define FLAT_USER_CS32 FLAT_RING3_CS32
#define FLAT_USER_CS   FLAT_USER_CS64
#define FLAT_USER_SS64 FLAT_RING3_SS64
#define FLAT_USER_SS32 FLAT_RING3_SS32
#define FLAT_USER_SS   FLAT_USER_SS64

/* The hypervisor's part of every address space, and the read-only M2P at its start. */
#define HYPERVISOR_VIRT_START 0xFFFF800000000000UL
#define HYPERVISOR_VIRT_END   0xFFFF880000000000UL
#define MACH2PHYS_VIRT_START  0xFFFF800000000000UL
#define MACH2PHYS_VIRT_END    0xFFFF804000000000UL
#define MACH2PHYS_NR_ENTRIES  ((MACH2PHYS_VIRT_END - MACH2PHYS_VIRT_START) >> 3)

/* set_segment_base: first argument. */
#define SEGBASE_FS	    0
#define SEGBASE_GS_USER	    1
#define SEGBASE_GS_KERNEL   2
#define SEGBASE_GS_USER_SEL 3 /* the base argument is a selector for %gs of user mode */

/* A PV guest's ctrlreg[3] is the frame number of its L4, as CR3 has it. */
#define xen_pfn_to_cr3(pfn) ((uint64_t)(pfn) << 12)
#define xen_cr3_to_pfn(cr3) ((uint64_t)(cr3) >> 12)

/* ---- A vCPU's state -------------------------------------------------------------------------- */

/* set_trap_table: an array of these, ended by one with address 0. */
struct trap_info {
	uint8_t vector;
	uint8_t flags; /* bits 0-1: least privileged ring that may INT here; bit 2: mask events */
	uint16_t cs;
	uint64_t address;
};
typedef struct trap_info trap_info_t;

#define TI_GET_DPL(_ti)	      ((_ti)->flags & 3)
#define TI_GET_IF(_ti)	      ((_ti)->flags & 4)
#define TI_SET_DPL(_ti, _dpl) ((_ti)->flags |= (_dpl))
#define TI_SET_IF(_ti, _if)   ((_ti)->flags |= ((!!(_if)) << 2))

/* The registers as the hypervisor saves them on entry, and as the toolstack gives them. */
struct cpu_user_regs {
	uint64_t r15, r14, r13, r12;
	uint64_t rbp, rbx;
	uint64_t r11, r10, r9, r8;
	uint64_t rax, rcx, rdx, rsi, rdi;
	uint32_t error_code;
	uint32_t entry_vector;
	uint64_t rip;
	uint16_t cs, _pad0[1];
	uint8_t saved_upcall_mask; /* the event mask at the moment of entry */
	uint8_t _pad1[3];
	uint64_t rflags; /* IF is the complement of saved_upcall_mask */
	uint64_t rsp;
	uint16_t ss, _pad2[3];
	uint16_t es, _pad3[3];
	uint16_t ds, _pad4[3];
	uint16_t fs, _pad5[3];
	uint16_t gs, _pad6[3];
};
typedef struct cpu_user_regs cpu_user_regs_t;

/* What the guest leaves at its stack pointer before the iret hypercall. */
struct iret_context {
	uint64_t rax, r11, rcx;
	uint64_t flags; /* VGCF_in_syscall: r11 and rcx need not be restored */
	uint64_t rip, cs, rflags, rsp, ss;
};

#define _VGCF_i387_valid	       0
#define VGCF_i387_valid		       (1 << _VGCF_i387_valid)
#define _VGCF_in_kernel		       2
#define VGCF_in_kernel		       (1 << _VGCF_in_kernel)
#define _VGCF_failsafe_disables_events 3
#define VGCF_failsafe_disables_events  (1 << _VGCF_failsafe_disables_events)
#define _VGCF_syscall_disables_events  4
#define VGCF_syscall_disables_events   (1 << _VGCF_syscall_disables_events)
#define _VGCF_online		       5
#define VGCF_online		       (1 << _VGCF_online)
#define _VGCF_in_syscall	       8
#define VGCF_in_syscall		       (1 << _VGCF_in_syscall)
/* Older spellings. */
#define VGCF_I387_VALID VGCF_i387_valid
#define VGCF_IN_KERNEL	VGCF_in_kernel
#define VGCF_IN_SYSCALL VGCF_in_syscall

/* All of a vCPU: VCPUOP_initialise and the toolstack's set/getvcpucontext. */
struct vcpu_guest_context {
	struct {
		char x[512]; /* FXSAVE image, 16-byte aligned within the whole */
	} fpu_ctxt;
	uint64_t flags; /* VGCF_* */
	struct cpu_user_regs user_regs;
	struct trap_info trap_ctxt[256];
	uint64_t ldt_base, ldt_ents; /* linear address, number of entries */
	uint64_t gdt_frames[16], gdt_ents; /* frame numbers, number of entries */
	uint64_t kernel_ss, kernel_sp;
	uint64_t ctrlreg[8]; /* [0] TS only, [1] user mode's L4 | 1, [3] kernel's L4, [4] */
	uint64_t debugreg[8];
	uint64_t event_callback_eip;
	uint64_t failsafe_callback_eip;
	uint64_t syscall_callback_eip;
	uint64_t vm_assist;
	uint64_t fs_base;
	uint64_t gs_base_kernel;
	uint64_t gs_base_user;
};
typedef struct vcpu_guest_context vcpu_guest_context_t;

/* ---- The shared info page -------------------------------------------------------------------- */
#define XEN_LEGACY_MAX_VCPUS 32 /* vCPUs with a vcpu_info in the page itself */

#define XEN_PVCLOCK_TSC_STABLE_BIT (1 << 0)
#define XEN_PVCLOCK_GUEST_STOPPED  (1 << 1)

/*
 * Guest time = system_time + (tsc - tsc_timestamp) shifted left by tsc_shift (right if negative),
 * times tsc_to_system_mul / 2^32, in ns. Odd version: being written.
 */
struct vcpu_time_info {
	uint32_t version;
	uint32_t pad0;
	uint64_t tsc_timestamp;
	uint64_t system_time;
	uint32_t tsc_to_system_mul;
	int8_t tsc_shift;
	uint8_t flags; /* XEN_PVCLOCK_* */
	uint8_t pad1[2];
};
typedef struct vcpu_time_info vcpu_time_info_t;

struct arch_vcpu_info {
	uint64_t cr2; /* address of the last page fault that was bounced */
	uint64_t pad;
};
typedef struct arch_vcpu_info arch_vcpu_info_t;

struct vcpu_info {
	uint8_t evtchn_upcall_pending;
	uint8_t evtchn_upcall_mask; /* the virtual IF, inverted */
	xen_ulong_t evtchn_pending_sel; /* which words of evtchn_pending are worth a look */
	struct arch_vcpu_info arch;
	vcpu_time_info_t time;
};
typedef struct vcpu_info vcpu_info_t;

struct arch_shared_info {
	uint64_t max_pfn; /* number of entries in the guest's P2M */
	xen_pfn_t pfn_to_mfn_frame_list_list; /* frame of the root of the P2M frame lists, or ~0 */
	uint64_t nmi_reason;
	uint64_t p2m_cr3; /* L4 under which p2m_vaddr is valid */
	uint64_t p2m_vaddr;
	uint64_t p2m_generation; /* odd while the P2M's mapping changes */
};
typedef struct arch_shared_info arch_shared_info_t;

struct shared_info {
	struct vcpu_info vcpu_info[XEN_LEGACY_MAX_VCPUS];
	xen_ulong_t evtchn_pending[sizeof(xen_ulong_t) * 8]; /* 2-level ABI only */
	xen_ulong_t evtchn_mask[sizeof(xen_ulong_t) * 8];
	uint32_t wc_version; /* wall clock at system time 0; odd: being written */
	uint32_t wc_sec;
	uint32_t wc_nsec;
	uint32_t wc_sec_hi;
	struct arch_shared_info arch;
};
typedef struct shared_info shared_info_t;

#define xen_wc_sec_hi wc_sec_hi

/* ---- The start-of-day page (its address is in RSI) ------------------------------------------- */
#define MAX_GUEST_CMDLINE 1024

struct start_info {
	char magic[32];
	uint64_t nr_pages; /* frames that the domain has */
	uint64_t shared_info; /* machine address */
	uint32_t flags; /* SIF_* */
	xen_pfn_t store_mfn;
	uint32_t store_evtchn;
	union {
		struct {
			xen_pfn_t mfn;
			uint32_t evtchn;
		} domU;
		struct {
			uint32_t info_off; /* of dom0_vga_console_info, from this struct's start */
			uint32_t info_size;
		} dom0;
	} console;
	uint64_t pt_base; /* virtual address of the L4 */
	uint64_t nr_pt_frames;
	uint64_t mfn_list; /* virtual address of the P2M */
	uint64_t mod_start; /* virtual address of the initrd; a PFN with SIF_MOD_START_PFN */
	uint64_t mod_len; /* bytes */
	int8_t cmd_line[MAX_GUEST_CMDLINE];
	uint64_t first_p2m_pfn; /* frames of the P2M when it lies outside of the kernel's mapping */
	uint64_t nr_p2m_frames;
};
typedef struct start_info start_info_t;

#define SIF_PRIVILEGED	   (1 << 0)
#define SIF_INITDOMAIN	   (1 << 1)
#define SIF_MULTIBOOT_MOD  (1 << 2)
#define SIF_MOD_START_PFN  (1 << 3)
#define SIF_VIRT_P2M_4TOOLS (1 << 4)
#define SIF_PM_MASK	   (0xFF << 8)

struct xen_multiboot_mod_list {
	uint32_t mod_start;
	uint32_t mod_end;
	uint32_t cmdline;
	uint32_t pad;
};

#define XEN_VGATYPE_TEXT_MODE_3 0x03
#define XEN_VGATYPE_VESA_LFB	0x23
#define XEN_VGATYPE_EFI_LFB	0x70

struct dom0_vga_console_info {
	uint8_t video_type;
	union {
		struct {
			uint16_t font_height;
			uint16_t cursor_x, cursor_y;
			uint16_t rows, columns;
		} text_mode_3;
		struct {
			uint16_t width, height;
			uint16_t bytes_per_line;
			uint16_t bits_per_pixel;
			uint32_t lfb_base;
			uint32_t lfb_size; /* in 64 KiB */
			uint8_t red_pos, red_size;
			uint8_t green_pos, green_size;
			uint8_t blue_pos, blue_size;
			uint8_t rsvd_pos, rsvd_size;
			uint32_t gbl_caps;
			uint16_t mode_attrs;
			uint16_t pad;
			uint32_t ext_lfb_base; /* upper half of lfb_base */
		} vesa_lfb;
	} u;
};
typedef struct dom0_vga_console_info dom0_vga_console_info_t;

/* ---- Bits shared by the control interfaces --------------------------------------------------- */
struct xenctl_bitmap {
	XEN_GUEST_HANDLE_64(uint8_t) bitmap;
	uint32_t nr_bits;
};
typedef struct xenctl_bitmap xenctl_bitmap_t;

struct xen_arch_domainconfig {
	uint32_t emulation_flags; /* XEN_X86_EMU_*: none for PV */
	uint32_t misc_flags; /* XEN_X86_MSR_RELAXED */
};

#define XEN_X86_EMU_LAPIC    (1U << 0)
#define XEN_X86_EMU_HPET     (1U << 1)
#define XEN_X86_EMU_PM	     (1U << 2)
#define XEN_X86_EMU_RTC	     (1U << 3)
#define XEN_X86_EMU_IOAPIC   (1U << 4)
#define XEN_X86_EMU_PIC	     (1U << 5)
#define XEN_X86_EMU_VGA	     (1U << 6)
#define XEN_X86_EMU_IOMMU    (1U << 7)
#define XEN_X86_EMU_PIT	     (1U << 8)
#define XEN_X86_EMU_USE_PIRQ (1U << 9)
#define XEN_X86_EMU_VPCI     (1U << 10)
#define XEN_X86_EMU_ALL	     0x7FFU

#define XEN_X86_MSR_RELAXED    (1U << 0)
#define XEN_X86_MISC_FLAGS_MAX XEN_X86_MSR_RELAXED

/* CPU policy as the toolstack exchanges it. */
#define XEN_CPUID_NO_SUBLEAF 0xffffffffU

struct xen_cpuid_leaf {
	uint32_t leaf, subleaf;
	uint32_t a, b, c, d;
};
typedef struct xen_cpuid_leaf xen_cpuid_leaf_t;

struct xen_msr_entry {
	uint32_t idx;
	uint32_t flags; /* 0 */
	uint64_t val;
};
typedef struct xen_msr_entry xen_msr_entry_t;

/* ud2 "xen", in front of an instruction that the guest wants emulated (CPUID). */
#define XEN_EMULATE_PREFIX ".byte 0x0f,0x0b,0x78,0x65,0x6e ; "
#define XEN_CPUID	   XEN_EMULATE_PREFIX "cpuid"

#endif
