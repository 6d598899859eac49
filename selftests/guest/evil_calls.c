/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercalls with arguments that are half right. Calls that would only end this domain are left
 * out: a shutdown, a sleep without a timer, an iret from the middle of C code.
 */
#include "evil.h"

static long call(struct evil *e, unsigned int nr, uint64_t a1, uint64_t a2, uint64_t a3,
		 uint64_t a4)
{
	long rc = hypercall(nr, a1, a2, a3, a4, random_next(e) & 7 ? 0 : random_next(e));

	e->calls++;
	e->good += rc >= 0;
	return rc;
}

static void mmu(struct evil *e)
{
	struct mmu_update *u = (struct mmu_update *)e->args;
	unsigned int i, n = 1 + (unsigned int)random_below(e, 4);

	for (i = 0; i < n; i++) {
		u[i].ptr = (random_entry(e) & ~3UL) | (random_below(e, 4) ? 0 : random_below(e, 4));
		u[i].val = random_pte(e);
	}
	(void)call(e, __HYPERVISOR_mmu_update, (uint64_t)u, n,
		   random_below(e, 4) ? 0 : random_address(e),
		   random_below(e, 4) ? DOMID_SELF : random_value(e) & 0xffffffff);
}

static void va(struct evil *e)
{
	uint64_t at =
		random_below(e, 8) ? (uint64_t)pool_va[random_below(e, POOL_PAGES)] : BAD_UNMAPPED;
	uint64_t flags = random_below(e, 2) ? random_below(e, 8)
					    : (random_address(e) & ~7UL) | random_below(e, 4);

	(void)call(e, __HYPERVISOR_update_va_mapping, at, random_pte(e), flags, 0);
}

/* A page that is a table, none, and zeroes, in one call: three states, and a flush for each. */
static void table_and_back(struct evil *e)
{
	static const uint8_t pins[] = {MMUEXT_PIN_L1_TABLE, MMUEXT_PIN_L1_TABLE,
				       MMUEXT_PIN_L2_TABLE, MMUEXT_PIN_L4_TABLE};
	struct mmuext_op *op = (struct mmuext_op *)e->args;
	uint64_t mfn = pool_mfn[random_below(e, POOL_PAGES)];
	unsigned int i, n = 0;

	for (i = 0; i < 8; i++) {
		op[n++] = (struct mmuext_op){.cmd = pins[random_below(e, ARRAY_SIZE(pins))],
					     .arg1.mfn = mfn};
		op[n++] = (struct mmuext_op){.cmd = MMUEXT_UNPIN_TABLE, .arg1.mfn = mfn};
		op[n++] = (struct mmuext_op){.cmd = MMUEXT_CLEAR_PAGE, .arg1.mfn = mfn};
	}
	(void)call(e, __HYPERVISOR_mmuext_op, (uint64_t)op, n, 0, DOMID_SELF);
}

static void mmuext(struct evil *e)
{
	static const uint8_t cmds[] = {0,  0,  1,  2,  3,  4,  4,  4,  6,  7,  8, 9,
				       10, 11, 12, 13, 15, 16, 17, 18, 19, 20, 99};
	struct mmuext_op *op = (struct mmuext_op *)e->args;

	op->cmd = cmds[random_below(e, ARRAY_SIZE(cmds))];
	op->arg1.mfn = random_mfn(e);
	op->arg2.src_mfn = random_below(e, 2) ? random_mfn(e) : random_address(e);
	if (op->cmd == MMUEXT_SET_LDT)
		op->arg1.linear_addr = (uint64_t)pool_va[random_below(e, POOL_PAGES)];
	(void)call(e, __HYPERVISOR_mmuext_op, (uint64_t)op, 1, 0,
		   random_below(e, 8) ? DOMID_SELF : random_domid(e));
	/* User mode's table is needed for the traps. */
	if (op->cmd == MMUEXT_NEW_USER_BASEPTR) {
		op->arg1.mfn = user_l4_mfn();
		(void)call(e, __HYPERVISOR_mmuext_op, (uint64_t)op, 1, 0, DOMID_SELF);
	}
}

