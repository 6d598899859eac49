// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a domain: create, pause, shut down, kill, free.
 *
 *  1. A domain in the list is complete: all its vCPUs exist.
 *  2. Who uses a domain holds a reference, or is one of its vCPUs running.
 *  3. Killing goes step by step and may be repeated: each step is idempotent (domain_kill()).
 *  4. What the last reference frees is only memory; everything that others can see went in
 *     domain_kill().
 *
 * Locks: list_lock guards the list and nothing else; domain.lock the states of one domain. The
 * latter is taken with interrupts off as well (domain_crash()), so its holder waits for no other
 * CPU; inside it only a run queue's is taken (VCPUOP_down), or a CPU's timers' (watchdogs).
 */
#include <hv/domain/domain.h>
#include <hv/boot/options.h>
#include <hv/console/printk.h>
#include <hv/domain/cpu_policy.h>
#include <hv/domain/guest_area.h>
#include <hv/errno.h>
#include <hv/event/event.h>
#include <hv/event/virq.h>
#include <hv/grant/grant.h>
#include <hv/hvm/hvm.h>
#include <hv/irq/pirq.h>
#include <hv/lib/lib.h>
#include <hv/mm/alloc.h>
#include <hv/mm/directmap.h>
#include <hv/mm/domain_mm.h>
#include <hv/mm/frame.h>
#include <hv/mm/heap.h>
#include <hv/sched/cap.h>
#include <hv/sched/cpupool.h>
#include <hv/sched/sched.h>
#include <hv/time/pvclock.h>
#include <hv/time/wallclock.h>
#include <hv/trace/trace.h>
#include <x86/context.h>
#include <x86/machine.h>
#include <x86/protection.h>
#include <xen/sched.h>
#include <xen/xen.h>

struct domain *dom0;
struct domain idle_domain, dom_io, dom_xen;

static spinlock_t list_lock = SPINLOCK_INIT(RANK_LIST);
static TAILQ_HEAD(, domain) domains = TAILQ_HEAD_INITIALIZER(domains);	/* ascending ids */
static domid_t last_id;

void domains_init(void)
{
	static const struct {
		struct domain *d;
		domid_t id;
	} special[] = {{&idle_domain, DOMID_IDLE}, {&dom_io, DOMID_IO}, {&dom_xen, DOMID_XEN}};

	for (unsigned int i = 0; i < ARRAY_SIZE(special); i++) {
		special[i].d->id = special[i].id;
		special[i].d->refs = 1;
	}
}

/* ---- looking up ---- */

/*
 * Take a reference, unless the last one is gone: such a domain is still in the list for a moment,
 * but must not be found any more.
 */
static bool get_unless_gone(struct domain *d)
{
	uint32_t refs = atomic_load(&d->refs);

	do {
		if (!refs)
			return false;
	} while (!atomic_cmpxchg(&d->refs, &refs, refs + 1));
	return true;
}

struct domain *domain_get(domid_t id)
{
	struct domain *d, *found = NULL;

	if (id == DOMID_SELF)
		id = current->domain->id;
	spin_lock(&list_lock);
	TAILQ_FOREACH(d, &domains, link) {
		if (d->id == id && get_unless_gone(d)) {
			found = d;
			break;
		}
	}
	spin_unlock(&list_lock);
	return found;
}

void domain_ref(struct domain *d)
{
	atomic_add(&d->refs, 1);
}

struct domain *domain_get_from(domid_t id)
{
	struct domain *d, *found = NULL;

	spin_lock(&list_lock);
	TAILQ_FOREACH(d, &domains, link) {
		if (d->id >= id && get_unless_gone(d)) {
			found = d;
			break;
		}
	}
	spin_unlock(&list_lock);
	return found;
}

domid_t domain_next_id(void)
{
	domid_t id = last_id;

	for (unsigned int tries = 0; tries < DOMID_FIRST_RESERVED; tries++) {
		struct domain *d;

		id = id + 1u >= DOMID_FIRST_RESERVED ? 1 : id + 1;
		d = domain_get(id);
		if (!d) {
			last_id = id;
			return id;
		}
		domain_put(d);
	}
	return DOMID_FIRST_RESERVED;
}

