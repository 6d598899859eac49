/* SPDX-License-Identifier: GPL-2.0-only */
/* What went wrong, in one sentence for the administrator, and the log that it goes to. */
#ifndef VIFPLUG_REPORT_H
#define VIFPLUG_REPORT_H

#include <stdbool.h>

void report_begin(const char *who, const char *log_file);
bool fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *failure(void);
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
