/* SPDX-License-Identifier: GPL-2.0-only */
/* One vbd of a guest and its queues: what the parts of blkfront share. */
#ifndef SHOJI_BLKFRONT_H
#define SHOJI_BLKFRONT_H

#include <linux/atomic.h>
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/completion.h>
#include <linux/interrupt.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/workqueue.h>
#include <xen/xenbus.h>

#include "include/xen/io/blkif.h"
#include "common/compat.h"
#include "common/ring.h"

#include "pool.h"
#include "vdev.h"
#include "window.h"

#define BLKFRONT_MAX_RING_PAGES 16u
#define BLKFRONT_MAX_QUEUES	16u

/* An id: which hardware context, which tag, and a generation that makes it new each time. */
#define ID_TAG_BITS   16
#define ID_HW_BITS    8
#define ID_NO_REQUEST 0xffu /* as hardware context: it is no request of the disk */

struct blkfront;

enum resize_step {
	RESIZE_NONE,
	RESIZE_UNSENT, /* the pages are made or given up, the backend is to be told */
	RESIZE_SENT,
	RESIZE_ANSWERED,
};

/* A change of a pool's size (resize.c), under struct frontq's lock. */
struct resize {
	struct delayed_work work;
	enum resize_step step;
	unsigned int wanted, to; /* pages; 0: nobody wants more */
	u64 id;			 /* of the request that tells the backend */
	bool done;		 /* it has answered that it did it */
	unsigned long look, not_before; /* jiffies: when to shrink, when to grow */
};

/* One ring. More than one of blk-mq's hardware contexts may use it after a reconnection. */
struct frontq {
	struct blkfront *front;
	/* Constant while connected. */
	struct ring_shared *ring;
	u32 slots, ring_pages;
	grant_ref_t ring_refs[BLKFRONT_MAX_RING_PAGES];
	evtchn_port_t port;
	int irq;

	/* lock: guards what follows, and the ring's requests; taken in interrupts. */
	spinlock_t lock ____cacheline_aligned_in_smp;
	bool running;	/* requests may be put into the ring */
	bool starved;	/* a request was sent back for lack of pages or slots: run again */
	u32 req_prod;	/* requests written */
	u32 req_pushed; /* of these, published */
	u32 rsp_cons;
	struct window window; /* of the event index */
	struct timer_list bound; /* takes answers that the window leaves untold; needs no lock */
	u32 bound_cons;		 /* rsp_cons when it was set */
	u32 generation; /* of ids: a late answer does not match */
	u64 notifies;
	struct blkpool pool;
	struct resize resize;
};

/* Beside each of blk-mq's requests. */
struct frontreq {
	u64 id;
	bool busy; /* in the ring: an answer is due */
	u8 operation;
	u8 nr_runs;
	u8 dir_pages; /* the first of its pages hold segments */
	bool flushing; /* its data is written, the cache is flushed; only with RQF_DONTPREP */
	u16 pages;     /* of data */
	u32 bytes;     /* that are in the ring: all, or as many as this backend takes */
	blk_status_t status;
	struct frontq *q;
	struct pool_run run[BLK_SLOT_SEGMENTS];
};

/* What the backend offers. */
struct features {
	bool pool, resize, line, discard, secure, zeroes;
	u8 flush; /* BLK_OP_FLUSH, BLK_OP_WRITE_BARRIER, or 0: there is no cache to flush */
	unsigned int max_pages; /* of data in a request */
	unsigned int max_indirect;
	u64 sectors;
	unsigned int info, sector_size, physical_sector_size;
	unsigned int discard_granularity, discard_alignment;
};

struct blkfront {
	struct xenbus_device *dev;
	u16 handle;
	struct vdev vdev;
	/*
	 * lock: the connection and the disk's life; process context. Not taken by I/O, and nobody
	 * waits for I/O under it: xenbus's watch thread takes it, and all devices of the guest wait
	 * for that thread.
	 */
	struct mutex lock;
	bool offered;	/* queues are made and published */
	bool connected;
	bool dead;    /* the backend is gone or has broken the protocol: everything fails */
	bool parked;  /* the disk's queue keeps its requests until the next connection */
	bool asked;   /* to close, by the backend or the toolstack */
	bool unbound; /* the driver leaves the device */
	bool leaving; /* the close work takes the disk away: no connection is made any more */
	struct features features;
	unsigned int nr_queues; /* in use; as many as were allocated, or fewer after a migration */
	unsigned int nr_allocated;
	struct frontq *queues;
	struct gendisk *disk;
	struct blk_mq_tag_set tags;
	atomic_t users; /* opens of the disk that were not released; negative: nobody opens it any
			   more */
	struct work_struct add;	   /* registers the disk, which waits for the backend to answer */
	bool adding;		   /* that is not done yet: a work clears it */
	int add_error;		   /* of it, when it is done */
	struct work_struct
		limits; /* the disk's, after a reconnection: changing them may wait for requests */
	struct work_struct close;  /* the last user has let go, or the disk has to be closed */
	struct completion left;	   /* the close work is through, and the driver leaves the device */
};