static void memory(struct evil *e)
{
	struct xen_memory_reservation *r = (struct xen_memory_reservation *)&e->args[32];
	unsigned int which = (unsigned int)random_below(e, POOL_PAGES);
	static const uint8_t ops[] = {XENMEM_decrease_reservation, XENMEM_populate_physmap,
				      XENMEM_populate_physmap,     XENMEM_exchange,
				      XENMEM_increase_reservation, XENMEM_claim_pages};
	uint32_t op = ops[random_below(e, ARRAY_SIZE(ops))];
	struct xen_memory_exchange *x = (struct xen_memory_exchange *)r;
	unsigned int i;

	for (i = 0; i < 8; i++)
		e->args[i] = random_mfn(e);
	*r = (struct xen_memory_reservation){.extent_start = (uint64_t)e->args,
					     .nr_extents = 1 + random_below(e, 3),
					     .extent_order = (uint32_t)random_below(e, 3),
					     .domid = DOMID_SELF};
	if (!random_below(e, 8))
		r->domid = random_domid(e);
	if (!random_below(e, 8))
		r->extent_start = random_address(e);
	if (!random_below(e, 16))
		r->nr_extents = random_value(e), r->extent_order = (uint32_t)random_value(e);
	if (op == XENMEM_exchange) {
		x->out = x->in;
		x->out.extent_start =
			random_below(e, 4) ? (uint64_t)&e->args[8] : random_address(e);
		x->nr_exchanged = random_below(e, 8) ? 0 : random_next(e);
	}
	if (call(e, __HYPERVISOR_memory_op, op | (random_below(e, 16) ? 0 : random_next(e) << 6),
		 (uint64_t)r, 0, 0) > 0 &&
	    op == XENMEM_populate_physmap)
		pool_mfn[which] = e->args[0];
}

static void grant_entries(struct evil *e)
{
	volatile struct grant_entry_v1 *g = &pool_grants[8 + random_below(e, 24)];

	g->frame = (uint32_t)random_mfn(e);
	g->domid = random_below(e, 2) ? own_domid : 0;
	g->flags = random_below(e, 2) ? GTF_permit_access : (uint16_t)random_next(e);
}

/* An entry that never rests, while the other vCPU may map it or copy by it. */
static void grant_burst(struct evil *e)
{
	volatile uint32_t *word = (volatile uint32_t *)&pool_grants[8 + random_below(e, 24)];
	uint32_t other = (uint32_t)random_next(e),
		 valid = GTF_permit_access | (uint32_t)own_domid << 16;
	unsigned int i;

	for (i = 0; i < 500; i++)
		*word = i & 1   ? valid
			: i & 2 ? valid | GTF_PAT
			: i & 4 ? valid | GTF_readonly
				: other;
}

static void grant_map(struct evil *e)
{
	struct gnttab_map_grant_ref *m = (struct gnttab_map_grant_ref *)e->args;
	uint32_t flags = GNTMAP_host_map;

	if (random_below(e, 2))
		flags = (uint32_t)random_next(e) & 0x1f;
	*m = (struct gnttab_map_grant_ref){.flags = flags,
					   .ref = (uint32_t)(8 + random_below(e, 25)),
					   .dom = random_below(e, 4) ? own_domid : random_domid(e)};
	m->host_addr = flags & GNTMAP_contains_pte ? random_entry(e)
						   : (uint64_t)pool_va[random_below(e, POOL_PAGES)];
	if (!random_below(e, 16))
		m->host_addr = random_address(e), m->ref = (uint32_t)random_value(e);
	(void)call(e, __HYPERVISOR_grant_table_op, GNTTABOP_map_grant_ref, (uint64_t)m, 1, 0);
	if (!m->status)
		pool_handle[random_below(e, POOL_HANDLES)] = m->handle;
}

