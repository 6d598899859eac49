// SPDX-License-Identifier: GPL-2.0-only
/*
 * hvm_op (hypercall 34): the parameters of an HVM domain, and where its events go. A parameter is
 * one word, which the toolstack sets while it builds the domain; the guest may set a few of them
 * and read some more. Locking: none, each is read and written by one access.
 */
#include <hv/errno.h>
#include <hv/event/event.h>
#include <hv/hvm/exit.h>
#include <hv/mm/alloc.h>
#include <hv/mm/frame.h>
#include <x86/uaccess.h>

#define PARAM(n)	BIT64(HVM_PARAM_##n)
#define VECTOR_FIRST	0x10u
#define CALLBACK_TYPE_SHIFT 56

/* Whom each belongs to; what is in no list does not exist. */
#define GUEST_SETS                                                                             \
	(PARAM(CALLBACK_IRQ) | PARAM(VM86_TSS) | PARAM(VM86_TSS_SIZED) |                       \
	 PARAM(ACPI_IOPORTS_LOCATION) | PARAM(VM_GENERATION_ID_ADDR) | PARAM(STORE_EVTCHN) |   \
	 PARAM(CONSOLE_EVTCHN) | PARAM(X87_FIP_WIDTH))
#define GUEST_READS (GUEST_SETS | PARAM(STORE_PFN) | PARAM(CONSOLE_PFN) | PARAM(ALTP2M))
#define KNOWN                                                                                  \
	(GUEST_READS | PARAM(IOREQ_PFN) | PARAM(BUFIOREQ_PFN) | PARAM(VIRIDIAN) |              \
	 PARAM(TIMER_MODE) | PARAM(HPET_ENABLED) | PARAM(IDENT_PT) | PARAM(ACPI_S_STATE) |     \
	 PARAM(VPT_ALIGN) | PARAM(PAGING_RING_PFN) | PARAM(MONITOR_RING_PFN) |                 \
	 PARAM(SHARING_RING_PFN) | PARAM(TRIPLE_FAULT_REASON) | PARAM(IOREQ_SERVER_PFN) |      \
	 PARAM(NR_IOREQ_SERVER_PAGES) | PARAM(MCA_CAP))
/* What acts, or what the guest looks for there. The rest has no effect but that it is read back. */
#define APPLIED                                                                              \
	(PARAM(CALLBACK_IRQ) | PARAM(STORE_PFN) | PARAM(STORE_EVTCHN) | PARAM(CONSOLE_PFN) | \
	 PARAM(CONSOLE_EVTCHN) | PARAM(TRIPLE_FAULT_REASON))
/* A second value that is not 0 is refused. */
#define ONCE                                                                                   \
	(PARAM(VIRIDIAN) | PARAM(IOREQ_PFN) | PARAM(BUFIOREQ_PFN) | PARAM(IOREQ_SERVER_PFN) |  \
	 PARAM(NR_IOREQ_SERVER_PAGES) | PARAM(ALTP2M) | PARAM(MCA_CAP))

unsigned int hvm_callback_vector(const struct domain *d)
{
	uint64_t via = READ_ONCE(d->hvm->params[HVM_PARAM_CALLBACK_IRQ]);

	return via >> CALLBACK_TYPE_SHIFT == HVM_PARAM_CALLBACK_TYPE_VECTOR ? via & 0xff : 0;
}

/* The domain that an argument names, with a reference. NULL with *rc. */
static struct domain *target(domid_t id, int *rc)
{
	struct domain *me = current->domain, *d;

	if (id != DOMID_SELF && id != me->id && !me->privileged) {
		*rc = -EPERM;
		return NULL;
	}
	d = domain_get(id == DOMID_SELF ? me->id : id);
	*rc = -ESRCH;
	if (d && !d->hvm) {
		domain_put(d);
		d = NULL;
		*rc = -EINVAL;
	}
	return d;
}

/* 0, or why v must not be the value of parameter `index`. */
static int check_value(const struct domain *d, uint32_t index, uint64_t value)
{
	uint64_t old = READ_ONCE(d->hvm->params[index]);

	if ((ONCE & BIT64(index)) && old && value != old)
		return -EEXIST;
	switch (index) {
	case HVM_PARAM_CALLBACK_IRQ:
		if (!value) /* to nowhere */
			return 0;
		if (value >> CALLBACK_TYPE_SHIFT == HVM_PARAM_CALLBACK_TYPE_VECTOR)
			return (value & 0xff) < VECTOR_FIRST ? -EINVAL : 0;
		/* Interrupt lines exist no more than who would drive them. */
		if (value >> CALLBACK_TYPE_SHIFT < HVM_PARAM_CALLBACK_TYPE_VECTOR)
			return (int)not_supported("HVM callback by an interrupt line",
						  (unsigned int)(value & 0xff));
		return -EINVAL;
	case HVM_PARAM_VIRIDIAN:
	case HVM_PARAM_ALTP2M: return value ? -EOPNOTSUPP : 0;
	case HVM_PARAM_TIMER_MODE: return value > 3 ? -EINVAL : 0;
	case HVM_PARAM_X87_FIP_WIDTH:
		return value == 0 || value == 4 || value == 8 ? 0 : -EINVAL;
	default: return 0;
	}
}

