/* SPDX-License-Identifier: GPL-2.0-only */
/* A virtual CPU: its registers, its callbacks, its state. */
#ifndef HV_DOMAIN_VCPU_H
#define HV_DOMAIN_VCPU_H

#include <hv/console/stats.h>
#include <hv/layout.h>
#include <hv/queue.h>
#include <hv/sched/sched.h>
#include <hv/spinlock.h>
#include <hv/time/pvclock.h>
#include <hv/types.h>

/* The guest's registers as entry.S saves them: pushed in this order from the bottom up. */
struct regs {
	uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	uint32_t error_code, vector;
	uint64_t rip, cs, rflags, rsp, ss;
};
_Static_assert(sizeof(struct regs) == 168, "entry.S pushes 21 words");

#define RFLAGS_TF	0x100UL
#define RFLAGS_IF	0x200UL
#define RFLAGS_DF	0x400UL
#define RFLAGS_IOPL	0x3000UL
#define RFLAGS_NT	0x4000UL
#define RFLAGS_RF	0x10000UL
#define RFLAGS_VM	0x20000UL
#define RFLAGS_AC	0x40000UL

/* What set_trap_table leaves for one vector (ABI.md 3.4). */
struct trap_gate {
	gaddr_t address;
	uint16_t cs;
	uint8_t flags;	/* bits 0-1 dpl, bit 2: mask events on entry */
};

/* CALLBACKTYPE_* number the first ones. */
struct callback {
	gaddr_t address;
	bool mask_events;
};
#define NR_CALLBACKS 8

/*
 * A structure of the guest kernel that we write at any time, whatever page tables are loaded: its
 * frames are found and referenced when it is registered. size 0: none.
 */
struct guest_area {
	spinlock_t lock; /* with interrupts off; any vCPU of the domain may register it anew */
	uint32_t offset, size;		/* in the first frame; bytes */
	struct frame *frame[2];		/* writable references; the second when it crosses a page */
};

struct vcpu_info;	/* public ABI: include/xen/xen.h */
struct fpu_area;	/* an XSAVE area, or an FXSAVE image: x86/fpu.c */

/*
 * The processor's state of a vCPU (x86/). No lock: the CPU that has the vCPU loaded reads and
 * writes it. Others do so while the vCPU cannot run, after vcpu_sync().
 *
 * What entry.S uses lies in the first six cache lines of struct vcpu, in the order in which an
 * entry and the way back meet it: one line for both, one for xpti and the guard, three of
 * registers, one for the rest.
 */
struct vcpu_arch {
	/* Written when a CPU loads the vCPU (x86/window.c, x86/context.c). */
	uint64_t hv_stack;		/* top of that CPU's stack */
	uint64_t window_regs;		/* address of regs in that CPU's window */
	uint64_t hv_cr3;		/* CR3 while the hypervisor runs */
	uint8_t xpti;			/* CR3 is switched on each entry and exit: constant */
	struct vcpu *self;		/* entry.S may have come by VCPU_ADDR */
	uint64_t guest_cr3;		/* with xpti: CR3 while the guest runs */
	uint64_t l4_seen; /* domain.arch.l4_generation of which guest_cr3 is a copy; 0: none */

	uint8_t entry_guard[64]; /* a fault of the last iretq pushes its frame over regs and into
				    this */
	struct regs regs;		/* must end on a 16-byte boundary: the hardware aligns */

	uint8_t kernel_mode;		/* the guest kernel runs (else guest user) */
	uint8_t ring1;			/* the kernel runs in ring 1, else in ring 3: constant */
	uint32_t kernel_flags;		/* added to its RFLAGS: hv/kernel_ring.h K5; constant */
	uint64_t kernel_sp, kernel_ss;	/* stack_switch */
	uint64_t cr3_kernel, cr3_user;	/* what CR3 gets: maddr of the L4; cr3_user 0: none */
	/* Against the processor's faults (x86/protection.c, x86/include/x86/spec.h). */
	uint32_t spec_hv, spec_guest;	/* SPEC_CTRL: on entry; while the guest runs */
	uint16_t verw_selector;		/* what VERW takes: a writable segment */
	uint8_t entry_ibpb;		/* a branch prediction barrier on entry */
	uint32_t spec_ctrl;		/* what the guest has written to SPEC_CTRL */

	unsigned int loaded_cpu; /* whose registers hold this state (x86/context.c); atomic */
#define NOT_LOADED	(~0U)
	bool cr0_ts;			/* virtual CR0.TS */
	uint64_t guest_cr4;		/* what it set, of what its policy allows */
	bool cpuid_faulting;		/* its kernel wants CPUID to fault in user mode */
	uint64_t dr[8];
	uint64_t cr2;
	/* In registers while the vCPU is loaded. */
	uint64_t fs_base, gs_base_kernel, gs_base_user;
	uint16_t ds, es, fs, gs;
	uint64_t xcr0;
	struct fpu_area *fpu;		/* 64-byte aligned */
};

