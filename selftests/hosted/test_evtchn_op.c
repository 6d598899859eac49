/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * event_channel_op: arguments are copied once, answers are complete, and a domain without the
 * privilege cannot query another domain's ports.
 */
/* sources: hypervisor/event/evtchn_op.c hypervisor/event/evtchn.c hypervisor/event/evtchn_bind.c */
/* sources: hypervisor/event/evtchn_2l.c hypervisor/event/evtchn_fifo.c hypervisor/event/virq.c */
#include "event_world.h"

#include "effects.h"

#include <hv/event/evtchn.h>
#include <hv/event/evtchn_bind.h>
#include <hv/hypercall/hypercall.h>
#include <x86/uaccess.h>

static int copies_left = -1;	/* so many succeed; negative: all */
static int held;
static bool restarted;

static bool copy_ok(gaddr_t a)
{
	return a >= 4096 && (copies_left < 0 || copies_left-- > 0);
}

int copy_from_guest(void *dst, gaddr_t src, size_t size)
{
	if (!copy_ok(src))
		return -EFAULT;
	memcpy(dst, (const void *)src, size);
	return 0;
}

int copy_to_guest(gaddr_t dst, const void *src, size_t size)
{
	if (!copy_ok(dst))
		return -EFAULT;
	memcpy((void *)dst, src, size);
	return 0;
}

struct domain *domain_get(domid_t id)
{
	if (id == DOMID_SELF)
		id = current->domain->id;
	if (id >= WORLD_DOMAINS)
		return NULL;
	held++;
	return &world[id];
}

void domain_put(struct domain *d)
{
	(void)d;
	held--;
}

long hypercall_restart(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
	(void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
	restarted = true;
	return -ERESTART;
}

long not_implemented(const char *what, unsigned int sub)
{
	(void)what;
	(void)sub;
	return -ENOSYS;
}

static long call(unsigned int dom, unsigned int cmd, const void *arg)
{
	hosted_cpu_info.vcpu = &world_vcpu[dom][0];
	return do_event_channel_op(cmd, (gaddr_t)arg, 0, 0, 0, 0);
}

static void test_pairs(void)
{
	struct evtchn_alloc_unbound a = {.dom = 1, .remote_dom = DOMID_SELF};
	struct evtchn_bind_interdomain b = {.remote_dom = 0};
	struct evtchn_status st = {.dom = DOMID_SELF};
	struct evtchn_close c;
	struct evtchn_send s;

	result(call(0, EVTCHNOP_alloc_unbound, &a) == 0 && a.port == 1,
	       "Domain-0 allocates a guest's first port");
	st.dom = 1;
	st.port = 1;
	result(call(0, EVTCHNOP_status, &st) == 0 && st.status == EVTCHNSTAT_unbound &&
		       st.u.unbound.dom == 0,
	       "and SELF as the other end is Domain-0");
	a = (struct evtchn_alloc_unbound){.dom = 2, .remote_dom = 1};
	result(call(1, EVTCHNOP_alloc_unbound, &a) == -EPERM &&
		       call(1, EVTCHNOP_status, &(struct evtchn_status){.dom = 0}) == -EPERM &&
		       call(1, EVTCHNOP_reset, &(struct evtchn_reset){.dom = 0}) == -EPERM,
	       "a guest may not ask about others");
	a = (struct evtchn_alloc_unbound){.dom = DOMID_SELF, .remote_dom = 1};
	call(0, EVTCHNOP_alloc_unbound, &a);
	b.remote_port = a.port;
	result(call(1, EVTCHNOP_bind_interdomain, &b) == 0 && b.local_port == 2,
	       "a guest binds to what was offered to it");
	result(call(1, EVTCHNOP_bind_interdomain,
		    &(struct evtchn_bind_interdomain){.remote_dom = 9}) == -ESRCH &&
		       call(0, EVTCHNOP_alloc_unbound, &(struct evtchn_alloc_unbound){.dom = 9}) ==
			       -ESRCH,
	       "domains that are not there");
	s.port = b.local_port;
	world_shared[0].evtchn_pending[0] = 0;
	result(call(1, EVTCHNOP_send, &s) == 0 &&
		       world_shared[0].evtchn_pending[0] == 1UL << a.port,
	       "send");
	memset(&st, 0xee, sizeof(st));
	st.dom = DOMID_SELF;
	st.port = b.local_port;
	result(call(1, EVTCHNOP_status, &st) == 0 && st.status == EVTCHNSTAT_interdomain &&
		       st.vcpu == 0 && st.u.interdomain.port == a.port && st.u.interdomain.dom == 0,
	       "status answers in full");
	st.port = 200000;
	result(call(1, EVTCHNOP_status, &st) == -EINVAL, "up to the last port");
	c.port = b.local_port;
	result(call(1, EVTCHNOP_close, &c) == 0 && call(1, EVTCHNOP_close, &c) == -EINVAL, "close");
	result(held == 0, "every reference is given back");
}

static void test_answers(void)
{
	struct evtchn_bind_ipi ipi = {.vcpu = 1};
	struct evtchn_bind_virq virq = {.virq = VIRQ_DEBUG, .vcpu = 1};
	struct evtchn_bind_pirq pirq = {.pirq = 3};
	struct evtchn_bind_interdomain b = {.remote_dom = 0};
	struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = 1};
	uint32_t used = world[1].event.table->in_use, port;

	copies_left = 1;
	result(call(1, EVTCHNOP_bind_ipi, &ipi) == -EFAULT && world[1].event.table->in_use == used,
	       "an IPI without an answer is undone");
	copies_left = 1;
	result(call(1, EVTCHNOP_bind_virq, &virq) == -EFAULT &&
		       world[1].event.table->in_use == used &&
		       world_vcpu[1][1].event.virq_port[VIRQ_DEBUG] == 0,
	       "so is a virq");
	copies_left = 1;
	result(call(1, EVTCHNOP_bind_pirq, &pirq) == -EFAULT && world_pirq_bound == -1,
	       "and a pirq");
	copies_left = -1;
	call(0, EVTCHNOP_alloc_unbound, &a);
	b.remote_port = a.port;
	copies_left = 1;
	result(call(1, EVTCHNOP_bind_interdomain, &b) == -EFAULT && held == 0, "and a pair");
	copies_left = -1;
	result(call(1, EVTCHNOP_bind_interdomain, &b) == 0, "whose other end can be bound again");
	result(call(1, EVTCHNOP_bind_ipi, &ipi) == 0 && call(1, EVTCHNOP_bind_virq, &virq) == 0 &&
		       ipi.port != virq.port,
	       "with an answer they stay");
	port = ipi.port;
	result(call(1, EVTCHNOP_unmask, &port) == 0 &&
		       call(1, EVTCHNOP_bind_vcpu, &(struct evtchn_bind_vcpu){port, 0}) ==
			       -EINVAL &&
		       call(1, EVTCHNOP_set_priority, &(struct evtchn_set_priority){port, 1}) ==
			       -ENOSYS,
	       "the others get through");
}

