// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control ring: the frontend's questions about hashing and its pool, answered one by one by a
 * work item, since they map and sleep. Lists that a request names are copied here first; only the
 * copy is looked at.
 *
 * A work item answers a ring's worth of requests at most before it lets others run.
 */
#include "netback.h"

#include <linux/interrupt.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <xen/events.h>
#include <xen/page.h>

struct answer {
	u32 status, data;
};

/*
 * Copy the first @bytes of a page of the frontend's here, or (@back) from here there. @buffer is
 * a page.
 */
static bool ctrl_copy(struct vif *vif, u32 gref, void *buffer, unsigned int bytes, bool back)
{
	struct gnttab_copy op = {.len = bytes};

	if (back) {
		op.source.domid = DOMID_SELF;
		op.source.u.gmfn = virt_to_gfn(buffer);
		op.dest.domid = vif->domid;
		op.dest.u.ref = gref;
		op.flags = GNTCOPY_dest_gref;
	} else {
		op.source.domid = vif->domid;
		op.source.u.ref = gref;
		op.dest.domid = DOMID_SELF;
		op.dest.u.gmfn = virt_to_gfn(buffer);
		op.flags = GNTCOPY_source_gref;
	}
	gnttab_batch_copy(&op, 1);
	return op.status == GNTST_okay;
}

/* ---- The pool ---- */

static u32 pool_status(int err)
{
	switch (err) {
	case 0:
		return XEN_NETIF_CTRL_STATUS_SUCCESS;
	case -ENOSPC:
		return XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW;
	default:
		return XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER;
	}
}

static struct answer ctrl_pool(struct vif *vif, const struct xen_netif_ctrl_request *req,
			       struct xen_netif_gref *list)
{
	u32 index = req->data[0], count = req->data[2];
	struct queue *q;
	int err;

	if (!pool_limit())
		return (struct answer){XEN_NETIF_CTRL_STATUS_NOT_SUPPORTED};
	if (index >= vif->queues.nr)
		return (struct answer){XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER};
	q = vif->queues.queue[array_index_nospec(index, vif->queues.nr)];
	if (req->type == XEN_NETIF_CTRL_TYPE_GET_GREF_MAPPING_SIZE)
		return (struct answer){XEN_NETIF_CTRL_STATUS_SUCCESS, pool_limit()};
	if (!count || count > NETIF_GREFS_A_PAGE ||
	    !ctrl_copy(vif, req->data[1], list, count * sizeof(*list), false))
		return (struct answer){XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER};
	if (req->type == XEN_NETIF_CTRL_TYPE_DEL_GREF_MAPPING) {
		u32 undone = pool_del(q, list, count);

		ctrl_copy(vif, req->data[1], list, count * sizeof(*list), true);
		return (struct answer){XEN_NETIF_CTRL_STATUS_SUCCESS, undone};
	}
	err = pool_add(q, list, count);
	/* Offered twice, after a reload of ours: nothing to tell. */
	if (err && err != -EEXIST && __ratelimit(&vif->complaints))
		netdev_warn(vif->dev,
			    "queue %u: the pool of domain %u was not mapped (%d): grant copies\n",
			    index, vif->domid, err);
	return (struct answer){pool_status(err)};
}

/* ---- Hashing: each change is a copy of what was set, changed, checked and then published ---- */

/*
 * A frontend that has set a hash is told each packet's. It is there when the queue was chosen by
 * it; with one queue none is chosen, and where packets are left without one the qdisc may give them
 * its own.
 */
static void tell_hashes(struct vif *vif, const struct hash_rules *rules)
{
	bool on = rules->algorithm && rules->flags;
	unsigned int i;

	for (i = 0; i < vif->queues.nr; i++)
		rx_set_hash(vif->queues.queue[i], on,
			    vif->queues.nr == 1 || rules->flags != HASH_TYPES);
}