/* ---- the end ---- */

static void domain_free(struct domain *d)
{
	watchdog_domain_destroy(d);
	sched_domain_destroy(d);
	for (unsigned int i = 0; d->vcpus && i < d->max_vcpus; i++)
		if (d->vcpus[i])
			vcpu_destroy(d->vcpus[i]);
	evtchn_domain_destroy(d);
	grant_domain_destroy(d);
	pirq_domain_destroy(d);
	cpu_policy_domain_destroy(d);
	if (d->shared)
		unshare_frame(virt_to_frame(d->shared));
	if (d->hvm)
		d->hvm->hooks->domain_destroy(d);
	hv_free(d->vcpus);
	hv_free(d);
}

void domain_put(struct domain *d)
{
	if (atomic_sub(&d->refs, 1))
		return;
	spin_lock(&list_lock);
	TAILQ_REMOVE(&domains, d, link);
	spin_unlock(&list_lock);
	TRACE(TRC_SCHED_DOM_REM, d->id);
	TRACE(TRC_DOM0_DOM_REM, d->id);
	domain_free(d);
	send_global_virq(
		VIRQ_DOM_EXC); /* the toolstack waits for the id to be gone (ABI.md 14.6) */
}

/* ---- the beginning ---- */

static int create_vcpus(struct domain *d)
{
	d->vcpus = hv_alloc(d->max_vcpus * sizeof(d->vcpus[0]));
	if (!d->vcpus)
		return -ENOMEM;
	for (unsigned int i = 0; i < d->max_vcpus; i++) {
		d->vcpus[i] = vcpu_create(d, i);
		if (!d->vcpus[i])
			return -ENOMEM;
	}
	return 0;
}

