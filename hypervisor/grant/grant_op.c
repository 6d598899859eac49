/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The door of the grant tables: arrays of operations, each with a status of its own. The call
 * itself returns 0, or a negative error when an operation could not be read or written. Long arrays
 * go on after an interruption.
 */
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/grant/grant.h>
#include <hv/grant/grant_copy.h>
#include <hv/grant/grant_map.h>
#include <hv/hypercall/hypercall.h>
#include <hv/mm/alloc.h>
#include <hv/sched/sched.h>
#include <x86/tlb.h>
#include <x86/uaccess.h>

#define UNMAP_BATCH 32U /* mappings removed for one flush */

/* How many of the array were done; negative: error. The caller goes on from there. */
typedef long array_fn(gaddr_t ops, uint32_t count);

static long op_map(gaddr_t ops, uint32_t count)
{
	struct gnttab_map_grant_ref op;
	struct map_batch batch = {0};
	long rc = 0;
	uint32_t i;

	for (i = 0; i < count; i++) {
		if (i && hypercall_preempt_check())
			break;
		if (copy_item_from_guest(&op, ops, i, sizeof(op))) {
			rc = -EFAULT;
			break;
		}
		grant_map(&batch, &op);
		if (copy_item_to_guest(ops, i, &op, sizeof(op))) {
			rc = -EFAULT;
			break;
		}
	}
	grant_map_end(&batch);
	return rc ? rc : i;
}

/* Both ways to unmap are laid out alike: an address, another one, handle, status. */
union unmap_op {
	struct gnttab_unmap_grant_ref unmap;
	struct gnttab_unmap_and_replace replace;
};
_Static_assert(sizeof(struct gnttab_unmap_grant_ref) == sizeof(struct gnttab_unmap_and_replace) &&
		       offsetof(struct gnttab_unmap_grant_ref, status) ==
			       offsetof(struct gnttab_unmap_and_replace, status),
	       "one loop for both");

/* One batch: entries away, one flush if a CPU may remember one of them, pins away. */
static int unmap_batch(gaddr_t ops, uint32_t first, uint32_t n, bool replace)
{
	struct unmapping u[UNMAP_BATCH];
	uint32_t i, done;
	bool touched = false;
	int rc = 0;

	for (done = 0; done < n && !rc; done++) {
		union unmap_op op;

		if (copy_item_from_guest(&op, ops, first + done, sizeof(op))) {
			rc = -EFAULT;
			break;
		}
		if (replace)
			grant_replace_begin(&op.replace, &u[done]);
		else
			grant_unmap_begin(&op.unmap, &u[done]);
		touched |= u[done].touched;
	}
	if (touched)
		tlb_flush_domain(current->domain);
	for (i = 0; i < done; i++) {
		gaddr_t status = ops + (first + i) * sizeof(union unmap_op) +
				 offsetof(union unmap_op, unmap.status);

		grant_unmap_end(&u[i]);
		if (copy_to_guest(status, &u[i].status, sizeof(u[i].status)))
			rc = -EFAULT;
	}
	return rc;
}

static long unmap_array(gaddr_t ops, uint32_t count, bool replace)
{
	uint32_t i, n;
	int rc;

	for (i = 0; i < count; i += n) {
		if (i && hypercall_preempt_check())
			break;
		n = MIN(count - i, UNMAP_BATCH);
		rc = unmap_batch(ops, i, n, replace);
		if (rc)
			return rc;
	}
	return i;
}

static long op_unmap(gaddr_t ops, uint32_t count)
{
	return unmap_array(ops, count, false);
}

static long op_unmap_and_replace(gaddr_t ops, uint32_t count)
{
	return unmap_array(ops, count, true);
}

static long op_copy(gaddr_t ops, uint32_t count)
{
	struct copy_batch batch = {0};
	struct gnttab_copy op;
	long rc = 0;
	uint32_t i;

	for (i = 0; i < count; i++) {
		gaddr_t status = ops + i * sizeof(op) + offsetof(struct gnttab_copy, status);

		if (i && hypercall_preempt_check())
			break;
		if (copy_item_from_guest(&op, ops, i, sizeof(op))) {
			rc = -EFAULT;
			break;
		}
		grant_copy(&batch, &op);
		if (copy_to_guest(status, &op.status, sizeof(op.status))) {
			rc = -EFAULT;
			break;
		}
	}
	grant_copy_end(&batch);
	return rc ? rc : i;
}

/* --- table management: one operation each, whatever the count says --- */

/* The domain named: the caller, or any other for Domain-0. NULL with the status. */
static struct domain *table_domain(domid_t id, int16_t *status)
{
	struct domain *me = current->domain, *d;

	if (id == DOMID_SELF)
		id = me->id;
	if (id != me->id && !me->privileged) {
		*status = GNTST_permission_denied;
		return NULL;
	}
	d = domain_get(id);
	if (!d)
		*status = GNTST_bad_domain;
	return d;
}

