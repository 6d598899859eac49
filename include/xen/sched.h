/* SPDX-License-Identifier: GPL-2.0-only */
/* Scheduling calls of a guest (hypercall 29). */
#ifndef SHOJI_XEN_SCHED_H
#define SHOJI_XEN_SCHED_H

#include "event_channel.h"

#define SCHEDOP_yield		0 /* no argument */
#define SCHEDOP_block		1 /* no argument; events are unmasked on the way */
#define SCHEDOP_shutdown	2 /* sched_shutdown */
#define SCHEDOP_poll		3 /* sched_poll */
#define SCHEDOP_remote_shutdown 4 /* sched_remote_shutdown */
#define SCHEDOP_shutdown_code	5 /* sched_shutdown: note the reason, go on running */
#define SCHEDOP_watchdog	6 /* sched_watchdog */
#define SCHEDOP_pin_override	7 /* sched_pin_override */

struct sched_shutdown {
	uint32_t reason; /* SHUTDOWN_* */
};
typedef struct sched_shutdown sched_shutdown_t;

struct sched_poll {
	XEN_GUEST_HANDLE(evtchn_port_t) ports;
	uint32_t nr_ports;
	uint64_t timeout; /* system time in ns, 0: none */
};
typedef struct sched_poll sched_poll_t;

struct sched_remote_shutdown {
	domid_t domain_id;
	uint32_t reason; /* SHUTDOWN_* */
};
typedef struct sched_remote_shutdown sched_remote_shutdown_t;

struct sched_watchdog {
	uint32_t id; /* 0: a new one, whose id is the result */
	uint32_t timeout; /* seconds, 0: stop it */
};
typedef struct sched_watchdog sched_watchdog_t;

struct sched_pin_override {
	int32_t pcpu; /* negative: end of the override */
};
typedef struct sched_pin_override sched_pin_override_t;

#define SHUTDOWN_poweroff   0
#define SHUTDOWN_reboot	    1
#define SHUTDOWN_suspend    2
#define SHUTDOWN_crash	    3
#define SHUTDOWN_watchdog   4
#define SHUTDOWN_soft_reset 5
#define SHUTDOWN_MAX	    5

#endif
