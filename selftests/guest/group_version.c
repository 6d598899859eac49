/* SPDX-License-Identifier: GPL-2.0-only */
/* xen_version, console_io, and all calls that a guest may not make. */
#include <xen/domctl.h>
#include <xen/platform.h>
#include <xen/sysctl.h>
#include "guest.h"

static uint32_t version(void)
{
	return (uint32_t)HC2(xen_version, XENVER_version, 0);
}

/* Is the hypervisor's command line in there? The lab's begins with the serial port. */
static bool shows_options(const char *text, unsigned int size)
{
	unsigned int i;

	for (i = 0; i + 4 <= size; i++)
		if (!memcmp(text + i, "com1", 4))
			return true;
	return false;
}

/* Texts behind their length. 4.17 has no such calls. */
static void version_texts(void)
{
	static union {
		struct xen_varbuf v;
		char bytes[256];
	} u;
	long size;

	if (version() < XEN_ABI_4_20)
		return;
	size = HC2(xen_version, XENVER_capabilities2, 0);
	u.v.len = sizeof(u) - sizeof(u.v);
	claim("capabilities, of any length, have one", size >= 14 && size < (long)u.v.len);
	claim_is("as long as they were said to be", HC2(xen_version, XENVER_capabilities2, &u),
		 size);
	claim("they are the same", !memcmp(u.v.buf, "xen-3.0-x86_64", 14));
	u.v.len = (uint32_t)size - 1;
	claim_is("a byte too little", HC2(xen_version, XENVER_capabilities2, &u), -ENOBUFS);
	u.v.len = 0;
	claim_is("no bytes at all", HC2(xen_version, XENVER_capabilities2, &u), -EINVAL);
	claim_is("an unmapped length", HC2(xen_version, XENVER_changeset2, BAD_UNMAPPED), -EFAULT);
	memset(&u, 0, sizeof(u));
	u.v.len = sizeof(u) - sizeof(u.v);
	claim("the command line of any length is not shown either",
	      HC2(xen_version, XENVER_commandline2, &u) >= 0 && !shows_options(u.bytes, sizeof(u)));
}

void group_version(void)
{
	static char text[1024];
	struct xen_feature_info f = {.submap_idx = 0};
	struct xen_platform_parameters p = {0};

	claim("version is 4.17 or 4.20", version() == XEN_ABI_4_17 || version() == XEN_ABI_4_20);
	claim_is("the same through the hypercall page",
		 call_page(__HYPERVISOR_xen_version, XENVER_version, 0), version());
	claim_is("extraversion", HC2(xen_version, XENVER_extraversion, text), 0);
	claim_is("an unmapped buffer", HC2(xen_version, XENVER_extraversion, BAD_UNMAPPED),
		 -EFAULT);
	claim_is("a buffer in the hypervisor's range",
		 HC2(xen_version, XENVER_extraversion, BAD_HV), -EFAULT);
	claim_is("a buffer at a non-canonical address",
		 HC2(xen_version, XENVER_extraversion, BAD_NONCANON), -EFAULT);
	claim_is("a buffer that wraps", HC2(xen_version, XENVER_changeset, BAD_WRAP), -EFAULT);
	claim_is("a buffer just below the hypervisor's range",
		 HC2(xen_version, XENVER_changeset, HYPERVISOR_VIRT_START - 8), -EFAULT);
	claim_is("capabilities", HC2(xen_version, XENVER_capabilities, text), 0);
	claim("capabilities name 64-bit PV", !memcmp(text, "xen-3.0-x86_64", 14));
	claim_is("features", HC2(xen_version, XENVER_get_features, &f), 0);
	claim("features: preserve_ad and avail bits",
	      (f.submap >> XENFEAT_mmu_pt_update_preserve_ad & 1) &&
		      (f.submap >> XENFEAT_gnttab_map_avail_bits & 1));
	claim("features: no writable tables, not translated, not Domain-0",
	      !(f.submap & 7) && !(f.submap >> XENFEAT_dom0 & 1));
	f.submap_idx = 1;
	claim_is("features: there is no submap 1", HC2(xen_version, XENVER_get_features, &f),
		 -EINVAL);
	claim_is("platform parameters", HC2(xen_version, XENVER_platform_parameters, &p), 0);
	claim("the hypervisor begins where the ABI says", p.virt_start == HYPERVISOR_VIRT_START);
	claim_is("page size", HC2(xen_version, XENVER_pagesize, 0), 4096);
	claim_is("page size takes no argument", HC2(xen_version, XENVER_pagesize, text), -EINVAL);
	claim_is("guest handle", HC2(xen_version, XENVER_guest_handle, text), 0);
	memset(text, 0, sizeof(text));
	claim_is("command line", HC2(xen_version, XENVER_commandline, text), 0);
	claim("the command line is not shown to a guest", !shows_options(text, sizeof(text)));
	claim_either("the build id is not a guest's", HC2(xen_version, XENVER_build_id, 0), -EPERM,
		     -ENODATA);
	version_texts();
	claim_is("an unknown sub-operation", HC2(xen_version, 99, text), -ENOSYS);
	claim_is("an unknown sub-operation with high bits", HC2(xen_version, 0xffffffff, text),
		 -ENOSYS);
	claim_is("console_io write is Domain-0's", HC3(console_io, CONSOLEIO_write, 4, text),
		 -EPERM);
	claim_is("console_io read is Domain-0's", HC3(console_io, CONSOLEIO_read, 4, text), -EPERM);
	claim_is("console_io: unknown", HC3(console_io, 9, 4, text), -EPERM);
}