/* Let the close work look (closing.c). Any context, no lock. */
static inline void blkfront_close_soon(struct blkfront *front)
{
	queue_work(compat_dfl_wq, &front->close);
}

/* closing.c */
/*
 * Expect nothing of the backend any more: what is in the rings and what comes fails. Idempotent;
 * waits for no request; may sleep.
 */
void blkfront_sever(struct blkfront *front);
/*
 * The work of front->close: close the vbd if it is time. Takes the vbd's lock, and waits for
 * requests without it.
 */
void blkfront_close_work(struct work_struct *work);
/*
 * Free what the backend had of us, if the vbd is closed and @back says that it has left. Under
 * the vbd's lock; may sleep.
 */
void blkfront_let_go(struct blkfront *front, enum xenbus_state back);
/*
 * The driver leaves the device: close the disk, be it in use or not. Nothing of the vbd is under
 * way afterwards. Without the vbd's lock; sleeps for as long as the backend takes to answer.
 */
void blkfront_unbind(struct blkfront *front);

/* connect.c */
/*
 * Make queues for this backend and publish them. 0, or a negative errno after the vbd was closed
 * with a message and nothing is granted. May sleep.
 */
int blkfront_offer(struct blkfront *front);
/*
 * Read the device's properties, with the queues made. 0, or -EINVAL after the vbd was closed
 * with a message. May sleep.
 */
int blkfront_read_device(struct blkfront *front);
/* Take over the size of the device, if it has changed. Under the vbd's lock; may sleep. */
void blkfront_read_size(struct blkfront *front);
/*
 * Close the event channels and stop the timers of a paused vbd: no answer is looked at
 * afterwards. Under the vbd's lock; may sleep.
 */
void blkfront_stop_interrupts(struct blkfront *front);
/*
 * End the interrupts and grants of a paused vbd, and withdraw its keys; safe when nothing was
 * made. Under the vbd's lock; may sleep.
 */
void blkfront_disconnect(struct blkfront *front);

/* keys.c */
/*
 * Publish the queues, which are made. 0, -ENOSPC when xenstore's quota allows the guest no more, or
 * another negative errno. Under the vbd's lock; may sleep.
 */
int blkfront_write_keys(struct blkfront *front);
/* Remove what a frontend after this one would not. Under the vbd's lock; may sleep. */
void blkfront_withdraw_keys(struct blkfront *front);

/* disk.c */
/*
 * Make the disk of a connected vbd and begin to register it, in a work. 0, or a negative errno
 * after the vbd was closed with a message. May sleep.
 */
int blkfront_add_disk(struct blkfront *front);
/*
 * The work of front->add: register the disk, which waits for the backend's answers. Without the
 * vbd's lock.
 */
void blkfront_add_work(struct work_struct *work);
/* Whether the disk is being registered; when not, front->add_error is known. Any context. */
bool blkfront_is_adding(struct blkfront *front);
/* Take over what another backend can do, with the queue parked. May sleep. */
void blkfront_update_disk(struct blkfront *front);
/*
 * The work of front->limits: give the disk the limits of the backend. Takes the vbd's lock only
 * to copy them, since changing them may wait for requests.
 */
void blkfront_limits_work(struct work_struct *work);
/* If nobody uses the disk, let nobody open it any more, and return true. Any context. */
bool blkfront_shut_unused(struct blkfront *front);
/*
 * Take the disk of a leaving vbd from the system, waiting for every request's end. Without the
 * vbd's lock.
 */
void blkfront_delete_disk(struct blkfront *front);
/* Free a disk that was deleted, if there is one. Under the vbd's lock; may sleep. */
void blkfront_free_disk(struct blkfront *front);
/*
 * Claim the device numbers of Xen's disks. 0, or a negative errno when another driver has them.
 * May sleep.
 */
int blkfront_register_major(void);
/* Give them back. May sleep. */
void blkfront_unregister_major(void);

