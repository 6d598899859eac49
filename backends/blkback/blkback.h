/* SPDX-License-Identifier: GPL-2.0-only */
/* One vbd and its queues: what the parts of blkback share. */
#ifndef SHOJI_BLKBACK_H
#define SHOJI_BLKBACK_H

#include <linux/bvec.h>
#include <linux/completion.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <xen/xenbus.h>

#include "include/xen/io/blkif.h"
#include "common/moderate.h"
#include "common/ring.h"

#include "answers.h"
#include "backing.h"
#include "copyset.h"
#include "grantmap.h"
#include "layout.h"
#include "pgrant.h"
#include "range.h"
#include "req_parse.h"

#define BLKBACK_MAX_COPY_PAGES	4096 /* of a queue; a request may go beyond once */
/*
 * Bios of discards, zeroes and erases that a queue has under way. What a disk's own queue holds (32
 * with SATA, 64 and more with others), so that none is idle for it; more would be memory of
 * Domain-0 that a guest takes with one request, and with it what the drivers below keep for each.
 */
#define BLKBACK_MAX_RANGES	64

/* How long requests took: reads, writes, others; in buckets of less than 1, 2, 4 ... us. */
enum blkq_kind { BLKQ_READ, BLKQ_WRITE, BLKQ_OTHER, BLKQ_KINDS };
#define BLKQ_BUCKETS 25 /* the last one: 8 s and more */

/* Written by the thread and by completions, read by sysfs, all without a lock: a sum may lag. */
struct blkq_stats {
	u64 rd_req, wr_req, f_req, ds_req, oo_req, rd_sect, wr_sect;
	u64 wakeups;	/* times the thread slept and was woken */
	u64 notifies;	/* events sent to the frontend */
	u64 grant_ops;	/* hypercalls for grants after connecting */
	u64 mapped;	/* persistent grants, now */
	u64 errors;	/* requests refused or failed */
	u64 latency[BLKQ_KINDS][BLKQ_BUCKETS]; /* under blkq.lock */
};

struct blkq;

/* A request that has been taken and not been answered. */
struct blkio {
	struct blkq *q;
	struct list_head link;	/* in the free list, or waiting to be copied back */
	struct list_head under_way; /* in the order in which they were taken */
	u64 number;
	struct copyset *copy;	/* NULL: data goes straight to the guest's pages */
	u64 id;
	u64 sector;		/* for the log */
	u64 begun;		/* ns, when it was found in the ring */
	atomic_t parts;		/* bios under way, and one for the submitter */
	int status;		/* BLK_RSP_*; the first failure stays */
	u8 operation;
	u8 what;		/* enum blk_do */
};

/* What the thread lays out for the request that it is at. */
struct blkq_scratch {
	struct bio_vec vec[BLK_MAX_INDIRECT + 2 * BLK_SLOT_SEGMENTS];
	struct blk_segment seg[BLK_MAX_INDIRECT];
	grant_ref_t refs[BLK_MAX_INDIRECT];
	struct page *pages[BLK_MAX_INDIRECT];
	struct blk_plan plan;
	struct page *dir;	/* a copied page of an indirect request */
};

/* The ring: constant while connected, but for req_cons, which is the thread's. */
struct blkq_ring {
	struct ring_shared *shared;
	u32 slots, slot_bytes;
	bool abi32;
	int irq;
	u32 req_cons;		/* requests taken */
};

/* The thread: its own, but for wake, kicked and halted, which others set without a lock. */
struct blkq_thread {
	struct task_struct *task;
	struct busy_poll poll;	/* is it worth while to look at the empty ring? */
	u64 poll_limit;		/* of the last look, ns */
	u64 round;		/* when the requests that it is at were found, ns */
	unsigned long looked;	/* jiffies, when persistent grants and the size were looked at */
	bool served;		/* something was taken since the last end of interrupt */
	bool gone;		/* the device is: every request fails */
	bool broken;		/* the frontend broke the protocol: nothing more is taken */
	bool halted;		/* by blkq_halt(): neither */
	bool kicked;		/* an event came; its end-of-interrupt is still due */
	u64 kicked_at;		/* ns, when */
	wait_queue_head_t wake;
};

/* The guest's data: the thread's, but for copy_pages, which needs no lock. */
struct blkq_data {
	struct blk_rules rules;
	struct grantmap pool;
	grant_ref_t pool_dir[BLKBACK_POOL_DIRS]; /* constant while connected */
	bool persistent;	/* constant while connected: grants stay mapped */
	struct pgrants grants;
	struct blkq_scratch *scratch;
	atomic_t copy_pages;	/* own pages in copysets */
};

