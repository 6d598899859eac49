// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words of records that are more than a few numbers, as the field's tools read them
 * (ABI.md 14.8). A 64-bit value is two words, the low one first. Any context in which
 * trace_record() may be called; nothing is locked here.
 */
#include <hv/trace/trace.h>
#include <hv/domain/vcpu.h>
#include <hv/domain/domain.h>
#include <xen/vcpu.h>
#include <xen/xen.h>

#define LOW(x)  ((uint32_t)(x))
#define HIGH(x) ((uint32_t)((uint64_t)(x) >> 32))

static uint32_t who(const struct vcpu *v)
{
	return (uint32_t)v->domain->id << 16 | v->id;
}

void trace_words(uint32_t event, unsigned int n, uint32_t a, uint32_t b, uint32_t c, uint32_t d,
		 uint32_t e, uint32_t f)
{
	const uint32_t words[] = {a, b, c, d, e, f};

	trace_record(event, words, n);
}

void trace_runstate(const struct vcpu *v, unsigned int to)
{
	const uint32_t words[] = {who(v)};

	if (v->sched.state != to)
		trace_record(TRC_SCHED_RUNSTATE_CHANGE | v->sched.state << 8 | to << 4, words, 1);
}

void trace_switch(const struct vcpu *prev, const struct vcpu *next, uint64_t now, uint64_t slice)
{
	uint64_t waited =
		next->sched.state == RUNSTATE_runnable ? now - next->sched.state_entry : 0;

	TRACE(TRC_SCHED_SWITCH_INFPREV, prev->domain->id, prev->id,
	      LOW(now - prev->sched.state_entry));
	TRACE(TRC_SCHED_SWITCH_INFNEXT, next->domain->id, next->id, LOW(waited), LOW(slice));
	TRACE(TRC_SCHED_SWITCH, prev->domain->id, prev->id, next->domain->id, next->id);
}

void trace_continue(const struct vcpu *v, uint64_t now, uint64_t slice)
{
	TRACE(TRC_SCHED_SWITCH_INFCONT, v->domain->id, v->id, LOW(now - v->sched.state_entry),
	      LOW(slice));
	TRACE(TRC_SCHED_CONTINUE_RUNNING, who(v));
}

/* Which arguments are recorded, by the number of the hypercall: what is called, and how often. */
static uint8_t arguments(uint64_t nr)
{
	switch (nr) {
	case __HYPERVISOR_mmu_update:
	case __HYPERVISOR_mmuext_op:
	case __HYPERVISOR_multicall: return 1 << 1;
	case __HYPERVISOR_grant_table_op: return 1 << 0 | 1 << 2;
	case __HYPERVISOR_vcpu_op: return 1 << 0 | 1 << 1;
	case __HYPERVISOR_sched_op: return 1 << 0;
	default: return 0;
	}
}

void trace_hypercall(uint32_t event, uint64_t nr, const uint64_t *args)
{
	uint8_t which = arguments(nr);
	uint32_t words[1 + 3] = {LOW(nr) & 0xfffff}, n = 1;

	for (unsigned int i = 0; i < 3; i++)
		if (which >> i & 1) {
			words[0] |= TRC_PV_HYPERCALL_V2_ARG_32(i);
			words[n++] = LOW(args[i]);
		}
	trace_record(event, words, n);
}

void trace_trap(const struct vcpu *v, unsigned int vector, bool has_error, uint32_t error)
{
	uint64_t rip = v->arch.regs.rip;

	TRACE(TRC_PV_TRAP | TRC_64_FLAG, LOW(rip), HIGH(rip),
	      vector | (uint32_t)has_error << 15 | (has_error ? error << 16 : 0));
}

void trace_page_fault(const struct vcpu *v, uint64_t cr2, uint32_t error)
{
	uint64_t rip = v->arch.regs.rip;

	TRACE(TRC_PV_PAGE_FAULT | TRC_64_FLAG, LOW(rip), HIGH(rip), LOW(cr2), HIGH(cr2), error);
}

void trace_address(uint32_t event, uint64_t rip)
{
	TRACE(event | TRC_64_FLAG, LOW(rip), HIGH(rip));
}

void trace_pt_write(uint64_t pte, uint64_t address, uint64_t rip)
{
	TRACE(TRC_PV_PTWR_EMULATION | TRC_64_FLAG, LOW(pte), HIGH(pte), LOW(address), HIGH(address),
	      LOW(rip), HIGH(rip));
}
