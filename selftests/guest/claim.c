/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claims: one line each, which the script in Domain-0 numbers. A group without its last line has
 * crashed.
 */
#include "guest.h"

static const char *group;
static unsigned int count;

void group_begin(const char *name)
{
	group = name;
	count = 0;
	print("# group %s\n", name);
}

void group_end(void)
{
	print("# end %s %u\n", group, count);
}

void claim(const char *text, bool holds)
{
	count++;
	print("%s - %s: %s\n", holds ? "ok" : "not ok", group, text);
}

static void tell(const char *text, bool holds, long got)
{
	if (holds)
		claim(text, true);
	else {
		count++;
		print("not ok - %s: %s (got %ld)\n", group, text, got);
	}
}

void claim_is(const char *text, long got, long want)
{
	tell(text, got == want, got);
}

void claim_either(const char *text, long got, long a, long b)
{
	if (got == a || got == b)
		print("# open: %s: %s: %ld\n", group, text, got);
	tell(text, got == a || got == b, got);
}

void claim_refused(const char *text, long got)
{
	tell(text, got == -EINVAL || got == -EPERM, got);
}

void claim_negative(const char *text, long got)
{
	tell(text, got < 0 && got > -4096, got);
}