static void test_fifo_and_reset(void)
{
	struct evtchn_init_control control = {.control_gfn = 5, .vcpu = 0};
	struct evtchn_expand_array array = {.array_gfn = 6};
	unsigned int n;
	long rc;

	result(call(1, EVTCHNOP_init_control, &control) == 0 && control.link_bits == 17 &&
	       call(1, EVTCHNOP_expand_array, &array) == 0, "FIFO is set up");
	for (n = 0; n < 1000; n++)
		call(1, EVTCHNOP_bind_ipi, &(struct evtchn_bind_ipi){.vcpu = 0});
	for (n = 0; (rc = call(1, EVTCHNOP_reset, &(struct evtchn_reset){.dom = DOMID_SELF})) ==
			    -ERESTART &&
		    n < 100;
	     n++)
		;
	result(rc == 0 && restarted && world[1].event.table->in_use == 0 && held == 0,
	       "reset is continued until it is done");
	result(call(1, 14, &control) == -ENOSYS && call(1, UINT32_MAX, &control) == -ENOSYS,
	       "there are no other calls");
	for (n = 0, rc = 0; n < 14; n++)
		rc |= call(1, n, (void *)16) != -EFAULT;
	result(rc == 0, "each faults at a bad address");
	result(world_end(), "no memory stays behind");
}

/* ---- each sub-operation, and what is different after it ---- */

static struct {
	uint32_t cmd;
	union {
		struct evtchn_bind_interdomain pair;
		struct evtchn_bind_virq virq;
		struct evtchn_bind_pirq pirq;
		struct evtchn_close close;
		struct evtchn_send send;
		struct evtchn_status status;
		struct evtchn_alloc_unbound unbound;
		struct evtchn_bind_ipi ipi;
		struct evtchn_bind_vcpu vcpu;
		struct evtchn_unmask unmask;
		struct evtchn_reset reset;
		struct evtchn_init_control control;
		struct evtchn_expand_array array;
		struct evtchn_set_priority priority;
	} u;
} op;
static uint32_t offered;	/* a port of Domain-0's for domain 1 */
static struct {
	uint32_t in_use;
	struct evtchn ports[8];
} seen;

static long effect_call(uint32_t cmd)
{
	return call(1, cmd, &op.u);
}

static void observe(void)
{
	memset(&seen, 0, sizeof(seen));
	seen.in_use = world[1].event.table->in_use;
	for (uint32_t i = 0; i < ARRAY_SIZE(seen.ports); i++)
		if (evtchn_get(&world[1], i))
			memcpy(&seen.ports[i], evtchn_get(&world[1], i), sizeof(seen.ports[i]));
}