/* Requests that were taken and are not answered: under struct blkq's lock, but for ranges. */
struct blkq_flight {
	struct blkio *ios;	/* one for each slot; constant while connected */
	struct list_head free;	/* of them */
	unsigned int nr;	/* in flight */
	u64 taken;		/* number of the last request */
	struct list_head under_way; /* in the order in which they were taken */
	struct list_head copyback;  /* reads that the thread must copy to the guest */
	wait_queue_head_t drained;
	atomic_t ranges;	/* bios of discards, zeroes and erases; needs no lock */
};

struct blkq {
	struct blkback *back;
	unsigned int index;
	struct blkq_ring ring;
	struct blkq_thread thread;
	struct blkq_data data;

	/*
	 * lock: guards flight, answers and the responses of the ring. Taken by the thread and by
	 * completions in any context. The completion of the last request does all that it does to
	 * the queue under it, so that a waiter that sees flight.nr at 0 under it may free it.
	 */
	spinlock_t lock ____cacheline_aligned_in_smp;
	struct blkq_flight flight;
	struct answers answers; /* moderation: what is published and told of */

	struct blkq_stats stats;
};

struct blkback {
	struct xenbus_device *dev;
	/*
	 * lock: device, queues, connection; process context, held over xenstore calls, never while
	 * a device's answers are waited for.
	 */
	struct mutex lock;
	struct backing backing;
	struct xenbus_watch watch;
	unsigned int major, minor;
	bool has_sysfs, connected;
	unsigned long gone;	/* bit 0: the device has gone, and the log says so */
	struct blkq *queues;
	unsigned int nr_queues;
	u64 announced;		/* sectors in xenstore */
	/* What this vbd's frontend was told that it may have, at most. */
	unsigned int queue_limit, order_limit, pool_limit;
	struct work_struct resize;
	struct work_struct lost; /* a queue is broken: close the device */
	/* Parting from a frontend: a work waits for the device, which may take for ever. */
	struct work_struct leave;
	struct completion left;	 /* it is done, or there is none */
	struct list_head orphan; /* of those whose vbd is gone and whose device is waited for */
	bool leaving;		 /* the queues belong to the work */
	bool missed;		 /* the frontend's state is to be looked at when it is done */
	bool removed;		 /* there is no vbd any more */
};

/* The slot of entry @index of the ring, a request or a response. */
static inline void *blkq_slot(const struct blkq *q, u32 index)
{
	return ring_slot(q->ring.shared, index, q->ring.slots, q->ring.slot_bytes);
}

/* connect.c */
/*
 * Decide what the frontend may have, at most; before blkback_publish_limits(). Reads xenstore
 * under the vbd's lock; may sleep.
 */
void blkback_set_limits(struct blkback *back);
/*
 * Write what this backend can do with any device. 0, or a negative errno after the vbd was
 * closed with a message. Under the vbd's lock; may sleep.
 */
int blkback_publish_limits(struct blkback *back);
/*
 * Write the properties of the open device to xenstore in one transaction. Returns and context as
 * above.
 */
int blkback_publish_device(struct blkback *back);
/*
 * Map what the frontend has published and begin to serve it. 0, or a negative errno after the
 * vbd was closed with a message: the caller then calls blkback_leave(). Under the vbd's lock;
 * may sleep.
 */
int blkback_connect(struct blkback *back);
/*
 * Stop the queues and unmap everything, waiting for as long as the device takes. Called by the
 * work of blkback_leave() only, without the vbd's lock.
 */
void blkback_disconnect(struct blkback *back);

/* layout.c */
/*
 * Read from xenstore what the frontend has published of its queues, into a zeroed layout. 0, or a
 * negative errno with *what set. Under the vbd's lock; may sleep.
 */
int blkback_read_layout(struct blkback *back, struct blk_layout *layout, const char **what);

/* leave.c */
/* Make the workqueue on which vbds leave their frontends. 0 or -ENOMEM. In module_init. */
int blkback_leave_init(void);
/* Destroy that workqueue, once every vbd that leaves has left, for as long as devices take. */
void blkback_leave_exit(void);
/*
 * Begin to stop serving and to unmap everything, on the workqueue; completes back->left. Under
 * the vbd's lock; does not wait.
 */
void blkback_leave(struct blkback *back);
/*
 * Nothing of the frontend is mapped any more: for the work, under the vbd's lock. True when the
 * vbd was removed meanwhile and the work is to free it.
 */
bool blkback_has_left(struct blkback *back);
/*
 * The vbd is removed: wait 2 s at most until it has left. False: it has not, and the work frees
 * it. Without the vbd's lock; sleeps.
 */
