/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim (2-level event channels): no event is lost or delivered to another port, and the state of a
 * port is that of its last binding.
 */
/* sources: hypervisor/event/evtchn.c hypervisor/event/evtchn_bind.c hypervisor/event/evtchn_2l.c */
/* sources: hypervisor/event/evtchn_fifo.c hypervisor/event/virq.c */
#include <hv/event/event.h>
#include <hv/event/evtchn.h>
#include <hv/event/evtchn_bind.h>
#include <hv/event/virq.h>

#include "event_world.h"

#include <pthread.h>

static bool pending(unsigned int dom, uint32_t port)
{
	return world_shared[dom].evtchn_pending[port / 64] >> (port % 64) & 1;
}

static void mask(unsigned int dom, uint32_t port)
{
	world_shared[dom].evtchn_mask[port / 64] |= 1UL << (port % 64);
}

/* What a guest does in its upcall: forget everything that is pending. */
static void take_all(unsigned int dom, unsigned int vcpu)
{
	struct vcpu_info *info = &world_info[dom][vcpu];

	info->evtchn_upcall_pending = 0;
	info->evtchn_pending_sel = 0;
	memset(world_shared[dom].evtchn_pending, 0, sizeof(world_shared[dom].evtchn_pending));
}

static uint32_t status_of(unsigned int dom, uint32_t port)
{
	struct evtchn_status st = {.port = port};

	return evtchn_status(&world[dom], &st) ? 99 : st.status;
}

static void test_interdomain(void)
{
	struct evtchn_status st;
	uint32_t here, there, other;
	uint16_t before;

	world_start(0);
	here = world_pair(&there);
	result(here == 1 && there == 1, "the first port of a domain is 1");
	result(pending(1, here) && world_kicks[1][0] == 1 && !pending(0, there),
	       "binding raises the new local port and nothing else");
	take_all(1, 0);
	result(evtchn_send(&world[0], there) == 0 && pending(1, here) &&
		       world_info[1][0].evtchn_upcall_pending == 1 &&
		       world_info[1][0].evtchn_pending_sel == 1 && world_kicks[1][0] == 2,
	       "sending raises the other end");
	evtchn_send(&world[0], there);
	result(world_kicks[1][0] == 2, "a second event before the first is taken kicks nobody");
	result(evtchn_get(&world[1], here)->stats.sent == 3 &&
		       evtchn_get(&world[1], here)->stats.useless == 1 &&
		       evtchn_get(&world[1], here)->stats.delivered == 2,
	       "statistics: sent, told, useless");
	st = (struct evtchn_status){.port = here};
	result(evtchn_status(&world[1], &st) == 0 && st.status == EVTCHNSTAT_interdomain &&
		       st.u.interdomain.dom == 0 && st.u.interdomain.port == there,
	       "status names the other end");
	result(evtchn_bind_interdomain(&world[2], &world[0], there, &other) == -EINVAL,
	       "a bound port cannot be bound again");
	evtchn_alloc_unbound(&world[0], 1, &there);
	result(evtchn_bind_interdomain(&world[2], &world[0], there, &other) == -EINVAL &&
		       evtchn_get(&world[2], 1)->word == 0,
	       "a port for another domain cannot be bound, and nothing is left behind");
	before = world[0].event.table->lock.next;
	result(evtchn_bind_interdomain(&world[2], &world[0], there, &other) == -EINVAL &&
		       world[0].event.table->lock.next == before,
	       "nor is the lock of the other's table taken for it");
	result(evtchn_bind_interdomain(&world[2], &world[0], 5000, &other) == -EINVAL &&
		       evtchn_bind_interdomain(&world[2], &world[0], 0, &other) == -EINVAL,
	       "ports out of range, or 0, cannot be bound");
	result(evtchn_send(&world[0], there) == 0,
	       "sending on an unbound port does nothing and is no error");
	evtchn_alloc_unbound(&world[0], 0, &there);
	result(evtchn_bind_interdomain(&world[0], &world[0], there, &here) == 0 &&
		       evtchn_send(&world[0], here) == 0 && pending(0, there),
	       "a domain can be its own peer");
	result(world_end(), "no memory stays behind");
}

