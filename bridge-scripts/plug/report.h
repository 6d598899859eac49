/* SPDX-License-Identifier: GPL-2.0-only */
/* What went wrong, in one sentence for the administrator, and the log that it goes to. */
#ifndef PLUG_REPORT_H
#define PLUG_REPORT_H

#include <stdbool.h>

/* Name the job, and the file that the log's lines go to, before anything can fail. */
void report_begin(const char *who, const char *log_file);
/* What ends the sentence of fail(): to be done after any failure of this job. */
void report_after(const char *text);
/*
 * Keep and log the sentence that says why the job cannot be done; the first one stays. Returns
 * false.
 */
bool fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The sentence that fail() kept, or NULL. */
const char *failure(void);
/* A line for the log only. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