static struct answer ctrl_hash(struct vif *vif, const struct xen_netif_ctrl_request *req,
			       void *page)
{
	struct vif_hash *old =
		rcu_dereference_protected(vif->hash, lockdep_is_held(&vif->ctrl_mutex));
	struct vif_hash *hash;
	unsigned int bytes;
	u32 status;

	if (req->type == XEN_NETIF_CTRL_TYPE_GET_HASH_FLAGS)
		return old && old->rules.algorithm
			       ? (struct answer){XEN_NETIF_CTRL_STATUS_SUCCESS, HASH_TYPES}
			       : (struct answer){XEN_NETIF_CTRL_STATUS_NOT_SUPPORTED};
	if (req->type == XEN_NETIF_CTRL_TYPE_GET_HASH_MAPPING_SIZE)
		return (struct answer){XEN_NETIF_CTRL_STATUS_SUCCESS, HASH_MAPPING_MAX};
	hash = old ? kmemdup(old, sizeof(*old), GFP_KERNEL) : kzalloc(sizeof(*hash), GFP_KERNEL);
	if (!hash)
		return (struct answer){XEN_NETIF_CTRL_STATUS_NOT_SUPPORTED};
	status = hash_rules_needs(&hash->rules, req, &bytes);
	if (status == XEN_NETIF_CTRL_STATUS_SUCCESS && bytes &&
	    !ctrl_copy(vif, req->data[0], page, bytes, false))
		status = XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER;
	if (status == XEN_NETIF_CTRL_STATUS_SUCCESS)
		status = hash_rules_set(&hash->rules, req, page, vif->queues.nr);
	if (status != XEN_NETIF_CTRL_STATUS_SUCCESS) {
		kfree(hash);
		return (struct answer){status};
	}
	rcu_assign_pointer(vif->hash, hash);
	tell_hashes(vif, &hash->rules);
	if (old)
		kfree_rcu(old, rcu);
	return (struct answer){XEN_NETIF_CTRL_STATUS_SUCCESS};
}

/* ---- The ring ---- */

static struct answer ctrl_answer(struct vif *vif, const struct xen_netif_ctrl_request *req,
				 void *page)
{
	switch (req->type) {
	case XEN_NETIF_CTRL_TYPE_GET_GREF_MAPPING_SIZE:
	case XEN_NETIF_CTRL_TYPE_ADD_GREF_MAPPING:
	case XEN_NETIF_CTRL_TYPE_DEL_GREF_MAPPING:
		return ctrl_pool(vif, req, page);
	case XEN_NETIF_CTRL_TYPE_GET_HASH_FLAGS ... XEN_NETIF_CTRL_TYPE_SET_HASH_ALGORITHM:
		return ctrl_hash(vif, req, page);
	default:
		return (struct answer){XEN_NETIF_CTRL_STATUS_NOT_SUPPORTED};
	}
}

/* Answer one request; returns false when there is none. */
static bool ctrl_step(struct vif *vif, void *page)
{
	u32 prod = ring_take(&vif->ctrl->head.req), index = vif->ctrl_req_cons;
	union netif_ctrl_slot *slot = &vif->ctrl->slot[index % CTRL_RING_SIZE];
	struct xen_netif_ctrl_request req;
	struct answer answer;
	u32 old = vif->ctrl_rsp_prod;

	if (prod == index)
		return false;
	if (ring_unconsumed(index, prod) > CTRL_RING_SIZE) {
		vif_break(vif, "impossible producer index of the control ring");
		return false;
	}
	req = *(volatile struct xen_netif_ctrl_request *)&slot->req;
	vif->ctrl_req_cons++;
	answer = ctrl_answer(vif, &req, page);
	slot->rsp = (struct xen_netif_ctrl_response){req.id, req.type, answer.status, answer.data};
	if (ring_push_notify(&vif->ctrl->head.rsp, old, ++vif->ctrl_rsp_prod))
		notify_remote_via_irq(vif->ctrl_irq);
	return true;
}