static void test_close(void)
{
	uint32_t here, there, again;

	world_start(0);
	here = world_pair(&there);
	take_all(1, 0);
	result(evtchn_close(&world[1], here) == 0 && status_of(1, here) == EVTCHNSTAT_closed &&
		       status_of(0, there) == EVTCHNSTAT_unbound,
	       "closing one end leaves the other unbound");
	result(!pending(0, there) && world_kicks[0][0] == 0, "the other end gets no event of it");
	result(evtchn_send(&world[0], there) == 0 && !pending(1, here), "its sends go nowhere");
	result(evtchn_send(&world[1], here) == -EINVAL &&
		       evtchn_close(&world[1], here) == -EINVAL &&
		       evtchn_unmask(&world[1], here) == -EINVAL &&
		       evtchn_bind_vcpu(&world[1], here, 0) == -EINVAL,
	       "a closed port refuses every call");
	result(evtchn_bind_interdomain(&world[1], &world[0], there, &again) == 0 && again == here,
	       "the same two can connect again, and the port is reused");
	take_all(1, 0);
	evtchn_bind_vcpu(&world[1], here, 1);
	evtchn_send(&world[0], there);
	result(evtchn_close(&world[1], here) == 0 && !pending(1, here),
	       "closing clears what was pending");
	evtchn_bind_ipi(&world[1], 0, &again);
	result(again == here && evtchn_get(&world[1], here)->vcpu == 0 &&
		       evtchn_get(&world[1], here)->stats.sent == 0,
	       "a reused port starts with vCPU 0 and without history");
	result(evtchn_close(&world[0], 0) == -EINVAL && evtchn_send(&world[0], 0) == -EINVAL &&
		       evtchn_port_pending(&world[0], 0) == -EINVAL &&
		       evtchn_unmask(&world[0], 0) == -EINVAL,
	       "port 0 can neither be closed nor sent on");
	result(evtchn_close(&world[0], UINT32_MAX) == -EINVAL &&
		       evtchn_send(&world[0], 1U << 31) == -EINVAL &&
		       evtchn_port_pending(&world[0], EVTCHN_FIFO_NR_CHANNELS) == -EINVAL &&
		       status_of(0, 1U << 20) == 99,
	       "numbers beyond every port are refused");
	result(world_end(), "no memory stays behind");
}

static void test_mask(void)
{
	uint32_t here, there;

	world_start(0);
	here = world_pair(&there);
	take_all(1, 0);
	mask(1, here);
	evtchn_send(&world[0], there);
	result(pending(1, here) && world_info[1][0].evtchn_upcall_pending == 0 &&
		       world_kicks[1][0] == 1,
	       "a masked event is pending and tells nobody");
	result(evtchn_unmask(&world[1], here) == 0 && world_info[1][0].evtchn_upcall_pending == 1 &&
		       world_info[1][0].evtchn_pending_sel == 1 && world_kicks[1][0] == 2,
	       "unmasking delivers it");
	evtchn_bind_vcpu(&world[1], here, 1);
	take_all(1, 0);
	evtchn_send(&world[0], there);
	result(world_kicks[1][1] == 1 && world_kicks[1][0] == 2 &&
		       world_info[1][1].evtchn_upcall_pending == 1,
	       "after bind_vcpu the other vCPU is told");
	take_all(1, 1);
	world_info[1][1].evtchn_upcall_mask = 1;
	evtchn_send(&world[0], there);
	result(world_info[1][1].evtchn_upcall_pending == 1 && world_kicks[1][1] == 1,
	       "a running vCPU that has masked all events is not interrupted");
	take_all(1, 1);
	world_vcpu[1][1].sched.blocked = true;
	evtchn_send(&world[0], there);
	result(world_kicks[1][1] == 2, "but a sleeping one is woken");
	result(evtchn_bind_vcpu(&world[1], here, 7) == -ENOENT, "there is no vCPU 7");
	world_vcpu[1][1].info = NULL;
	take_all(1, 1);
	result(evtchn_send(&world[0], there) == 0, "a vCPU without vcpu_info is survived");
	world_end();
}

