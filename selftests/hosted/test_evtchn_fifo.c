/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels, FIFO: a guest that follows the protocol finds every event once, in the order of
 * raising within a priority; a guest that does not harms itself only.
 */
/* sources: hypervisor/event/evtchn.c hypervisor/event/evtchn_bind.c hypervisor/event/evtchn_2l.c */
/* sources: hypervisor/event/evtchn_fifo.c hypervisor/event/virq.c */
#include <hv/event/event.h>
#include <hv/event/evtchn.h>
#include <hv/event/evtchn_bind.h>
#include <hv/event/evtchn_fifo.h>

#include "event_world.h"

#include <pthread.h>

#define PENDING (1U << EVTCHN_FIFO_PENDING)
#define MASKED	(1U << EVTCHN_FIFO_MASKED)
#define LINKED	(1U << EVTCHN_FIFO_LINKED)

#define CONTROL_FRAME 10	/* of vCPU 0; the next one is of vCPU 1 */
#define ARRAY_FRAME   20	/* of the first event words */

static uint32_t *word(uint32_t port)
{
	return (uint32_t *)&world_ram[ARRAY_FRAME + port / 1024][0] + port % 1024;
}

static struct evtchn_fifo_control_block *control(unsigned int vcpu)
{
	return (struct evtchn_fifo_control_block *)&world_ram[CONTROL_FRAME + vcpu][64];
}

static int give_control(unsigned int dom, unsigned int vcpu, uint32_t offset)
{
	struct evtchn_init_control op = {
		.control_gfn = CONTROL_FRAME + vcpu, .offset = offset, .vcpu = vcpu};
	int rc = evtchn_fifo_init_control(&world[dom], &op);

	return rc ? rc : op.link_bits;
}

static int give_array(unsigned int n)
{
	memset(world_ram[ARRAY_FRAME + n], 0, 4096);
	return evtchn_fifo_expand_array(&world[1], ARRAY_FRAME + n);
}

static void fifo_start(void)
{
	world_start(0);
	if (give_control(1, 0, 64) != 17 || give_control(1, 1, 64) != 17 || give_array(0))
		abort();
}

/* ---- a guest that follows the protocol ---- */

static uint32_t guest_head[WORLD_VCPUS][16];	/* its own idea of each queue's front */
static uint32_t guest_ready[WORLD_VCPUS];	/* queues that it has been told of */