/* cdrom.c */
/*
 * Answer CD-ROM ioctl @cmd: at least 0, -ENOTTY for an unknown one, or -EINVAL or -EFAULT for a
 * wrong argument. Process context.
 */
int blkfront_cdrom_ioctl(struct block_device *bdev, unsigned int cmd, unsigned long arg);

/* replay.c */
/* Let requests of a connected vbd into the rings. Takes the queues' locks. */
void blkfront_run(struct blkfront *front);
/* Let no request into the rings; answers that come are not looked at. Takes the queues' locks. */
void blkfront_pause(struct blkfront *front);
/*
 * Let requests wait in the disk's queue: ring, pool and features may change afterwards. Waits
 * for no request. The vbd is paused; under its lock; may sleep.
 */
void blkfront_park(struct blkfront *front);
/* Undo blkfront_park(); safe if the queue is not parked. Under the vbd's lock. */
void blkfront_unpark(struct blkfront *front);
/*
 * Put requests without an answer back into the disk's queue, to be sent again. The queue is
 * parked, the interrupts are unbound. May sleep.
 */
void blkfront_replay(struct blkfront *front);
/*
 * Fail what is in the rings of a dead and paused vbd, its interrupts unbound. Waits for no
 * request; may sleep.
 */
void blkfront_fail_all(struct blkfront *front);

/* push.c */
/*
 * An id that no answer has named before, of @tag in blk-mq's hardware context @hw or of none,
 * ID_NO_REQUEST. Under the queue's lock.
 */
u64 blkfront_new_id(struct frontq *q, unsigned int hw, unsigned int tag);
/* Write a request into the next slot, which is free. Under the queue's lock. */
void blkfront_put(struct frontq *q, const union blk_request *request);
/*
 * Publish what was written. True when the backend wants an event, which the caller sends without
 * the lock. Under the queue's lock.
 */
bool blkfront_push(struct frontq *q);
/* Set the timer, if answers may lie in the ring without an event. Under the queue's lock. */
void blkfront_bound_window(struct frontq *q);

/* resize.c */
/* A request found too few pages in the pool and needs @need. Under the queue's lock. */
void blkfront_want_pages(struct frontq *q, unsigned int need);
/* Take the answer to a change of the pool, if it is one. Under the queue's lock. */
bool blkfront_resized(struct frontq *q, const struct blk_response *response);
/* Set a queue, zeroed, up for the life of the vbd. */
void blkfront_init_resize(struct frontq *q);
/* The paused queue has a fresh ring and pool. */
void blkfront_fresh_resize(struct frontq *q);
/* No change of the paused queue's pool is under way when this returns. Sleeps. */
void blkfront_stop_resize(struct frontq *q);

/* queue.c */
extern const struct blk_mq_ops blkfront_mq_ops;
/*
 * The event channel's handler: take the answers. @data is the queue. Hard interrupt; takes the
 * queue's lock.
 */
irqreturn_t blkfront_event(int irq, void *data);
/* Set a queue, zeroed, up for the life of the vbd, before anybody sees it. */
void blkfront_init_queue(struct frontq *q, struct blkfront *front);
/*
 * Reset the indices and the window of a paused queue to those of an empty ring, before its event
 * channel is bound.
 */
void blkfront_fresh_ring(struct frontq *q);

/* request.c */
/* Whether operation BLK_OP_* is slow by nature, so that its answer is not expected soon. */
bool blkfront_is_slow(u8 operation);
/*
 * Choose the operation that @rq becomes (0: nothing is to be sent), and its pages of the pool.
 * BLK_STS_OK, or BLK_STS_NOTSUPP when the backend cannot do it. Any context.
 */
blk_status_t blkfront_classify(struct frontq *q, struct request *rq);
/*
 * Cut a classified request with data to what @pages of the pool carry; returns how many of them it
 * needs. Any context.
 */
unsigned int blkfront_fit(struct request *rq, unsigned int pages);
/* The block layer's code for an answer's status, BLK_RSP_* or whatever a backend says. */
blk_status_t blkfront_status(int status);
/*
 * End an answered request, or send its rest or a flush that must follow it. Softirq or
 * interrupt.
 */
void blkfront_finish(struct request *rq);

/* data.c */
/* Copy a request's data into its pages of the pool (@to_pool) or out of them. Any context. */
void blkfront_copy_data(struct request *rq, bool to_pool);
/*
 * Lay a classified request, with its id and pages, out in private memory, for one copy into the
 * slot. Writes its indirect pages too. Any context.
 */
void blkfront_fill(union blk_request *to, struct request *rq, struct frontq *q);

#endif
