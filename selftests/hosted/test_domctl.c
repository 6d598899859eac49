/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: each domctl does what its argument says, to the domain that it names, or is refused
 * without an effect.
 */
/* sources: hypervisor/domain/domctl_op.c hypervisor/domain/domctl_vcpu.c */
/* sources: hypervisor/domain/domctl_state.c */
/* sources: hypervisor/domain/info.c hypervisor/domain/cpuid.c */
/* sources: hypervisor/domain/cpu_policy.c hypervisor/domain/cpu_policy_list.c */
#include <hv/domain/cpu_policy.h>
#include <hv/domain/cpuid.h>
#include <hv/hypercall/hypercall.h>
#include <hv/mm/frame.h>
#include <hv/sched/place.h>
#include <hv/sched/sched.h>
#include <hv/time/wallclock.h>
#include <x86/context.h>
#include <x86/entry.h>
#include <x86/protection.h>

#include "control_world.h"

#include <hv/hypercall/hypercall_page.h>
#include <hv/sched/cpupool.h>
#include <x86/fpu.h>
#include <xen/callback.h>
#include <xen/domctl.h>
#include <xen/memory.h>

static struct domain_config created;
static int create_error, kill_restarts, published, context_error;
static unsigned int pauses, synced, synced_before_context, upped;
static struct vcpu_guest_context got_context;
static struct frame frames[16];
static bool restarted;
static int page_refs;

static bool domus_allowed = true;

bool protection_allows_domu(void)
{
	return domus_allowed;
}

int domain_create(domid_t id, const struct domain_config *cfg, struct domain **out)
{
	if (create_error)
		return create_error;
	if (id < 3 && world_exists[id])
		return -EEXIST;
	created = *cfg;
	world_exists[2] = id == 2;
	*out = &world_dom[2];
	return 0;
}

domid_t domain_next_id(void)
{
	return 2;
}

static bool meddle;
static long meddled;

/* What another vCPU of Domain-0 does while this one is inside of a call for domain 2. */
static void other_call(void)
{
	struct xen_domctl other = {.cmd = XEN_DOMCTL_destroydomain,
				   .interface_version = XEN_DOMCTL_INTERFACE_VERSION,
				   .domain = 2};

	if (!meddle)
		return;
	meddle = false;
	meddled = do_domctl(at(&other), 0, 0, 0, 0, 0);
}

int domain_kill(struct domain *d)
{
	other_call();
	if (kill_restarts-- > 0)
		return -ERESTART;
	world_exists[d->id] = false;
	return 0;
}

void domain_pause(struct domain *d)
{
	d->control.pause_count++;
	pauses++;
}

int domain_unpause(struct domain *d)
{
	if (!d->control.pause_count)
		return -EINVAL;
	d->control.pause_count--;
	return 0;
}

int vcpu_set_affinity(struct vcpu *v, cpumask_t hard)
{
	if (!(hard.bits & 3))
		return -EINVAL;
	v->sched.hard = hard;
	v->sched.allowed.bits = hard.bits & 3;
	return 0;
}

int vcpu_set_soft_affinity(struct vcpu *v, cpumask_t soft)
{
	if (!(soft.bits & 3))
		return -EINVAL;
	v->sched.soft = soft;
	return 0;
}

static unsigned int set_weight, set_cap;

void sched_set_params(struct domain *d, unsigned int weight, unsigned int cap)
{
	d->sched.weight = set_weight = weight;
	d->sched.cap = set_cap = cap;
}

int cpupool_accepts(unsigned int id)
{
	return id == 0 || id == 3 ? 0 : id == 4 ? -ENODEV : -ENOENT;
}

int vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
	if (v->domain->control.pause_count == 0)
		abort();
	got_context = *c;
	synced_before_context = synced;
	return context_error;
}

void vcpu_get_context(struct vcpu *v, struct vcpu_guest_context *c)
{
	c->kernel_sp = 0x1234 + v->id;
}

void vcpu_sync(struct vcpu *v)
{
	synced++;
	if (v->domain->control.pause_count == 0)
		abort();
}

static unsigned int nmis;

void vcpu_send_nmi(struct vcpu *v)
{
	nmis += v->domain->id == 1 && v->id == 1;
}

void vcpu_up(struct vcpu *v)
{
	(void)v;
	upped++;
}

void wallclock_publish(struct domain *d)
{
	published = (int)d->time.offset;
}

struct frame *mfn_to_frame(mfn_t m)
{
	return &frames[m.n];
}

bool get_page(struct frame *f, struct domain *d)
{
	if (f->owner != d)
		return false;
	page_refs++;
	return true;
}

void put_page(struct frame *f)
{
	(void)f;
	page_refs--;
}

