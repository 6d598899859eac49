/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the bench programs share: the clock, samples and their statistics, markers, and the one
 * output format, a JSON object a line:
 *   {"row":"us.pipe","unit":"us","better":"lower","value":0.48,"p99":1.2,"spread":0.05,"n":9}
 * value is the median of n samples, or a rate; spread is (p75 - p25) / median; ops are the
 * operations done between the two markers, there when --mark was given.
 */
#ifndef SHOJI_BENCH_H
#define SHOJI_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct samples {
	double *value;
	size_t n, room;
};

/* One measurement to print. Members left 0 are left out, row, unit and better excepted. */
struct row {
	const char *name, *unit;
	bool higher_is_better;
	const struct samples *samples; /* the median of these, unless `rate` is given */
	double rate;                   /* the value; then the samples give the spread only */
	double spread;                 /* of a rate without samples */
	uint64_t ops;                  /* operations between the markers */
	const char *counters;          /* JSON members, for example "\"mean\":1.5" */
};

extern const char *bench_program; /* for messages: set by bench_start() */

void bench_start(const char *program);
/* --prefix=NAME. and --mark=ID; true when the argument was one of them. */
bool bench_option(const char *argument);
/* The text after "name=" when the argument is --name=..., otherwise NULL. */
const char *option_value(const char *argument, const char *name);
/*
 * A number with an optional suffix k, m or g (powers of 1024); ends the program when it is none or
 * out of range.
 */
uint64_t option_number(const char *text, const char *name, uint64_t least, uint64_t most);

/*
 * Time in ns from some beginning. In a Xen guest the processor's own counter, which is read without
 * a system call and does not stand still when vCPUs disagree; elsewhere CLOCK_MONOTONIC.
 */
uint64_t clock_ns(void);
/* Around the measured loop: executes the markers ID and ID + 1 and steps to the next pair. */
void mark_begin(void);
void mark_end(void);

void samples_add(struct samples *s, double value);
void samples_clear(struct samples *s);
double samples_percentile(const struct samples *s, double percent);
double samples_mean(const struct samples *s);
double samples_spread(const struct samples *s);

void row_print(const struct row *row);
/* Print "program: message" and exit 1; with the text of errno where `error` is not 0. */
void fail(int err, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));
/* The same, exit 2: the command line was wrong. */
void fail_usage(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
