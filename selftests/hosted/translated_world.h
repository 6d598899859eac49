/* SPDX-License-Identifier: GPL-2.0-only */
/* A translated domain in the world of mm_world.h, which comes first: its p2m, and no container. */
#ifndef TRANSLATED_WORLD_H
#define TRANSLATED_WORLD_H

#include <hv/hvm/exit.h>
#include <hv/mm/desc_op.h>
#include <hv/mm/memory_op.h>

static struct hvm_domain hvm;
static unsigned int domain_flushes;

int vcpu_set_ldt(struct vcpu *v, gaddr_t base, unsigned int entries)
{
	(void)v, (void)base, (void)entries;
	return 0;
}

long not_supported(const char *what, unsigned int sub)
{
	(void)what, (void)sub;
	return -EOPNOTSUPP;
}

void tlb_flush_domain(struct domain *d)
{
	domain_flushes++;
	tlb_flush_cpus(d->arch.dirty_cpus, TLB_ALL);
}

static mfn_t translated_frame_of(const struct domain *d, uint64_t gfn)
{
	return p2m_lookup(&d->hvm->p2m, gfn);
}

static uint64_t translated_highest_gfn(const struct domain *d)
{
	return d->hvm->p2m.highest;
}

static const struct hvm_hooks translated_hooks = {
	.frame_of = translated_frame_of,
	.highest_gfn = translated_highest_gfn,
	.populate = hvm_populate,
	.release = hvm_release,
	.grant_enter = hvm_grant_enter,
	.grant_leave = hvm_grant_leave,
	.memory_op_allowed = hvm_memory_op_allowed,
	.physmap_op = hvm_physmap_op,
};
extern const struct hvm_hooks *hvm_hooks;
const struct hvm_hooks *hvm_hooks = &translated_hooks;

/* Make world_dom[id] translated, with nothing in its map. */
static void translate(unsigned int id)
{
	memset(&hvm, 0, sizeof(hvm));
	hvm.hooks = &translated_hooks;
	hvm.shared_gfn = ~0UL;
	world_dom[id].hvm = &hvm;
	world_vcpu[id].is_hvm = 1;
	if (p2m_init(&hvm.p2m))
		abort();
}

#endif
