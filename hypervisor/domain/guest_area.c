// SPDX-License-Identifier: GPL-2.0-only
/*
 * A structure of the guest kernel that we write at any time. Its one or two frames are found when
 * it is registered, and a writable reference is taken, so that a write needs no page table of the
 * guest.
 *
 * Locking: a->lock guards the area: while one vCPU writes it or has it written, another may
 * register a new one. References are taken before and given back after it.
 */
#include <hv/domain/guest_area.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/hvm/hvm.h>
#include <hv/lib/lib.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/mm/mmu_op.h>
#include <hv/mm/pte_rules.h>
#include <x86/uaccess.h>

static int get_frame(struct vcpu *v, gaddr_t va, struct frame **out)
{
	mfn_t table;
	pte_t *l1, e;
	int rc;

	if (v->is_hvm)
		return v->domain->hvm->hooks->area_frame(v, va, out);
	l1 = guest_l1_entry(v, va, &table);
	if (!l1)
		return -EFAULT;
	e = READ_ONCE(*l1);
	if ((e & (PTE_P | PTE_RW)) != (PTE_P | PTE_RW))
		return -EFAULT;
	rc = get_page_and_type(pte_mfn(e), v->domain, FT_WRITABLE);
	if (!rc)
		*out = mfn_to_frame(pte_mfn(e));
	return rc;
}

/* The area becomes what `to` says, and what it was before is given back. */
static void replace(struct guest_area *a, const struct guest_area *to)
{
	uint64_t flags = spin_lock_irqsave(&a->lock);
	struct frame *old[2] = {a->frame[0], a->frame[1]};

	a->offset = to->offset;
	a->size = to->size;
	a->frame[0] = to->frame[0];
	a->frame[1] = to->frame[1];
	spin_unlock_irqrestore(&a->lock, flags);
	for (unsigned int i = 0; i < 2; i++)
		if (old[i])
			put_page_and_type(old[i]);
}

void guest_area_clear(struct guest_area *a)
{
	static const struct guest_area none;

	replace(a, &none);
}

int guest_area_set(struct vcpu *v, struct guest_area *a, gaddr_t va, uint32_t size)
{
	struct guest_area new = {.lock = SPINLOCK_INIT(RANK_GUEST_AREA), .offset = va & ~PAGE_MASK};
	int rc;

	if (!v->is_hvm && !guest_range_ok(va, size))
		return -EFAULT;
	rc = get_frame(v, va, &new.frame[0]);
	if (!rc && new.offset + size > PAGE_SIZE)
		rc = get_frame(v, va + PAGE_SIZE, &new.frame[1]);
	if (rc) {
		guest_area_clear(&new);
		return rc;
	}
	new.size = size;
	replace(a, &new);
	return 0;
}

static void write_locked(const struct guest_area *a, uint32_t offset, const void *src,
			 uint32_t size)
{
	uint32_t at = a->offset + offset, first;

	if (offset + size > a->size)
		return;
	if (at >= PAGE_SIZE) {
		memcpy((char *)mfn_to_virt(frame_to_mfn(a->frame[1])) + at - PAGE_SIZE, src, size);
		return;
	}
	first = MIN(size, PAGE_SIZE - at);
	memcpy((char *)mfn_to_virt(frame_to_mfn(a->frame[0])) + at, src, first);
	if (first < size)
		memcpy(mfn_to_virt(frame_to_mfn(a->frame[1])), (const char *)src + first,
		       size - first);
}

void guest_area_write(struct guest_area *a, uint32_t offset, const void *src, uint32_t size)
{
	uint64_t flags = spin_lock_irqsave(&a->lock);

	write_locked(a, offset, src, size);
	spin_unlock_irqrestore(&a->lock, flags);
}
