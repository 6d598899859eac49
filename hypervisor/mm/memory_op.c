/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The door for memory reservations and maps (memory_op). One function for each sub-operation, a
 * table at the end. The upper bits of the command carry where an interrupted call goes on: the
 * extent, and above it the page of that extent.
 */
#include <hv/mm/memory_op.h>
#include <hv/boot/boot.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/grant/grant.h>
#include <hv/hvm/hvm.h>
#include <hv/hypercall/hypercall.h>
#include <hv/lib/lib.h>
#include <hv/mm/alloc.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/mm/heap.h>
#include <hv/mm/m2p.h>
#include <hv/sched/sched.h>
#include <x86/uaccess.h>
#include <xen/memory.h>

#define CMD_MASK    63U
#define START_SHIFT 6
#define START_MASK  ((UINT64_C(1) << 40) - 1)
#define PAGE_AT     46 /* where the page stands: 18 bits */
_Static_assert(PRIVILEGED_MAX_ORDER < 64 - PAGE_AT, "the page of an extent has room");
#define E820_MAX    128U

/*
 * Domain of a reservation call: the caller, or for a privileged caller another. NULL: -EPERM or
 * -ESRCH in *rc. memory_domain_put() when done.
 */
static struct domain *memory_domain_get(domid_t id, int *rc)
{
	struct domain *me = current->domain, *d;

	*rc = 0;
	if (id == DOMID_SELF || id == me->id)
		return me;
	if (!me->privileged) {
		*rc = -EPERM;
		return NULL;
	}
	d = domain_get(id);
	if (!d)
		*rc = -ESRCH;
	return d;
}

static void memory_domain_put(struct domain *d)
{
	if (d != current->domain)
		domain_put(d);
}

/* --- reservations --- */

struct reservation {
	struct xen_memory_reservation r;
	struct domain *d;
	unsigned int alloc_flags;
};

static int reservation_get(struct reservation *s, gaddr_t arg, uint64_t start)
{
	unsigned int bits, limit;
	int rc;

	if (copy_from_guest(&s->r, arg, sizeof(s->r)))
		return -EFAULT;
	limit = current->domain->privileged ? PRIVILEGED_MAX_ORDER : GUEST_MAX_ORDER;
	if (s->r.nr_extents > START_MASK || start > s->r.nr_extents ||
	    s->r.extent_order > limit)
		return -EINVAL;
	bits = XENMEMF_get_address_bits(s->r.mem_flags);
	s->alloc_flags = bits && bits < 52 ? ALLOC_BITS(MAX(bits, PAGE_SHIFT)) : 0;
	s->d = memory_domain_get(s->r.domid, &rc);
	return rc;
}

/* The frames stand where the caller has said, and nobody learns their numbers. */
static int populate_translated(const struct reservation *s, uint64_t gfn, struct frame *f)
{
	int rc = s->d->hvm->hooks->populate(s->d, gfn, f, s->r.extent_order);

	if (rc)
		frames_untake(f, s->r.extent_order, s->d);
	return rc;
}

/* One extent: allocate, set the M2P, tell the number. */
static int populate_extent(const struct reservation *s, uint64_t i, bool with_pfn)
{
	uint64_t pfn = 0, n, number;
	struct frame *f;

	if (with_pfn && copy_item_from_guest(&pfn, s->r.extent_start, i, sizeof(pfn)))
		return -EFAULT;
	f = alloc_domain_frames(s->d, s->r.extent_order, s->alloc_flags);
	if (!f)
		return -ENOMEM;
	if (s->d->hvm)
		return populate_translated(s, pfn, f);
	if (with_pfn)
		for (n = 0; n < 1ULL << s->r.extent_order; n++)
			m2p_set(frame_to_mfn(f + n), pfn + n);
	number = mfn_x(frame_to_mfn(f));
	if (!s->r.extent_start ||
	    !copy_item_to_guest(s->r.extent_start, i, &number, sizeof(number)))
		return 0;
	frames_untake(f, s->r.extent_order, s->d);
	return -EFAULT;
}

static int release_page(struct domain *d, mfn_t m)
{
	struct frame *f;
	bool dropped;

	if (!mfn_is_ram(m) || !get_page(mfn_to_frame(m), d))
		return -EINVAL;
	f = mfn_to_frame(m);
	frame_dismantle(f);
	dropped = frame_drop_allocation(f);
	put_page(f);
	return dropped ? 0 : -EINVAL;
}

/*
 * From *page on. -ERESTART: up to *page it is done. Each page may be a table to be taken apart, so
 * each is followed by a look.
 */