static long domctl(uint32_t cmd, domid_t domain)
{
	static struct xen_domctl d;

	memset(&d, 0, sizeof(d));
	d.cmd = cmd;
	d.interface_version = version() == XEN_ABI_4_17 ? XEN_DOMCTL_INTERFACE_VERSION_v15
							: XEN_DOMCTL_INTERFACE_VERSION;
	d.domain = domain;
	return HC1(domctl, &d);
}

static long sysctl(uint32_t cmd)
{
	static struct xen_sysctl s;

	memset(&s, 0, sizeof(s));
	s.cmd = cmd;
	s.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	return HC1(sysctl, &s);
}

static long platform(uint32_t cmd)
{
	static struct xen_platform_op p;

	memset(&p, 0, sizeof(p));
	p.cmd = cmd;
	p.interface_version = XENPF_INTERFACE_VERSION;
	return HC1(platform_op, &p);
}

void group_privileged(void)
{
	struct sched_remote_shutdown remote = {.domain_id = 0, .reason = SHUTDOWN_poweroff};
	struct xen_foreign_memory_map map = {.domid = 0};
	struct xen_machphys_mfn_list list = {.max_extents = 1, .extent_start = (uint64_t)&map};
	struct xen_mem_acquire_resource res = {.domid = 0, .type = XENMEM_resource_grant_table};

	claim_is("domctl: destroy Domain-0", domctl(XEN_DOMCTL_destroydomain, 0), -EPERM);
	claim_is("domctl: pause Domain-0", domctl(XEN_DOMCTL_pausedomain, 0), -EPERM);
	claim_is("domctl: pause itself", domctl(XEN_DOMCTL_pausedomain, own_domid), -EPERM);
	claim_is("domctl: create a domain", domctl(XEN_DOMCTL_createdomain, 0), -EPERM);
	claim_is("domctl: ask about Domain-0", domctl(XEN_DOMCTL_getdomaininfo, 0), -EPERM);
	claim_is("domctl: more memory for itself", domctl(XEN_DOMCTL_max_mem, own_domid), -EPERM);
	claim_negative("domctl: a domain that is not", domctl(XEN_DOMCTL_pausedomain, 0x7000));
	claim_negative("domctl: unknown", domctl(9999, 0));
	claim_negative("domctl: no argument", HC1(domctl, 0));
	claim_is("sysctl: physinfo", sysctl(XEN_SYSCTL_physinfo), -EPERM);
	claim_is("sysctl: read the console", sysctl(XEN_SYSCTL_readconsole), -EPERM);
	claim_is("sysctl: list domains", sysctl(XEN_SYSCTL_getdomaininfolist), -EPERM);
	claim_is("sysctl: debug keys", sysctl(XEN_SYSCTL_debug_keys), -EPERM);
	claim_negative("sysctl: unknown", sysctl(9999));
	claim_negative("sysctl: no argument", HC1(sysctl, 0));
	claim_is("platform_op: settime", platform(XENPF_settime64), -EPERM);
	claim_is("platform_op: sleep", platform(XENPF_enter_acpi_sleep), -EPERM);
	claim_is("platform_op: firmware", platform(XENPF_firmware_info), -EPERM);
	claim_negative("platform_op: unknown", platform(9999));
	claim_negative("machine check", HC1(arch_0, &map));
	claim_is("remote shutdown of Domain-0", HC2(sched_op, SCHEDOP_remote_shutdown, &remote),
		 -EPERM);
	claim_is("the machine's memory map", HC2(memory_op, XENMEM_machine_memory_map, &map),
		 -EPERM);
	claim_is("Domain-0's memory map", HC2(memory_op, XENMEM_set_memory_map, &map), -EPERM);
	claim_either("the M2P's frames", HC2(memory_op, XENMEM_machphys_mfn_list, &list), -EPERM,
		     0);
	claim_is("Domain-0's grant frames", HC2(memory_op, XENMEM_acquire_resource, &res), -EPERM);
	claim_is("the MSRs of a CPU", platform(XENPF_resource_op), -EPERM);
	claim_is("a CPU off line", platform(XENPF_cpu_offline), -EPERM);
	claim_is("the values by path", hypercall(__HYPERVISOR_hypfs_op, 0, 0, 0, 0, 0), -EPERM);
	claim_either("argo", hypercall(__HYPERVISOR_argo_op, 0, 0, 0, 0, 0), -ENOSYS, -EOPNOTSUPP);
	claim_negative("kexec", HC2(kexec_op, 0, &map));
	claim_is("xsm", hypercall(__HYPERVISOR_xsm_op, 0, 0, 0, 0, 0), -ENOSYS);
	claim_either("xenpmu", hypercall(__HYPERVISOR_xenpmu_op, 0, 0, 0, 0, 0), -ENOSYS,
		     -EOPNOTSUPP);
	claim_is("nmi_op: unknown", hypercall(28, 99, 0, 0, 0, 0), -ENOSYS);
	claim_is("hvm_op: unknown", HC2(hvm_op, 99, &map), -ENOSYS);
	claim_negative("dm_op", hypercall(41, 0, 0, 0, 0, 0));
	claim_is("hypercall 38, which is no more", hypercall(38, 0, 0, 0, 0, 0), -ENOSYS);
	claim_is("hypercall 60", hypercall(60, 0, 0, 0, 0, 0), -ENOSYS);
	claim_is("hypercall 1000", hypercall(1000, 0, 0, 0, 0, 0), -ENOSYS);
	claim_is("hypercall -1", hypercall(-1, 0, 0, 0, 0, 0), -ENOSYS);
}