long hypercall_restart(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
	(void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
	restarted = true;
	return -ERESTART;
}

#define AREA 832

/* A CPU with SSE, AVX, AVX2 and the state of AVX behind the 576 bytes of the others. */
struct cpu_features cpu_features = {
	.xsave = true, .xcr0_mask = 7, .xsave_size = AREA, .phys_bits = 40, .cpuid_faulting = true};
struct cpu_protection protection;

void host_cpuid(uint32_t leaf, uint32_t sub, struct cpuid_regs *out)
{
	*out = (struct cpuid_regs){0, 0, 0, 0};
	switch (leaf) {
	case 0: out->a = 0xd; break;
	case 1: *out = (struct cpuid_regs){0x600, 0, 0x14000000 | 7 << 8, 0x7ffffff}; break;
	case 7: out->b = sub ? 0 : 0x21; break;
	case 0xd:
		*out = sub == 0   ? (struct cpuid_regs){7, AREA, AREA, 0}
		       : sub == 2 ? (struct cpuid_regs){256, 576, 0, 0}
				  : (struct cpuid_regs){0, 0, 0, 0};
		break;
	case 0x80000000: out->a = 0x80000008; break;
	default: break;
	}
}

int rdmsr_safe(uint32_t msr, uint64_t *value)
{
	(void)msr;
	*value = 0;
	return -EFAULT;
}

void domain_resume(struct domain *d)
{
	d->control.shut_down = false;
}

static uint64_t feature_mask = 7;

uint64_t fpu_feature_mask(void)
{
	return feature_mask;
}

uint32_t fpu_area_size(void)
{
	return AREA;
}

int fpu_area_check(const void *area, uint64_t features)
{
	return *(const uint8_t *)area == 0xbb || features == 0 ? -EINVAL : 0;
}

static struct xen_domctl op;
static uint32_t interface = XEN_DOMCTL_INTERFACE_VERSION;

static long domctl(uint32_t cmd, unsigned int domain)
{
	op.cmd = cmd;
	op.interface_version = interface;
	op.domain = (domid_t)domain;
	return do_domctl(at(&op), 0, 0, 0, 0, 0);
}

static void clear(void)
{
	memset(&op, 0, sizeof(op));
}

static bool refused_version(uint32_t version)
{
	op.interface_version = version;
	return do_domctl(at(&op), 0, 0, 0, 0, 0) == -EACCES;
}

static void test_door(void)
{
	clear();
	result(domctl(XEN_DOMCTL_psr_cmt_op, 1) == -ENODEV &&
		       domctl(XEN_DOMCTL_psr_alloc, 1) == -ENODEV,
	       "caches are not divided");
	result(domctl(999, 1) == -ENOSYS && domctl(UINT32_MAX, 1) == -ENOSYS &&
		       domctl(0, 1) == -ENOSYS && domctl(6, 1) == -ENOSYS,
	       "what is unknown is not implemented");
	result(domctl(XEN_DOMCTL_pausedomain, 2) == -ESRCH &&
		       domctl(XEN_DOMCTL_pausedomain, DOMID_SELF) == -ESRCH &&
		       domctl(XEN_DOMCTL_pausedomain, DOMID_XEN) == -ESRCH,
	       "a domain that is not there, or not an ordinary one");
	result(refused_version(0) && refused_version(0x14) && refused_version(0x16) &&
		       refused_version(0x18) && refused_version(UINT32_MAX) &&
		       do_domctl(8, 0, 0, 0, 0, 0) == -EFAULT,
	       "version and address");
	run_as(1);
	result(domctl(XEN_DOMCTL_getdomaininfo, 1) == -EPERM &&
		       domctl(XEN_DOMCTL_pausedomain, 0) == -EPERM,
	       "guests may not");
	run_as(0);
}

static long create(void)
{
	struct xen_domctl_createdomain c = {.max_vcpus = 2,
					    .max_evtchn_port = 1023,
					    .max_grant_frames = 64,
					    .max_maptrack_frames = -1,
					    .grant_opts = 1};

	clear();
	memset(c.handle, 0x55, sizeof(c.handle));
	op.u.createdomain = c;
	return domctl(XEN_DOMCTL_createdomain, 0xffff);
}

/* A creation with one thing changed must fail. */
#define REFUSED(change, error)                                                          \
	({                                                                              \
		world_exists[2] = false;                                                \
		create();                                                               \
		world_exists[2] = false;                                                \
		change;                                                                 \
		domctl(XEN_DOMCTL_createdomain, 0xffff) == (error) && !world_exists[2]; \
	})

static void test_create(void)
{
	result(create() == 0 && op.domain == 2 && created.max_vcpus == 2 &&
		       created.max_evtchn_port == 1024 && created.max_grant_frames == 64 &&
		       created.max_maptrack_frames == 1024 && created.handle[3] == 0x55 &&
		       !created.privileged,
	       "a domain is created, and its number answered");
	result(REFUSED(op.u.createdomain.flags = XEN_DOMCTL_CDF_hvm, -EOPNOTSUPP) &&
	       REFUSED(op.u.createdomain.flags = XEN_DOMCTL_CDF_hap, -EOPNOTSUPP) &&
	       REFUSED(op.u.createdomain.flags = 1U << 31, -EINVAL), "not an HVM domain");
	result(REFUSED(op.u.createdomain.max_vcpus = 0, -EINVAL) &&
		       REFUSED(op.u.createdomain.max_vcpus = 65, -EINVAL) &&
		       REFUSED(op.u.createdomain.max_vcpus = UINT32_MAX, -EINVAL),
	       "not without vCPUs, nor with too many");
	result(REFUSED(op.u.createdomain.grant_opts = 2, -EINVAL) &&
		       REFUSED(op.u.createdomain.cpupool_id = 1, -ENOENT) &&
		       REFUSED(op.u.createdomain.cpupool_id = 4, -ENODEV) &&
		       REFUSED(op.u.createdomain.iommu_opts = 1, -EOPNOTSUPP) &&
		       REFUSED(op.u.createdomain.altp2m_opts = XEN_DOMCTL_ALTP2M_limited,
			       -EOPNOTSUPP) &&
		       REFUSED(op.u.createdomain.vmtrace_size = 4096, -EOPNOTSUPP) &&
		       REFUSED(op.u.createdomain.arch.emulation_flags = 1, -EOPNOTSUPP),
	       "not with what there is not");
	create();
	op.u.createdomain.flags = XEN_DOMCTL_CDF_xs_domain;
	op.u.createdomain.arch.misc_flags = XEN_X86_MSR_RELAXED;
	world_exists[2] = false;
	result(!created.xenstore && !created.relaxed_msrs &&
		       domctl(XEN_DOMCTL_createdomain, 0xffff) == 0 && created.xenstore &&
		       created.relaxed_msrs,
	       "what it is for, and relaxed MSRs");
	create();
	op.u.createdomain.max_grant_frames = 100000;
	op.u.createdomain.max_evtchn_port = UINT32_MAX;
	world_exists[2] = false;
	result(domctl(XEN_DOMCTL_createdomain, 0) == 0 && created.max_grant_frames == 64 &&
		       created.max_evtchn_port == 131072,
	       "limits are cut to ours");
	result(domctl(XEN_DOMCTL_createdomain, 1) == -EEXIST,
	       "a number can be asked for, and be taken");
	domus_allowed = false;
	result(REFUSED(op.domain = 0xffff, -EPERM),
	       "none at all where the CPU cannot hold them apart");
	domus_allowed = true;
	create_error = -ENOMEM;
	world_exists[2] = false;
	result(create() == -ENOMEM, "no memory");
	create_error = 0;
	create();
	result(domctl(XEN_DOMCTL_max_vcpus, 2) == -EINVAL, "max_vcpus must say the same");
	op.u.max_vcpus.max = 2;
	result(domctl(XEN_DOMCTL_max_vcpus, 2) == 0, "then it is content");
	result(domctl(XEN_DOMCTL_set_llc_colors, 2) == -EOPNOTSUPP, "it has no colours of a cache");
}

/* The words of createdomain as the two versions of the tools write them, by number. */
static long create_words(uint32_t version, unsigned int word, uint32_t value)
{
	uint32_t *words = (uint32_t *)&op.u;
	long rc;

	create();
	memset(words + 12, 0, 5 * sizeof(*words));
	words[word] = value;
	world_exists[2] = false;
	interface = version;
	rc = domctl(XEN_DOMCTL_createdomain, 0xffff);
	interface = XEN_DOMCTL_INTERFACE_VERSION;
	if (world_exists[2] != (rc == 0) || words[word] != value)
		return 1;
	world_exists[2] = false;
	return rc;
}

/* Word 11 is grant_opts; behind it 0x17 has altp2m_opts, 0x15 has not. */
static void test_versions(void)
{
	result(create_words(0x15, 11, 1) == 0 && op.domain == 2 && created.max_vcpus == 2 &&
		       created.handle[15] == 0x55 && created.cpupool == 0,
	       "the older version's tools create a domain, too");
	result(create_words(0x15, 12, 4096) == -EOPNOTSUPP &&
		       create_words(0x15, 13, 1) == -ENOENT &&
		       create_words(0x15, 13, 3) == 0 && created.cpupool == 3 &&
		       create_words(0x15, 14, 1) == -EOPNOTSUPP &&
		       create_words(0x15, 15, 1U << 31) == -EINVAL &&
		       create_words(0x15, 16, UINT32_MAX) == 0,
	       "of 64 bytes: trace, pool and architecture begin at 48");
	result(create_words(0x17, 12, 1) == -EOPNOTSUPP &&
		       create_words(0x17, 13, 4096) == -EOPNOTSUPP &&
		       create_words(0x17, 14, 1) == -ENOENT &&
		       create_words(0x17, 14, 3) == 0 && created.cpupool == 3 &&
		       create_words(0x17, 15, 1) == -EOPNOTSUPP &&
		       create_words(0x17, 16, 1U << 31) == -EINVAL,
	       "of 68 bytes: they begin at 52, and altp2m is refused");
	clear();
	interface = XEN_DOMCTL_INTERFACE_VERSION_v15;
	result(domctl(XEN_DOMCTL_getdomaininfo, 1) == 0 && op.u.getdomaininfo.domain == 1,
	       "all other calls are the same in both");
	interface = XEN_DOMCTL_INTERFACE_VERSION;
	create();
}

static void test_life(void)
{
	clear();
	result(domctl(XEN_DOMCTL_unpausedomain, 1) == -EINVAL &&
		       domctl(XEN_DOMCTL_pausedomain, 1) == 0 &&
		       world_dom[1].control.pause_count == 1 &&
		       domctl(XEN_DOMCTL_unpausedomain, 1) == 0 &&
		       !world_dom[1].control.pause_count,
	       "pausing counts");
	result(domctl(XEN_DOMCTL_pausedomain, 0) == -EINVAL &&
		       domctl(XEN_DOMCTL_destroydomain, 0) == -EINVAL,
	       "Domain-0 neither pauses nor destroys itself");
	result(domctl(XEN_DOMCTL_getdomaininfo, 2) == 0 && op.domain == 2 &&
		       op.u.getdomaininfo.domain == 2,
	       "getdomaininfo");
	meddle = true;
	kill_restarts = 2;
	result(domctl(XEN_DOMCTL_destroydomain, 2) == -ERESTART && meddled == -ERESTART &&
		       kill_restarts == 1 && !world_held,
	       "two that destroy one domain take turns");
	kill_restarts = 1;
	result(domctl(XEN_DOMCTL_destroydomain, 2) == -ERESTART && restarted,
	       "destroying may be continued");
	result(domctl(XEN_DOMCTL_destroydomain, 2) == 0 &&
		       domctl(XEN_DOMCTL_destroydomain, 2) == -ESRCH,
	       "and ends");
	result(domctl(XEN_DOMCTL_getdomaininfo, 2) == -ESRCH &&
		       domctl(XEN_DOMCTL_getdomaininfo, 0) == 0 && op.domain == 0,
	       "there is no domain after the last");
	world_exists[0] = false;
	result(domctl(XEN_DOMCTL_getdomaininfo, 0) == 0 && op.domain == 1 &&
		       op.u.getdomaininfo.domain == 1,
	       "a missing number is answered with the next");
	world_exists[0] = true;
	memset(op.u.setdomainhandle.handle, 0x77, 16);
	result(domctl(XEN_DOMCTL_setdomainhandle, 1) == 0 && world_dom[1].handle[9] == 0x77,
	       "a UUID is set");
	op.u.max_mem.max_memkb = 4096;
	result(domctl(XEN_DOMCTL_max_mem, 1) == 0 && world_dom[1].mm.max_pages == 1024,
	       "a memory limit in KiB");
	op.u.settimeoffset.time_offset_seconds = -60;
	result(domctl(XEN_DOMCTL_settimeoffset, 1) == 0 && published == -60, "a time offset");
}

int hypercall_page_write(struct domain *d, mfn_t m)
{
	if (d != &world_dom[1] || m.n != 7)
		return -EPERM;
	frames[7].stamp++;	/* it is written */
	return 0;
}

static void test_trigger(void)
{
	clear();
	op.u.sendtrigger.vcpu = 1;
	world_vcpu[1][1].initialised = true;
	result(domctl(XEN_DOMCTL_sendtrigger, 1) == 0 && nmis == 1,
	       "an NMI is sent to the vCPU that was named");
	op.u.sendtrigger.trigger = XEN_DOMCTL_SENDTRIGGER_POWER;
	result(domctl(XEN_DOMCTL_sendtrigger, 1) == -EOPNOTSUPP && nmis == 1,
	       "a PV guest has no power button");
	op.u.sendtrigger.trigger = 77;
	result(domctl(XEN_DOMCTL_sendtrigger, 1) == -EINVAL && nmis == 1, "an unknown trigger");
	op.u.sendtrigger.trigger = XEN_DOMCTL_SENDTRIGGER_NMI;
	op.u.sendtrigger.vcpu = 2;
	result(domctl(XEN_DOMCTL_sendtrigger, 1) == -ESRCH && nmis == 1, "a trigger for no vCPU");
	clear();
	op.u.hypercall_init.gmfn = 7;
	result(domctl(XEN_DOMCTL_hypercall_init, 1) == 0 &&
		       domctl(XEN_DOMCTL_hypercall_init, 0) == -EPERM,
	       "the hypercall page is written into the frame that was named, in that domain");
}

static void test_vcpus(void)
{
	uint8_t hard[4] = {2, 0, 0, 0}, soft[4] = {0xff, 0xff, 0xff, 0xff};
	struct vcpu_guest_context *c = calloc(1, sizeof(*c));

	clear();
	op.u.vcpuaffinity.cpumap_hard = (struct xenctl_bitmap){at(hard), 32};
	op.u.vcpuaffinity.cpumap_soft = (struct xenctl_bitmap){at(soft), 32};
	result(domctl(XEN_DOMCTL_setvcpuaffinity, 1) == -EINVAL, "an affinity of no kind");
	op.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT;
	result(domctl(XEN_DOMCTL_setvcpuaffinity, 1) == 0 &&
		       world_vcpu[1][0].sched.hard.bits == 2 && hard[0] == 2 && soft[0] == 2 &&
		       soft[1] == 0,
	       "affinities are set, and what they come to is answered");
	soft[0] = hard[0] = 0;
	result(domctl(XEN_DOMCTL_getvcpuaffinity, 1) == 0 && hard[0] == 2 && soft[0] == 0xff,
	       "and read back");
	hard[0] = 0x10;
	result(domctl(XEN_DOMCTL_setvcpuaffinity, 1) == -EINVAL &&
		       world_vcpu[1][0].sched.hard.bits == 2,
	       "no CPU of it is there");
	op.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_SOFT;
	soft[0] = 0x30;
	soft[1] = 0;
	soft[2] = soft[3] = 0;
	result(domctl(XEN_DOMCTL_setvcpuaffinity, 1) == -EINVAL &&
		       world_vcpu[1][0].sched.soft.bits == 0xffffffff,
	       "nor can it prefer only CPUs that are not there");
	op.u.vcpuaffinity.vcpu = 2;
	result(domctl(XEN_DOMCTL_setvcpuaffinity, 1) == -ESRCH &&
		       domctl(XEN_DOMCTL_getvcpuaffinity, 1) == -ESRCH,
	       "no such vCPU");
	clear();
	op.u.getvcpuinfo.vcpu = 1;
	world_vcpu[1][1].sched.blocked = true;
	world_vcpu[1][1].cpu = 1;
	result(domctl(XEN_DOMCTL_getvcpuinfo, 1) == 0 && op.u.getvcpuinfo.online &&
		       op.u.getvcpuinfo.blocked && !op.u.getvcpuinfo.running &&
		       op.u.getvcpuinfo.cpu == 1 && op.u.getvcpuinfo.cpu_time == 1001,
	       "a vCPU's state");
	op.u.getvcpuinfo.vcpu = UINT32_MAX;
	result(domctl(XEN_DOMCTL_getvcpuinfo, 1) == -ESRCH, "of one that exists");
	clear();
	c->kernel_sp = 0x99;
	c->flags = VGCF_online;
	op.u.vcpucontext.ctxt = at(c);
	result(domctl(XEN_DOMCTL_setvcpucontext, 1) == 0 && got_context.kernel_sp == 0x99 &&
		       upped == 1 && pauses && !world_dom[1].control.pause_count,
	       "a context is set while the domain is paused, and the vCPU is up");
	c->flags = 0;
	result(domctl(XEN_DOMCTL_setvcpucontext, 1) == 0 && upped == 1,
	       "unless the context says that it is not");
	synced = synced_before_context = 0;
	result(domctl(XEN_DOMCTL_setvcpucontext, 1) == 0 && synced_before_context == 1,
	       "no CPU keeps the old one's tables and registers loaded");
	world_dom[1].control.dying = true;
	result(domctl(XEN_DOMCTL_setvcpucontext, 1) == -EINVAL,
	       "a domain that dies takes no new references");
	world_dom[1].control.dying = false;
	c->flags = VGCF_online;
	context_error = -EINVAL;
	result(domctl(XEN_DOMCTL_setvcpucontext, 1) == -EINVAL && upped == 1,
	       "a bad one is refused");
	context_error = 0;
	result(domctl(XEN_DOMCTL_setvcpucontext, 0) == -EINVAL &&
		       domctl(XEN_DOMCTL_getvcpucontext, 0) == -EINVAL,
	       "not one's own");
	op.u.vcpucontext.vcpu = 1;
	synced = 0;
	result(domctl(XEN_DOMCTL_getvcpucontext, 1) == 0 && c->kernel_sp == 0x1235 && synced == 1 &&
		       !world_dom[1].control.pause_count,
	       "a context is read");
	op.u.vcpucontext.vcpu = 0;
	c->vm_assist = BIT64(VMASST_TYPE_runstate_update_flag) | BIT64(63);
	result(domctl(XEN_DOMCTL_setvcpucontext, 1) == 0 &&
		       world_dom[1].trap.vm_assist == BIT64(VMASST_TYPE_runstate_update_flag),
	       "the first vCPU's context has the domain's assists, those that exist");
	op.u.vcpucontext.vcpu = 1;
	c->vm_assist = 0;
	result(domctl(XEN_DOMCTL_setvcpucontext, 1) == 0 && world_dom[1].trap.vm_assist,
	       "another's does not change them");
	world_vcpu[1][1].initialised = false;
	result(domctl(XEN_DOMCTL_getvcpucontext, 1) == -ENODATA, "not of a vCPU that has none");
	op.u.vcpucontext.ctxt = 3;
	op.u.vcpucontext.vcpu = 0;
	result(domctl(XEN_DOMCTL_setvcpucontext, 1) == -EFAULT &&
		       domctl(XEN_DOMCTL_getvcpucontext, 1) == -EFAULT && world_allocs == 0,
	       "a bad address leaves nothing behind");
	free(c);
}

static void test_schedule(void)
{
	clear();
	op.u.scheduler_op = (struct xen_domctl_scheduler_op){.sched_id = XEN_SCHEDULER_CREDIT2,
							     .cmd = XEN_DOMCTL_SCHEDOP_getinfo};
	result(domctl(XEN_DOMCTL_scheduler_op, 1) == 0 && op.u.scheduler_op.u.credit2.weight == 256,
	       "weight is 256 at first");
	op.u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_putinfo;
	op.u.scheduler_op.u.credit2.weight = 512;
	result(domctl(XEN_DOMCTL_scheduler_op, 1) == 0 && world_dom[1].sched.weight == 512 &&
		       set_weight == 512,
	       "and can be changed");
	op.u.scheduler_op.u.credit2.weight = 0;
	result(domctl(XEN_DOMCTL_scheduler_op, 1) == -EINVAL, "not to nothing");
	op.u.scheduler_op.u.credit2 = (struct xen_domctl_sched_credit2){1, 201};
	result(domctl(XEN_DOMCTL_scheduler_op, 1) == -EINVAL && !set_cap,
	       "nor to a cap above all its vCPUs");
	op.u.scheduler_op.u.credit2.cap = 150;
	result(domctl(XEN_DOMCTL_scheduler_op, 1) == 0 && set_cap == 150,
	       "a cap of one and a half of its two is one");
	op.u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_putvcpuinfo;
	result(domctl(XEN_DOMCTL_scheduler_op, 1) == -EOPNOTSUPP,
	       "a vCPU has no parameters of its own");
	op.u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_putinfo;
	op.u.scheduler_op.sched_id = XEN_SCHEDULER_RTDS;
	result(domctl(XEN_DOMCTL_scheduler_op, 1) == -EINVAL, "nor under another scheduler's name");
}

static void test_frames(void)
{
	uint64_t list[300];

	memset(list, 0, sizeof(list));
	max_mfn = 15;
	for (unsigned int i = 1; i < 16; i++) {
		frames[i].flags = FRAME_RAM;
		frames[i].owner = &world_dom[1];
	}
	frames[1].type = (uint64_t)FT_L1 << FT_SHIFT | 3;
	frames[4].type = (uint64_t)FT_L4 << FT_SHIFT | FT_PINNED | 1;
	frames[5].type = (uint64_t)FT_WRITABLE << FT_SHIFT | 1;
	frames[6].type = (uint64_t)FT_L2 << FT_SHIFT;
	frames[7].owner = &world_dom[0];
	list[0] = 1, list[1] = 4, list[2] = 5, list[3] = 6, list[4] = 7, list[5] = 0, list[6] = 16,
	list[7] = UINT64_MAX;
	clear();
	op.u.getpageframeinfo3 =
		(struct xen_domctl_getpageframeinfo3){.num = 300, .array = at(list)};
	list[299] = 4;
	result(domctl(XEN_DOMCTL_getpageframeinfo3, 1) == 0 && list[0] == XEN_DOMCTL_PFINFO_L1TAB &&
		       list[1] == (XEN_DOMCTL_PFINFO_L4TAB | XEN_DOMCTL_PFINFO_LPINTAB) &&
		       list[2] == 0 && list[3] == 0 && list[299] == list[1],
	       "frames' types, pinned or not");
	result(list[4] == XEN_DOMCTL_PFINFO_XTAB && list[5] == XEN_DOMCTL_PFINFO_XTAB &&
		       list[6] == XEN_DOMCTL_PFINFO_XTAB && list[7] == XEN_DOMCTL_PFINFO_XTAB &&
		       page_refs == 0,
	       "not of others' frames, nor of numbers that are none");
	op.u.getpageframeinfo3.num = 5000;
	result(domctl(XEN_DOMCTL_getpageframeinfo3, 1) == -E2BIG, "not endlessly many");
}

static void test_state(void)
{
	static uint8_t fpu[4096];
	uint64_t buf[2 + AREA / 8 + 1];
	struct vcpu *v = &world_vcpu[1][0];

	clear();
	v->arch.fpu = (struct fpu_area *)fpu;
	v->trap.callbacks[CALLBACKTYPE_syscall32] = (struct callback){0x1000, true};
	result(domctl(XEN_DOMCTL_get_ext_vcpucontext, 1) == 0 &&
		       op.u.ext_vcpucontext.syscall32_callback_eip == 0x1000 &&
		       op.u.ext_vcpucontext.syscall32_disables_events == 1 &&
		       op.u.ext_vcpucontext.sysenter_callback_eip == 0,
	       "32-bit entry points are read");
	op.u.ext_vcpucontext.sysenter_callback_eip = 0xffffffff81000000;
	result(domctl(XEN_DOMCTL_set_ext_vcpucontext, 1) == 0 &&
		       v->trap.callbacks[CALLBACKTYPE_sysenter].address == 0xffffffff81000000,
	       "and set");
	world_missing = NULL;
	op.u.ext_vcpucontext.mcg_cap = 0x102;
	result(domctl(XEN_DOMCTL_set_ext_vcpucontext, 1) == 0 && world_missing &&
		       domctl(XEN_DOMCTL_get_ext_vcpucontext, 1) == 0 &&
		       op.u.ext_vcpucontext.mcg_cap == 0,
	       "a restored guest's banks of machine checks are gone, and the log says so");
	op.u.ext_vcpucontext.sysenter_callback_eip = 0xffff800000001000;
	result(domctl(XEN_DOMCTL_set_ext_vcpucontext, 1) == -EINVAL,
	       "not to an address of the hypervisor's");
	op.u.ext_vcpucontext.sysenter_callback_eip = 0x1000000000000000;
	result(domctl(XEN_DOMCTL_set_ext_vcpucontext, 1) == -EINVAL, "nor to one that is none");
	op.u.ext_vcpucontext.sysenter_callback_eip = 0;
	op.u.ext_vcpucontext.size = 8;
	result(domctl(XEN_DOMCTL_set_ext_vcpucontext, 1) == -EINVAL &&
		       domctl(XEN_DOMCTL_set_ext_vcpucontext, 0) == -EINVAL,
	       "nor from a short record, nor one's own");
	clear();
	result(domctl(XEN_DOMCTL_getvcpuextstate, 1) == 0 && op.u.vcpuextstate.size == 16 + AREA &&
	       op.u.vcpuextstate.xfeature_mask == 7, "how large the extended state is");
	memset(buf, 0xee, sizeof(buf));
	memset(fpu, 0x11, sizeof(fpu));
	v->arch.xcr0 = 3;
	op.u.vcpuextstate.buffer = at(buf);
	result(domctl(XEN_DOMCTL_getvcpuextstate, 1) == 0 && buf[0] == 3 && buf[1] == 7 &&
		       buf[2] == 0x1111111111111111 && buf[2 + AREA / 8] == 0xeeeeeeeeeeeeeeee,
	       "it is read, and nothing beyond");
	buf[0] = 7;
	buf[2] = 0x22;
	result(domctl(XEN_DOMCTL_setvcpuextstate, 1) == 0 && v->arch.xcr0 == 7 && fpu[0] == 0x22 &&
		       fpu[AREA - 1] == 0x11,
	       "and written");
	buf[2] = 0xbb;
	result(domctl(XEN_DOMCTL_setvcpuextstate, 1) == -EINVAL && fpu[0] == 0x22,
	       "not when the CPU could not load it");
	buf[2] = 0x22;
	buf[0] = 6;
	result(domctl(XEN_DOMCTL_setvcpuextstate, 1) == -EINVAL, "nor without x87");
	buf[0] = 5;
	result(domctl(XEN_DOMCTL_setvcpuextstate, 1) == -EINVAL && v->arch.xcr0 == 7,
	       "nor with AVX but no SSE: XSETBV would fault");
	buf[0] = 0x17;
	result(domctl(XEN_DOMCTL_setvcpuextstate, 1) == -EINVAL,
	       "nor with features that there are not");
	buf[0] = 7;
	op.u.vcpuextstate.size++;
	result(domctl(XEN_DOMCTL_setvcpuextstate, 1) == -EINVAL &&
		       domctl(XEN_DOMCTL_getvcpuextstate, 1) == -EINVAL,
	       "nor in a larger size than the machine's");
	op.u.vcpuextstate.size = 16 + 575;
	result(domctl(XEN_DOMCTL_setvcpuextstate, 1) == -EINVAL, "nor without a header");
	op.u.vcpuextstate.size = 16 + 576;
	buf[0] = buf[1] = 3;
	result(domctl(XEN_DOMCTL_setvcpuextstate, 1) == 0 && fpu[575] == 0x11 && fpu[576] == 0 &&
		       fpu[AREA - 1] == 0 && world_allocs == 0,
	       "a guest without AVX comes from a machine without: the rest is empty");
	clear();
	op.u.vcpu_msrs.msr_count = 5;
	result(domctl(XEN_DOMCTL_get_vcpu_msrs, 1) == 0 && op.u.vcpu_msrs.msr_count == 0 &&
		       domctl(XEN_DOMCTL_set_vcpu_msrs, 1) == 0,
	       "there are no MSRs");
	op.u.vcpu_msrs.msr_count = 1;
	result(domctl(XEN_DOMCTL_set_vcpu_msrs, 1) == -EINVAL, "so none can be set");
	world_dom[1].control.shut_down = true;
	result(domctl(XEN_DOMCTL_resumedomain, 1) == 0 && !world_dom[1].control.shut_down &&
		       domctl(XEN_DOMCTL_resumedomain, 0) == -EINVAL,
	       "a domain goes on");
}

/* ---- CPU policy ---- */

static struct xen_cpuid_leaf leaves[POLICY_MAX_LEAVES];
static struct xen_msr_entry msrs[POLICY_MAX_MSRS];

/* Read domain 1's policy into the lists above. */
static long read_policy(void)
{
	clear();
	op.u.cpu_policy = (struct xen_domctl_cpu_policy){
		.nr_leaves = POLICY_MAX_LEAVES, .nr_msrs = POLICY_MAX_MSRS, .leaves = at(leaves),
		.msrs = at(msrs)};
	return domctl(XEN_DOMCTL_get_cpu_policy, 1);
}

static struct xen_cpuid_leaf *leaf_of(uint32_t leaf)
{
	for (unsigned int i = 0; i < op.u.cpu_policy.nr_leaves; i++)
		if (leaves[i].leaf == leaf)
			return &leaves[i];
	abort();
}

static bool answers(long rc, uint32_t leaf, uint32_t sub, uint32_t msr)
{
	const struct xen_domctl_cpu_policy *p = &op.u.cpu_policy;

	return domctl(XEN_DOMCTL_set_cpu_policy, 1) == rc && p->err_leaf == leaf &&
	       p->err_subleaf == sub && p->err_msr == msr;
}

static void test_policy_refused(void)
{
	const uint32_t none = ~0U;
	const struct cpu_policy before = *world_dom[1].cpu_policy;

	read_policy();
	op.u.cpu_policy.nr_leaves = POLICY_MAX_LEAVES + 1;
	result(answers(-E2BIG, none, none, none), "a policy of too many leaves is refused");
	read_policy();
	op.u.cpu_policy.leaves = 9;
	result(answers(-EFAULT, none, none, none), "and one that cannot be read");
	read_policy();
	leaf_of(1)->leaf = 0x14;
	result(answers(-ERANGE, 0x14, none, none), "a leaf that no policy has is named");
	read_policy();
	leaf_of(0xd)->subleaf = 63;
	result(answers(-ERANGE, 0xd, 63, none), "and a subleaf");
	read_policy();
	leaf_of(1)->subleaf = 0;
	result(answers(-ERANGE, 1, 0, none), "and one of a leaf that has none");
	read_policy();
	leaf_of(7)->b |= 1 << 16;
	result(answers(-EINVAL, 7, 0, none), "AVX-512 that the machine lacks is refused");
	read_policy();
	leaf_of(0)->a = 0xe;
	result(answers(-EINVAL, 0, none, none), "and more leaves than it has");
	read_policy();
	msrs[0].idx = 0x10;
	result(answers(-ERANGE, none, none, 0x10), "an MSR that no policy has is named");
	read_policy();
	msrs[1].flags = 1;
	result(answers(-EINVAL, none, none, 0x10a), "and one with flags");
	read_policy();
	msrs[0].val |= 1UL << 32;
	result(answers(-EOVERFLOW, none, none, 0xce), "and a value that is too long");
	read_policy();
	msrs[0].val |= 1;
	result(answers(-EINVAL, none, none, 0xce), "and one that promises what the CPU has not");
	result(!memcmp(&before, world_dom[1].cpu_policy, sizeof(before)),
	       "all of this has changed nothing");
}

static void test_policy(void)
{
	struct vcpu *v = &world_vcpu[1][0];
	struct cpuid_regs r;

	result(read_policy() == 0 && op.u.cpu_policy.nr_msrs == 2 && msrs[0].idx == 0xce &&
		       msrs[0].val == 1U << 31 && (leaf_of(7)->b & 0x21) == 0x21,
	       "a domain's CPU policy");
	test_policy_refused();
	v->arch.xcr0 = 7;
	v->arch.guest_cr4 = 1 << 16 | 4;
	read_policy();
	leaf_of(1)->c &= ~(1U << 28);
	leaf_of(1)->d &= ~(1U << 4);
	result(domctl(XEN_DOMCTL_set_cpu_policy, 1) == 0, "a policy without AVX");
	guest_cpuid(v, 7, 0, &r);
	result(!(r.b >> 5 & 1) && (r.b & 1), "changes what the guest's CPUID answers: no AVX2");
	guest_cpuid(&world_vcpu[2][0], 7, 0, &r);
	result(r.b >> 5 & 1, "and no other domain's");
	result(v->arch.xcr0 == 1 && v->arch.guest_cr4 == 1 << 16,
	       "an XCR0 that it does not allow is that of the reset, and CR4 has what it allows");
	result(read_policy() == 0 && !(leaf_of(7)->b >> 5 & 1), "and it is read back");
	result(domctl(XEN_DOMCTL_set_cpu_policy, 0) == -EINVAL, "not the caller's own");
	world_dom[1].control.started = true;
	leaf_of(7)->b &= ~1U;
	result(domctl(XEN_DOMCTL_set_cpu_policy, 1) == -EEXIST &&
		       (world_dom[1].cpu_policy->feat[0].b & 1),
	       "and not of a domain that has run");
	world_dom[1].control.started = false;
	*world_dom[1].cpu_policy = *cpu_policy_of(POLICY_PV_DEFAULT);
}

static void test_small(void)
{
	uint8_t nodes[2] = {1, 0};

	clear();
	op.u.address_size.size = 64;
	result(domctl(XEN_DOMCTL_set_address_size, 1) == 0, "64 bits");
	op.u.address_size.size = 32;
	result(domctl(XEN_DOMCTL_set_address_size, 1) == -EOPNOTSUPP &&
		       domctl(XEN_DOMCTL_get_address_size, 1) == 0 && op.u.address_size.size == 64,
	       "and no others");
	clear();
	op.u.tsc_info.tsc_mode = 2;
	op.u.tsc_info.incarnation = 7;
	result(domctl(XEN_DOMCTL_settscinfo, 1) == 0 && domctl(XEN_DOMCTL_gettscinfo, 1) == 0 &&
		       op.u.tsc_info.tsc_mode == 2 && op.u.tsc_info.incarnation == 7,
	       "the native TSC, by either name");
	world_missing = NULL;
	result(domctl(XEN_DOMCTL_settscinfo, 1) == 0 && !world_missing,
	       "what was read is set without a word");
	op.u.tsc_info.gtsc_khz = 2400000;
	result(domctl(XEN_DOMCTL_settscinfo, 1) == 0 && world_missing,
	       "the log says that the TSC of another machine has another rate here");
	op.u.tsc_info.tsc_mode = 1;
	result(domctl(XEN_DOMCTL_settscinfo, 1) == -EOPNOTSUPP &&
		       domctl(XEN_DOMCTL_gettscinfo, 1) == 0 && op.u.tsc_info.gtsc_khz == 2500000,
	       "never an emulated one");
	clear();
	op.u.nodeaffinity.nodemap = (struct xenctl_bitmap){at(nodes), 16};
	result(domctl(XEN_DOMCTL_setnodeaffinity, 1) == 0 &&
		       domctl(XEN_DOMCTL_getnodeaffinity, 1) == 0 && nodes[0] == 1,
	       "node 0");
	nodes[0] = 2;
	result(domctl(XEN_DOMCTL_setnodeaffinity, 1) == -EINVAL, "is the only one");
	clear();
	result(domctl(XEN_DOMCTL_shadow_op, 1) == -EINVAL, "log-dirty was never on");
	result(world_held == 0, "all references are given back");
}

#include "domctl_effects.h"

int main(void)
{
	world_start();
	cpu_policy_init();
	for (unsigned int i = 0; i < 3; i++)
		(void)cpu_policy_domain_init(&world_dom[i]);
	world_allocs = 0;	/* what the domains have is no leak */
	test_door();
	test_create();
	test_versions();
	test_life();
	test_vcpus();
	test_trigger();
	test_schedule();
	test_frames();
	test_state();
	test_policy();
	test_small();
	test_effects();
	printf("1..%u\n", tap_number);
	return tap_failures != 0;
}
