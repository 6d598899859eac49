// SPDX-License-Identifier: GPL-2.0-only
/*
 * rtcedge: read the machine's real-time clock and Linux's monotonic clock at the same moment, to
 * measure drift. Runs in Domain-0 as root.
 *
 * Prints "SECONDS NANOSECONDS": the second of the day that the CMOS clock has just entered, and
 * CLOCK_MONOTONIC at that moment. The program waits for three such edges and prints the one that it
 * saw earliest after the second began, so that a moment without the CPU does not count.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/io.h>
#include <time.h>

#define CMOS_INDEX 0x70
#define CMOS_DATA  0x71
#define EDGES	   3
#define NS	   1000000000LL

static unsigned int cmos(unsigned char reg)
{
	unsigned char bcd;

	outb(reg, CMOS_INDEX);
	bcd = inb(CMOS_DATA);
	return (bcd >> 4) * 10U + (bcd & 15U);
}

static unsigned int second_of_day(void)
{
	return (cmos(4) * 60 + cmos(2)) * 60 + cmos(0);
}

static int64_t monotonic(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS + t.tv_nsec;
}

int main(void)
{
	unsigned int first = 0, i;
	int64_t best = 0, began = monotonic();

	if (iopl(3)) {
		perror("rtcedge: iopl (run it as root in Domain-0)");
		return 1;
	}
	for (i = 0; i < EDGES; i++) {
		unsigned int old = cmos(0);
		int64_t at;

		while (cmos(0) == old)
			if (monotonic() - began > 30 * NS) {
				fprintf(stderr, "rtcedge: the CMOS clock stands still\n");
				return 1;
			}
		at = monotonic();
		if (i == 0) {
			first = second_of_day();
			best = at;
		}
		/*
		 * The same moment as the first edge, told by a later one: the smallest is the
		 * truest.
		 */
		if (at - (int64_t)i * NS < best)
			best = at - (int64_t)i * NS;
	}
	printf("%u %lld\n", first, (long long)best);
	return 0;
}
