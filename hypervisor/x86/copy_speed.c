// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which way to copy is fast here. A CPU says with ERMS and FSRM that REP MOVSB is the fastest copy
 * there is, and kernels believe it. An emulator says so too and goes byte by byte: eight times
 * slower than REP MOVSQ, in all that copies for a disk or a network. So the hypervisor measures a
 * page's copy when it starts, and keeps the two features from its guests where they are not true;
 * erms= overrules that.
 */
#include <x86/copy_speed.h>
#include <hv/boot/options.h>
#include <hv/console/printk.h>
#include <hv/lib/lib.h>
#include <hv/percpu.h>
#include <x86/cpu.h>

#define TRIES 8		/* the fastest counts: nothing makes a copy too fast */

bool slow_strings __ro_after_init;

static uint8_t source[PAGE_SIZE] __aligned(64), target[PAGE_SIZE] __aligned(64);

static void copy_bytes(void)
{
	void *to = target;
	const void *from = source;
	size_t n = sizeof(source);

	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
}

static void copy_strings(void)
{
	slow_strings = false;
	memcpy(target, source, sizeof(source));
}

static void copy_moves(void)
{
	slow_strings = true;
	memcpy(target, source, sizeof(source));
}

static uint64_t ticks(void (*copy)(void))
{
	uint64_t best = ~UINT64_C(0);

	for (unsigned int i = 0; i < TRIES; i++) {
		uint64_t start = rdtsc();

		copy();
		best = MIN(best, rdtsc() - start);
	}
	return best;
}

void copy_speed_init(void)
{
	uint64_t bytes = ticks(copy_bytes), strings = ticks(copy_strings),
		 moves = ticks(copy_moves);

	slow_strings = strings > moves + moves / 4;
	cpu_features.hide_erms =
		options.erms == ERMS_HIDE || (options.erms == ERMS_AUTO && bytes > 2 * strings);
	log_info("a page's copy: %lu cycles by REP MOVSB, %lu by REP MOVSQ, %lu by moves; guests "
		 "%s told of ERMS\n",
		 bytes, strings, moves, cpu_features.hide_erms ? "are not" : "are");
}
