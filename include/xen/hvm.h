/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guests of the processor's virtualisation, PVH: hvm_op (hypercall 34) with its parameters, the
 * context of a vCPU as the guest gives it (VCPUOP_initialise), and the records in which the
 * toolstack sets and saves one (domctl 33 and 34).
 */
#ifndef SHOJI_XEN_HVM_H
#define SHOJI_XEN_HVM_H

#include "xen.h"

/* ---- hvm_op ---------------------------------------------------------------------------------- */
#define HVMOP_set_param		       0 /* xen_hvm_param */
#define HVMOP_get_param		       1 /* xen_hvm_param */
#define HVMOP_pagetable_dying	       9
#define HVMOP_get_mem_type	       15 /* xen_hvm_get_mem_type */
#define HVMOP_set_evtchn_upcall_vector 23 /* xen_hvm_evtchn_upcall_vector */

struct xen_hvm_param {
	domid_t domid;
	uint16_t pad;
	uint32_t index; /* HVM_PARAM_* */
	uint64_t value;
};
typedef struct xen_hvm_param xen_hvm_param_t;

struct xen_hvm_get_mem_type {
	domid_t domid;
	uint16_t mem_type; /* out */
	uint16_t pad[2];
	uint64_t pfn;
};
typedef struct xen_hvm_get_mem_type xen_hvm_get_mem_type_t;

struct xen_hvm_evtchn_upcall_vector {
	uint32_t vcpu;
	uint8_t vector;
};
typedef struct xen_hvm_evtchn_upcall_vector xen_hvm_evtchn_upcall_vector_t;

#define HVM_PARAM_CALLBACK_IRQ	 0 /* bits 56-63 a type, the rest as the type says */
#define HVM_PARAM_CALLBACK_TYPE_GSI	 0
#define HVM_PARAM_CALLBACK_TYPE_PCI_INTX 1
#define HVM_PARAM_CALLBACK_TYPE_VECTOR	 2
#define HVM_PARAM_STORE_PFN	 1
#define HVM_PARAM_STORE_EVTCHN	 2
#define HVM_PARAM_IOREQ_PFN	 5
#define HVM_PARAM_BUFIOREQ_PFN	 6
#define HVM_PARAM_VIRIDIAN	 9
#define HVM_PARAM_TIMER_MODE	 10
#define HVM_PARAM_HPET_ENABLED	 11
#define HVM_PARAM_IDENT_PT	 12
#define HVM_PARAM_ACPI_S_STATE	 14
#define HVM_PARAM_VM86_TSS	 15
#define HVM_PARAM_VPT_ALIGN	 16
#define HVM_PARAM_CONSOLE_PFN	 17
#define HVM_PARAM_CONSOLE_EVTCHN 18
#define HVM_PARAM_ACPI_IOPORTS_LOCATION 19
#define HVM_PARAM_PAGING_RING_PFN 27
#define HVM_PARAM_MONITOR_RING_PFN 28
#define HVM_PARAM_SHARING_RING_PFN 29
#define HVM_PARAM_TRIPLE_FAULT_REASON 31
#define HVM_PARAM_IOREQ_SERVER_PFN 32
#define HVM_PARAM_NR_IOREQ_SERVER_PAGES 33
#define HVM_PARAM_VM_GENERATION_ID_ADDR 34
#define HVM_PARAM_ALTP2M	 35
#define HVM_PARAM_X87_FIP_WIDTH	 36
#define HVM_PARAM_VM86_TSS_SIZED 37
#define HVM_PARAM_MCA_CAP	 38
#define HVM_NR_PARAMS		 39

/* ---- A vCPU's context from the guest --------------------------------------------------------- */
#define VCPU_HVM_MODE_32B 0
#define VCPU_HVM_MODE_64B 1