static void test_virq_ipi_pirq(void)
{
	uint32_t timer, other, ipi, con, pirq;

	world_start(0);
	result(evtchn_bind_virq(&world[1], VIRQ_TIMER, 1, &timer) == 0 &&
		       status_of(1, timer) == EVTCHNSTAT_virq,
	       "a virq binds to a vCPU");
	result(evtchn_bind_virq(&world[1], VIRQ_TIMER, 1, &other) == -EEXIST &&
	       evtchn_bind_virq(&world[1], VIRQ_TIMER, 0, &other) == 0, "once for each vCPU");
	send_vcpu_virq(&world_vcpu[1][1], VIRQ_TIMER);
	result(pending(1, timer) && !pending(1, other) && world_kicks[1][1] == 1 &&
		       world_kicks[1][0] == 0,
	       "the timer of vCPU 1 tells vCPU 1");
	take_all(1, 1);
	world_vcpu[1][1].event.virq_port[VIRQ_DEBUG] = timer;
	send_vcpu_virq(&world_vcpu[1][1], VIRQ_DEBUG);
	result(!pending(1, timer), "the channel's own state decides, not the hint");
	world_vcpu[1][1].event.virq_port[VIRQ_DEBUG] = 0;
	result(evtchn_bind_vcpu(&world[1], timer, 0) == -EINVAL, "a per-vCPU virq does not move");
	result(evtchn_bind_virq(&world[1], NR_VIRQS, 0, &other) == -EINVAL &&
		       evtchn_bind_virq(&world[1], VIRQ_TIMER, 5, &other) == -ENOENT &&
		       evtchn_bind_virq(&world[1], VIRQ_CONSOLE, 1, &other) == -EINVAL,
	       "bad virqs and vCPUs are refused");
	result(!global_virq_bound(VIRQ_CONSOLE) && !global_virq_bound(1000) &&
		       evtchn_bind_virq(&world[0], VIRQ_CONSOLE, 0, &con) == 0 &&
		       global_virq_bound(VIRQ_CONSOLE),
	       "it is known whether somebody listens");
	send_global_virq(VIRQ_CONSOLE);
	send_global_virq(VIRQ_TIMER);
	send_global_virq(1000);
	result(pending(0, con) && world_kicks[0][0] == 1, "a system-wide virq goes to Domain-0");
	evtchn_close(&world[0], con);
	send_global_virq(VIRQ_CONSOLE);
	result(!pending(0, con) && evtchn_bind_virq(&world[0], VIRQ_CONSOLE, 0, &other) == 0 &&
		       other == con,
	       "closed, it is silent and can be bound again");
	evtchn_bind_ipi(&world[1], 1, &ipi);
	evtchn_send(&world[1], ipi);
	result(pending(1, ipi) && evtchn_bind_vcpu(&world[1], ipi, 0) == -EINVAL &&
		       evtchn_bind_ipi(&world[1], 2, &other) == -ENOENT,
	       "an IPI is sent to oneself and does not move");
	result(evtchn_send(&world[1], timer) == -EINVAL, "a guest cannot raise its virqs");
	result(evtchn_bind_pirq(&world[0], 17, 0, &pirq) == 0 && world_pirq_bound == 17 &&
		       evtchn_send_pirq(&world[0], pirq, 17) && pending(0, pirq),
	       "a pirq binds, and its interrupt is an event");
	result(!evtchn_send_pirq(&world[0], pirq, 18) && !evtchn_send_pirq(&world[0], con, 17) &&
		       !evtchn_send_pirq(&world[0], 9999, 17),
	       "an interrupt for what the port is not raises nothing");
	evtchn_bind_vcpu(&world[0], pirq, 1);
	result(world_pirq_vcpu == &world_vcpu[0][1], "bind_vcpu tells the interrupt where to go");
	result(evtchn_close(&world[0], pirq) == 0 && world_pirq_bound == -1,
	       "closing releases the line");
	world_bind_error = -EBUSY;
	result(evtchn_bind_pirq(&world[0], 17, 0, &pirq) == -EBUSY &&
		       world[0].event.table->in_use == 1 &&
		       evtchn_bind_pirq(&world[0], 200, 0, &pirq) == -EINVAL,
	       "a line that cannot be had leaves no port behind");
	result(world_end(), "no memory stays behind");
}

