// SPDX-License-Identifier: GPL-2.0-only
/*
 * mca (hypercall 48): Domain-0's log of machine checks asks which CPUs there are, and fetches what
 * was recorded. A machine check is fatal here, so nothing is ever recorded; the answers say so.
 * Hypercall context, no locks.
 */
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/hypercall/hypercall.h>
#include <hv/lib/lib.h>
#include <hv/percpu.h>
#include <x86/cpu.h>
#include <x86/lapic.h>
#include <x86/uaccess.h>
#include <xen/mca.h>

static void describe_cpu(uint32_t cpu, struct mcinfo_logical_cpu *c)
{
	struct cpuid_regs r;
	uint32_t family, i;

	memset(c, 0, sizeof(*c));
	c->mc_cpunr = cpu;
	c->mc_coreid = (uint16_t)cpu;
	c->mc_apicid = lapic_id_of(cpu);
	c->mc_ncores = c->mc_ncores_active = nr_cpus;
	c->mc_nthreads = 1;
	host_cpuid(0, 0, &r);
	c->mc_cpuid_level = (int32_t)r.a;
	memcpy(c->mc_vendorid, (uint32_t[]){r.b, r.d, r.c}, 12);
	host_cpuid(1, 0, &r);
	family = r.a >> 8 & 15;
	c->mc_family = family == 15 ? family + (r.a >> 20 & 0xff) : family;
	c->mc_model = (r.a >> 4 & 15) | (family == 6 || family == 15 ? r.a >> 12 & 0xf0 : 0);
	c->mc_step = r.a & 15;
	c->mc_cpu_caps[MC_CAPS_STD_EDX] = r.d;
	c->mc_cpu_caps[MC_CAPS_STD_ECX] = r.c;
	host_cpuid(0x80000000, 0, &r);
	if (r.a < 0x80000004)
		return;
	for (i = 0; i < 3; i++) {
		host_cpuid(0x80000002 + i, 0, &r);
		memcpy(c->mc_brandid + 16 * i, &r, 16);
	}
	host_cpuid(0x80000001, 0, &r);
	c->mc_cpu_caps[MC_CAPS_AMD_EDX] = r.d;
	c->mc_cpu_caps[MC_CAPS_AMD_ECX] = r.c;
}

static long op_physcpuinfo(struct xen_mc *op)
{
	struct xen_mc_physcpuinfo *p = &op->u.mc_physcpuinfo;
	struct mcinfo_logical_cpu c;
	uint32_t cpu, n = MIN(p->ncpus, nr_cpus);

	for (cpu = 0; p->info && cpu < n; cpu++) {
		describe_cpu(cpu, &c);
		if (copy_item_to_guest(p->info, cpu, &c, sizeof(c)))
			return -EFAULT;
	}
	p->ncpus = p->info ? n : nr_cpus;
	return 0;
}

static long op_fetch(struct xen_mc *op)
{
	if (op->u.mc_fetch.flags & ~(uint32_t)(XEN_MC_NONURGENT | XEN_MC_URGENT | XEN_MC_ACK))
		return -EINVAL;
	op->u.mc_fetch.flags = XEN_MC_OK | XEN_MC_NODATA;
	op->u.mc_fetch.fetch_id = 0;
	return 0;
}

/*
 * a1: struct xen_mc, copied back. 0, -EPERM (not Domain-0), -EACCES (interface version), -EINVAL,
 * -ENOSYS, -EFAULT. Only the part that these calls use is copied: callers' structures differ in
 * what follows.
 */
HYPERCALL(do_mca)
{
	const size_t size = offsetof(struct xen_mc, u) + sizeof(struct xen_mc_fetch);
	struct xen_mc op;
	long rc;

	(void)a2, (void)a3, (void)a4, (void)a5, (void)a6;
	if (!current->domain->privileged)
		return -EPERM;
	if (copy_from_guest(&op, a1, size))
		return -EFAULT;
	if (op.interface_version != XEN_MCA_INTERFACE_VERSION)
		return -EACCES;
	switch (op.cmd) {
	case XEN_MC_fetch:
		rc = op_fetch(&op);
		break;
	case XEN_MC_physcpuinfo:
		rc = op_physcpuinfo(&op);
		break;
	default:
		return not_implemented("mca", op.cmd);
	}
	if (!rc && copy_to_guest(a1, &op, size))
		rc = -EFAULT;
	return rc;
}