/*
 * Page tables (mm/). No lock: the vCPU itself writes them in its hypercalls, others before it first
 * runs or after its last run.
 */
struct vcpu_mm {
	mfn_t guest_table, guest_table_user;	/* MFN_NONE: none; else a type reference of an L4 */
	uint64_t queue;			/* frames to be taken apart (mm/frame.c); 0: none */
};

/* Descriptor tables (mm/desc_op.c, x86/desc.c). Guarded as struct vcpu_mm is. */
struct vcpu_desc {
	mfn_t gdt_frames[14];		/* type references */
	unsigned int gdt_entries;
	gaddr_t ldt_base;
	unsigned int ldt_entries;
	mfn_t ldt_frames[16];		/* type references of those mapped so far; else MFN_NONE */
};

/*
 * What its traps, callbacks and port accesses do (trap/). No lock: the vCPU itself writes these
 * members, others do before it is up or while it is paused.
 */
struct vcpu_trap {
	struct trap_gate *gates;	/* 256 of them */
	struct callback callbacks[NR_CALLBACKS];
	uint8_t iopl;			/* virtual */
	bool nmi_masked;
	bool nmi_pending;		/* atomic: any CPU sets it */
	gaddr_t iobitmap;
	unsigned int iobitmap_ports;
};

/*
 * Memory that the guest registered for us to write (domain/guest_area.c). Each area has a lock of
 * its own; info_frame is guarded by the domain's control.lock.
 */
struct vcpu_areas {
	struct frame *info_frame;	/* of vcpu.info, when registered: reference and type */
	struct guest_area runstate, time;
};

/* The hypercall that the vCPU is in (hypercall/continuation.c). Only itself reads and writes it. */
struct vcpu_hypercall {
	bool restart;			/* it has to be done again, with these arguments */
	uint64_t args[6];
};

/* The event channels that matter to this vCPU alone (event/). Senders read all of it atomically. */
struct vcpu_event {
	uint32_t virq_port[24];		/* 0: not bound. Written under evtchn_domain.lock */
	/* In SCHEDOP_poll, and on which single port (0: several). The vCPU itself writes them. */
	bool polling;
	uint32_t poll_port;
};

/*
 * A vCPU: one page. A group that has the name of a folder belongs to that folder: its comment, at
 * its type, says which lock guards it and who writes it.
 */
struct vcpu {
	/* Who it is: constant once the vCPU is made. */
	struct domain *domain;
	unsigned int id;
	/* Where it runs, or ran last. Written under the run queue lock of the CPU that it names. */
	unsigned int cpu;
	uint8_t is_idle;		/* constant; entry.S looks */
	bool initialised; /* has a context. Written by the builder, or with initialising */
	bool initialising;		/* atomic: VCPUOP_initialise is at it */
	uint8_t is_hvm;	/* constant; it runs in hvm_loop(), not by entry.S, which looks */
	/*
	 * Direct-map address: shared_info's, or the registered page's. Written under the domain's
	 * control.lock, read without.
	 */
	struct vcpu_info *info;

	struct vcpu_arch arch;
	struct vcpu_mm mm;
	struct vcpu_trap trap;
	struct vcpu_desc desc;
	struct vcpu_areas area;
	struct vcpu_hypercall hc;
	struct vcpu_stats stats;	/* the CPU that runs it writes them; read without a lock */
	struct vcpu_sched sched;
	struct vcpu_time time;
	struct vcpu_event event;
	struct hvm_vcpu *hvm;		/* hvm/; NULL: a PV guest's */
};

#define VCPU_END(member) (offsetof(struct vcpu, member) + sizeof(((struct vcpu *)0)->member))
_Static_assert(VCPU_END(arch.regs) % 16 == 0, "see regs");
_Static_assert(VCPU_END(arch.xpti) <= CACHE_LINE, "each entry and exit reads one line");
_Static_assert(VCPU_END(arch.entry_guard) <= offsetof(struct vcpu, arch.regs) &&
		       VCPU_END(arch.regs) == 5 * CACHE_LINE,
	       "the registers fill whole lines");
_Static_assert(VCPU_END(arch.loaded_cpu) <= 6 * CACHE_LINE,
	       "what a switch of modes reads is one line");

struct vcpu_guest_context;

/* Allocate vCPU id of d, offline. NULL: no memory. Caller: domain creation. */
struct vcpu *vcpu_create(struct domain *d, unsigned int id);
/* Free v, made whole or in part. Nobody sees it any more; vcpu_release() was called. */
void vcpu_destroy(struct vcpu *v);
/*
 * Drop what it holds of the domain's memory: tables, descriptors, areas. It does not run;
 * vcpu_sync() was called.
 */
void vcpu_release(struct vcpu *v);
/* Start v with a context that is copied in already. 0 or -errno. v does not run. */
int vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c);
/* What v is at. v does not run; vcpu_sync() was called. */
void vcpu_get_context(struct vcpu *v, struct vcpu_guest_context *c);

#endif
