// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domains that the processor virtualises: their life, the loop that runs a vCPU of theirs, and what
 * interrupts it. The loop takes the place of entry.S's way back to a guest: softirqs first, then
 * interrupts that wait, then the guest, until it exits.
 *
 *  H1. The processor's state of a vCPU changes only by itself, or while it does not run. INIT and
 *      SIPI are requests that it carries out when it comes to.
 *  H2. What is to interrupt it is looked for with interrupts off, after the last look at softirqs:
 *      whoever raises something later sends an interrupt to this CPU (vcpu_kick()), which ends the
 *      run at once.
 *  H3. It sleeps after it has set `blocked` and found nothing: pairs with vcpu_kick() as
 *      vcpu_block_current() does.
 *  H4. Everything from the guest is a register or is copied once (hvm/guest_mem.c); no pointer into
 *      its memory is kept but by references of frames.
 */
#include <hv/hvm/hvm.h>
#include <hv/boot/options.h>
#include <hv/console/keyhandler.h>
#include <hv/console/printk.h>
#include <hv/errno.h>
#include <hv/event/event.h>
#include <hv/hvm/container.h>
#include <hv/hvm/exit.h>
#include <hv/hvm/platform.h>
#include <hv/lib/lib.h>
#include <hv/lib/lock_check.h>
#include <hv/mm/directmap.h>
#include <hv/mm/heap.h>
#include <hv/sched/sched.h>
#include <hv/sched/softirq.h>
#include <xen/sched.h>

#define PAT_RESET	UINT64_C(0x0007040600070406)
#define VECTOR_UD	6
#define VECTOR_GP	13
#define NO_GFN		(~UINT64_C(0))

static const struct hvm_container *the_container __ro_after_init;

/* ---- life ---- */

static int hvm_domain_init(struct domain *d)
{
	struct hvm_domain *h = hv_alloc(sizeof(*h));

	if (!h)
		return -ENOMEM;
	h->hooks = hvm_hooks;
	h->container = the_container;
	h->shared_gfn = NO_GFN;
	d->hvm = h;
	return p2m_init(&h->p2m);
}

static void hvm_domain_destroy(struct domain *d)
{
	if (!d->hvm)
		return;
	hvm_platform_destroy(d);
	p2m_destroy(&d->hvm->p2m);
	hv_free(d->hvm);
	d->hvm = NULL;
}

static int hvm_vcpu_init(struct vcpu *v)
{
	struct hvm_vcpu *h = hv_alloc(sizeof(*h));

	if (!h)
		return -ENOMEM;
	v->hvm = h;
	v->arch.kernel_mode = true;	/* one set of tables, which is ours */
	v->trap.nmi_masked = true;	/* not by a PV guest's callback */
	h->wait_sipi = true;
	h->pat = PAT_RESET;
	vlapic_reset(&h->lapic, 2 * v->id, v->id == 0);
	hvm_lapic_init(v);
	return the_container->vcpu_init(v, virt_to_maddr(v->domain->hvm->p2m.root));
}

static void hvm_vcpu_destroy(struct vcpu *v)
{
	if (!v->hvm)
		return;
	if (v->hvm->lapic.timer.fn)
		timer_kill(&v->hvm->lapic.timer);
	the_container->vcpu_destroy(v);
	hv_free(v->hvm);
	v->hvm = NULL;
}

static uint64_t highest_gfn(const struct domain *d)
{
	return READ_ONCE(d->hvm->p2m.highest);
}

static mfn_t frame_of(const struct domain *d, uint64_t gfn)
{
	return p2m_lookup(&d->hvm->p2m, gfn);
}

/* ---- what interrupts it ---- */

static void event_pending(struct vcpu *v)
{
	unsigned int vector = READ_ONCE(v->hvm->upcall_vector);

	if (vector)
		hvm_interrupt(v, vector);
	else
		vcpu_kick(v);
}

/* The vector of an event callback that is due; 0: none is. */
static unsigned int callback_due(const struct vcpu *v)
{
	unsigned int vector = hvm_callback_vector(v->domain);

	if (!vector || READ_ONCE(v->hvm->upcall_vector) ||
	    !READ_ONCE(v->info->evtchn_upcall_pending))
		return 0;
	return vector;
}

static bool something_waits(const struct vcpu *v)
{
	return atomic_load(&v->hvm->requests) || callback_due(v) || vlapic_next(&v->hvm->lapic) ||
	       hvm_platform_extint(v);
}

static bool interruptible(const struct vcpu *v)
{
	return v->domain->hvm->container->can_inject(v);
}

/* Interrupts off, last before the guest runs. */
static void deliver(struct vcpu *v)
{
	const struct hvm_container *c = v->domain->hvm->container;
	struct vlapic *l = &v->hvm->lapic;
	unsigned int callback = callback_due(v), vector = callback ? callback : vlapic_next(l);
	bool extint = !callback && unlikely(hvm_platform_extint(v));
	bool wanted = vector || extint, ready = wanted && c->can_inject(v);

	if (ready) {
		if (extint)	/* before the APIC's, which waits */
			vector = hvm_platform_accept(v->domain->hvm->platform);
		else if (!callback)
			vlapic_accept(l, vector);
		c->inject(v, vector);
		v->stats.of[STAT_UPCALL] += callback != 0;
	}
	c->want_window(v, wanted && !ready);
}

/* Down until a SIPI comes, which may be here already. The softirq switches. */
static void go_down(struct vcpu *v)
{
	atomic_store(&v->hvm->wait_sipi, true);
	vcpu_down(v);
	smp_mb();	/* pairs with the request before vcpu_up() in hvm/lapic.c */
	if (atomic_load(&v->hvm->requests) & REQUEST_SIPI)
		vcpu_up(v);
}

