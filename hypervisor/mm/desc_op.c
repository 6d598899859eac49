/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The door for descriptor tables: set_gdt and update_descriptor. A frame of a descriptor table has
 * type FT_DESC while a vCPU names it, so its contents passed desc_check() and only this file writes
 * to it.
 *
 * Locking: a vCPU's gdt_frames are changed by itself, or while it cannot run. update_descriptor
 * writes one aligned word; that races with nothing but the same guest's other writes.
 */
#include <hv/mm/desc_op.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/hypercall/hypercall.h>
#include <hv/lib/lib.h>
#include <hv/mm/desc_rules.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/mm/mmu_op.h>
#include <hv/mm/pte_rules.h>
#include <x86/desc.h>
#include <x86/uaccess.h>
#include <xen/xen.h>

#define GDT_MAX_ENTRIES (GDT_GUEST_PAGES * DESCS_PER_PAGE)

static void put_frames(const mfn_t *frames, unsigned int n)
{
	while (n--)
		put_page_and_type(mfn_to_frame(frames[n]));
}

static unsigned int gdt_pages(unsigned int entries)
{
	return (entries + DESCS_PER_PAGE - 1) / DESCS_PER_PAGE;
}

int vcpu_set_gdt(struct vcpu *v, const uint64_t *frames, unsigned int entries)
{
	mfn_t fresh[GDT_GUEST_PAGES], old[GDT_GUEST_PAGES];
	unsigned int i, n = gdt_pages(entries), n_old = gdt_pages(v->desc.gdt_entries);
	int rc;

	if (entries > GDT_MAX_ENTRIES)
		return -EINVAL;
	for (i = 0; i < n; i++) {
		fresh[i] = mfn(frames[i]);
		rc = get_page_and_type(fresh[i], v->domain, FT_DESC);
		if (rc) {
			put_frames(fresh, i);
			return -EINVAL;
		}
	}
	memcpy(old, v->desc.gdt_frames, sizeof(old));
	memcpy(v->desc.gdt_frames, fresh, n * sizeof(fresh[0]));
	v->desc.gdt_entries = entries;
	if (v == current)
		desc_load_vcpu(v);
	put_frames(old, n_old);
	return 0;
}

/* --- LDT --- */

static void put_ldt(mfn_t *frames)
{
	unsigned int i;

	for (i = 0; i < LDT_PAGES; i++)
		if (!mfn_eq(frames[i], MFN_NONE)) {
			put_page_and_type(mfn_to_frame(frames[i]));
			frames[i] = MFN_NONE;
		}
}

/* The frame that maps va in v's kernel table, with a reference as a descriptor page. */
static int get_ldt_page(struct vcpu *v, gaddr_t va, mfn_t *m)
{
	maddr_t at;
	pte_t e;

	if (guest_l1_maddr(v, va, &at))
		return -EINVAL;
	e = READ_ONCE(*(pte_t *)maddr_to_virt(at));
	if (!(e & PTE_P))
		return -EINVAL;
	*m = pte_mfn(e);
	return get_page_and_type(*m, v->domain, FT_DESC);
}

/*
 * All pages are taken at once: a guest makes them read-only before it names them, and there are at
 * most 16. So the window never faults.
 */
int vcpu_set_ldt(struct vcpu *v, gaddr_t base, unsigned int entries)
{
	mfn_t fresh[LDT_PAGES], old[LDT_PAGES];
	unsigned int i, n = gdt_pages(entries);

	for (i = 0; i < LDT_PAGES; i++)
		fresh[i] = MFN_NONE;
	for (i = 0; i < n; i++)
		if (get_ldt_page(v, base + i * PAGE_SIZE, &fresh[i])) {
			fresh[i] = MFN_NONE;
			put_ldt(fresh);
			return -EINVAL;
		}
	memcpy(old, v->desc.ldt_frames, sizeof(old));
	memcpy(v->desc.ldt_frames, fresh, sizeof(fresh));
	v->desc.ldt_base = base;
	v->desc.ldt_entries = entries;
	if (v == current)
		desc_load_vcpu(v);
	put_ldt(old);
	return 0;
}

void vcpu_release_descriptors(struct vcpu *v)
{
	unsigned int n = gdt_pages(v->desc.gdt_entries);

	v->desc.gdt_entries = 0;
	v->desc.ldt_entries = 0;
	put_frames(v->desc.gdt_frames, n);
	put_ldt(v->desc.ldt_frames);
}

/* --- the calls --- */

/*
 * do_set_gdt(frames, entries): the calling vCPU's GDT, as an array of frame numbers.
 * 0, -EINVAL (too many, or a frame that is not the caller's or does not hold descriptors), -EFAULT.
 * Source: ABI.md 4.
 */
HYPERCALL(do_set_gdt)
{
	uint64_t frames[GDT_GUEST_PAGES];

	(void)a3;
	(void)a4;
	(void)a5;
	(void)a6;
	if (a2 > GDT_MAX_ENTRIES)
		return -EINVAL;
	if (copy_from_guest(frames, a1, gdt_pages((unsigned int)a2) * sizeof(frames[0])))
		return -EFAULT;
	return vcpu_set_gdt(current, frames, (unsigned int)a2);
}

/* A page that is a descriptor table, or may be written like memory. */
static int write_descriptor(struct frame *f, maddr_t at, uint64_t desc)
{
	enum frame_type type =
		frame_type(f) == FT_DESC && frame_type_count(f) ? FT_DESC : FT_WRITABLE;
	int rc = get_page_type(f, type);

	if (rc)
		return -EINVAL;
	/* The CPU may load it at any time: one store. */
	atomic_store((uint64_t *)maddr_to_virt(at), desc);
	put_page_type(f);
	return 0;
}

/*
 * do_update_descriptor(machine address, descriptor): write one descriptor, after desc_check().
 * 0, -EINVAL. Source: ABI.md 4.
 */
HYPERCALL(do_update_descriptor)
{
	mfn_t m = maddr_to_mfn(a1);
	uint64_t desc;
	int rc;

	(void)a3;
	(void)a4;
	(void)a5;
	(void)a6;
	if ((a1 & 7) || !desc_check(current->domain->arch.ring1, a2, &desc) || !mfn_is_ram(m) ||
	    !get_page(mfn_to_frame(m), current->domain))
		return -EINVAL;
	rc = write_descriptor(mfn_to_frame(m), a1, desc);
	put_page(mfn_to_frame(m));
	return rc;
}