static int access(const struct domain *d, uint32_t index, uint64_t guest_may)
{
	if (index >= HVM_NR_PARAMS || !(KNOWN & BIT64(index)))
		return -EINVAL;
	if (!current->domain->privileged && !(guest_may & BIT64(index)))
		return -EPERM;
	return d->control.dying ? -EINVAL : 0;
}

/* Events that are pending may go to where nobody has looked. */
static void tell_pending(struct domain *d)
{
	struct vcpu *v;

	for_each_vcpu(d, v)
		if (READ_ONCE(v->info->evtchn_upcall_pending))
			d->hvm->hooks->event_pending(v);
}

static long set_param(struct domain *d, const struct xen_hvm_param *a)
{
	int rc = access(d, a->index, GUEST_SETS);

	if (!rc)
		rc = check_value(d, (uint32_t)index_nospec(a->index, HVM_NR_PARAMS), a->value);
	if (rc)
		return rc;
	if (a->value && !(APPLIED & BIT64(a->index)))
		not_applied("HVM parameter", a->index);
	WRITE_ONCE(d->hvm->params[index_nospec(a->index, HVM_NR_PARAMS)], a->value);
	if (a->index == HVM_PARAM_CALLBACK_IRQ)
		tell_pending(d);
	return 0;
}

static long get_param(struct domain *d, struct xen_hvm_param *a, gaddr_t arg)
{
	int rc = access(d, a->index, GUEST_READS);

	if (rc)
		return rc;
	a->value = READ_ONCE(d->hvm->params[index_nospec(a->index, HVM_NR_PARAMS)]);
	return copy_to_guest(arg, a, sizeof(*a));
}

static long param(gaddr_t arg, bool set)
{
	struct xen_hvm_param a;
	struct domain *d;
	long result;
	int rc;

	if (copy_from_guest(&a, arg, sizeof(a)))
		return -EFAULT;
	d = target(a.domid, &rc);
	if (!d)
		return rc;
	result = set ? set_param(d, &a) : get_param(d, &a, arg);
	domain_put(d);
	return result;
}

enum { MEM_RAM = 0, MEM_NONE = 2 };

static long get_mem_type(gaddr_t arg)
{
	struct xen_hvm_get_mem_type a;
	struct domain *d;
	int rc;

	if (copy_from_guest(&a, arg, sizeof(a)))
		return -EFAULT;
	d = target(a.domid, &rc);
	if (!d)
		return rc;
	a.mem_type = mfn_eq(domain_frame(d, a.pfn), MFN_NONE) ? MEM_NONE : MEM_RAM;
	domain_put(d);
	return copy_to_guest(arg, &a, sizeof(a));
}

/* From now on the events of that vCPU are interrupts of its local APIC. */
static long set_upcall_vector(gaddr_t arg)
{
	struct xen_hvm_evtchn_upcall_vector a;
	struct domain *d = current->domain;
	struct vcpu *v;

	if (copy_from_guest(&a, arg, sizeof(a)))
		return -EFAULT;
	if (!d->hvm || a.vector < VECTOR_FIRST)
		return -EINVAL;
	v = domain_vcpu(d, a.vcpu);
	if (!v)
		return -ENOENT;
	WRITE_ONCE(v->hvm->upcall_vector, a.vector);
	if (READ_ONCE(v->info->evtchn_upcall_pending))
		d->hvm->hooks->event_pending(v);
	return 0;
}

/* do_hvm_op(command, argument). 0 or -errno; -EOPNOTSUPP: altp2m; -ENOSYS. Source: ABI.md 19. */
HYPERCALL(do_hvm_op)
{
	(void)a3, (void)a4, (void)a5, (void)a6;
	switch (a1) {
	case HVMOP_set_param: return param(a2, true);
	case HVMOP_get_param: return param(a2, false);
	case HVMOP_get_mem_type: return get_mem_type(a2);
	case HVMOP_set_evtchn_upcall_vector: return set_upcall_vector(a2);
	case HVMOP_pagetable_dying: return -ENOSYS;	/* a hint for shadow page tables */
	default: return not_implemented("hvm_op", (unsigned int)a1);
	}
}