static void carry_out_requests(struct vcpu *v)
{
	uint32_t what = atomic_xchg(&v->hvm->requests, 0);

	if (what & REQUEST_INIT) {
		vlapic_reset(&v->hvm->lapic, v->hvm->lapic.id, v->id == 0);
		hvm_lapic_arm(v);
		if (!(what & REQUEST_SIPI))
			go_down(v);
	}
	if (what & REQUEST_SIPI) {
		hvm_start_real_mode(v, atomic_load(&v->hvm->sipi_vector));
		atomic_store(&v->hvm->wait_sipi, false);
	}
	if ((what & REQUEST_NMI) && !v->domain->hvm->container->inject_nmi(v))
		atomic_or(&v->hvm->requests, REQUEST_NMI);
}

/* ---- running ---- */

void hvm_loop(void)
{
	struct vcpu *v = current;
	const struct hvm_container *c = v->domain->hvm->container;

	for (;;) {
		irq_enable();
		softirq_run();
		if (atomic_load(&v->trap.nmi_pending) && atomic_xchg(&v->trap.nmi_pending, false))
			atomic_or(&v->hvm->requests, REQUEST_NMI);
		if (unlikely(atomic_load(&v->hvm->requests)))
			carry_out_requests(v);
		irq_disable();
		if (softirq_is_pending())
			continue;
		LOCK_CHECKED(lock_check_none("entry of an HVM guest"));
		deliver(v);
		c->run(v);
	}
}

/*
 * Asleep until something waits. With interrupts disabled nothing would wake it but a start: it is
 * off line, and when all are, so is the domain.
 */
void hvm_exit_hlt(struct vcpu *v, unsigned int length)
{
	struct vcpu *other;

	hvm_skip(v, length);
	if (!(v->arch.regs.rflags & RFLAGS_IF)) {
		go_down(v);
		for_each_vcpu(v->domain, other)
			if (!other->sched.down)
				return;
		domain_shutdown(v->domain, SHUTDOWN_poweroff);
		return;
	}
	atomic_store(&v->sched.blocked, true);
	smp_mb();	/* H3 */
	if (something_waits(v))
		atomic_store(&v->sched.blocked, false);
	else
		vcpu_blocked();
}

void hvm_exit_shutdown(struct vcpu *v)
{
	uint64_t reason = v->domain->hvm->params[HVM_PARAM_TRIPLE_FAULT_REASON];

	log_guest("d%uv%u: triple fault\n", v->domain->id, v->id);
	domain_shutdown(v->domain,
			reason && reason <= SHUTDOWN_MAX ? (unsigned int)reason : SHUTDOWN_reboot);
}

void hvm_gp(struct vcpu *v)
{
	v->domain->hvm->container->exception(v, VECTOR_GP, 0);
}

void hvm_ud(struct vcpu *v)
{
	v->domain->hvm->container->exception(v, VECTOR_UD, -1);
}

/* ---- start-up, debug key ---- */

static const struct hvm_hooks hooks = {
	.domain_init = hvm_domain_init,
	.vcpu_init = hvm_vcpu_init,
	.relinquish = hvm_relinquish,
	.vcpu_destroy = hvm_vcpu_destroy,
	.domain_destroy = hvm_domain_destroy,
	.frame_of = frame_of,
	.highest_gfn = highest_gfn,
	.populate = hvm_populate,
	.release = hvm_release,
	.grant_enter = hvm_grant_enter,
	.grant_leave = hvm_grant_leave,
	.memory_op_allowed = hvm_memory_op_allowed,
	.physmap_op = hvm_physmap_op,
	.copy_from = hvm_copy_from,
	.copy_to = hvm_copy_to,
	.area_frame = hvm_area_frame,
	.event_pending = event_pending,
	.interruptible = interruptible,
	.initialise = hvm_initialise,
	.domctl = hvm_domctl,
	.get_registers = hvm_get_registers,
	.set_registers = hvm_set_registers,
	.hvm_op = do_hvm_op,
};
const struct hvm_hooks *hvm_hooks __ro_after_init;

static void show_exits(void)
{
	static const char *const names[HVM_EXITS] = {"interrupt", "window", "cpuid",
						     "hlt",	  "io",	    "msr",
						     "hypercall", "npf",    "other"};
	uint32_t next = 0;
	struct domain *d;
	struct vcpu *v;

	while (next < DOMID_FIRST_RESERVED_ID && (d = domain_get_from((domid_t)next)) != NULL) {
		uint64_t sum[HVM_EXITS] = {0}, all = 0;

		next = d->id + 1U;
		if (d->hvm) {
			for_each_vcpu(d, v)
				for (unsigned int i = 0; i < HVM_EXITS; i++)
					sum[i] += v->hvm->exits[i];
			for (unsigned int i = 0; i < HVM_EXITS; i++)
				all += sum[i];
			log_info("d%u: %lu exits, %u pages of nested tables\n", d->id, all,
				 d->hvm->p2m.pages);
			for (unsigned int i = 0; i < HVM_EXITS; i++)
				log_info("  %s %lu\n", names[i], sum[i]);
		}
		domain_put(d);
	}
}

void hvm_init(void)
{
	if (!options.pvh) {
		log_info("HVM: guests of type pvh are refused; the option pvh offers them\n");
		return;
	}
	the_container = svm_init();
	if (!the_container) {
		log_info("HVM: no SVM with nested paging on this CPU; guests of type pvh are "
			 "refused\n");
		return;
	}
	hvm_hooks = &hooks;
	(void)keyhandler_register('v', show_exits, "exits of HVM guests");
	log_info("HVM: %s with nested paging; guests of type pvh are offered\n",
		 the_container->name);
}
