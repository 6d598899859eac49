/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What /dev/hvbench and the program hvbench say to each other.
 *
 * The module only takes samples; medians and percentiles are the program's work. A file handle
 * holds at most one offer (pages and an event channel for another domain) and one peer (another
 * domain's offer): closing it gives both back, so that a program which dies leaves nothing behind.
 */
#ifndef HVBENCH_ABI_H
#define HVBENCH_ABI_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define HVBENCH_MAGIC       0x6862656e63680001ULL
#define HVBENCH_MAX_PAGES   64
#define HVBENCH_MAX_SAMPLES 100000
/* A test stops here with the samples that it has, however slow the machine is. */
#define HVBENCH_MAX_SECONDS 30

enum hvbench_test {
	HVBENCH_HYPERCALL, /* xen_version(version): the cheapest way in and out */
	HVBENCH_CTXSW,     /* two kernel threads hand over to each other on one vCPU */
	HVBENCH_TIMER,     /* lateness of an hrtimer's callback, 1 ms after it was set */
	HVBENCH_VCPUS,     /* event there and back between two vCPUs of this domain */
	HVBENCH_DOMAINS,   /* event there and back between this domain and the peer */
	HVBENCH_MAP,       /* the peer's pages, `batch` of them a hypercall */
	HVBENCH_UNMAP,
	HVBENCH_COPY,
	HVBENCH_TESTS,
};

struct hvbench_run {
	__u32 test;
	__u32 batch;   /* pages a hypercall (map, unmap, copy) */
	__u32 cpu;     /* the vCPU that measures (ctxsw, vcpus) */
	__u32 other;   /* the vCPU that answers (vcpus) */
	__u32 samples; /* in: wanted, out: taken */
	__u32 ops;     /* out: operations in each sample */
	__u64 buffer;  /* user pointer to `samples` times in ns (__u64), each of `ops` operations */
};

struct hvbench_offer {
	__u32 domid; /* in: who may use it */
	__u32 pages; /* in: data pages, 1 to HVBENCH_MAX_PAGES */
	__u32 self;  /* out: this domain's id */
	__u32 gref;  /* out: grant of the header page, which names the data pages' grants */
	__u32 port;  /* out: event channel that answers each event with one */
	__u32 reserved;
};

struct hvbench_peer {
	__u32 domid, gref, port; /* in: as the offer said */
	__u32 pages;             /* out */
};

/*
 * The first page of an offer; the data pages hold their own number in every 8 bytes, see offer.c.
 */
struct hvbench_header {
	__u64 magic;
	__u32 pages;
	__u32 port;
	__u32 refs[HVBENCH_MAX_PAGES];
};

#define HVBENCH_IOC_RUN   _IOWR('S', 0x40, struct hvbench_run)
#define HVBENCH_IOC_OFFER _IOWR('S', 0x41, struct hvbench_offer)
#define HVBENCH_IOC_PEER  _IOWR('S', 0x42, struct hvbench_peer)

#endif
