// SPDX-License-Identifier: GPL-2.0-only
/*
 * `selftest=NAME`: look at the rules of memory protection, or break one, or the order of locks, and
 * show what it prints. Just before Domain-0 is built, when everything is as it stays. For tests
 * only: all but "protection" end in a panic, which is the claim.
 */
#include <hv/boot/selftest.h>
#include <hv/boot/options.h>
#include <hv/boot/start.h>
#include <hv/console/keyhandler.h>
#include <hv/console/printk.h>
#include <hv/lib/lib.h>
#include <hv/mm/directmap.h>
#include <hv/mm/map.h>
#include <hv/mm/protect.h>
#include <hv/spinlock.h>
#include <x86/image.h>
#include <x86/protection.h>
#include <x86/stack.h>
#include <x86/traps.h>

/* Is there nothing mapped below the CPU's stack, nor below any of its IST stacks? */
static bool stacks_guarded(unsigned int cpu)
{
	bool guarded = !protect_is_mapped(idle_l4, stack_guard(cpu));

	for (unsigned int n = 0; n < IST_STACKS; n++)
		guarded &=
			!protect_is_mapped(idle_l4, IST_TOP(cpu, n) - (IST_PAGES + 1) * PAGE_SIZE);
	return guarded;
}

static void show_protection(void)
{
	const struct protect_image image = {(uint64_t)image_start, image_maddr(image_start),
					    text_end - image_start, init_data_end - text_end};
	struct protect_result r;
	unsigned int guards = 0;

	protect_walk(idle_l4, &image, &r);
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		uint64_t size, used = stack_deepest(cpu, &size);

		log_info("protection: CPU %u has used %lu of %lu bytes of its stack\n", cpu, used,
			 size);
		if (!stacks_guarded(cpu))
			log_warn("protection: a stack of CPU %u has no guard page\n", cpu);
		else
			guards++;
	}
	log_info("protection: %lu entries; %lu writable and executable, %lu executable outside the "
		 "text, "
		 "%lu writable ways to text or constants, %lu open to ring 3; %u of %u stacks "
		 "guarded\n",
		 r.entries, r.broken[PROTECT_WX], r.broken[PROTECT_EXEC], r.broken[PROTECT_ALIAS],
		 r.broken[PROTECT_USER], guards, nr_cpus);
}

/* Volatile at every step, or the compiler would make a loop of it. */
static __noinline unsigned int overflow(volatile unsigned int *depth)
{
	volatile unsigned int here = *depth + 1;

	return here ? overflow(&here) + here : 0;
}

/* Writes behind its buffer, as far as the return address. */
static __noinline void smash(volatile unsigned int length)
{
	volatile char buffer[16];

	for (unsigned int i = 0; i < length; i++)
		((volatile char *)buffer)[i] = 'x';
}

static void poke(const volatile void *p)
{
	volatile uint8_t *byte = (volatile uint8_t *)p;

	*byte = *byte;
}

static void run_data(void)
{
	static uint8_t code[1] = {0xc3};	/* RET */
	void (*fn)(void) = (void (*)(void))(void *)code;

	HIDE_VALUE(fn);
	fn();
}

/* The M2P is open to ring 3, so that its own address stands for any page of a guest. */
static void read_user(void)
{
	(void)*(const volatile uint64_t *)M2P_VIRT;
}

/* Only an image that checks locks sees it (hv/lib/lock_check.h). */
static void lock_wrongly(void)
{
	static spinlock_t inner = SPINLOCK_INIT(RANK_HEAP), outer = SPINLOCK_INIT(RANK_EVTCHN);

	spin_lock(&inner);
	spin_lock(&outer);
	spin_unlock(&outer);
	spin_unlock(&inner);
}

void selftest_init(void)
{
	(void)keyhandler_register('w', show_protection, "protection of the hypervisor's memory");
}

void selftest_run(void)
{
	unsigned int depth = 0;

	switch (options.selftest) {
	case SELFTEST_NONE: return;
	case SELFTEST_PROTECTION: show_protection(); return;
	case SELFTEST_STACK_OVERFLOW: overflow(&depth); break;
	case SELFTEST_WRITE_TEXT: poke((const void *)start_hypervisor); break;
	case SELFTEST_WRITE_CONST: poke(maddr_to_virt(image_maddr(text_end))); break;
	case SELFTEST_WRITE_IDT: poke(idt_address()); break;
	case SELFTEST_EXEC_DATA: run_data(); break;
	case SELFTEST_READ_USER: read_user(); break;
	case SELFTEST_SMASH: smash(64); break;
	case SELFTEST_LOCK_ORDER: lock_wrongly(); break;
	}
	log_warn("selftest: nothing stopped it\n");
}