/* Take the first event of a queue. Returns it, if it is to be handled, or 0. */
static uint32_t take_from(unsigned int vcpu, unsigned int prio)
{
	uint32_t head = guest_head[vcpu][prio], w;

	if (!head)
		head = __atomic_load_n(&control(vcpu)->head[prio], __ATOMIC_ACQUIRE);
	w = __atomic_load_n(word(head), __ATOMIC_ACQUIRE);
	while (!__atomic_compare_exchange_n(word(head), &w, w & ~(LINKED | EVTCHN_FIFO_LINK_MASK),
					    false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
	guest_head[vcpu][prio] = w & EVTCHN_FIFO_LINK_MASK;
	if (!guest_head[vcpu][prio])
		guest_ready[vcpu] &= ~(1U << prio);
	if (!(w & PENDING) || (w & MASKED))
		return 0;
	__atomic_fetch_and(word(head), ~PENDING, __ATOMIC_SEQ_CST);
	return head;
}

/* The next event of a vCPU in the order of priority, or 0. */
static uint32_t take(unsigned int vcpu)
{
	world_info[1][vcpu].evtchn_upcall_pending = 0;
	for (;;) {
		uint32_t port;

		guest_ready[vcpu] |=
			__atomic_exchange_n(&control(vcpu)->ready, 0, __ATOMIC_SEQ_CST);
		if (!guest_ready[vcpu])
			return 0;
		port = take_from(vcpu, (unsigned int)__builtin_ctz(guest_ready[vcpu]));
		if (port)
			return port;
	}
}

static void forget(void)
{
	memset(guest_head, 0, sizeof(guest_head));
	memset(guest_ready, 0, sizeof(guest_ready));
}

static uint32_t ipi(unsigned int vcpu)
{
	uint32_t port = 0;

	evtchn_bind_ipi(&world[1], vcpu, &port);
	return port;
}

/* ---- tests ---- */

static void test_setup(void)
{
	struct evtchn_init_control op = {.control_gfn = WORLD_FRAMES, .offset = 0, .vcpu = 0};
	uint32_t early, port = 0;
	unsigned int n;
	int rc;

	world_start(0);
	early = ipi(0);
	evtchn_send(&world[1], early);
	result(evtchn_fifo_expand_array(&world[1], ARRAY_FRAME) == -EOPNOTSUPP && world_refs == 0 &&
		       evtchn_set_priority(&world[1], early, 3) == -ENOSYS,
	       "2-level has no array and no priorities");
	result(evtchn_fifo_init_control(&world[1], &op) == -EINVAL &&
		       give_control(1, 0, 4096 - 64) == -EINVAL &&
		       give_control(1, 0, 4) == -EINVAL && give_control(1, 2, 0) == -ENOENT &&
		       world_refs == 0,
	       "a bad frame, offset or vCPU is refused");
	result(give_control(1, 0, 64) == 17 && control(0)->ready == 0 && control(0)->head[15] == 0,
	       "a control block is taken and cleared");
	result(give_control(1, 0, 64) == -EINVAL && world_refs == 1, "but only one for each vCPU");
	result(evtchn_get(&world[1], early)->early && give_array(0) == 0 &&
		       (*word(early) & (PENDING | LINKED)) == (PENDING | LINKED),
	       "what was raised before there was memory for it is delivered then");
	result(take(0) == early && take(0) == 0, "once");
	for (n = 1; n < 128; n++)
		if (evtchn_fifo_expand_array(&world[1], 50))
			break;
	result(n == 128 && evtchn_fifo_expand_array(&world[1], 50) == -ENOSPC,
	       "128 pages of words are all");
	for (n = 0; n < 5000; n++)
		port = ipi(0);
	result(port == 5001, "more ports than 2-level has");
	for (n = 0; (rc = evtchn_reset(&world[1])) == -ERESTART && n < 1000; n++)
		;
	result(rc == 0 && world_refs == 0 && !world[1].event.table->fifo &&
		       world[1].event.table->ops == &evtchn_2l_ops,
	       "reset gives the frames back and returns to 2-level");
	forget();
	result(give_control(1, 1, 64) == 17, "and FIFO can be set up again");
	result(world_end(), "no memory stays behind");
}

static void test_order(void)
{
	uint32_t a, b, c, high;

	fifo_start();
	a = ipi(0), b = ipi(0), c = ipi(0), high = ipi(0);
	result(evtchn_set_priority(&world[1], high, 16) == -EINVAL &&
		       evtchn_set_priority(&world[1], 3000, 1) == -EINVAL &&
		       evtchn_set_priority(&world[1], high, 0) == 0,
	       "priorities are 0 to 15");
	evtchn_send(&world[1], b);
	evtchn_send(&world[1], c);
	evtchn_send(&world[1], a);
	evtchn_send(&world[1], high);
	result(world_kicks[1][0] == 1, "the first event kicks; the upcall is pending for the rest");
	evtchn_send(&world[1], c);
	result(evtchn_get(&world[1], c)->stats.useless == 1,
	       "an event that is pending already is counted as useless");
	result(take(0) == high && take(0) == b && take(0) == c && take(0) == a && take(0) == 0,
	       "the higher priority first, and then the order of raising");
	evtchn_send(&world[1], a);
	result(world_kicks[1][0] == 2 && take(0) == a,
	       "an empty queue starts anew, with the same event too");
	evtchn_send(&world[1], a);
	evtchn_send(&world[1], b);
	result(take(0) == a, "half taken");
	evtchn_send(&world[1], c);
	evtchn_send(&world[1], a);
	result(take(0) == b && take(0) == c && take(0) == a && take(0) == 0,
	       "events join a queue that is being emptied");
	world_end();
	forget();
}

static void test_masks(void)
{
	uint32_t a, b;

	fifo_start();
	a = ipi(0), b = ipi(0);
	*word(a) |= MASKED;
	evtchn_send(&world[1], a);
	result((*word(a) & (PENDING | LINKED)) == PENDING && world_kicks[1][0] == 0 && take(0) == 0,
	       "a masked event is pending and in no queue");
	result(evtchn_port_pending(&world[1], a) == 1 && evtchn_port_pending(&world[1], b) == 0,
	       "polling sees it");
	result(evtchn_unmask(&world[1], a) == 0 && !(*word(a) & MASKED) && world_kicks[1][0] == 1 &&
		       take(0) == a,
	       "unmasking delivers it");
	result(evtchn_unmask(&world[1], a) == 0 && world_kicks[1][0] == 1,
	       "unmasking what is not pending tells nobody");
	evtchn_send(&world[1], a);
	evtchn_send(&world[1], b);
	*word(a) |= MASKED;
	result(take(0) == b && take(0) == 0 && (*word(a) & PENDING),
	       "masked while in the queue: passed over, and pending");
	evtchn_unmask(&world[1], a);
	result(take(0) == a, "and delivered when unmasked");
	result(evtchn_close(&world[1], a) == 0 && !(*word(a) & PENDING), "closing clears pending");
	result(world_end(), "no memory stays behind");
	forget();
}

static void test_moves(void)
{
	uint32_t e, f, there;

	fifo_start();
	evtchn_alloc_unbound(&world[0], 1, &there);
	evtchn_bind_interdomain(&world[1], &world[0], there, &e);
	f = ipi(0);
	result(take(0) == e, "binding raises the event");
	evtchn_bind_vcpu(&world[1], e, 1);
	evtchn_send(&world[0], there);
	evtchn_send(&world[1], f);
	result(take(0) == f && take(0) == 0 && take(1) == e && take(1) == 0,
	       "an event that was the old queue's last is not followed into the new one");
	evtchn_send(&world[0], there);
	evtchn_bind_vcpu(&world[1], e, 0);
	evtchn_send(&world[0], there);
	result(take(0) == 0 && take(1) == e, "a queued event stays where it is until it is taken");
	evtchn_send(&world[0], there);
	result(take(0) == e, "then it follows");
	evtchn_set_priority(&world[1], e, 2);
	evtchn_send(&world[1], f);
	evtchn_send(&world[0], there);
	result(take(0) == e && take(0) == f && take(0) == 0,
	       "a new priority holds from the next event on");
	world_end();
	forget();
}

static void test_bad_guests(void)
{
	uint32_t a, b, other, n;

	world_start(0);
	a = ipi(0), other = ipi(1);
	if (give_control(1, 0, 64) != 17 || give_array(0))
		abort();
	evtchn_send(&world[1], other);
	result((*word(other) & (PENDING | LINKED)) == PENDING && world_kicks[1][1] == 0,
	       "a vCPU without control block gets nothing, and nothing breaks");
	result(give_control(1, 1, 64) == 17 && evtchn_unmask(&world[1], other) == 0 &&
		       take(1) == other,
	       "what was pending for it can be had later");
	b = ipi(0);
	evtchn_send(&world[1], a);
	memset(world_ram[CONTROL_FRAME], 0xff, 4096);
	memset(world_ram[ARRAY_FRAME], 0xff, 4096);
	evtchn_send(&world[1], a);
	evtchn_send(&world[1], b);
	evtchn_unmask(&world[1], b);
	evtchn_send(&world[1], b);
	memset(world_ram[ARRAY_FRAME], 0, 4096);
	for (n = 0; n < 100; n++) {
		*word(a) = n * 0x9e3779b9U;
		*word(b) = n * 0x85ebca6bU;
		evtchn_send(&world[1], a);
		evtchn_send(&world[1], b);
		evtchn_unmask(&world[1], a);
	}
	result(world_refs == 3, "words full of nonsense change nothing of ours");
	forget();
	evtchn_close(&world[1], b);
	result(world_end(), "and the domain can be taken down");
}

/* ---- several CPUs at once ---- */

#define SENDERS 2
#define PORTS	24
#define ROUNDS	30000

static uint32_t ports[PORTS];
static bool stop;
static uint32_t raised[PORTS], taken[PORTS];

static void *send_all(void *arg)
{
	unsigned int seed = (unsigned int)(uintptr_t)arg, i;

	for (i = 0; i < ROUNDS; i++) {
		unsigned int k = (unsigned int)rand_r(&seed) % PORTS;

		__atomic_fetch_add(&raised[k], 1, __ATOMIC_SEQ_CST);
		evtchn_send(&world[1], ports[k]);
	}
	return NULL;
}

static void *toggle(void *arg)
{
	unsigned int seed = 7;

	(void)arg;
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		uint32_t port = ports[(unsigned int)rand_r(&seed) % PORTS];

		evtchn_set_priority(&world[1], port, (unsigned int)rand_r(&seed) % 16);
		__atomic_fetch_or(word(port), MASKED, __ATOMIC_SEQ_CST);
		evtchn_unmask(&world[1], port);
	}
	return NULL;
}

static unsigned int take_round(void)
{
	unsigned int n = 0;
	uint32_t port;

	while ((port = take(0)) != 0) {
		taken[port - ports[0]] =
			__atomic_load_n(&raised[port - ports[0]], __ATOMIC_SEQ_CST);
		n++;
	}
	return n;
}

static void *take_all(void *arg)
{
	(void)arg;
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
		take_round();
	return NULL;
}

static void test_concurrent(void)
{
	pthread_t senders[SENDERS], taker, toggler;
	unsigned int i;
	bool good = true, quiet = true;

	fifo_start();
	log_clear();
	for (i = 0; i < PORTS; i++)
		ports[i] = ipi(0);
	pthread_create(&taker, NULL, take_all, NULL);
	pthread_create(&toggler, NULL, toggle, NULL);
	for (i = 0; i < SENDERS; i++)
		pthread_create(&senders[i], NULL, send_all, (void *)(uintptr_t)(i + 1));
	for (i = 0; i < SENDERS; i++)
		pthread_join(senders[i], NULL);
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	pthread_join(taker, NULL);
	pthread_join(toggler, NULL);
	take_round();
	for (i = 0; i < PORTS; i++) {
		good &= taken[i] == raised[i];
		quiet &= !(*word(ports[i]) & (PENDING | LINKED));
	}
	result(good, "senders, a guest that takes and one that masks, unmasks and changes "
		     "priorities: no event is lost");
	result(quiet, "and no word is left pending or linked");
	result(log_empty(), "without running out of tries");
	result(world_end(), "no memory stays behind");
}

int main(void)
{
	printf("1..39\n");
	test_setup();
	test_order();
	test_masks();
	test_moves();
	test_bad_guests();
	test_concurrent();
	return tap_failures != 0;
}