#define PREPARE(name, ...)                  \
	static void prepare_##name(void)    \
	{                                   \
		op.u.name = (typeof(op.u.name)){__VA_ARGS__}; \
	}
PREPARE(pair, .remote_port = offered)
PREPARE(virq, .virq = VIRQ_DEBUG, .vcpu = 1)
PREPARE(pirq, .pirq = 3)
PREPARE(send, .port = 1)
PREPARE(status, .dom = DOMID_SELF, .port = 1)
PREPARE(unbound, .dom = DOMID_SELF, .remote_dom = 2)
PREPARE(ipi, .vcpu = 1)
PREPARE(vcpu, .port = 1, .vcpu = 1)
PREPARE(close, .port = 4)
PREPARE(control, .control_gfn = 5)
PREPARE(array, .array_gfn = 6)
PREPARE(priority, .port = 1, .priority = 1)
PREPARE(reset, .dom = DOMID_SELF)

static void prepare_no_pirq(void)
{
	op.u.pirq.pirq = 101;
}

static void prepare_ipi_move(void)
{
	op.u.vcpu = (struct evtchn_bind_vcpu){5, 0};
}

static void prepare_unmask(void)
{
	op.u.unmask.port = 1;
	world_shared[1].evtchn_mask[0] = 2;
}

static void prepare_unmask_again(void)
{
	op.u.unmask.port = 1;
}

/* In this order: the ports are numbered as they are bound. */
static const struct sub_op rows[] = {
	{EVTCHNOP_bind_interdomain, "bind_interdomain", prepare_pair, CHANGES, 0, NULL},
	{EVTCHNOP_bind_interdomain, "a second one", prepare_pair, REFUSES, -EINVAL, NULL},
	{EVTCHNOP_bind_virq, "bind_virq", prepare_virq, CHANGES, 0, NULL},
	{EVTCHNOP_bind_virq, "a second one", prepare_virq, REFUSES, -EEXIST, NULL},
	{EVTCHNOP_bind_pirq, "bind_pirq", prepare_pirq, CHANGES, 0, NULL},
	{EVTCHNOP_bind_pirq, "that of another's", prepare_no_pirq, REFUSES, -EINVAL, NULL},
	{EVTCHNOP_alloc_unbound, "alloc_unbound", prepare_unbound, CHANGES, 0, NULL},
	{EVTCHNOP_bind_ipi, "bind_ipi", prepare_ipi, CHANGES, 0, NULL},
	{EVTCHNOP_send, "send", prepare_send, CHANGES, 0, NULL},
	{EVTCHNOP_status, "status", prepare_status, ANSWERS, 0, NULL},
	{EVTCHNOP_bind_vcpu, "bind_vcpu", prepare_vcpu, CHANGES, 0, NULL},
	{EVTCHNOP_bind_vcpu, "that of an IPI", prepare_ipi_move, REFUSES, -EINVAL, NULL},
	{EVTCHNOP_unmask, "unmask", prepare_unmask, CHANGES, 0, NULL},
	{EVTCHNOP_unmask, "a second one", prepare_unmask_again, IS_SO, 0, "it is not masked"},
	{EVTCHNOP_set_priority, "set_priority of 2-level ports", prepare_priority, REFUSES,
	 -ENOSYS, NULL},
	{EVTCHNOP_expand_array, "an array of theirs", prepare_array, REFUSES, -EOPNOTSUPP, NULL},
	{EVTCHNOP_close, "close", prepare_close, CHANGES, 0, NULL},
	{EVTCHNOP_close, "a second one", prepare_close, REFUSES, -EINVAL, NULL},
	{EVTCHNOP_init_control, "init_control", prepare_control, CHANGES, 0, NULL},
	{EVTCHNOP_expand_array, "expand_array", prepare_array, CHANGES, 0, NULL},
	{EVTCHNOP_set_priority, "set_priority", prepare_priority, CHANGES, 0, NULL},
	{EVTCHNOP_reset, "reset", prepare_reset, CHANGES, 0, NULL},
};

static void test_effects(void)
{
	const struct region state[] = {{world, sizeof(world)},
				       {world_vcpu, sizeof(world_vcpu)},
				       {world_shared, sizeof(world_shared)},
				       {&world_pirq_bound, sizeof(world_pirq_bound)},
				       {&seen, sizeof(seen)},
				       {NULL, 0}};
	const struct region arg = {&op, sizeof(op)};
	struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = 1};

	world_start(0);
	if (call(0, EVTCHNOP_alloc_unbound, &a))
		abort();
	offered = a.port;
	effects_run(rows, ARRAY_SIZE(rows), effect_call, arg, state, observe);
	effects_complete("event_channel_op", rows, ARRAY_SIZE(rows), effect_call, arg, 100,
			 UINT32_MAX);
}

int main(void)
{
	world_start(0);
	test_pairs();
	test_answers();
	test_fifo_and_reset();
	test_effects();
	printf("1..%u\n", tap_number);
	return tap_failures != 0;
}
