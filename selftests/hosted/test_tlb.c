/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CPUs that a flush reaches, and flush requests of several CPUs that do not wait for each
 * other. The test executes no flush instruction: the CPUs that are asked are idle ones that drop
 * their domain.
 */
/* libs: -lpthread */
/* sources: hypervisor/x86/tlb.c */
#include <pthread.h>
#include <unistd.h>

#include <hv/domain/domain.h>
#include <hv/mm/tlb_clock.h>
#include <x86/context.h>
#include <x86/lapic.h>
#include <x86/tlb.h>

#include "log_capture.h"

_Thread_local struct cpu_info hosted_cpu_info;
unsigned int nr_cpus = 4;
uint64_t tlb_clock = 1;
DEFINE_PER_CPU(tlb_flushed);

static struct vcpu idle = {.is_idle = true}, caller, others[2];
static struct vcpu *vcpus[] = {&caller, &others[0], &others[1]};
static struct domain dom = {.max_vcpus = 3, .vcpus = vcpus};
static uint64_t reached;

static unsigned int let_go[NR_CPUS];	/* how often a CPU has forgotten all */
static void (*before_delivery)(void);	/* what another CPU does before the interrupt arrives */
static bool interrupts_on = true;	/* of the CPUs that are interrupted */

bool context_leave_guest(void)
{
	atomic_add(&let_go[cpu_id()], 1);
	return true;
}

/* The interrupt arrives at once. */
void lapic_ipi_mask(cpumask_t cpus, unsigned int vector)
{
	struct cpu_info before = hosted_cpu_info;
	void (*first)(void) = before_delivery;

	(void)vector;
	reached |= cpus.bits;
	before_delivery = NULL;
	if (first)
		first();
	if (!atomic_load(&interrupts_on))
		return;
	for (unsigned int c = 0; c < nr_cpus; c++) {
		if (!(cpus.bits >> c & 1))
			continue;
		hosted_cpu_info = (struct cpu_info){.vcpu = &idle, .cpu = c};
		flush_interrupt();
	}
	hosted_cpu_info = before;
}

static uint64_t flush(uint64_t which)
{
	reached = 0;
	tlb_flush_vcpus(&dom, which, TLB_ALL);
	return reached;
}

/* ---- two at once ---- */

static unsigned int second_done;

/* CPU 1 asks 0, which waits for 1 itself, and 3. CPU 0 has its interrupts on. */
static void second_request(void)
{
	struct cpu_info before = hosted_cpu_info;

	hosted_cpu_info = (struct cpu_info){.vcpu = &idle, .cpu = 1};
	tlb_flush_cpus((cpumask_t){9}, TLB_ALL);
	hosted_cpu_info = before;
	second_done++;
}

static void test_two(void)
{
	unsigned int before[4] = {let_go[0], let_go[1], let_go[2], let_go[3]};

	hosted_cpu_info = (struct cpu_info){.vcpu = &idle, .cpu = 0};
	before_delivery = second_request;
	tlb_flush_cpus((cpumask_t){6}, TLB_ALL);
	result(second_done == 1,
	       "a request that is under way keeps no other from being carried out");
	result(let_go[0] > before[0] && let_go[1] > before[1] && let_go[2] > before[2] &&
		       let_go[3] > before[3],
	       "and each gets what it asked for");
}

/*
 * ---- many at once, and nobody is interrupted: who waits serves, who works looks now and then ----
 */

#define REQUESTS 150U

static unsigned int finished, missed, begun;

static void *cpu_main(void *arg)
{
	unsigned int me = (unsigned int)(uintptr_t)arg, state = me + 1, c, n;

	hosted_cpu_info = (struct cpu_info){.vcpu = &idle, .cpu = me};
	atomic_add(&begun, 1);
	while (atomic_load(&begun) < nr_cpus)
		usleep(0);
	for (n = 0; n < REQUESTS; n++) {
		cpumask_t cpus = {(uint64_t)rand_r(&state) % 15 + 1};
		unsigned int before[4];

		for (c = 0; c < 4; c++)
			before[c] = atomic_load(&let_go[c]);
		tlb_flush_cpus(cpus, rand_r(&state) & 1 ? TLB_ALL : 0x1000 * (uint64_t)n);
		for (c = 0; c < 4; c++)
			if ((cpus.bits >> c & 1) && atomic_load(&let_go[c]) == before[c])
				atomic_add(&missed, 1);
		flush_interrupt();
	}
	atomic_add(&finished, 1);
	while (atomic_load(&finished) < nr_cpus) {
		flush_interrupt();
		usleep(0);
	}
	return NULL;
}

static void test_many(void)
{
	pthread_t threads[4];

	atomic_store(&interrupts_on, false);
	for (uintptr_t i = 0; i < 4; i++)
		if (pthread_create(&threads[i], NULL, cpu_main, (void *)i))
			abort();
	for (unsigned int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	result(finished == 4 && !missed, "four CPUs that flush each other all the time get on, and "
					 "no request is answered early");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(60);
	printf("1..7\n");
	hosted_cpu_info.vcpu = &caller;
	dom.arch.dirty_cpus.bits = 0xf;
	caller.arch.loaded_cpu = 0;
	/*
	 * It ran on CPU 1, which is idle and keeps it loaded. CPU 3 has taken it over, and not
	 * started yet.
	 */
	others[0].arch.loaded_cpu = 1;
	others[0].cpu = 3;
	others[1].arch.loaded_cpu = NOT_LOADED;
	others[1].cpu = 2;
	result(flush(2) == 2, "a CPU that keeps a vCPU loaded is reached, wherever the vCPU waits "
			      "to run: it may come back");
	result(flush(4) == 0, "a vCPU that no CPU has loaded needs none: loading it flushes");
	result(flush(6) == 2 && flush(~UINT64_C(7)) == 0, "vCPUs that there are not do no harm");
	others[0].arch.loaded_cpu = 3;
	result(flush(2) == 8, "and once it runs elsewhere, that CPU is reached");
	test_two();
	test_many();
	return tap_failures != 0;
}
