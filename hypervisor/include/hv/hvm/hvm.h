/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domains that the processor virtualises (PVH), as the rest of the hypervisor sees them: their part
 * of struct domain and struct vcpu, and the calls that they answer (hvm/hvm.c). Memory of such a
 * domain is translated: every frame number that it names is a guest frame number (gfn).
 *
 * A PV domain has no struct hvm_domain, which is all that PV paths ask. Everything else is reached
 * through hooks, so that the folders above link, and are tested, without hvm/.
 */
#ifndef HV_HVM_HVM_H
#define HV_HVM_HVM_H

#include <hv/domain/domain.h>
#include <hv/hvm/p2m.h>
#include <hv/hvm/vlapic.h>
#include <hv/hypercall/hypercall.h>
#include <xen/hvm.h>

struct hvm_container;	/* hv/hvm/container.h */
struct hvm_platform;	/* hv/hvm/platform.h */
struct xen_domctl;
struct vcpu_guest_context;

/* What the rest of the hypervisor asks of hvm/. Hypercall context unless said otherwise. */
struct hvm_hooks {
	/* --- life, in this order --- */

	/* Give d a struct hvm_domain. Nobody else sees d yet. 0 or -ENOMEM. */
	int (*domain_init)(struct domain *d);
	/* Give v a struct hvm_vcpu. 0 or -ENOMEM. */
	int (*vcpu_init)(struct vcpu *v);
	/* d dies: drop what its p2m holds. 0, or -ERESTART: call again. */
	int (*relinquish)(struct domain *d);
	/* Free v's and d's parts, made whole or not at all. */
	void (*vcpu_destroy)(struct vcpu *v);
	void (*domain_destroy)(struct domain *d);

	/* --- memory --- */

	/*
	 * The frame behind gfn, or MFN_NONE. No reference is taken: who uses it takes one for d,
	 * which says whether the frame is still d's. Any context, no lock.
	 */
	mfn_t (*frame_of)(const struct domain *d, uint64_t gfn);
	/* The highest gfn that was ever populated. Any context. */
	uint64_t (*highest_gfn)(const struct domain *d);
	/*
	 * 2^order frames, just allocated for d, become the memory from gfn on. 0, -EEXIST,
	 * -EINVAL (gfn), -ENOMEM (tables): then nothing is there.
	 */
	int (*populate)(struct domain *d, uint64_t gfn, struct frame *f, unsigned int order);
	/* The frame at gfn is given back. 0, -EINVAL: there is none of d's own. */
	int (*release)(struct domain *d, uint64_t gfn);
	/*
	 * The granted frame m stands at the physical address gpa of d, which was empty; the
	 * caller's references (FT_WRITABLE unless read_only) become the entry's. 0 or an error.
	 */
	int (*grant_enter)(struct domain *d, uint64_t gpa, mfn_t m, bool read_only);
	/* It stands there no more. The caller flushes d's CPUs. 0, -EINVAL: it did not. */
	int (*grant_leave)(struct domain *d, uint64_t gpa, mfn_t m, bool read_only);
	/* May an HVM caller use this memory_op? */
	bool (*memory_op_allowed)(unsigned int op);
	/* XENMEM_ add_to_physmap, remove_from_physmap, {get,set}_pod_target. */
	long (*physmap_op)(unsigned int op, gaddr_t arg);
	/*
	 * Current's memory by linear address. 0, or -EFAULT. Locks may be held. copy_to with src
	 * NULL fills with 0.
	 */
	int (*copy_from)(void *dst, gaddr_t src, size_t size);
	int (*copy_to)(gaddr_t dst, const void *src, size_t size);
	/* The frame behind a writable linear address of v, with a reference of FT_WRITABLE. */
	int (*area_frame)(struct vcpu *v, gaddr_t va, struct frame **out);

	/* --- running --- */