static void grant_unmap(struct evil *e)
{
	struct gnttab_unmap_grant_ref *u = (struct gnttab_unmap_grant_ref *)e->args;
	unsigned int i, n = 1 + (unsigned int)random_below(e, 40);

	for (i = 0; i < n; i++) {
		u[i].handle = pool_handle[random_below(e, POOL_HANDLES)];
		u[i].host_addr = random_below(e, 4) ? (uint64_t)pool_va[random_below(e, POOL_PAGES)]
						    : random_value(e);
		u[i].dev_bus_addr = random_below(e, 4) ? 0 : random_mfn(e) << 12;
	}
	(void)call(e, __HYPERVISOR_grant_table_op, GNTTABOP_unmap_grant_ref, (uint64_t)u, n, 0);
}

static void grant_copy(struct evil *e)
{
	struct gnttab_copy *c = (struct gnttab_copy *)e->args;
	unsigned int i, n = 1 + (unsigned int)random_below(e, 20);

	for (i = 0; i < n; i++) {
		c[i] = (struct gnttab_copy){.len = (uint16_t)random_below(e, 4200),
					    .flags = (uint16_t)random_below(e, 4)};
		c[i].source.offset = random_below(e, 4) ? 0 : (uint16_t)random_next(e);
		c[i].dest.offset = random_below(e, 4) ? 0 : (uint16_t)random_next(e);
		c[i].source.u.gmfn = c[i].flags & 1 ? 8 + random_below(e, 25) : random_mfn(e);
		c[i].dest.u.gmfn = c[i].flags & 2 ? 8 + random_below(e, 25) : random_mfn(e);
		c[i].source.domid = c[i].flags & 1 ? own_domid : random_domid(e);
		c[i].dest.domid = c[i].flags & 2 ? own_domid : random_domid(e);
	}
	(void)call(e, __HYPERVISOR_grant_table_op, GNTTABOP_copy, (uint64_t)c, n, 0);
}

static void grants(struct evil *e)
{
	static const uint8_t rest[] = {2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 99};

	switch (random_below(e, 9)) {
	case 0:
	case 1: grant_entries(e); break;
	case 2:
	case 3: grant_map(e); break;
	case 4:
	case 5: grant_unmap(e); break;
	case 6: grant_copy(e); break;
	case 7: grant_burst(e); break;
	default:
		random_args(e);
		(void)call(e, __HYPERVISOR_grant_table_op, rest[random_below(e, ARRAY_SIZE(rest))],
			   random_address(e), random_below(e, 4) ? 1 : random_value(e), 0);
	}
}

/* These ports stay: somebody wants to hear of the end, and the timer ends loops in user mode. */
static bool port_taboo(uint32_t port)
{
	return port == start_info->console.domU.evtchn || port == start_info->store_evtchn ||
	       port == timer_ports[0] || port == timer_ports[1];
}

static void events(struct evil *e)
{
	uint32_t *w = (uint32_t *)e->args, op = (uint32_t)random_below(e, 15);

	if (op == EVTCHNOP_reset || (op == EVTCHNOP_init_control && !evil_fifo))
		return;
	random_args(e);
	if (random_below(e, 4)) {
		w[0] = op == EVTCHNOP_bind_virq ? (uint32_t)random_below(e, 26) : random_port(e);
		w[1] = random_below(e, 4) ? (uint32_t)random_below(e, 2) : random_port(e);
		if (op == EVTCHNOP_alloc_unbound || op == EVTCHNOP_bind_interdomain)
			w[0] = random_below(e, 4) ? DOMID_SELF | DOMID_SELF << 16 : random_domid(e);
		if (op == EVTCHNOP_bind_ipi)
			w[0] = (uint32_t)random_below(e, 3);
		if (op == EVTCHNOP_init_control || op == EVTCHNOP_expand_array) {
			e->args[0] = random_mfn(e);
			w[2] = random_below(e, 4) ? 0 : (uint32_t)random_below(e, 4200);
			w[3] = (uint32_t)random_below(e, 3);
		}
	}
	if ((op == EVTCHNOP_close || op == EVTCHNOP_bind_vcpu) && port_taboo(w[0]))
		return;
	if (call(e, __HYPERVISOR_event_channel_op, op, (uint64_t)e->args, 0, 0) == 0 &&
	    !random_below(e, 4))
		pool_port[random_below(e, POOL_PORTS)] =
			op == EVTCHNOP_alloc_unbound || op == EVTCHNOP_bind_ipi ? w[1] : w[2];
}

