/* SPDX-License-Identifier: GPL-2.0-only */
/* What is said in numbers and texts: a disk's number, a driver's complaint. Pure. */
#ifndef BLKPLUG_WORDS_H
#define BLKPLUG_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Can a guest have a disk of this number of "virtual-device"? Else why not, as half a sentence. */
bool words_vdev(unsigned long number, char *why, size_t size);
/* A driver's "-30 what it did" as "what it did (the error's name)". */
void words_complaint(const char *text, char *to, size_t size);

#endif