/* The _ar fields: bits 40-47 and 52-55 of a descriptor. */
struct vcpu_hvm_x86_32 {
	uint32_t eax, ecx, edx, ebx, esp, ebp, esi, edi, eip, eflags;
	uint32_t cr0, cr3, cr4;
	uint32_t pad1;
	uint64_t efer;
	uint32_t cs_base, ds_base, ss_base, es_base, tr_base;
	uint32_t cs_limit, ds_limit, ss_limit, es_limit, tr_limit;
	uint16_t cs_ar, ds_ar, ss_ar, es_ar, tr_ar;
	uint16_t pad2[3];
};

struct vcpu_hvm_x86_64 {
	uint64_t rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, rip, rflags;
	uint64_t cr0, cr3, cr4;
	uint64_t efer;
};

struct vcpu_hvm_context {
	uint32_t mode; /* VCPU_HVM_MODE_* */
	uint32_t pad;
	union {
		struct vcpu_hvm_x86_32 x86_32;
		struct vcpu_hvm_x86_64 x86_64;
	} cpu_regs;
};
typedef struct vcpu_hvm_context vcpu_hvm_context_t;

/* ---- Records of a saved guest ---------------------------------------------------------------- */
struct hvm_save_descriptor {
	uint16_t typecode;
	uint16_t instance; /* the vCPU, where there is one record for each */
	uint32_t length; /* bytes that follow */
};

#define HVM_FILE_MAGIC	 0x54381286
#define HVM_FILE_VERSION 1

/* Type 1, first. The last one has type 0 and no length. */
struct hvm_save_header {
	uint32_t magic; /* HVM_FILE_MAGIC */
	uint32_t version; /* HVM_FILE_VERSION */
	uint64_t changeset;
	uint32_t cpuid; /* register a of leaf 1 */
	uint32_t gtsc_khz;
};

/* Type 2, for each vCPU that is up. */
struct hvm_hw_cpu {
	uint8_t fpu_regs[512]; /* as FXSAVE has it */
	uint64_t rax, rbx, rcx, rdx, rbp, rsi, rdi, rsp, r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t rip, rflags;
	uint64_t cr0, cr2, cr3, cr4;
	uint64_t dr0, dr1, dr2, dr3, dr6, dr7;
	uint32_t cs_sel, ds_sel, es_sel, fs_sel, gs_sel, ss_sel, tr_sel, ldtr_sel;
	uint32_t cs_limit, ds_limit, es_limit, fs_limit, gs_limit, ss_limit, tr_limit, ldtr_limit;
	uint32_t idtr_limit, gdtr_limit;
	uint64_t cs_base, ds_base, es_base, fs_base, gs_base, ss_base, tr_base, ldtr_base;
	uint64_t idtr_base, gdtr_base;
	uint32_t cs_arbytes, ds_arbytes, es_arbytes, fs_arbytes, gs_arbytes, ss_arbytes;
	uint32_t tr_arbytes, ldtr_arbytes;
	uint64_t sysenter_cs, sysenter_esp, sysenter_eip;
	uint64_t shadow_gs;
	uint64_t msr_flags;
	uint64_t msr_lstar, msr_star, msr_cstar, msr_syscall_mask, msr_efer, msr_tsc_aux;
	uint64_t tsc;
	uint32_t pending_event; /* bits 0-7 vector, 8-10 type, 11 has error, 31 valid */
	uint32_t error_code;
	uint32_t flags; /* bit 0: fpu_regs counts */
	uint32_t pad0;
};

/* Type 6, for each vCPU: the page of registers, as far as there are any. */
struct hvm_hw_lapic_regs {
	uint8_t data[1024];
};

/* Type 14, for each vCPU. */
struct hvm_hw_mtrr {
	uint64_t msr_pat_cr;
	uint64_t msr_mtrr_var[16]; /* eight pairs */
	uint64_t msr_mtrr_fixed[11];
	uint64_t msr_mtrr_cap;
	uint64_t msr_mtrr_def_type;
};

/* Type 16, for each vCPU whose CPUID has XSAVE. */
struct hvm_hw_cpu_xsave {
	uint64_t xfeature_mask; /* what XCR0 may hold */
	uint64_t xcr0;
	uint64_t xcr0_accum; /* what of the area counts */
	uint8_t save_area[576]; /* of XSAVE, in the standard form; the rest of it follows */
};

#endif
