// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is said in numbers and texts: the encodings of "virtual-device" (xen-vbd-interface(7)), and
 * what a Linux driver writes to "error" in xenstore. Pure.
 */
#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXTENDED      (1ul << 28)
#define EXTENDED_BITS 8    /* of the partition */
#define LAST_DISK     4095 /* Linux has 20 bits for the disk and its partition */

/* Does a Linux guest take this major for a disk's? xvd, IDE, SCSI. */
static bool is_disk_major(unsigned long major)
{
	static const unsigned char known[] = {202, 3, 22, 33, 34, 8};
	size_t i;

	for (i = 0; i < sizeof(known); i++)
		if (known[i] == major)
			return true;
	return (major >= 65 && major <= 71) || (major >= 128 && major <= 135);
}

/**
 * words_vdev() - can a guest have this disk?
 * @number: of "virtual-device"
 * @why: why not, as half a sentence; untouched where it can
 * @size: of @why, in bytes
 *
 * A number that a guest's driver does not take is refused here, where there is somebody to tell.
 * Return: whether it can.
 */
bool words_vdev(unsigned long number, char *why, size_t size)
{
	unsigned long disk = (number & ~EXTENDED) >> EXTENDED_BITS;

	if (number & EXTENDED && disk > LAST_DISK) {
		snprintf(why, size, "its number is %lu, and that of the last, xvdfan, is %u", disk,
			 LAST_DISK);
		return false;
	}
	if (!(number & EXTENDED) && !is_disk_major(number >> 8)) {
		snprintf(why, size, "%lu is not the number of a disk", number);
		return false;
	}
	return true;
}

/**
 * words_complaint() - a driver's complaint, for people
 * @text: "-ERRNO what it did", as Linux drivers write it
 * @to: "what it did (the error's name)"
 * @size: of @to, in bytes
 *
 * A text without a number stays as it is. A guest may have written it: what is not printable
 * becomes a question mark.
 */
void words_complaint(const char *text, char *to, size_t size)
{
	char *rest;
	long error = strtol(text, &rest, 10);

	if (rest == text || error >= 0 || error < -4095 || *rest != ' ')
		snprintf(to, size, "%s", text);
	else
		snprintf(to, size, "%s (%s)", rest + 1, strerror(-error));
	for (; *to; to++)
		if (*to < ' ' || *to > '~')
			*to = '?';
}
