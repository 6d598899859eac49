// SPDX-License-Identifier: GPL-2.0-only
/*
 * A structure of the guest kernel that we write at any time. Its one or two frames are found when it is registered
 * and held with a writable reference, so that a write needs no page table of the guest. Each vCPU of the guest may
 * register the area of any other, while the scheduler writes to it: the area's lock keeps the frames of one
 * registration together, and each is given back once.
 */
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest_area.h>
#include <hv/lib.h>
#include <hv/uaccess.h>

static int hold_frame(struct vcpu *v, gaddr_t va, struct frame **out)
{
	mfn_t table;
	pte_t *l1 = guest_l1_entry(v, va, &table), e;
	int rc;

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

static void drop_frames(struct frame *const frame[2])
{
	for (unsigned int i = 0; i < 2; i++)
		if (frame[i])
			put_page_and_type(frame[i]);
}

/* Put another area, or none, in the place of the old one, whose frames go. */
static void replace(struct guest_area *a, const struct guest_area *by)
{
	struct frame *old[2];
	uint64_t flags = spin_lock_irqsave(&a->lock);

	memcpy(old, a->frame, sizeof(old));
	memcpy(a->frame, by->frame, sizeof(old));
	a->offset = by->offset;
	a->size = by->size;
	spin_unlock_irqrestore(&a->lock, flags);
	drop_frames(old);
}

void guest_area_clear(struct guest_area *a)
{
	replace(a, &(struct guest_area){0});
}

int guest_area_set(struct vcpu *v, struct guest_area *a, gaddr_t va, uint32_t size)
{
	struct guest_area new = {.offset = va & ~PAGE_MASK};
	int rc;

	if (!guest_range_ok(va, size))
		return -EFAULT;
	rc = hold_frame(v, va, &new.frame[0]);
	if (!rc && new.offset + size > PAGE_SIZE)
		rc = hold_frame(v, va + PAGE_SIZE, &new.frame[1]);
	if (rc) {
		drop_frames(new.frame);
		return rc;
	}
	new.size = size;
	replace(a, &new);
	return 0;
}

/* Under the lock. */
static void write_frames(const struct guest_area *a, uint32_t at, const void *src, uint32_t size)
{
	uint32_t first;

	if (at >= PAGE_SIZE) {
		memcpy((char *)mfn_to_virt(frame_to_mfn(a->frame[1])) + at - PAGE_SIZE, src, size);
		return;
	}
	first = MIN(size, PAGE_SIZE - at);
	memcpy((char *)mfn_to_virt(frame_to_mfn(a->frame[0])) + at, src, first);
	if (first < size)
		memcpy(mfn_to_virt(frame_to_mfn(a->frame[1])), (const char *)src + first, size - first);
}

void guest_area_write(struct guest_area *a, uint32_t offset, const void *src, uint32_t size)
{
	uint64_t flags = spin_lock_irqsave(&a->lock);

	if (offset + size <= a->size)
		write_frames(a, a->offset + offset, src, size);
	spin_unlock_irqrestore(&a->lock, flags);
}
