// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest memory by guest address: the range is checked here, faults are fixed up in entry.S. The
 * tables that an HVM guest has loaded are not ours: hvm/ walks them.
 */
#include <x86/uaccess.h>
#include <hv/hvm/hvm.h>
#include <hv/percpu.h>
#include <x86/memory.h>

static const struct hvm_hooks *hooks(void)
{
	return current->domain->hvm->hooks;
}

int copy_from_guest(void *dst, gaddr_t src, size_t size)
{
	if (unlikely(current->is_hvm))
		return hooks()->copy_from(dst, src, size);
	if (!guest_range_ok(src, size))
		return -EFAULT;
	return copy_user(dst, (const void *)src, size);
}

int copy_to_guest(gaddr_t dst, const void *src, size_t size)
{
	if (unlikely(current->is_hvm))
		return hooks()->copy_to(dst, src, size);
	if (!guest_range_ok(dst, size))
		return -EFAULT;
	return copy_user((void *)dst, src, size);
}

int clear_guest(gaddr_t dst, size_t size)
{
	if (unlikely(current->is_hvm))
		return hooks()->copy_to(dst, NULL, size);
	if (!guest_range_ok(dst, size))
		return -EFAULT;
	return clear_user((void *)dst, size);
}