static void sched(struct evil *e)
{
	struct sched_poll *p = (struct sched_poll *)e->args;

	if (random_below(e, 4) == 0) {
		(void)call(e, __HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0, 0);
		return;
	}
	if (random_below(e, 4) == 0) {
		(void)call(e, __HYPERVISOR_sched_op, 4 + random_below(e, 60), random_address(e), 0,
			   0);
		return;
	}
	e->args[8] = random_port(e) | (uint64_t)random_port(e) << 32;
	p->ports = random_below(e, 4) ? (uint64_t)&e->args[8] : random_address(e);
	p->nr_ports = (uint32_t)random_below(e, random_below(e, 8) ? 3 : 0x100000000);
	p->timeout = now_ns() + random_below(e, 300000);
	(void)call(e, __HYPERVISOR_sched_op, SCHEDOP_poll, (uint64_t)p, 0, 0);
}

/*
 * NMIs for all, also for those that never ran, and vCPUs that are stopped: of the two that run, the
 * second, which goes on at once.
 */
static void vcpu_storm(struct evil *e)
{
	unsigned int id = 1 + (unsigned int)random_below(e, 3), i,
		     n = (unsigned int)random_below(e, 16);

	for (i = 0; i < n; i++)
		(void)call(e, __HYPERVISOR_vcpu_op, VCPUOP_send_nmi,
			   random_below(e, 16) ? random_below(e, 5) : random_value(e), 0, 0);
	if (id == 1 && this_cpu()->id)
		return;
	(void)call(e, __HYPERVISOR_vcpu_op, VCPUOP_down, id, 0, 0);
	if (id == 1)
		(void)call(e, __HYPERVISOR_vcpu_op, VCPUOP_up, id, 0, 0);
}

static void vcpu(struct evil *e)
{
	static const uint8_t ops[] = {VCPUOP_is_up,
				      VCPUOP_get_runstate_info,
				      VCPUOP_register_runstate_memory_area,
				      VCPUOP_register_runstate_memory_area,
				      VCPUOP_set_periodic_timer,
				      VCPUOP_set_singleshot_timer,
				      VCPUOP_stop_singleshot_timer,
				      VCPUOP_register_vcpu_info,
				      VCPUOP_get_physid,
				      VCPUOP_register_vcpu_time_memory_area,
				      VCPUOP_initialise,
				      50};
	uint8_t op = ops[random_below(e, ARRAY_SIZE(ops))];
	unsigned int id = (unsigned int)random_below(e, 4);

	random_args(e);
	e->args[0] = random_address(e);
	/* Those of the two running ones stay where this kernel looks for them. */
	if (op == VCPUOP_register_vcpu_info) {
		e->args[0] = random_mfn(e);
		e->args[1] = random_below(e, 64) * 64;
		id = 2 + (id & 1);
	}
	if (op == VCPUOP_set_periodic_timer)
		e->args[0] = 1000000 + random_below(e, 20000000);
	if (op == VCPUOP_set_singleshot_timer)
		e->args[0] =
			random_below(e, 2) ? random_next(e) : now_ns() + random_below(e, 1000000);
	if (op == VCPUOP_initialise) {
		struct vcpu_guest_context *c = e->context;
		unsigned int i;

		context_fill(c);
		for (i = 0; i < 4; i++)
			((uint64_t *)c)[random_below(e, sizeof(*c) / 8)] = random_value(e);
		if (random_below(e, 2))
			c->ctrlreg[3] = random_mfn(e) << 12;
		(void)call(e, __HYPERVISOR_vcpu_op, op, 2, (uint64_t)c, 0);
		return;
	}
	(void)call(e, __HYPERVISOR_vcpu_op, op, id,
		   random_below(e, 8) ? (uint64_t)e->args : random_address(e), 0);
}

