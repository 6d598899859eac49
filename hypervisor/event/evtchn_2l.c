// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events in the 2-level layout (ABI.md 10.1): one pending and one mask bit a port in
 * shared_info, one selector bit a word of them in the vCPU's vcpu_info. 4096 ports.
 *
 * The hypervisor sets pending, then the selector bit, then upcall_pending, each with a full
 * barrier; the guest reads them in the opposite order after clearing, so nothing is lost. It never
 * clears them, except pending on a new port. The memory is the guest's: what it holds decides
 * nothing but the guest's own wake-ups.
 */
#include <hv/bitops.h>
#include <hv/domain/domain.h>
#include <hv/event/event.h>
#include <hv/event/evtchn.h>
#include <xen/xen.h>

static uint64_t *pending_words(const struct domain *d)
{
	return (uint64_t *)d->shared->evtchn_pending;
}

static uint64_t *mask_words(const struct domain *d)
{
	return (uint64_t *)d->shared->evtchn_mask;
}

/*
 * The event is pending and not masked: make the vCPU look at its word, and signal it when it may
 * not know.
 */
static void select_word(struct domain *d, struct evtchn *ch)
{
	struct vcpu *v = domain_vcpu(d, ch->vcpu);

	if (!v || !v->info ||
	    test_and_set_bit((uint64_t *)&v->info->evtchn_pending_sel, ch->port / 64))
		return;
	EVTCHN_COUNT(ch->stats.delivered);
	vcpu_mark_events_pending(v);
}

static void evtchn_2l_set_pending(struct domain *d, struct evtchn *ch)
{
	if (test_and_set_bit(pending_words(d), ch->port)) {
		EVTCHN_COUNT(ch->stats.useless);
		stat_add(STAT_EVENT_USELESS, 1);
		return;
	}
	if (!test_bit(mask_words(d), ch->port))
		select_word(d, ch);
}

static void evtchn_2l_clear_pending(struct domain *d, struct evtchn *ch)
{
	clear_bit(pending_words(d), ch->port);
}

static void evtchn_2l_unmask(struct domain *d, struct evtchn *ch)
{
	if (test_and_clear_bit(mask_words(d), ch->port) && test_bit(pending_words(d), ch->port))
		select_word(d, ch);
}

static bool evtchn_2l_is_pending(const struct domain *d, const struct evtchn *ch)
{
	return test_bit(pending_words(d), ch->port);
}

static bool evtchn_2l_is_masked(const struct domain *d, const struct evtchn *ch)
{
	return test_bit(mask_words(d), ch->port);
}

const struct evtchn_ops evtchn_2l_ops = {
	.max_ports = EVTCHN_2L_NR_CHANNELS,
	.set_pending = evtchn_2l_set_pending,
	.clear_pending = evtchn_2l_clear_pending,
	.unmask = evtchn_2l_unmask,
	.is_pending = evtchn_2l_is_pending,
	.is_masked = evtchn_2l_is_masked,
	.init_port = evtchn_2l_clear_pending,
};
