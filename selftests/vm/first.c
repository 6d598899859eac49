/* SPDX-License-Identifier: GPL-2.0-only */
/* The first program of a boot test's initrd: says how many CPUs there are, on the console, and powers off. */
#include <stdio.h>
#include <sys/reboot.h>
#include <unistd.h>

int main(void)
{
	printf("user space on %ld CPUs\n", sysconf(_SC_NPROCESSORS_ONLN));
	fflush(stdout);
	sleep(1); /* for the console to drain */
	reboot(RB_POWER_OFF);
	return 1;
}