	/* v's evtchn_upcall_pending went from 0 to 1. Any context. */
	void (*event_pending)(struct vcpu *v);
	/* Would v, which is current, take an interrupt now? */
	bool (*interruptible)(const struct vcpu *v);
	/* VCPUOP_initialise. */
	long (*initialise)(struct vcpu *v, gaddr_t arg);

	/* --- the toolstack --- */

	/* XEN_DOMCTL_ {get,set}hvmcontext, gethvmcontext_partial, {get,set}_paging_mempool_size. */
	long (*domctl)(struct domain *d, struct xen_domctl *op);
	/*
	 * The registers of v, which does not run, as {get,set}vcpucontext have them. Set takes the
	 * general and debug registers and the FPU's. 0, -EINVAL: v was never started.
	 */
	void (*get_registers)(struct vcpu *v, struct vcpu_guest_context *c);
	int (*set_registers)(struct vcpu *v, const struct vcpu_guest_context *c);
	/* hvm_op, from any domain. */
	hypercall_fn *hvm_op;
};

/* NULL: this machine cannot run such domains. Set at start-up (hvm/hvm.c). */
extern const struct hvm_hooks *hvm_hooks;

/* Reasons of exits that are counted, for the debug key 'v'. */
enum hvm_exit {
	EXIT_INTR, EXIT_WINDOW, EXIT_CPUID, EXIT_HLT, EXIT_IO, EXIT_MSR, EXIT_HYPERCALL, EXIT_NPF,
	EXIT_OTHER,
	HVM_EXITS
};

struct hvm_domain {
	const struct hvm_hooks *hooks;	/* first: struct domain's users call through it */
	const struct hvm_container *container;	/* constant */
	struct p2m p2m;
	struct hvm_platform *platform;	/* the devices of a PC; NULL: a PVH guest */
	/* Written by the toolstack before the domain runs, later by the guest: single words. */
	uint64_t params[HVM_NR_PARAMS];
	bool stale;		/* something left the p2m since the last flush; atomic */
	uint64_t shared_gfn;	/* where it mapped shared_info last; ~0: nowhere */
	uint64_t mempool;	/* bytes, as the toolstack set it */
	/* What it wrote to port 0xe9 since its last line end; its vCPUs may mix it up. */
	unsigned int line_length;
	char line[80];
};

/* Requests to a vCPU from others; it carries them out itself (hvm/hvm.c). Bits. */
enum hvm_request { REQUEST_INIT = 1, REQUEST_SIPI = 2, REQUEST_NMI = 4 };

/* The vCPU itself writes it, or others while it does not run, but for the atomic members. */
struct hvm_vcpu {
	void *control;		/* the container's */
	struct vlapic lapic;
	uint32_t requests;	/* atomic: REQUEST_* */
	uint8_t sipi_vector;	/* of the last SIPI; atomic */
	bool wait_sipi;		/* after INIT, and from the beginning; atomic */
	uint8_t upcall_vector;	/* local APIC vector of events; 0: the domain's callback */
	uint64_t pat;
	struct hvm_hw_mtrr mtrr;
	uint64_t exits[HVM_EXITS];
};

/* The frame that domain d means by the number n; MFN_NONE: none. Any context, no lock. */
static inline mfn_t domain_frame(const struct domain *d, uint64_t n)
{
	return likely(!d->hvm) ? mfn(n) : d->hvm->hooks->frame_of(d, n);
}

/* Are events held back from current at the moment? */
static inline bool vcpu_events_masked(const struct vcpu *v)
{
	return v->is_hvm ? !v->domain->hvm->hooks->interruptible(v)
			 : READ_ONCE(v->info->evtchn_upcall_mask);
}

/* --- hvm/ and x86/ --- */

/* Look for a container; hvm_hooks is set if there is one. Boot CPU, before the other CPUs. */
void hvm_init(void);
/* Run current, which is an HVM vCPU, until another comes. The stack begins here. */
void hvm_loop(void) __noreturn;

#endif
