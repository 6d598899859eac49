/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace buffers: what Domain-0 maps, and the records in it (ABI.md 14.8). Of the events, those that
 * this hypervisor makes.
 */
#ifndef SHOJI_XEN_TRACE_H
#define SHOJI_XEN_TRACE_H

#include <stdint.h>

/* ---- The shared pages ------------------------------------------------------------------------ */
/* One a CPU, at the start of its pages; records follow. X: bytes behind it. Both below 2 * X. */
struct t_buf {
	uint32_t cons; /* Domain-0 has read up to here */
	uint32_t prod; /* the hypervisor has written up to here */
};

/* Lists of 32-bit frame numbers, tbuf_size a CPU, begin mfn_offset[cpu] 32-bit words behind it. */
struct t_info {
	uint16_t tbuf_size; /* pages of each buffer */
	uint16_t mfn_offset[]; /* 0: this CPU has none */
};

/* ---- Records --------------------------------------------------------------------------------- */
/* The first word: 28 bits of event, 3 of the number of words, 1: the TSC comes before the words. */
#define TRACE_EXTRA_SHIFT 28
#define TRACE_EXTRA_MAX	  7
#define TRC_HD_CYCLE_FLAG (1UL << 31)

/* An event's class, in bits 16 to 27, and its subclass, in bits 12 to 15: a mask has both. */
#define TRC_CLS_SHIFT	 16
#define TRC_SUBCLS_SHIFT 12
#define TRC_GEN		 0x0001f000
#define TRC_SCHED	 0x0002f000
#define TRC_DOM0OP	 0x0004f000
#define TRC_HVM		 0x0008f000
#define TRC_MEM		 0x0010f000
#define TRC_PV		 0x0020f000
#define TRC_SHADOW	 0x0040f000
#define TRC_HW		 0x0080f000
#define TRC_GUEST	 0x0800f000
#define TRC_ALL		 0x0ffff000

#define TRC_SCHED_MIN	  0x00021000
#define TRC_SCHED_CLASS	  0x00022000
#define TRC_SCHED_VERBOSE 0x00028000
#define TRC_DOM0_DOMOPS	  0x00041000
#define TRC_PV_ENTRY	  0x00201000
#define TRC_PV_SUBCALL	  0x00202000
#define TRC_HW_PM	  0x00801000
#define TRC_HW_IRQ	  0x00802000

#define TRC_64_FLAG 0x100 /* addresses in the record are 64 bits wide */

#define TRC_LOST_RECORDS       (TRC_GEN + 1) /* their number, vCPU, TSC of the first */
#define TRC_TRACE_WRAP_BUFFER  (TRC_GEN + 2) /* no event: up to the end of the buffer */
#define TRC_TRACE_CPU_CHANGE   (TRC_GEN + 3) /* made by xentrace: CPU, bytes that follow */

/* Bits 8 and 9: the RUNSTATE_* that ends; bits 4 and 5: the one that begins. vcpu | dom << 16. */
#define TRC_SCHED_RUNSTATE_CHANGE  (TRC_SCHED_MIN + 1)
#define TRC_SCHED_CONTINUE_RUNNING (TRC_SCHED_MIN + 2)	    /* vcpu | dom << 16 */
#define TRC_SCHED_DOM_ADD	   (TRC_SCHED_VERBOSE + 1)  /* dom, vcpu */
#define TRC_SCHED_DOM_REM	   (TRC_SCHED_VERBOSE + 2)  /* dom */
#define TRC_SCHED_SLEEP		   (TRC_SCHED_VERBOSE + 3)  /* dom, vcpu; and the next three */
#define TRC_SCHED_WAKE		   (TRC_SCHED_VERBOSE + 4)
#define TRC_SCHED_YIELD		   (TRC_SCHED_VERBOSE + 5)
#define TRC_SCHED_BLOCK		   (TRC_SCHED_VERBOSE + 6)
#define TRC_SCHED_SHUTDOWN	   (TRC_SCHED_VERBOSE + 7)  /* dom, vcpu, reason */
#define TRC_SCHED_ADJDOM	   (TRC_SCHED_VERBOSE + 9)  /* dom */
#define TRC_SCHED_SWITCH	   (TRC_SCHED_VERBOSE + 10) /* dom, vcpu; dom, vcpu that follow */
#define TRC_SCHED_SWITCH_INFPREV   (TRC_SCHED_VERBOSE + 14) /* dom, vcpu, ns that it ran */
#define TRC_SCHED_SWITCH_INFNEXT   (TRC_SCHED_VERBOSE + 15) /* dom, vcpu, ns of wait, of slice */
#define TRC_SCHED_SWITCH_INFCONT   (TRC_SCHED_VERBOSE + 17) /* dom, vcpu, ns since, of slice */

#define TRC_DOM0_DOM_ADD (TRC_DOM0_DOMOPS + 1) /* dom */
#define TRC_DOM0_DOM_REM (TRC_DOM0_DOMOPS + 2)

#define TRC_MEM_PAGE_GRANT_MAP	    (TRC_MEM + 1) /* the granter; and the next */
#define TRC_MEM_PAGE_GRANT_UNMAP    (TRC_MEM + 2)
#define TRC_MEM_PAGE_GRANT_TRANSFER (TRC_MEM + 3)

#define TRC_PV_TRAP		(TRC_PV_ENTRY + 3) /* rip, vector | has error << 15 | error << 16 */
#define TRC_PV_PAGE_FAULT	(TRC_PV_ENTRY + 4) /* rip, address, error code */
#define TRC_PV_FORCED_INVALID_OP (TRC_PV_ENTRY + 5) /* rip */
#define TRC_PV_EMULATE_PRIVOP	(TRC_PV_ENTRY + 6) /* rip */
#define TRC_PV_PTWR_EMULATION	(TRC_PV_ENTRY + 11) /* the new entry, its address, rip */
#define TRC_PV_HYPERCALL_V2	(TRC_PV_ENTRY + 13)
#define TRC_PV_HYPERCALL_SUBCALL (TRC_PV_SUBCALL + 14)
/* Bits of the first word of these two, beside the number: argument i is among the words. */
#define TRC_PV_HYPERCALL_V2_ARG_32(i) (0x1 << (20 + 2 * (i)))

#define TRC_HW_IRQ_HANDLED (TRC_HW_IRQ + 8) /* irq, TSC at the start and at the end: low words */

#endif
