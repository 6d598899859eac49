/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What sysctl, platform_op, mca and xen_version call of the rest: a log, debug keys, a CPU, two
 * CPUs' run queues. Each test includes it once.
 */
#ifndef SYSCTL_WORLD_H
#define SYSCTL_WORLD_H

#include "control_world.h"

#include <hv/boot/boot.h>
#include <hv/console/keyhandler.h>
#include <hv/console/log.h>
#include <hv/domain/cpu_policy.h>
#include <hv/domain/info.h>
#include <hv/event/virq.h>
#include <hv/hypercall/hypercall.h>
#include <hv/irq/irq.h>
#include <hv/lib/lib.h>
#include <hv/mm/frame.h>
#include <hv/sched/cpupool.h>
#include <hv/sched/idle.h>
#include <hv/sched/place.h>
#include <hv/sched/runq.h>
#include <hv/time/clock.h>
#include <hv/time/wallclock.h>
#include <hv/trace/trace.h>
#include <x86/cpu.h>
#include <x86/entry.h>
#include <x86/lapic.h>
#include <x86/machine.h>
#include <x86/protection.h>
#include <x86/tlb.h>
#include <xen/mca.h>
#include <xen/platform.h>
#include <xen/sysctl.h>
#include <xen/version.h>

static const char log_line[] = "0123456789abcdef";
static uint32_t discarded;
static char keys_run[8];
static uint64_t wall_secs;
static uint32_t slept;

size_t log_read(bool incremental, uint32_t *pos, char *out, size_t max)
{
	uint32_t from = incremental && *pos <= 16 ? *pos : 0;
	size_t n = MIN(max, 16 - from);

	memcpy(out, log_line + from, n);
	*pos = from + (uint32_t)n;
	return n;
}

void log_discard(uint32_t pos)
{
	discarded = pos;
}

int keyhandler_run(char key)
{
	if (key < ' ')
		return -ENOENT;
	strncat(keys_run, &key, 1);
	return 0;
}

/*
 * Leaf 0: 13 leaves; leaf 7: two subleaves; leaf 0xd: subleaves 0 to 2; extended up to 8. Guests
 * miss bit 3 of 1.edx.
 */
void host_cpuid(uint32_t leaf, uint32_t sub, struct cpuid_regs *out)
{
	memset(out, 0, sizeof(*out));
	if (leaf == 0)
		out->a = 0x15;
	else if (leaf == 0x80000000)
		out->a = 0x80000008;
	else if (leaf <= 0x15 || (leaf > 0x80000000 && leaf <= 0x80000008))
		*out = (struct cpuid_regs){leaf, sub, 0xc0, leaf == 1 ? 0xff : 0xd0};
	if (sub > (leaf == 7 ? 1 : leaf == 0xd ? 2 : 0))
		memset(out, 0, sizeof(*out));
}

struct cpu_features cpu_features = {.phys_bits = 36};
struct cpu_protection protection;

uint32_t lapic_id_of(unsigned int cpu)
{
	return cpu + 16;
}

void wallclock_set(uint64_t secs, uint32_t nsecs, uint64_t system_time)
{
	(void)nsecs;
	(void)system_time;
	wall_secs = secs;
}

int machine_acpi_sleep(uint16_t pm1a, uint16_t pm1b)
{
	slept = (uint32_t)pm1a << 16 | pm1b;
	return 0;
}

size_t copy_string(char *dst, const char *src, size_t size)
{
	size_t n = strnlen(src, size - 1);

	memcpy(dst, src, n);
	dst[n] = 0;
	return n;
}

DEFINE_PER_CPU(runq);
static unsigned int settled;	/* vCPUs that had to think anew where they run */

void vcpu_settle(struct vcpu *v)
{
	(void)v;
	settled++;
}

static unsigned int pcpu_events, irqs_left = 99;	/* the CPU that interrupts left */

void send_global_virq(unsigned int virq)
{
	pcpu_events += virq == VIRQ_PCPU_STATE;
}

void irq_leave_cpu(unsigned int cpu, unsigned int to)
{
	irqs_left = to ? 99 : cpu;
}

void idle_halts(unsigned int cpu, uint64_t *times, uint64_t *ns)
{
	*times = 7 + cpu;
	*ns = NS_PER_SEC;
}

void vcpu_runstate(struct vcpu *v, uint64_t time[4], uint64_t *entry, unsigned int *state)
{
	(void)v;
	memset(time, 0, 4 * sizeof(time[0]));
	*entry = *state = 0;
}

bool pci_is_known(pci_bdf_t bdf)
{
	return bdf == 0x18;
}

static cpumask_t called;	/* the CPUs of the last smp_call() */

void smp_call(cpumask_t cpus, void (*fn)(void *), void *arg)
{
	called = cpus;
	fn(arg);
}

int rdmsr_safe(uint32_t msr, uint64_t *value)
{
	if (msr == 0x10f)
		return -EFAULT;
	*value = 0x1234;
	return 0;
}

/* The trace has a size, and is in use. */
long trace_op(struct xen_sysctl_tbuf_op *o)
{
	o->size = 77;
	return o->cmd == XEN_SYSCTL_TBUFOP_get_info ? 0 : -EBUSY;
}

#endif
