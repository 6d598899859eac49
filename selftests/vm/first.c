/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first program of a boot test's initrd: prints the number of CPUs on the console and powers
 * off. With the word "again" on the kernel's command line it reboots instead.
 */
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	printf("user space on %ld CPUs\n", sysconf(_SC_NPROCESSORS_ONLN));
	fflush(stdout);
	sleep(1); /* for the console to drain */
	reboot(argc > 1 && strcmp(argv[1], "again") == 0 ? RB_AUTOBOOT : RB_POWER_OFF);
	return 1;
}