static void descriptors(struct evil *e)
{
	random_args(e);
	if (random_below(e, 2))
		(void)call(e, __HYPERVISOR_update_descriptor,
			   random_mfn(e) << 12 | random_below(e, 512) * 8, random_next(e), 0, 0);
	else
		(void)call(e, __HYPERVISOR_set_gdt, (uint64_t)e->args,
			   random_below(e, 8) ? random_below(e, 1100) : random_next(e), 0, 0);
}

/* Trap table and callbacks are broken and at once mended. */
static void callbacks(struct evil *e)
{
	random_args(e);
	if (random_below(e, 2))
		(void)call(e, __HYPERVISOR_set_trap_table, random_address(e), 0, 0, 0);
	else
		(void)call(e, __HYPERVISOR_callback_op, random_below(e, 4), (uint64_t)e->args, 0,
			   0);
	traps_init();
}

/* Any other call with any arguments. */
static void anything(struct evil *e)
{
	static const uint8_t numbers[] = {3,  4,  5,  6,  7,  8,  9,  11, 15, 16, 17, 18, 19,
					  21, 22, 25, 27, 28, 31, 33, 34, 35, 36, 37, 38, 39,
					  40, 41, 42, 48, 49, 50, 55, 56, 63, 64, 200};
	unsigned int nr = numbers[random_below(e, ARRAY_SIZE(numbers))];

	random_args(e);
	if (nr == __HYPERVISOR_domctl || nr == __HYPERVISOR_sysctl)
		((uint32_t *)e->args)[1] = random_below(e, 2) ? 0x15 : 0x17;
	if (nr == __HYPERVISOR_update_va_mapping_otherdomain)
		(void)call(e, nr, (uint64_t)pool_va[random_below(e, POOL_PAGES)], random_pte(e),
			   random_below(e, 8), random_domid(e));
	else
		(void)call(e, nr, random_below(e, 2) ? random_below(e, 40) : random_value(e),
			   random_value(e), random_address(e), random_value(e));
	if (nr == __HYPERVISOR_stack_switch)
		traps_init();
}

static void multicall(struct evil *e)
{
	struct multicall_entry *m = (struct multicall_entry *)&e->args[64];
	unsigned int i, n = 1 + (unsigned int)random_below(e, 6);

	random_args(e);
	for (i = 0; i < n; i++) {
		static const uint8_t numbers[] = {1, 12, 14, 17, 20, 26, 32, 10, 13, 60};

		m[i].op = numbers[random_below(e, ARRAY_SIZE(numbers))];
		m[i].args[0] = m[i].op == 14  ? (uint64_t)pool_va[random_below(e, POOL_PAGES)]
			       : m[i].op == 1 ? (uint64_t)e->args
					      : random_below(e, 20);
		m[i].args[1] = m[i].op == 14 ? random_pte(e) : m[i].op == 1 ? 0 : (uint64_t)e->args;
		m[i].args[2] = m[i].op == 32 || m[i].op == 12 ? 0 : 1;
		m[i].args[3] = DOMID_SELF;
		if (m[i].op == 26)
			m[i].args[1] = 0;
		if (m[i].op == 32 &&
		    (m[i].args[0] == EVTCHNOP_reset || m[i].args[0] == EVTCHNOP_close))
			m[i].args[0] = EVTCHNOP_send;
	}
	(void)call(e, __HYPERVISOR_multicall, (uint64_t)m, n, 0, 0);
}

void evil_call(struct evil *e)
{
	static void (*const kinds[])(struct evil *) = {
		mmu,       mmu,      mmu,      mmu,        va,
		va,        mmuext,   mmuext,   mmuext,     table_and_back,
		memory,    grants,   grants,   grants,     events,
		events,    sched,    vcpu,     vcpu_storm, descriptors,
		callbacks, anything, anything, multicall,
	};

	kinds[random_below(e, ARRAY_SIZE(kinds))](e);
}