static int create_shared_info(struct domain *d)
{
	struct frame *f = alloc_frames(0, ALLOC_ZERO | ALLOC_LOW);

	if (!f)
		return -ENOMEM;
	share_frame(f, d, false);
	d->shared_mfn = frame_to_mfn(f);
	d->shared = mfn_to_virt(d->shared_mfn);
	/* Events of an HVM vCPU are held back by its interrupt flag. */
	for (unsigned int i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		d->shared->vcpu_info[i].evtchn_upcall_mask = !d->hvm;
	return 0;
}

/* hvm: NULL, or it is translated. */
static int create_parts(struct domain *d, const struct hvm_hooks *hvm)
{
	int rc = mm_domain_init(d);

	if (!rc && hvm)
		rc = hvm->domain_init(d);
	if (!rc)
		rc = create_shared_info(d);
	if (!rc)
		rc = cpu_policy_domain_init(d);
	if (!rc)
		rc = create_vcpus(d);
	if (!rc)
		rc = evtchn_domain_init(d);
	if (!rc)
		rc = grant_domain_init(d);
	if (!rc)
		rc = pirq_domain_init(d);
	if (!rc)
		wallclock_publish(d);
	return rc;
}

/* False: while it was made somebody else entered a domain of that id. */
static bool enter_list(struct domain *d)
{
	struct domain *other;

	spin_lock(&list_lock);
	TAILQ_FOREACH(other, &domains, link) {
		if (other->id == d->id && atomic_load(&other->refs)) {
			spin_unlock(&list_lock);
			return false;
		}
		if (other->id > d->id)
			break;
	}
	if (other)
		TAILQ_INSERT_BEFORE(other, d, link);
	else
		TAILQ_INSERT_TAIL(&domains, d, link);
	spin_unlock(&list_lock);
	return true;
}

int domain_create(domid_t id, const struct domain_config *cfg, struct domain **out)
{
	struct domain *d = domain_get(id);
	int rc;

	if (d) {
		domain_put(d);
		return -EEXIST;
	}
	if (!cfg->max_vcpus || cfg->max_vcpus > MAX_VCPUS)
		return -EINVAL;
	d = hv_alloc(sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->id = id;
	d->refs = 1;
	spin_lock_init(&d->lock, RANK_DOMAIN);
	d->privileged = cfg->privileged;
	d->xenstore = cfg->xenstore;
	d->relaxed_msrs = cfg->relaxed_msrs;
	d->max_vcpus = cfg->max_vcpus;
	d->event.max_port = cfg->max_evtchn_port;
	d->grant.max_frames =
		cfg->max_grant_frames ? cfg->max_grant_frames : tunables.gnttab_max_frames;
	d->grant.max_maptrack_frames = cfg->max_maptrack_frames
					       ? cfg->max_maptrack_frames
					       : tunables.gnttab_max_maptrack_frames;
	memcpy(d->handle, cfg->handle, sizeof(d->handle));
	d->control.pause_count = 1;
	d->sched.weight = 256;
	d->arch.l4_generation = 1;
	d->arch.xpti = cfg->hvm	       ? false
		       : d->privileged ? protection.xpti_dom0
				       : protection.xpti_domu;
	d->arch.ring1 = cfg->ring1;
	d->sched.cpupool = cfg->cpupool;
	sched_domain_init(d);
	watchdog_domain_init(d);
	rc = create_parts(d, cfg->hvm);
	if (!rc && !enter_list(d))
		rc = -EEXIST;
	if (rc) {
		domain_free(d);
		return rc;
	}
	cpupool_entered(d);
	TRACE(TRC_DOM0_DOM_ADD, d->id);
	*out = d;
	return 0;
}

/* ---- running and not ---- */

void domain_pause(struct domain *d)
{
	struct vcpu *v;
	bool first;

	spin_lock(&d->lock);
	first = !d->control.pause_count++;
	spin_unlock(&d->lock);
	if (first)
		for_each_vcpu(d, v)
			vcpu_pause_nosync(v);
	for_each_vcpu(d, v)
		while (v != current && atomic_load(&v->sched.on_cpu))
			cpu_relax();
}

/*
 * The toolstack clears or overwrites shared_info while the domain is paused, the times with it
 * (ABI.md 14.5).
 */
static void publish_times(struct domain *d)
{
	struct vcpu *v;

	wallclock_publish(d);
	for_each_vcpu(d, v)
		vcpu_time_publish(v);
}

int domain_unpause(struct domain *d)
{
	struct vcpu *v;
	bool last;

	spin_lock(&d->lock);
	/* The last pause of a domain that dies is domain_kill()'s, and stays. */
	if (!d->control.pause_count || (d->control.dying && d->control.pause_count == 1)) {
		spin_unlock(&d->lock);
		return -EINVAL;
	}
	last = !--d->control.pause_count;
	d->control.started |= last;
	spin_unlock(&d->lock);
	if (!last)
		return 0;
	publish_times(d);
	for_each_vcpu(d, v)
		vcpu_unpause(v);
	return 0;
}

/* Domain-0 is the machine: when it ends, so does that. */
static void dom0_shutdown(unsigned int reason)
{
	switch (reason) {
	case SHUTDOWN_poweroff:
		log_info("Domain-0 halted: powering off\n");
		machine_halt();
	case SHUTDOWN_reboot:
		log_info("Domain-0 wants a reboot\n");
		break;
	case SHUTDOWN_watchdog:	/* nobody is there who could read what a halt would leave */
		log_err("Domain-0's watchdog expired: the machine reboots\n");
		machine_reboot();
	default: log_err("Domain-0 crashed (reason %u)\n", reason); break;
	}
	if (tunables.noreboot) {
		log_info("noreboot: halted\n");
		machine_halt();
	}
	machine_reboot();
}

void domain_note_shutdown(struct domain *d, unsigned int reason)
{
	spin_lock(&d->lock);
	if (!d->control.shut_down && !d->control.code_noted) {
		d->control.code_noted = true;
		d->control.shutdown_code = reason;
	}
	spin_unlock(&d->lock);
}

void domain_shutdown(struct domain *d, unsigned int reason)
{
	struct vcpu *v;

	spin_lock(&d->lock);
	if (d->control.shut_down) {
		spin_unlock(&d->lock);
		return;
	}
	d->control.shut_down = true;
	if (!d->control.code_noted)
		d->control.shutdown_code = reason;
	reason = d->control.shutdown_code;
	spin_unlock(&d->lock);
	if (d == dom0)
		dom0_shutdown(reason);
	for_each_vcpu(d, v)
		vcpu_pause_nosync(v);
	send_global_virq(VIRQ_DOM_EXC);
}

void domain_resume(struct domain *d)
{
	struct vcpu *v;

	domain_pause(d);
	spin_lock(&d->lock);
	if (!d->control.shut_down || d->control.dying) {
		spin_unlock(&d->lock);
		(void)domain_unpause(d);
		return;
	}
	d->control.shut_down = d->control.code_noted = false;
	spin_unlock(&d->lock);
	for_each_vcpu(d, v)
		vcpu_unpause(v);	/* what domain_shutdown() has paused */
	(void)domain_unpause(d);
}

static void print_guest_state(struct vcpu *v)
{
	const struct regs *r = &v->arch.regs;

	log_guest("d%uv%u: %s mode rip %04lx:%016lx rflags %lx rsp %04lx:%016lx\n", v->domain->id,
		  v->id, v->arch.kernel_mode ? "kernel" : "user", r->cs, r->rip, r->rflags, r->ss,
		  r->rsp);
	log_guest("rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", r->rax, r->rbx, r->rcx, r->rdx);
	log_guest("rsi %016lx rdi %016lx rbp %016lx r8  %016lx\n", r->rsi, r->rdi, r->rbp, r->r8);
	log_guest("r9  %016lx r10 %016lx r11 %016lx r12 %016lx\n", r->r9, r->r10, r->r11, r->r12);
	log_guest("r13 %016lx r14 %016lx r15 %016lx cr2 %016lx cr3 %016lx\n", r->r13, r->r14,
		  r->r15, v->arch.cr2, v->arch.kernel_mode ? v->arch.cr3_kernel : v->arch.cr3_user);
}

void domain_crash(struct domain *d, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	if (d->control.shut_down)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_guest("domain %u crashed: %s\n", d->id, text);
	if (current->domain == d)
		print_guest_state(current);
	domain_shutdown(d, SHUTDOWN_crash);
}

/* ---- taking apart ---- */

static void release_vcpus(struct domain *d)
{
	struct vcpu *v;

	for_each_vcpu(d, v) {
		vcpu_sync(v);
		vcpu_release(v);
	}
}

int domain_kill(struct domain *d)
{
	bool first;
	int rc;

	if (d == dom0 || d == current->domain)
		return -EINVAL;
	spin_lock(&d->lock);
	first = !d->control.dying;
	d->control.dying = true;
	spin_unlock(&d->lock);
	domain_pause(d);
	if (!first)
		(void)domain_unpause(d);	/* the first call's pause stands */
	watchdog_domain_destroy(d);
	rc = evtchn_domain_close(d);
	if (rc)
		return rc;
	pirq_domain_release(d);
	release_vcpus(d);
	if (d->hvm) {
		rc = d->hvm->hooks->relinquish(d);
		if (rc)
			return rc;
	}
	rc = mm_domain_relinquish(d);
	if (rc)
		return rc;
	/*
	 * After its page tables: who granted a page may use it for anything from then on (grant.c
	 * G4).
	 */
	rc = grant_domain_release_mappings(d);
	mm_reap();	/* such a page may have been the last of its owner, or of this domain */
	if (rc)
		return rc;
	if (!d->control.dead) {
		d->control.dead = true;
		send_global_virq(VIRQ_DOM_EXC);
		domain_put(d);	/* the list's reference */
	}
	return 0;
}