static void test_limits(void)
{
	uint32_t port = 0, n = 0;
	int rc;

	world_start(100);
	while (!(rc = evtchn_bind_ipi(&world[1], 0, &port)))
		n++;
	result(rc == -ENOSPC && n == 99 && port == 99, "a domain for 100 ports has 99 and port 0");
	evtchn_close(&world[1], 40);
	evtchn_close(&world[1], 20);
	result(evtchn_bind_ipi(&world[1], 0, &port) == 0 && port == 20 &&
		       evtchn_bind_ipi(&world[1], 0, &port) == 0 && port == 40 &&
		       evtchn_bind_ipi(&world[1], 0, &port) == -ENOSPC,
	       "the lowest free port comes first");
	world_end();
	world_start(0);
	for (n = 0; !(rc = evtchn_bind_ipi(&world[1], 0, &port)); n++)
		;
	result(rc == -ENOSPC && n == 4095 && port == 4095, "2-level has 4096 ports");
	result(evtchn_send(&world[1], 4095) == 0 && pending(1, 4095) &&
		       world_info[1][0].evtchn_pending_sel == 1UL << 63,
	       "the last one works");
	for (n = 0; (rc = evtchn_reset(&world[1])) == -ERESTART && n < 100; n++)
		;
	result(rc == 0 && n >= 30 && n < 100 && world[1].event.table->in_use == 0,
	       "reset closes all, in bounded steps");
	result(evtchn_bind_ipi(&world[1], 0, &port) == 0 && port == 1, "and the domain can go on");
	for (n = 0; n < 1000; n++)
		evtchn_bind_ipi(&world[1], 0, &port);
	rc = evtchn_reset(&world[1]);
	evtchn_bind_ipi(&world[1], 0, &port);
	for (n = 0; rc == -ERESTART && n < 100; n++)
		rc = evtchn_reset(&world[1]);
	result(rc == 0 && port == 1 && world[1].event.table->in_use == 0,
	       "what is bound behind its back is closed too");
	world_fail_alloc = 1;
	for (n = 0; n < 62; n++)
		evtchn_bind_ipi(&world[2], 0, &port);
	result(world_fail_alloc == 1 && evtchn_bind_ipi(&world[2], 0, &port) == 0 &&
		       evtchn_bind_ipi(&world[2], 0, &port) == -ENOMEM &&
		       evtchn_bind_ipi(&world[2], 0, &port) == 0 && port == 64,
	       "no memory for more channels: an error once, then it goes on");
	result(world_end(), "no memory stays behind");
}

static void test_death(void)
{
	uint32_t here, there, port, n;

	world_start(0);
	here = world_pair(&there);
	result(evtchn_domain_close(&world[1]) == 0 && status_of(0, there) == EVTCHNSTAT_unbound &&
		       here == 1,
	       "a dying domain's peers become unbound");
	result(evtchn_bind_ipi(&world[1], 0, &port) == -EINVAL &&
		       evtchn_alloc_unbound(&world[1], 0, &port) == -EINVAL,
	       "it can bind nothing any more");
	evtchn_alloc_unbound(&world[0], 1, &there);
	result(evtchn_bind_interdomain(&world[1], &world[0], there, &port) == -EINVAL,
	       "not to others either");
	for (n = 0; n < 1000; n++)
		evtchn_alloc_unbound(&world[2], 0, &port);
	result(evtchn_domain_close(&world[2]) == -ERESTART &&
		       evtchn_bind_interdomain(&world[0], &world[2], port, &there) == -EINVAL &&
		       status_of(2, port) == EVTCHNSTAT_unbound,
	       "and nobody can bind to it while it is dying");
	send_vcpu_virq(&world_vcpu[1][0], VIRQ_TIMER);
	evtchn_raise_all(&world_vcpu[0][1]);
	result(world_info[0][1].evtchn_pending_sel == UINT64_MAX &&
		       world_info[0][1].evtchn_upcall_pending == 1,
	       "a moved vcpu_info has everything pending");
	result(world_end(), "no memory stays behind");
}

