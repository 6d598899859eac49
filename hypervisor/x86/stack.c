// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stack of each CPU: an aligned block of STACK_SIZE bytes with struct cpu_info at the very top.
 * Below the stack one page is not mapped: who runs over the end of the stack meets that page, and
 * with it a double fault, which has a stack of its own and says so.
 */
#include <x86/stack.h>
#include <hv/domain/vcpu.h>
#include <hv/lib/lib.h>
#include <hv/mm/alloc.h>
#include <hv/mm/directmap.h>
#include <hv/mm/map.h>
#include <hv/mm/pte_rules.h>

static uint64_t stacks[NR_CPUS] __ro_after_init;	/* first byte of the block */

uint64_t stack_guard(unsigned int cpu)
{
	return stacks[cpu] + STACK_GUARD_PAGE * PAGE_SIZE;
}

void stack_init_boot(void)
{
	stacks[0] = (uint64_t)boot_stack;
}

struct cpu_info *stack_make(unsigned int cpu)
{
	uint64_t base = vmap_reserve(STACK_SIZE, STACK_SIZE);

	for (uint64_t page = 0; base && page < STACK_SIZE / PAGE_SIZE; page++) {
		void *p;

		if (page == STACK_GUARD_PAGE)
			continue;
		p = alloc_page();
		if (!p || hv_map(base + page * PAGE_SIZE, virt_to_maddr(p), 1, PTE_HV_RW))
			return NULL; /* at start-up, and of a CPU that will not run: what was taken
					stays taken */
	}
	if (!base)
		return NULL;
	stacks[cpu] = base;
	return (struct cpu_info *)(base + STACK_SIZE) - 1;
}

bool stack_holds(unsigned int cpu, uint64_t address, uint64_t size)
{
	uint64_t bottom = stack_guard(cpu) + PAGE_SIZE, top = stacks[cpu] + STACK_SIZE;

	return address >= bottom && address < top && top - address >= size;
}

uint64_t stack_deepest(unsigned int cpu, uint64_t *size)
{
	const uint64_t *bottom = (const uint64_t *)(stack_guard(cpu) + PAGE_SIZE);
	const uint64_t *top = (const uint64_t *)(stacks[cpu] + STACK_SIZE), *p = bottom;

	while (p < top && !READ_ONCE(*p))
		p++;
	*size = (uint64_t)((const char *)top - (const char *)bottom);
	return (uint64_t)((const char *)top - (const char *)p);
}

bool stack_overflowed(uint64_t rsp, uint64_t cr2)
{
	uint64_t guard = stack_guard(cpu_id());

	return cr2 - guard < PAGE_SIZE && rsp - guard <= PAGE_SIZE + 2 * sizeof(struct regs);
}
