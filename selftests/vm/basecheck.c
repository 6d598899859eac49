// SPDX-License-Identifier: GPL-2.0-only
/*
 * basecheck SECONDS SEED: write the FS and GS bases by WRFSBASE and WRGSBASE, compute for about a
 * millisecond, call the kernel, and check that both are still there. Several copies on fewer vCPUs
 * show whether a switch of tasks, of vCPUs or of modes loses or mixes up the bases. Prints "looks N
 * lost N"; exit code 1 if a base was lost, 3 if the kernel does not offer the instructions.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <time.h>

#define SPINS	  200000u
#define FSGSBASE  (1u << 1)	/* of AT_HWCAP2 */
#define BASE_STEP 0x1000u

/* In one piece: the C library's own thread pointer is away meanwhile. */
static int hold(uint64_t fs, uint64_t gs)
{
	uint64_t saved, fs_after, gs_after;

	asm volatile("rdfsbase %0\n\t"
		     "wrfsbase %3\n\t"
		     "wrgsbase %4\n\t"
		     "mov %5, %%ecx\n"
		     "1:\tdec %%ecx\n\t"
		     "jnz 1b\n\t"
		     "mov %6, %%eax\n\t"
		     "syscall\n\t"
		     "rdfsbase %1\n\t"
		     "rdgsbase %2\n\t"
		     "wrfsbase %0\n\t"
		     : "=&r"(saved), "=&r"(fs_after), "=&r"(gs_after)
		     : "r"(fs), "r"(gs), "i"(SPINS), "i"(SYS_getppid)
		     : "rax", "rcx", "r11", "memory");
	return fs_after != fs || gs_after != gs;
}

int main(int argc, char **argv)
{
	unsigned long looks = 0, lost = 0;
	uint64_t seed;
	time_t end;

	if (argc != 3) {
		fprintf(stderr, "usage: basecheck SECONDS SEED\n");
		return 2;
	}
	if (!(getauxval(AT_HWCAP2) & FSGSBASE)) {
		printf("no FSGSBASE\n");
		return 3;
	}
	seed = strtoull(argv[2], NULL, 0);
	end = time(NULL) + atoi(argv[1]);
	while (time(NULL) < end) {
		uint64_t base = seed << 32 | looks * BASE_STEP;

		lost += hold(base, base + 1);
		looks++;
	}
	printf("looks %lu lost %lu\n", looks, lost);
	return lost != 0;
}
