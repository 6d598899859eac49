// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of an HVM guest by its linear addresses: a walk of the page tables that the calling
 * vCPU has loaded, in any of its four modes, each table found by the p2m. What is read of a table
 * is the guest's, and may change at any time: it only leads to other memory of the same guest.
 *
 * Each page is used with a reference of its frame, taken for the domain. Locking: none.
 */
#include <hv/errno.h>
#include <hv/hvm/container.h>
#include <hv/hvm/exit.h>
#include <hv/lib/lib.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/mm/pte_rules.h>
#include <hv/percpu.h>

#define CR0_WP		BIT64(16)
#define CR0_PG		BIT64(31)
#define CR4_PSE		BIT64(4)
#define CR4_PAE		BIT64(5)
#define CR4_LA57	BIT64(12)
#define EFER_LMA	BIT64(10)

/* A frame of d's with a general reference; NULL: there is none at gfn. */
static struct frame *get_gfn(struct domain *d, uint64_t gfn)
{
	mfn_t m = domain_frame(d, gfn);

	if (!mfn_is_ram(m) || !get_page(mfn_to_frame(m), d))
		return NULL;
	return mfn_to_frame(m);
}

/* size bytes at gpa, within one page. */
static int read_physical(struct domain *d, uint64_t gpa, void *dst, unsigned int size)
{
	struct frame *f = get_gfn(d, gpa >> PAGE_SHIFT);

	if (!f)
		return -EFAULT;
	memcpy(dst, (const char *)mfn_to_virt(frame_to_mfn(f)) + (gpa & ~PAGE_MASK), size);
	put_page(f);
	return 0;
}

/* How a mode's tables are made. */
struct walk {
	unsigned int levels, bits, entry;	/* bits of an address a level, bytes an entry */
	uint64_t root, address;			/* of an entry */
	bool large;				/* level 2 may have large pages */
};

static bool walk_of(const struct hvm_mode *m, struct walk *w)
{
	if (m->efer & EFER_LMA)
		*w = (struct walk){4, 9, 8, m->cr3 & PTE_ADDR, PTE_ADDR, true};
	else if (m->cr4 & CR4_PAE)
		*w = (struct walk){3, 9, 8, m->cr3 & 0xffffffe0u, PTE_ADDR, true};
	else
		*w = (struct walk){2, 10, 4, m->cr3 & 0xfffff000u, 0xfffff000u, m->cr4 & CR4_PSE};
	return !(m->cr4 & CR4_LA57) || !(m->efer & EFER_LMA);
}

/* May the access be made by an entry? WP off: the kernel writes where it likes. */
static bool entry_allows(const struct hvm_mode *m, uint64_t e, unsigned int access)
{
	if (!(e & PTE_P) || ((access & WALK_USER) && !(e & PTE_US)))
		return false;
	return !(access & WALK_WRITE) || (e & PTE_RW) ||
	       (!(access & WALK_USER) && !(m->cr0 & CR0_WP));
}

static int walk_tables(struct domain *d, const struct hvm_mode *m, const struct walk *w,
		       uint64_t va, unsigned int access, uint64_t *gpa)
{
	uint64_t table = w->root, e, index;

	for (unsigned int level = w->levels; level; level--) {
		unsigned int shift = PAGE_SHIFT + w->bits * (level - 1);

		e = 0;
		index = va >> shift & ((1u << w->bits) - 1);
		if (w->levels == 3 && level == 3)
			index &= 3;
		if (read_physical(d, table + index * w->entry, &e, w->entry))
			return -EFAULT;
		/* The uppermost entries of PAE have no rights. */
		if (w->levels == 3 && level == 3 ? !(e & PTE_P) : !entry_allows(m, e, access))
			return -EFAULT;
		if (level == 1 || ((e & PTE_PSE) && ((level == 2 && w->large) ||
						     (level == 3 && w->levels == 4)))) {
			uint64_t offset = (UINT64_C(1) << shift) - 1;

			*gpa = (e & w->address & ~offset) | (va & offset);
			/* 32-bit large pages: bits 13-20 are address bits 32-39. */
			if (w->entry == 4 && level == 2)
				*gpa |= (e >> 13 & 0xff) << 32;
			return 0;
		}
		table = e & w->address;
	}
	return -EFAULT;
}

int hvm_translate(struct vcpu *v, gaddr_t va, unsigned int access, uint64_t *gpa)
{
	struct hvm_mode m;
	struct walk w;

	v->domain->hvm->container->mode(v, &m);
	if (!(m.efer & EFER_LMA))
		va &= 0xffffffffu;
	else if ((uint64_t)((int64_t)(va << 16) >> 16) != va)
		return -EFAULT;
	if (!(m.cr0 & CR0_PG)) {
		*gpa = va;
		return 0;
	}
	if (!walk_of(&m, &w))
		return -EFAULT;
	return walk_tables(v->domain, &m, &w, va, access, gpa);
}

/* src NULL with write: zeros. */
static int copy(char *buffer, gaddr_t va, size_t size, bool write)
{
	struct vcpu *v = current;
	uint64_t gpa;

	while (size) {
		size_t n = MIN(size, PAGE_SIZE - (va & ~PAGE_MASK));
		struct frame *f;
		char *p;

		if (hvm_translate(v, va, write ? WALK_WRITE : 0, &gpa))
			return -EFAULT;
		f = get_gfn(v->domain, gpa >> PAGE_SHIFT);
		if (!f)
			return -EFAULT;
		p = (char *)mfn_to_virt(frame_to_mfn(f)) + (gpa & ~PAGE_MASK);
		if (!write)
			memcpy(buffer, p, n);
		else if (buffer)
			memcpy(p, buffer, n);
		else
			memset(p, 0, n);
		put_page(f);
		if (buffer)
			buffer += n;
		va += n;
		size -= n;
	}
	return 0;
}

int hvm_copy_from(void *dst, gaddr_t src, size_t size)
{
	return copy(dst, src, size, false);
}

int hvm_copy_to(gaddr_t dst, const void *src, size_t size)
{
	return copy((char *)src, dst, size, true);
}

int hvm_area_frame(struct vcpu *v, gaddr_t va, struct frame **out)
{
	uint64_t gpa;
	mfn_t m;
	int rc;

	if (hvm_translate(v, va, WALK_WRITE, &gpa))
		return -EFAULT;
	m = domain_frame(v->domain, gpa >> PAGE_SHIFT);
	rc = get_page_and_type(m, v->domain, FT_WRITABLE);
	if (!rc)
		*out = mfn_to_frame(m);
	return rc;
}
