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
#include "common/ring.h"

#include "pool.h"
#include "vdev.h"
#include "window.h"

#define BLKFRONT_MAX_RING_PAGES 16u
#define BLKFRONT_MAX_QUEUES	16u

struct blkfront;

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
	u32 generation; /* of ids: a late answer does not match */
	u64 notifies;
	struct blkpool pool;
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
	bool pool, discard, secure, zeroes;
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
	queue_work(system_unbound_wq, &front->close);
}

/* closing.c */
void blkfront_sever(struct blkfront *front);
void blkfront_close_work(struct work_struct *work);
void blkfront_let_go(struct blkfront *front, enum xenbus_state back);
void blkfront_unbind(struct blkfront *front);

/* connect.c */
int blkfront_offer(struct blkfront *front);
int blkfront_read_device(struct blkfront *front);
void blkfront_read_size(struct blkfront *front);
void blkfront_stop_interrupts(struct blkfront *front);
void blkfront_disconnect(struct blkfront *front);

/* disk.c */
int blkfront_add_disk(struct blkfront *front);
void blkfront_add_work(struct work_struct *work);
bool blkfront_is_adding(struct blkfront *front);
void blkfront_update_disk(struct blkfront *front);
void blkfront_limits_work(struct work_struct *work);
bool blkfront_shut_unused(struct blkfront *front);
void blkfront_delete_disk(struct blkfront *front);
void blkfront_free_disk(struct blkfront *front);
int blkfront_register_major(void);
void blkfront_unregister_major(void);

/* cdrom.c */
int blkfront_cdrom_ioctl(struct block_device *bdev, unsigned int cmd, unsigned long arg);

/* replay.c */
void blkfront_run(struct blkfront *front);
void blkfront_pause(struct blkfront *front);
void blkfront_park(struct blkfront *front);
void blkfront_unpark(struct blkfront *front);
void blkfront_replay(struct blkfront *front);
void blkfront_fail_all(struct blkfront *front);

/* queue.c */
extern const struct blk_mq_ops blkfront_mq_ops;
irqreturn_t blkfront_event(int irq, void *data);
void blkfront_init_queue(struct frontq *q, struct blkfront *front);
void blkfront_fresh_ring(struct frontq *q);

/* request.c */
bool blkfront_is_slow(u8 operation);
blk_status_t blkfront_classify(struct frontq *q, struct request *rq);
blk_status_t blkfront_status(int status);
void blkfront_finish(struct request *rq);

/* data.c */
void blkfront_copy_data(struct request *rq, bool to_pool);
void blkfront_fill(union blk_request *to, struct request *rq, struct frontq *q);

#endif