static long op_setup_table(gaddr_t arg, uint32_t count)
{
	struct gnttab_setup_table op;
	struct domain *d;
	uint32_t i;
	mfn_t m;

	if (count != 1)
		return -EINVAL;
	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	op.status = GNTST_okay;
	d = table_domain(op.dom, &op.status);
	if (d && op.nr_frames > d->grant.max_frames)
		op.status = GNTST_general_error;
	for (i = 0; !op.status && i < op.nr_frames; i++) {
		uint64_t number;
		int rc = grant_shared_frame(d, i, &m);

		if (rc == -ERESTART) {
			domain_put(d);
			return 0; /* none done: the same again, with the table as it grew */
		}
		if (rc) {
			op.status = GNTST_general_error;
			break;
		}
		number = mfn_x(m);
		if (copy_item_to_guest(op.frame_list, i, &number, sizeof(number)))
			op.status = GNTST_bad_virt_addr;
	}
	if (d)
		domain_put(d);
	return copy_to_guest(arg, &op, sizeof(op)) ? -EFAULT : 1;
}

static long op_query_size(gaddr_t arg, uint32_t count)
{
	struct gnttab_query_size op;
	struct domain *d;

	if (count != 1)
		return -EINVAL;
	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	op.status = GNTST_okay;
	d = table_domain(op.dom, &op.status);
	if (d) {
		op.nr_frames = grant_frames(d);
		op.max_nr_frames = d->grant.max_frames;
		domain_put(d);
	}
	return copy_to_guest(arg, &op, sizeof(op)) ? -EFAULT : 1;
}

/*
 * There is one version, so nothing changes: asking for it succeeds. The second exists and is not
 * implemented; there are no others.
 */
static long op_set_version(gaddr_t arg, uint32_t count)
{
	struct gnttab_set_version op;
	uint32_t wanted;

	if (count != 1)
		return -EINVAL;
	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	wanted = op.version;
	op.version = 1;
	if (copy_to_guest(arg, &op, sizeof(op)))
		return -EFAULT;
	if (wanted == 2)
		return -ENOSYS;
	return wanted == 1 ? 1 : -EINVAL;
}

static long op_get_version(gaddr_t arg, uint32_t count)
{
	struct gnttab_get_version op;
	struct domain *d;
	int16_t status = 0;

	if (count != 1)
		return -EINVAL;
	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	d = table_domain(op.dom, &status);
	if (!d)
		return status == GNTST_bad_domain ? -ESRCH : -EPERM;
	domain_put(d);
	op.version = 1;
	return copy_to_guest(arg, &op, sizeof(op)) ? -EFAULT : 1;
}

static const struct {
	array_fn *fn;
	size_t size;
} table[] = {
	[GNTTABOP_map_grant_ref] = {op_map, sizeof(struct gnttab_map_grant_ref)},
	[GNTTABOP_unmap_grant_ref] = {op_unmap, sizeof(struct gnttab_unmap_grant_ref)},
	[GNTTABOP_setup_table] = {op_setup_table, sizeof(struct gnttab_setup_table)},
	[GNTTABOP_copy] = {op_copy, sizeof(struct gnttab_copy)},
	[GNTTABOP_unmap_and_replace] = {op_unmap_and_replace,
					sizeof(struct gnttab_unmap_and_replace)},
	[GNTTABOP_query_size] = {op_query_size, sizeof(struct gnttab_query_size)},
	[GNTTABOP_set_version] = {op_set_version, sizeof(struct gnttab_set_version)},
	[GNTTABOP_get_version] = {op_get_version, sizeof(struct gnttab_get_version)},
};

/*
 * do_grant_table_op(command, operations, count): see the table. 0, -ENOSYS, -EINVAL, -EFAULT.
 * Preemptible. Source: ABI.md 11.2.
 */
HYPERCALL(do_grant_table_op)
{
	uint32_t cmd = (uint32_t)a1, count = (uint32_t)a3;
	long done;

	(void)a4;
	(void)a5;
	(void)a6;
	if (cmd >= ARRAY_SIZE(table) || !table[index_nospec(cmd, ARRAY_SIZE(table))].fn)
		return not_implemented("grant_table_op", cmd);
	cmd = (uint32_t)index_nospec(cmd, ARRAY_SIZE(table));
	if ((int32_t)count < 0)
		return -EINVAL;
	if (!count)
		return 0;
	done = table[cmd].fn(a2, count);
	if (unlikely(atomic_load(&mm_gone)))
		mm_reap();
	if (done < 0)
		return done;
	if ((uint32_t)done < count)
		return hypercall_restart(cmd, a2 + (uint64_t)done * table[cmd].size,
					 count - (uint32_t)done, 0, 0);
	return 0;
}