static void ctrl_work(struct work_struct *work)
{
	struct vif *vif = container_of(work, struct vif, ctrl_work);
	void *page = (void *)__get_free_page(GFP_KERNEL);
	u32 before = vif->ctrl_req_cons;
	unsigned int i;

	if (!page) {
		netdev_warn(vif->dev,
			    "no memory for the control ring: it is not served any more\n");
		return;
	}
	mutex_lock(&vif->ctrl_mutex);
	for (i = 0; i < CTRL_RING_SIZE && !READ_ONCE(vif->ctrl_closing) && !vif_is_broken(vif) &&
		    ctrl_step(vif, page);
	     i++)
		cond_resched();
	mutex_unlock(&vif->ctrl_mutex);
	free_page((unsigned long)page);
	if (vif_is_broken(vif) || READ_ONCE(vif->ctrl_closing))
		return;
	if (ring_final_check(&vif->ctrl->head.req, vif->ctrl_req_cons + 1))
		schedule_work(&vif->ctrl_work);
	else
		xen_irq_lateeoi(vif->ctrl_irq,
				before == vif->ctrl_req_cons ? XEN_EOI_FLAG_SPURIOUS : 0);
}

static irqreturn_t ctrl_interrupt(int irq, void *data)
{
	struct vif *vif = data;

	/* The first one comes before ctrl_connect() knows the number, and the work ends it. */
	WRITE_ONCE(vif->ctrl_irq, irq);
	schedule_work(&vif->ctrl_work);
	return IRQ_HANDLED;
}

/**
 * ctrl_connect() - map the control ring and bind its event channel
 * @vif: the device
 * @ref: grant of the ring
 * @port: of the event channel
 *
 * Return: 0, or a negative error with nothing left.
 *
 * Context: process; may sleep.
 */
int ctrl_connect(struct vif *vif, grant_ref_t ref, evtchn_port_t port)
{
	void *ring;
	int err;

	INIT_WORK(&vif->ctrl_work, ctrl_work);
	err = xenbus_map_ring_valloc(vif->xdev, &ref, 1, &ring);
	if (err)
		return err;
	vif->ctrl = ring;
	vif->ctrl_closing = false;
	vif->ctrl_req_cons = READ_ONCE(vif->ctrl->head.rsp.prod);
	vif->ctrl_rsp_prod = vif->ctrl_req_cons;
	err = bind_interdomain_evtchn_to_irqhandler_lateeoi(vif->xdev, port, ctrl_interrupt, 0,
							    vif->dev->name, vif);
	if (err < 0) {
		xenbus_unmap_ring_vfree(vif->xdev, vif->ctrl);
		vif->ctrl = NULL;
		return err;
	}
	WRITE_ONCE(vif->ctrl_irq, err);
	return 0;
}

/**
 * ctrl_disconnect() - end the control ring, and forget the hash; idempotent
 * @vif: the device; its queues are stopped
 *
 * Context: process, without rtnl; sleeps.
 */
void ctrl_disconnect(struct vif *vif)
{
	struct vif_hash *hash;

	if (!vif->ctrl)
		return;
	/* Each request may take long, and xenstore waits here. */
	WRITE_ONCE(vif->ctrl_closing, true);
	/*
	 * The work ends the interrupt, so the interrupt must outlive it; masked, it starts no
	 * other.
	 */
	disable_irq(vif->ctrl_irq);
	cancel_work_sync(&vif->ctrl_work);
	unbind_from_irqhandler(vif->ctrl_irq, vif);
	vif->ctrl_irq = 0;
	xenbus_unmap_ring_vfree(vif->xdev, vif->ctrl);
	vif->ctrl = NULL;
	hash = rcu_dereference_protected(vif->hash, true);
	RCU_INIT_POINTER(vif->hash, NULL);
	synchronize_net();
	kfree(hash);
}