bool blkback_wait_left(struct blkback *back);
/* Whether @dev's ring is still served by a driver that was unbound. May sleep. */
bool blkback_is_orphan(const struct xenbus_device *dev);
/* Close the device and free a vbd that has left its frontend. Without its lock; may sleep. */
void blkback_free(struct blkback *back);

/* device.c */
/*
 * Open the device that the hotplug script has named. On failure the vbd is closed with a message
 * and back->backing stays closed. Under the vbd's lock; may sleep.
 */
void blkback_open_device(struct blkback *back, unsigned int major, unsigned int minor);
/* Whether the open device was unplugged or deleted; the first to see it logs it. Any context. */
bool blkback_gone(struct blkback *back);
/* The work of back->resize: write the device's new size to xenstore. Takes the vbd's lock. */
void blkback_resize_work(struct work_struct *work);

/* queue.c */
/*
 * Bind the event channel @port of the frontend and start the thread, with the ring mapped and
 * the rules set. 0, or a negative errno and nothing runs. May sleep.
 */
int blkq_start(struct blkq *q, evtchn_port_t port);
/* Take no request any more. Any context; does not wait. */
void blkq_halt(struct blkq *q);
/*
 * End the thread of a halted queue, wait for what is under way, close the channel. Sleeps for as
 * long as the device takes; without locks.
 */
void blkq_stop(struct blkq *q);

/* io.c */
/*
 * Carry out or refuse one request, given as a private copy. It is answered exactly once, maybe
 * later. The queue's thread; may sleep.
 */
void blkio_begin(struct blkq *q, const union blk_request *request);

/* data.c */
/*
 * Find, map or copy the pages of a request's data, and fill the scratch's vec. The number of
 * entries, or a negative errno with plan->why set. The queue's thread; may sleep.
 */
int blkio_lay_out(struct blkq *q, struct blkio *io, struct blk_plan *plan);
/*
 * Unmap a batch of idle persistent grants (@full: room is needed); returns how many went. The
 * queue's thread; may sleep.
 */
unsigned int blkq_let_grants_go(struct blkq *q, bool full);
/* Note BLK_RSP_* @status as the request's; the first failure stays. Any context. */
void blkio_fail(struct blkio *io, int status);
/* Free the pages that stand for the guest's, if the request has any. Any context. */
void blkio_drop_copy(struct blkio *io);
/* Copy a finished read to the guest and answer it. Process context; may sleep. */
void blkio_deliver(struct blkio *io);

/* drain.c */
/*
 * Deliver the finished reads that wait for their grant copy. The queue's thread, or after its
 * end the code that waits for the queue; may sleep.
 */
void blkq_copy_back(struct blkq *q);
/*
 * Wait until every request that was taken is answered, for as long as the device takes. Callers
 * as above.
 */
void blkq_drain(struct blkq *q);
/*
 * Count one more bio of a discard, of zeroes or of an erase; waits while BLKBACK_MAX_RANGES are
 * under way. The queue's thread.
 */
void blkq_take_range(struct blkq *q);
/* Such a bio has ended. Any context, before its request is answered. */
void blkq_range_done(struct blkq *q);

/* pool.c */
/*
 * Map the pool that the frontend has published, if it has one. 0 or a negative errno. Before the
 * queue has a thread; may sleep.
 */
int blkq_map_pool(struct blkq *q, const struct blk_layout_queue *layout);
/*
 * The pool has @pages pages from here on, from 1 to the rules' pool_most. 0, or a negative errno: a
 * pool that was to grow is as it was. The queue's thread; waits for requests.
 */
int blkq_resize_pool(struct blkq *q, unsigned int pages);

/* flight.c */
/*
 * State for a request that was taken from the ring; never NULL. The queue's thread; takes the
 * queue's lock.
 */
struct blkio *blkq_take_io(struct blkq *q);
/*
 * Put a response into the ring; @io, which may be NULL, is given back. @status is BLK_RSP_*. Any
 * context; takes the queue's lock.
 */
void blkq_answer(struct blkq *q, struct blkio *io, u64 id, u8 operation, int status);
/*
 * The thread does @pace from here on; publishes what was answered. Any context; takes the
 * queue's lock.
 */
void blkq_set_pace(struct blkq *q, enum answers_pace pace);

/* stats.c */
/*
 * Create the vbd's files in sysfs, if they are not there. 0 or a negative errno. Under the vbd's
 * lock; may sleep.
 */
int blkback_sysfs_add(struct blkback *back);
/*
 * Remove them, if they are there. Sleeps until the last reader is through; without the vbd's
 * lock, which readers take.
 */
void blkback_sysfs_remove(struct blkback *back);

#endif
