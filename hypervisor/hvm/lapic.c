// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a vCPU's local APIC asks of the rest: interrupts for other vCPUs, their start, its timer
 * (hvm/vlapic.c is the state machine). A vCPU that gets INIT or a SIPI changes its own state, when
 * it comes to (hvm/hvm.c): so nobody waits for another CPU here.
 */
#include <hv/domain/domain.h>
#include <hv/hvm/container.h>
#include <hv/hvm/exit.h>
#include <hv/hvm/platform.h>
#include <hv/sched/sched.h>
#include <hv/time/clock.h>

enum {
	DELIVER_FIXED,
	DELIVER_LOWEST,
	DELIVER_NMI = 4,
	DELIVER_INIT,
	DELIVER_STARTUP
};
#define PENDING_NS	1000000u	/* until a tick that was not taken is tried again */
#define ICR_ASSERT	0x4000u
#define ICR_LEVEL	0x8000u

void hvm_interrupt(struct vcpu *v, unsigned int vector)
{
	if (vlapic_raise(&v->hvm->lapic, vector))
		vcpu_kick(v);
}

static void request(struct vcpu *v, uint32_t what)
{
	atomic_or(&v->hvm->requests, what);
	vcpu_kick(v);
}

/* It is down, and waits for a SIPI already, or it goes down when it sees the request. */
static void send_init(struct vcpu *to)
{
	if (!atomic_load(&to->hvm->wait_sipi))
		request(to, REQUEST_INIT);
}

static void send_startup(struct vcpu *to, uint8_t vector)
{
	if (!atomic_load(&to->hvm->wait_sipi) &&
	    !(atomic_load(&to->hvm->requests) & REQUEST_INIT))
		return;
	atomic_store(&to->hvm->sipi_vector, vector);
	atomic_or(&to->hvm->requests, REQUEST_SIPI);
	to->initialised = true;
	vcpu_up(to);
}

void hvm_lapic_deliver(struct vcpu *to, uint32_t icr_low, bool level)
{
	switch (icr_low >> 8 & 7) {
	case DELIVER_FIXED:
	case DELIVER_LOWEST:
		if (!level)
			hvm_interrupt(to, icr_low & 0xff);
		else if (vlapic_raise_level(&to->hvm->lapic, icr_low & 0xff))
			vcpu_kick(to);
		break;
	case DELIVER_NMI: request(to, REQUEST_NMI); break;
	case DELIVER_INIT:
		/* The end of a level means nothing. */
		if ((icr_low & (ICR_LEVEL | ICR_ASSERT)) != ICR_LEVEL)
			send_init(to);
		break;
	case DELIVER_STARTUP: send_startup(to, icr_low & 0xff); break;
	default: break;
	}
}

void hvm_lapic_send(struct vcpu *v, uint32_t icr_low, uint32_t dest)
{
	bool lowest = (icr_low >> 8 & 7) == DELIVER_LOWEST;
	struct vcpu *to;

	for_each_vcpu(v->domain, to) {
		if (!vlapic_matches(&v->hvm->lapic, &to->hvm->lapic, icr_low, dest))
			continue;
		hvm_lapic_deliver(to, icr_low, false);
		if (lowest)	/* one of them is enough */
			break;
	}
}

bool hvm_lapic_write(struct vcpu *v, uint32_t offset, uint32_t value)
{
	struct vlapic *l = &v->hvm->lapic;
	struct vlapic_command cmd;

	if (!vlapic_write(l, offset, value, now_ns(), &cmd))
		return false;
	if (cmd.timer)
		hvm_lapic_arm(v);
	if (cmd.end && v->domain->hvm->platform)
		hvm_platform_end(v->domain->hvm->platform, cmd.end);
	if (cmd.ipi)
		hvm_lapic_send(v, l->icr_low, vlapic_x2(l) ? l->icr_high : l->icr_high >> 24);
	return true;
}

/* ---- the timer ---- */

void hvm_lapic_arm(struct vcpu *v)
{
	struct vlapic *l = &v->hvm->lapic;
	uint64_t at = vlapic_timer_deadline(l, now_ns());

	timer_stop(&l->timer);
	if (!at)
		return;
	timer_migrate(&l->timer, atomic_load(&v->cpu));
	timer_set(&l->timer, at);
}

/* In the timer softirq of some CPU; the vCPU may change its registers meanwhile, to its harm. */
static void timer_due_now(void *data)
{
	struct vcpu *v = data;
	uint64_t now = now_ns();
	unsigned int vector = vlapic_timer_expired(&v->hvm->lapic, now);
	uint64_t at = vlapic_timer_deadline(&v->hvm->lapic, now);

	/* One that still waits would only be lost: a paused domain's ticks cost little. */
	if (vector && vlapic_raise(&v->hvm->lapic, vector))
		vcpu_kick(v);
	else if (at)
		at = MAX(at, now + PENDING_NS);
	if (at && !v->sched.down)
		timer_set(&v->hvm->lapic.timer, at);
}

void hvm_lapic_init(struct vcpu *v)
{
	timer_init(&v->hvm->lapic.timer, timer_due_now, v, v->cpu);
}
