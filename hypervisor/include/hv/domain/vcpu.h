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
 * frames are found and held when it is registered. size 0: none.
 */
struct guest_area {
	spinlock_t lock;		/* with interrupts off; any vCPU of the domain may register it anew */
	uint32_t offset, size;		/* in the first frame; bytes */
	struct frame *frame[2];		/* writable references; the second when it crosses a page */
};

struct vcpu_info;	/* public ABI: include/xen/xen.h */

struct vcpu {
	/* The words that entry.S uses, in its first cache lines. While it is loaded: */
	uint64_t hv_stack;		/* top of the stack of the CPU that it runs on */
	struct vcpu *self;		/* entry.S may have come by VCPU_ADDR */
	uint64_t window_regs;		/* its regs there */
	uint64_t hv_cr3, guest_cr3;	/* loaded in the hypervisor and, with xpti, in the guest */
	uint64_t l4_seen;		/* domain.l4_generation of which guest_cr3 is a copy; 0: of none */
	uint8_t xpti;			/* CR3 is switched on each entry and exit: the domain's */
	uint8_t entry_guard[64];	/* a fault of the last iretq pushes its frame over regs and into this */
	struct regs regs;		/* must end on a 16-byte boundary: the hardware aligns */
	struct vcpu_info *info;		/* direct-map address: shared_info's, or the registered page's */
	uint8_t kernel_mode;		/* the guest kernel runs (else guest user); both in ring 3 */
	uint8_t upcall_reserved[7];
	uint64_t kernel_sp;		/* stack_switch */
	uint64_t kernel_ss;
	uint64_t cr3_kernel, cr3_user;	/* what CR3 gets: maddr of the L4; cr3_user 0: none */
	/*
	 * Against the processor's faults (x86/protection.c). The first four are for the entry code
	 * (x86/include/x86/spec.h).
	 */
	uint32_t spec_hv, spec_guest;	/* SPEC_CTRL: on entry; while the guest runs */
	uint16_t verw_selector;		/* what VERW takes: a writable segment */
	uint8_t entry_ibpb;		/* a branch prediction barrier on entry */
	uint32_t spec_ctrl;		/* what the guest has written to SPEC_CTRL */

	unsigned int id;
	struct domain *domain;
	unsigned int cpu;		/* runs or ran last there */
	bool initialised;		/* has a context (VCPUOP_initialise or the builder) */
	bool initialising;		/* VCPUOP_initialise is at it */
	uint8_t is_idle;		/* entry.S looks */
	unsigned int loaded_cpu;	/* whose registers hold its state (x86/context.c) */
#define NOT_LOADED	(~0U)

	mfn_t guest_table, guest_table_user;	/* MFN_NONE: none. Each holds a type reference */
	uint64_t mm_queue;		/* frames to be taken apart (mm/frame.c); 0: none */

	struct trap_gate *traps;	/* 256 of them */
	struct callback callbacks[NR_CALLBACKS];
	uint8_t iopl;			/* virtual */
	bool nmi_masked, nmi_pending;
	gaddr_t iobitmap;
	unsigned int iobitmap_ports;
	bool cr0_ts;			/* virtual CR0.TS */
	uint64_t guest_cr4;		/* what it reads back, within what we let it set */
	uint64_t dr[8];
	uint64_t cr2;

	uint64_t fs_base, gs_base_kernel, gs_base_user;	/* valid while not running */
	uint16_t ds, es, fs, gs;
	uint64_t xcr0;
	void *fpu;			/* XSAVE area, 64-byte aligned */

	mfn_t gdt_frames[14];
	unsigned int gdt_entries;
	gaddr_t ldt_base;
	unsigned int ldt_entries;
	mfn_t ldt_frames[16];		/* those mapped so far */

	/* Memory areas registered by the guest. */
	struct frame *info_frame;	/* of info, when registered: reference and type held */
	struct guest_area runstate_area, time_area;

	/* A hypercall in flight (hypercall/continuation.c). */
	struct {
		bool restart;
		uint64_t args[6];
	} hc;

	struct vcpu_stats stats;
	struct sched_vcpu sched;	/* sched/ */
	struct vcpu_time time;		/* time/ */

	/* event/: the channels that matter to this vCPU alone. */
	uint32_t virq_port[24];		/* 0: not bound */
	bool polling;			/* in SCHEDOP_poll, on one or more ports */
	uint32_t poll_port;		/* the single port polled, or 0 for many */
};

_Static_assert((offsetof(struct vcpu, regs) + sizeof(struct regs)) % 16 == 0, "see regs");

/* domain/vcpu.c. Allocate vCPU id of d, offline. NULL: no memory. Caller: domain creation. */
struct vcpu *vcpu_create(struct domain *d, unsigned int id);
void vcpu_destroy(struct vcpu *v);
/*
 * Drop what it holds of the domain's memory: tables, descriptors, areas. It does not run;
 * vcpu_sync() was called.
 */
void vcpu_release(struct vcpu *v);

/* Apply / read a struct vcpu_guest_context (already copied in). 0 or -errno. vCPU must not run. */
struct vcpu_guest_context;
int vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c);
void vcpu_get_context(struct vcpu *v, struct vcpu_guest_context *c);

#endif