static int release_extent(const struct reservation *s, uint64_t i, uint64_t *page)
{
	uint64_t first, n = UINT64_C(1) << s->r.extent_order;
	int rc;

	if (*page >= n)
		return -EINVAL;
	if (copy_item_from_guest(&first, s->r.extent_start, i, sizeof(first)))
		return -EFAULT;
	for (;;) {
		rc = s->d->hvm ? s->d->hvm->hooks->release(s->d, first + *page)
			       : release_page(s->d, mfn(first + *page));
		if (rc)
			return rc;
		if (++*page == n)
			break;
		if (hypercall_preempt_check())
			return -ERESTART;
	}
	*page = 0;
	return 0;
}

enum reserve { INCREASE, DECREASE, POPULATE };

/* The number of extents done, from the first of the original call on. Source: ABI.md 13.1. */
static long change_reservation(uint64_t cmd, gaddr_t arg, enum reserve what)
{
	uint64_t i = cmd >> START_SHIFT & START_MASK, page = cmd >> PAGE_AT;
	struct reservation s;
	int rc = what == DECREASE || !page ? reservation_get(&s, arg, i) : -EINVAL;

	if (rc)
		return rc;
	for (; i < s.r.nr_extents; i++) {
		if (what == DECREASE)
			rc = release_extent(&s, i, &page);
		else
			rc = populate_extent(&s, i, what == POPULATE);
		if (rc)
			break;
		if (i + 1 < s.r.nr_extents && hypercall_preempt_check()) {
			rc = -ERESTART;
			i++;
			break;
		}
	}
	memory_domain_put(s.d);
	if (rc == -ERESTART)
		return hypercall_restart((cmd & CMD_MASK) | i << START_SHIFT | page << PAGE_AT, arg,
					 0, 0, 0);
	return (long)i;
}

/* Of a translated domain, which the caller is or controls; a PV domain keeps its own map. */
static long op_physmap(uint64_t cmd, gaddr_t arg)
{
	return hvm_hooks ? hvm_hooks->physmap_op(cmd & CMD_MASK, arg)
			 : not_implemented("memory_op", cmd & CMD_MASK);
}

static long op_increase(uint64_t cmd, gaddr_t arg)
{
	return change_reservation(cmd, arg, INCREASE);
}

static long op_decrease(uint64_t cmd, gaddr_t arg)
{
	return change_reservation(cmd, arg, DECREASE);
}

static long op_populate(uint64_t cmd, gaddr_t arg)
{
	return change_reservation(cmd, arg, POPULATE);
}

/* --- questions --- */

static long op_maximum_ram_page(uint64_t cmd, gaddr_t arg)
{
	(void)cmd;
	(void)arg;
	return (long)max_mfn;
}

enum question { CURRENT_PAGES, MAXIMUM_PAGES, MAXIMUM_PFN };

static long ask_domain(gaddr_t arg, enum question q)
{
	struct xen_memory_domain m;
	struct domain *d;
	uint64_t answer = 0;
	int rc;

	if (copy_from_guest(&m, arg, sizeof(m)))
		return -EFAULT;
	d = memory_domain_get(m.domid, &rc);
	if (!d)
		return rc;
	switch (q) {
	case CURRENT_PAGES: answer = atomic_load(&d->mm.pages); break;
	case MAXIMUM_PAGES: answer = atomic_load(&d->mm.max_pages); break;
	case MAXIMUM_PFN:
		answer = d->hvm ? d->hvm->hooks->highest_gfn(d)
				: READ_ONCE(d->shared->arch.max_pfn);
		break;
	}
	memory_domain_put(d);
	/* The result is signed; "no limit" is the largest that is no error. */
	return answer > INT64_MAX ? INT64_MAX : (long)answer;
}

static long op_current_reservation(uint64_t cmd, gaddr_t arg)
{
	(void)cmd;
	return ask_domain(arg, CURRENT_PAGES);
}

static long op_maximum_reservation(uint64_t cmd, gaddr_t arg)
{
	(void)cmd;
	return ask_domain(arg, MAXIMUM_PAGES);
}

static long op_maximum_gpfn(uint64_t cmd, gaddr_t arg)
{
	(void)cmd;
	return ask_domain(arg, MAXIMUM_PFN);
}

static long op_machphys_mapping(uint64_t cmd, gaddr_t arg)
{
	struct xen_machphys_mapping m = {M2P_VIRT, M2P_VIRT_END, max_mfn};

	(void)cmd;
	return copy_to_guest(arg, &m, sizeof(m));
}

/* Frames of the M2P in steps of 2 MiB; where there is no RAM the number before is repeated. */
static long op_machphys_mfn_list(uint64_t cmd, gaddr_t arg)
{
	struct xen_machphys_mfn_list l;
	uint64_t number = 0, i, chunks = max_mfn / M2P_CHUNK_ENTRIES + 1;

	(void)cmd;
	if (!current->domain->privileged)
		return -EPERM;
	if (copy_from_guest(&l, arg, sizeof(l)))
		return -EFAULT;
	for (i = 0; i < chunks && i < M2P_MAX_CHUNKS && i < l.max_extents; i++) {
		if (m2p_chunks[i])
			number = mfn_x(virt_to_mfn(m2p_chunks[i]));
		if (copy_item_to_guest(l.extent_start, i, &number, sizeof(number)))
			return -EFAULT;
	}
	l.nr_extents = (uint32_t)i;
	return copy_to_guest(arg, &l, sizeof(l));
}

