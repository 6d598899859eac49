/* SPDX-License-Identifier: GPL-2.0-only */
/* Actions that must end this domain and affect no other: crash=HOW, one a boot. */
#include "guest.h"

static bool is(const char *how, const char *name)
{
	while (*name && *how == *name)
		how++, name++;
	return !*name && (!*how || *how == ' ');
}

void crash_run(const char *how)
{
	struct iret_context frame = {
		.rip = USER_CODE, .cs = FLAT_USER_CS, .rflags = 0x202, .ss = FLAT_USER_SS};

	print("# crash now\n");
	console_drain();
	if (is(how, "handler")) {
		(void)HC1(set_trap_table, 0);
		__asm__ volatile("ud2");
	}
	if (is(how, "stack"))
		__asm__ volatile("mov %0, %%rsp; ud2" :: "r"(BAD_UNMAPPED));
	if (is(how, "stack-hv"))
		__asm__ volatile("mov %0, %%rsp; ud2" :: "r"(BAD_HV));
	if (is(how, "stack-low"))
		__asm__ volatile("xor %%esp, %%esp; ud2" ::);
	if (is(how, "iret"))
		__asm__ volatile("mov %0, %%rsp; mov $23, %%eax; syscall" :: "r"(BAD_HV));
	if (is(how, "iret-wrap"))
		__asm__ volatile("mov $-16, %%rsp; mov $23, %%eax; syscall" ::);
	if (is(how, "user"))
		do_iret(&frame);
	if (is(how, "failsafe")) {
		frame.cs = 0x1230;
		frame.rsp = BAD_UNMAPPED;
		do_iret(&frame);
	}
	print("# survived %s\n", "it");
}
