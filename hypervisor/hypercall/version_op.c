// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen_version (hypercall 17). XENVER_version is what a guest calls to have its pending events
 * delivered, thousands of times, so it is answered first and only reads a word.
 * ABI.md 5.1, 5.2.
 */
#include <hv/boot/boot.h>
#include <hv/boot/options.h>
#include <hv/domain/domain.h>
#include <hv/domain/vcpu.h>
#include <hv/errno.h>
#include <hv/hvm/hvm.h>
#include <hv/hypercall/hypercall.h>
#include <hv/layout.h>
#include <hv/lib/lib.h>
#include <hv/percpu.h>
#include <hv/version.h>
#include <x86/uaccess.h>
#include <xen/version.h>
#include <xen/xen.h>

/* The blank behind the name matters: the toolstack looks for whole words. */
#define CAPABILITIES "xen-3.0-x86_64 "
#define CAPABILITIES_HVM CAPABILITIES "hvm-3.0-x86_32 hvm-3.0-x86_32p hvm-3.0-x86_64 "

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
	copy_string(info.compile_by, HV_COMPILE_BY, sizeof(info.compile_by));
	copy_string(info.compile_domain, HV_COMPILE_DOMAIN, sizeof(info.compile_domain));
	copy_string(info.compile_date, HV_DATE, sizeof(info.compile_date));
	return copy_to_guest(arg, &info, sizeof(info));
}

/*
 * Copy a text, without its final zero, behind the length that the caller has room for. The number
 * of bytes; -EINVAL for no room at all, -ENOBUFS for too little.
 */
static long answer_bytes(gaddr_t arg, const char *text)
{
	struct xen_varbuf v;
	size_t size = strlen(text);

	if (!arg)
		return (long)size;
	if (copy_from_guest(&v, arg, sizeof(v)))
		return -EFAULT;
	if (v.len == 0)
		return -EINVAL;
	if (v.len < size)
		return -ENOBUFS;
	if (copy_to_guest(arg + offsetof(struct xen_varbuf, buf), text, size))
		return -EFAULT;
	return (long)size;
}

static long op_extraversion2(gaddr_t arg)
{
	return answer_bytes(arg, HV_EXTRAVERSION);
}

static const char *capabilities(void)
{
	return hvm_hooks ? CAPABILITIES_HVM : CAPABILITIES;
}

static long op_capabilities(gaddr_t arg)
{
	return answer_text(arg, capabilities(), XEN_CAPABILITIES_INFO_LEN);
}

static long op_capabilities2(gaddr_t arg)
{
	return answer_bytes(arg, capabilities());
}

static long op_changeset(gaddr_t arg)
{
	return answer_text(arg, HV_CHANGESET, XEN_CHANGESET_INFO_LEN);
}

static long op_changeset2(gaddr_t arg)
{
	return answer_bytes(arg, HV_CHANGESET);
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
	if (d->hvm) {
		f.submap = 1U << XENFEAT_writable_page_tables |
			   1U << XENFEAT_auto_translated_physmap |
			   1U << XENFEAT_hvm_callback_vector | 1U << XENFEAT_hvm_safe_pvclock |
			   1U << XENFEAT_not_direct_mapped;
		return copy_to_guest(arg, &f, sizeof(f));
	}
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

/* Domain-0's to know. */
static const char *command_line(void)
{
	return current->domain->privileged ? boot_info.cmdline : "";
}

static long op_commandline(gaddr_t arg)
{
	return answer_text(arg, command_line(), sizeof(xen_commandline_t));
}

static long op_commandline2(gaddr_t arg)
{
	return answer_bytes(arg, command_line());
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
	[XENVER_extraversion2] = op_extraversion2,
	[XENVER_capabilities2] = op_capabilities2,
	[XENVER_changeset2] = op_changeset2,
	[XENVER_commandline2] = op_commandline2,
};

/*
 * a1: XENVER_*, a2: where the answer goes. The sub-op's value, -ENOSYS (unknown), -EFAULT, -EINVAL,
 * -ENOBUFS (a buffer too small). Any guest; no locks.
 */
HYPERCALL(do_xen_version)
{
	uint32_t cmd = (uint32_t)a1;

	(void)a3, (void)a4, (void)a5, (void)a6;
	if (likely(cmd == XENVER_version))
		return options.xen_version;
	if (cmd >= ARRAY_SIZE(ops))
		return not_implemented("xen_version", cmd);
	return ops[index_nospec(cmd, ARRAY_SIZE(ops))](a2);
}