static void test_poll(void)
{
	uint32_t here, there;

	world_start(0);
	here = world_pair(&there);
	take_all(1, 0);
	mask(1, here);
	world_info[1][1].evtchn_upcall_mask = 1;
	evtchn_poll_begin(&world_vcpu[1][1], here);
	result(evtchn_port_pending(&world[1], here) == 0, "nothing is pending");
	evtchn_send(&world[0], there);
	result(world_kicks[1][1] == 1 && evtchn_port_pending(&world[1], here) == 1,
	       "a vCPU that polls a masked port is woken by its event");
	evtchn_poll_end(&world_vcpu[1][1]);
	take_all(1, 0);
	evtchn_send(&world[0], there);
	result(world_kicks[1][1] == 1, "and after that no more");
	world_end();
}

/* Two threads send on both ends of a channel while a third opens and closes it. */
static bool stop;

static void *sender(void *arg)
{
	struct domain *d = arg;

	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
		evtchn_send(d, 1);
	return NULL;
}

static void test_race(void)
{
	pthread_t threads[2];
	uint32_t here = 1, there;
	unsigned int i;
	bool good = true;

	world_start(0);
	evtchn_alloc_unbound(&world[0], 1, &there);
	pthread_create(&threads[0], NULL, sender, &world[0]);
	pthread_create(&threads[1], NULL, sender, &world[1]);
	for (i = 0; i < 20000; i++) {
		good &= evtchn_bind_interdomain(&world[1], &world[0], there, &here) == 0 &&
			here == 1;
		good &= evtchn_close(&world[1], here) == 0 && !pending(1, 1);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	result(good,
	       "20000 times bound and closed under fire: no event comes through a closed channel");
	result((evtchn_get(&world[0], 1)->word & EVTCHN_SENDERS_MASK) == 0 &&
		       (evtchn_get(&world[1], 1)->word & EVTCHN_SENDERS_MASK) == 0,
	       "nobody is left inside");
	result(world_end(), "no memory stays behind");
}

/*
 * A table that is full but for its first port, which another call takes: the next one has to look
 * at all of them.
 */
static void test_long_search(void)
{
	uint32_t port, first = 0, n = 0;
	unsigned int goes = 0;
	int rc;

	world_start(0);
	while (!evtchn_alloc_unbound(&world[1], 0, &port))
		n++;
	evtchn_close(&world[1], 1);
	result(n == 4095 && !evtchn_alloc_unbound(&world[1], 0, &first) && first == 1,
	       "a port in front of a full table");
	world_preempt = true;
	do
		goes++;
	while ((rc = evtchn_alloc_unbound(&world[1], 0, &port)) == -ERESTART && goes < 100);
	result(rc == -ENOSPC && goes >= 4 && goes < 100,
	       "a long search for the next one lets others have their turn, and ends");
	evtchn_close(&world[1], 3000);
	for (goes = 1; (rc = evtchn_alloc_unbound(&world[1], 0, &port)) == -ERESTART; goes++)
		;
	result(!rc && port == 3000 && goes < 5, "what is free is found in spite of it");
	world_preempt = false;
	result(world_end(), "no memory stays behind");
}

int main(void)
{
	printf("1..72\n");
	test_interdomain();
	test_close();
	test_mask();
	test_virq_ipi_pirq();
	test_limits();
	test_death();
	test_poll();
	test_race();
	test_long_search();
	return tap_failures != 0;
}
