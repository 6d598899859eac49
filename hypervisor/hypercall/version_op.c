// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen_version (hypercall 17). XENVER_version is what a guest calls to have its pending events
 * delivered, thousands of times, so it is answered first and touches nothing.
 * ABI.md 5.1, 5.2.
 */
#include <hv/boot/boot.h>
#include <hv/domain/domain.h>
#include <hv/domain/vcpu.h>
#include <hv/errno.h>
#include <hv/hypercall/hypercall.h>
#include <hv/layout.h>
#include <hv/lib/lib.h>
#include <hv/percpu.h>
#include <hv/version.h>
#include <x86/uaccess.h>
#include <xen/version.h>
#include <xen/xen.h>

/* Copy a text into the fixed-size array that the caller has room for. */
static long answer_text(gaddr_t arg, const char *text, size_t size)
{
	char buf[1024];

	memset(buf, 0, size);
	copy_string(buf, text, size);
	return copy_to_guest(arg, buf, size);
}

static long op_extraversion(gaddr_t arg)
{
	return answer_text(arg, HV_EXTRAVERSION, XEN_EXTRAVERSION_LEN);
}

static long op_compile_info(gaddr_t arg)
{
	struct xen_compile_info info;

	memset(&info, 0, sizeof(info));
	copy_string(info.compiler, HV_COMPILER, sizeof(info.compiler));
	copy_string(info.compile_by, "shoji", sizeof(info.compile_by));
	copy_string(info.compile_domain, "localhost", sizeof(info.compile_domain));
	copy_string(info.compile_date, HV_DATE, sizeof(info.compile_date));
	return copy_to_guest(arg, &info, sizeof(info));
}

/* The blank behind the name matters: the toolstack looks for whole words. */
static long op_capabilities(gaddr_t arg)
{
	return answer_text(arg, "xen-3.0-x86_64 ", XEN_CAPABILITIES_INFO_LEN);
}

static long op_changeset(gaddr_t arg)
{
	return answer_text(arg, HV_CHANGESET, XEN_CHANGESET_INFO_LEN);
}

static long op_platform_parameters(gaddr_t arg)
{
	struct xen_platform_parameters p = {.virt_start = HV_VIRT_START};

	return copy_to_guest(arg, &p, sizeof(p));
}

static long op_get_features(gaddr_t arg)
{
	struct xen_feature_info f;
	const struct domain *d = current->domain;

	if (copy_from_guest(&f, arg, sizeof(f)))
		return -EFAULT;
	if (f.submap_idx != 0)
		return -EINVAL;
	f.submap = 1U << XENFEAT_mmu_pt_update_preserve_ad | 1U << XENFEAT_gnttab_map_avail_bits |
		   1U << XENFEAT_pae_pgdir_above_4gb;
	if (d->privileged)
		f.submap |= 1U << XENFEAT_dom0;
	return copy_to_guest(arg, &f, sizeof(f));
}

static long op_pagesize(gaddr_t arg)
{
	return arg ? -EINVAL : (long)PAGE_SIZE;
}

static long op_guest_handle(gaddr_t arg)
{
	return copy_to_guest(arg, current->domain->handle, sizeof(current->domain->handle));
}

static long op_commandline(gaddr_t arg)
{
	if (!current->domain->privileged)
		return answer_text(arg, "", sizeof(xen_commandline_t));
	return answer_text(arg, boot_info.cmdline, sizeof(xen_commandline_t));
}

static long op_build_id(gaddr_t arg)
{
	(void)arg;
	return -ENODATA;
}

static long (*const ops[])(gaddr_t arg) = {
	[XENVER_extraversion] = op_extraversion,
	[XENVER_compile_info] = op_compile_info,
	[XENVER_capabilities] = op_capabilities,
	[XENVER_changeset] = op_changeset,
	[XENVER_platform_parameters] = op_platform_parameters,
	[XENVER_get_features] = op_get_features,
	[XENVER_pagesize] = op_pagesize,
	[XENVER_guest_handle] = op_guest_handle,
	[XENVER_commandline] = op_commandline,
	[XENVER_build_id] = op_build_id,
};

/*
 * a1: XENVER_*, a2: where the answer goes. The sub-op's value, -ENOSYS (unknown), -EFAULT. Any
 * guest; no locks.
 */
HYPERCALL(do_xen_version)
{
	uint32_t cmd = (uint32_t)a1;

	(void)a3, (void)a4, (void)a5, (void)a6;
	if (likely(cmd == XENVER_version))
		return XEN_ABI_MAJOR << 16 | XEN_ABI_MINOR;
	if (cmd >= ARRAY_SIZE(ops))
		return not_implemented("xen_version", cmd);
	return ops[index_nospec(cmd, ARRAY_SIZE(ops))](a2);
}
