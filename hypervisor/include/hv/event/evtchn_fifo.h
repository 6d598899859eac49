/* SPDX-License-Identifier: GPL-2.0-only */
/* The FIFO layout of a guest's event words and queues (event/evtchn_fifo.c). */
#ifndef HV_EVENT_EVTCHN_FIFO_H
#define HV_EVENT_EVTCHN_FIFO_H

#include <hv/event/evtchn.h>

/*
 * EVTCHNOP_init_control. 0, -ENOENT (vcpu), -EINVAL (offset, frame), -EEXIST, -ENOMEM. Takes the
 * table's lock.
 */
int evtchn_fifo_init_control(struct domain *d, struct evtchn_init_control *op);
/* EVTCHNOP_expand_array. 0, -ENOSYS (2-level), -ENOSPC, -EINVAL (frame). Takes the table's lock. */
int evtchn_fifo_expand_array(struct domain *d, uint64_t gfn);
/*
 * Back to 2-level: the table's lock is held (or d is dead), and no channel is in use. What was
 * there, or NULL.
 */
struct evtchn_fifo *evtchn_fifo_detach(struct domain *d);
/*
 * Give the guest's frames back and free the queues. No lock, since a frame may go for good. NULL is
 * allowed.
 */
void evtchn_fifo_free(struct domain *d, struct evtchn_fifo *f);

#endif