static long op_sharing(uint64_t cmd, gaddr_t arg)
{
	(void)cmd;
	(void)arg;
	return 0; /* no page is ever shared between guests behind their backs, so both counters are
		     0 */
}

/* --- memory maps --- */

static long put_map(gaddr_t arg, const struct e820_entry *entries, unsigned int n)
{
	struct xen_memory_map m;

	if (copy_from_guest(&m, arg, sizeof(m)))
		return -EFAULT;
	if (m.nr_entries < n)
		return -EINVAL;
	if (copy_to_guest(m.buffer, entries, n * sizeof(*entries)))
		return -EFAULT;
	m.nr_entries = n;
	return copy_to_guest(arg, &m, sizeof(m));
}

static long op_memory_map(uint64_t cmd, gaddr_t arg)
{
	struct domain *d = current->domain;
	struct e820_entry *copy;
	unsigned int n;
	long rc;

	(void)cmd;
	copy = hv_alloc(E820_MAX * sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	spin_lock(&d->mm.lock);
	n = d->mm.e820_entries;
	if (n)
		memcpy(copy, d->mm.e820, n * sizeof(*copy));
	spin_unlock(&d->mm.lock);
	rc = n ? put_map(arg, copy, n) : -ENOSYS;
	hv_free(copy);
	return rc;
}

static bool map_has(const struct e820_entry *map, unsigned int n, uint64_t addr)
{
	while (n--)
		if (addr >= map[n].addr && addr - map[n].addr < map[n].size)
			return true;
	return false;
}

/*
 * The machine's map, and the interrupt hardware in it as reserved, so that Domain-0 puts no device
 * there.
 */
static unsigned int machine_map(struct e820_entry *map, unsigned int room)
{
	const struct boot_info *bi = &boot_info;
	uint64_t extra[BOOT_MAX_IOAPICS + 1];
	unsigned int i, n = 0, n_extra = 0;

	for (i = 0; i < bi->n_regions && n < room; i++)
		map[n++] = (struct e820_entry){bi->map[i].start, bi->map[i].size, bi->map[i].type};
	extra[n_extra++] = bi->lapic_address ? bi->lapic_address : 0xfee00000U;
	for (i = 0; i < bi->n_ioapics && i < BOOT_MAX_IOAPICS; i++)
		extra[n_extra++] = bi->ioapics[i].address;
	for (i = 0; i < n_extra && n < room; i++)
		if (!map_has(map, n, extra[i]))
			map[n++] =
				(struct e820_entry){extra[i] & PAGE_MASK, PAGE_SIZE, E820_RESERVED};
	return n;
}

static long op_machine_memory_map(uint64_t cmd, gaddr_t arg)
{
	unsigned int room = BOOT_MAX_REGIONS + BOOT_MAX_IOAPICS + 1;
	struct e820_entry *map;
	long rc;

	(void)cmd;
	if (!current->domain->privileged)
		return -EPERM;
	map = hv_alloc(room * sizeof(*map));
	if (!map)
		return -ENOMEM;
	rc = put_map(arg, map, machine_map(map, room));
	hv_free(map);
	return rc;
}

static long op_set_memory_map(uint64_t cmd, gaddr_t arg)
{
	struct xen_foreign_memory_map m;
	struct e820_entry *fresh, *old;
	struct domain *d;
	int rc;

	(void)cmd;
	if (!current->domain->privileged)
		return -EPERM;
	if (copy_from_guest(&m, arg, sizeof(m)))
		return -EFAULT;
	if (m.map.nr_entries > E820_MAX)
		return -EINVAL;
	d = memory_domain_get(m.domid, &rc);
	if (!d)
		return rc;
	fresh = hv_alloc(E820_MAX * sizeof(*fresh));
	rc = fresh ? copy_from_guest(fresh, m.map.buffer, m.map.nr_entries * sizeof(*fresh))
		   : -ENOMEM;
	if (!rc) {
		spin_lock(&d->mm.lock);
		if (d->control.dying) {
			rc = -ESRCH;
		} else {
			old = d->mm.e820;
			d->mm.e820 = fresh;
			d->mm.e820_entries = m.map.nr_entries;
			fresh = old;
		}
		spin_unlock(&d->mm.lock);
	}
	hv_free(fresh);
	memory_domain_put(d);
	return rc;
}

/* --- the toolstack's --- */

/* Source: ABI.md 13.1. */
static long op_claim_pages(uint64_t cmd, gaddr_t arg)
{
	struct xen_memory_reservation r;
	struct domain *d;
	int rc;

	(void)cmd;
	if (!current->domain->privileged)
		return -EPERM;
	if (copy_from_guest(&r, arg, sizeof(r)))
		return -EFAULT;
	if (r.extent_order || r.extent_start)
		return -EINVAL;
	d = memory_domain_get(r.domid, &rc);
	if (!d)
		return rc;
	rc = claim_frames(d, r.nr_extents);
	memory_domain_put(d);
	return rc;
}

static int acquire_grant_frames(struct domain *d, const struct xen_mem_acquire_resource *r)
{
	uint64_t i;

	for (i = 0; i < r->nr_frames; i++) {
		uint64_t number;
		mfn_t m;
		int rc = grant_shared_frame(d, r->frame + i, &m);

		if (rc)
			return rc;
		number = mfn_x(m);
		if (copy_item_to_guest(r->frame_list, i, &number, sizeof(number)))
			return -EFAULT;
	}
	return 0;
}

/* Preemptible: a table that grew stays so, and the call is simply made again. */
static long op_acquire_resource(uint64_t cmd, gaddr_t arg)
{
	struct xen_mem_acquire_resource r;
	struct domain *d;
	int rc;

	if (!current->domain->privileged)
		return -EPERM;
	if (copy_from_guest(&r, arg, sizeof(r)))
		return -EFAULT;
	if (r.pad)
		return -EINVAL;
	if (r.type != XENMEM_resource_grant_table || r.id != XENMEM_resource_grant_table_id_shared)
		return -EOPNOTSUPP;
	d = memory_domain_get(r.domid, &rc);
	if (!d)
		return rc;
	if (!r.frame_list) {
		r.nr_frames = d->grant.max_frames;
		rc = copy_to_guest(arg, &r, sizeof(r));
	} else if (r.nr_frames > d->grant.max_frames || r.frame > d->grant.max_frames) {
		rc = -EINVAL;
	} else {
		rc = acquire_grant_frames(d, &r);
	}
	memory_domain_put(d);
	return rc == -ERESTART ? hypercall_restart(cmd, arg, 0, 0, 0) : rc;
}

typedef long memory_fn(uint64_t cmd, gaddr_t arg);
static memory_fn *const table[] = {
	[XENMEM_increase_reservation] = op_increase,
	[XENMEM_decrease_reservation] = op_decrease,
	[XENMEM_maximum_ram_page] = op_maximum_ram_page,
	[XENMEM_current_reservation] = op_current_reservation,
	[XENMEM_maximum_reservation] = op_maximum_reservation,
	[XENMEM_machphys_mfn_list] = op_machphys_mfn_list,
	[XENMEM_populate_physmap] = op_populate,
	[XENMEM_memory_map] = op_memory_map,
	[XENMEM_machine_memory_map] = op_machine_memory_map,
	[XENMEM_exchange] = memory_exchange,
	[XENMEM_machphys_mapping] = op_machphys_mapping,
	[XENMEM_set_memory_map] = op_set_memory_map,
	[XENMEM_maximum_gpfn] = op_maximum_gpfn,
	[XENMEM_get_sharing_freed_pages] = op_sharing,
	[XENMEM_get_sharing_shared_pages] = op_sharing,
	[XENMEM_claim_pages] = op_claim_pages,
	[XENMEM_acquire_resource] = op_acquire_resource,
	[XENMEM_add_to_physmap] = op_physmap,
	[XENMEM_remove_from_physmap] = op_physmap,
	[XENMEM_set_pod_target] = op_physmap,
	[XENMEM_get_pod_target] = op_physmap,
};

/*
 * do_memory_op(command, argument): what it takes and returns depends on the command. Source:
 * ABI.md 13. -ENOSYS for what is not there. Preemptible.
 */
HYPERCALL(do_memory_op)
{
	unsigned int op = a1 & CMD_MASK;
	long rc;

	(void)a3;
	(void)a4;
	(void)a5;
	(void)a6;
	/* A page that waits to be taken apart would look as if it were in use. */
	if (unlikely(current->mm.queue) && mm_drain_vcpu(current))
		return hypercall_restart(a1, a2, 0, 0, 0);
	if (op >= ARRAY_SIZE(table) || !table[index_nospec(op, ARRAY_SIZE(table))])
		return op == XENMEM_get_vnumainfo ? -EOPNOTSUPP : not_implemented("memory_op", op);
	if (current->is_hvm && !current->domain->hvm->hooks->memory_op_allowed(op))
		return not_implemented("HVM memory_op", op);
	op = (unsigned int)index_nospec(op, ARRAY_SIZE(table));
	rc = table[op](a1, a2);
	if (unlikely(atomic_load(&mm_gone)))
		mm_reap();
	return rc;
}
