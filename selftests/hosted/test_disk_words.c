/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: blkplug refuses the numbers of "virtual-device" that no guest can have, and no others, and
 * makes a sentence of what a driver complains of. The numbers are those of xen-vbd-interface(7).
 */
/* sources: bridge-scripts/blkplug/words.c */
#include <stdio.h>
#include <string.h>

#include "../../bridge-scripts/blkplug/words.h"

static unsigned int number, failures;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, claim);
	failures += !good;
}

static bool taken(unsigned long vdev)
{
	char why[100] = "untouched";

	return words_vdev(vdev, why, sizeof(why)) && !strcmp(why, "untouched");
}

static bool refused(unsigned long vdev, const char *expected)
{
	char why[100] = "";

	return !words_vdev(vdev, why, sizeof(why)) && !strcmp(why, expected);
}

static bool becomes(const char *text, size_t size, const char *expected)
{
	char to[100];

	memset(to, 'x', sizeof(to));
	words_complaint(text, to, size);
	return !strcmp(to, expected);
}

int main(void)
{
	const unsigned long extended = 1ul << 28;
	char text[100];

	printf("1..9\n");
	result(taken(51712) && taken(51713) && taken(51952) && taken(202ul << 8 | 255),
	       "the first sixteen disks and their partitions are taken");
	result(taken(extended) && taken(extended | 16 << 8) && taken(extended | 702 << 8 | 15) &&
		       taken(extended | 4095 << 8 | 255),
	       "and those after them, up to the last");
	result(refused(extended | 4096 << 8,
		       "its number is 4096, and that of the last, xvdfan, is 4095") &&
		       refused(extended | 18277 << 8,
			       "its number is 18277, and that of the last, xvdfan, is 4095"),
	       "no disk after the last is");
	result(taken(3ul << 8) && taken(22ul << 8 | 64) && taken(33ul << 8) && taken(34ul << 8) &&
		       taken(8ul << 8 | 16) && taken(65ul << 8) && taken(71ul << 8) &&
		       taken(128ul << 8) && taken(135ul << 8),
	       "the numbers of IDE and SCSI disks are taken");
	result(refused(0, "0 is not the number of a disk") &&
		       refused(4660, "4660 is not the number of a disk") &&
		       refused(64ul << 8, "16384 is not the number of a disk") &&
		       refused(203ul << 8, "51968 is not the number of a disk") &&
		       refused(1ul << 29, "536870912 is not the number of a disk"),
	       "no other number is");
	snprintf(text, sizeof(text), "opening the device 7:0 (%s)", strerror(30));
	result(becomes("-30 opening the device 7:0", sizeof(text), text),
	       "a driver's complaint is told with the error's name");
	result(becomes("opening", sizeof(text), "opening") && becomes("-30", sizeof(text), "-30") &&
		       becomes("", sizeof(text), "") &&
		       becomes("30 disks", sizeof(text), "30 disks") &&
		       becomes("-99999 disks", sizeof(text), "-99999 disks") &&
		       becomes("-30x", sizeof(text), "-30x"),
	       "a text of another form stays as it is");
	result(becomes("a\n2026 \033[2J\177\303\251", sizeof(text), "a?2026 ?[2J???"),
	       "no line and no terminal is ended by it");
	result(becomes("-30 opening the device", 8, "opening"), "and none is longer than its room");
	return failures > 0;
}
