// SPDX-License-Identifier: GPL-2.0-only
/* Clock, statistics, markers and output of the bench programs. Single-threaded, like them. */
#include "bench.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mark.h"

const char *bench_program = "bench";
static const char *prefix = "";
static bool marking;
static unsigned int next_mark;
static double ns_per_cycle; /* 0: the counter is not used */
static uint64_t first_cycle;

static void complain(int err, const char *format, va_list arguments)
{
	fflush(stdout);
	fprintf(stderr, "%s: ", bench_program);
	vfprintf(stderr, format, arguments);
	if (err)
		fprintf(stderr, ": %s", strerror(err));
	fputc('\n', stderr);
}

void fail(int err, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complain(err, format, arguments);
	va_end(arguments);
	exit(1);
}

void fail_usage(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complain(0, format, arguments);
	va_end(arguments);
	exit(2);
}

const char *option_value(const char *argument, const char *name)
{
	size_t length = strlen(name);

	if (strncmp(argument, "--", 2) == 0 && strncmp(argument + 2, name, length) == 0 &&
	    argument[2 + length] == '=')
		return argument + 2 + length + 1;
	return NULL;
}

uint64_t option_number(const char *text, const char *name, uint64_t least, uint64_t most)
{
	char *end;
	unsigned long long number;
	unsigned int shift = 0;

	errno = 0;
	number = strtoull(text, &end, 0);
	switch (*end) {
	case 'k':
	case 'K': shift = 10, end++; break;
	case 'm':
	case 'M': shift = 20, end++; break;
	case 'g':
	case 'G': shift = 30, end++; break;
	}
	if (end == text || *end || *text == '-' || errno || number > (UINT64_MAX >> shift))
		fail_usage("--%s=%s is not a number", name, text);
	number <<= shift;
	if (number < least || number > most)
		fail_usage("--%s=%s is not between %llu and %llu", name, text,
			   (unsigned long long)least, (unsigned long long)most);
	return number;
}

bool bench_option(const char *argument)
{
	const char *value;

	value = option_value(argument, "prefix");
	if (value) {
		prefix = value;
		return true;
	}
	value = option_value(argument, "mark");
	if (value) {
		next_mark = option_number(value, "mark", 0, 254);
		marking = true;
		return true;
	}
	return false;
}

/* One line of a file in /proc or /sys that begins with `key`; false when there is none. */
static bool find_line(const char *path, const char *key, char *line, int room)
{
	FILE *file = fopen(path, "r");
	bool found = false;

	while (file && !found && fgets(line, room, file))
		found = strncmp(line, key, strlen(key)) == 0;
	if (file)
		fclose(file);
	return found;
}

/* Under Xen's clock the kernel's "cpu MHz" is the counter's rate, as the hypervisor told it. */
static double find_tsc_rate(void)
{
	char line[256];
	double mhz;

	if (!find_line("/sys/devices/system/clocksource/clocksource0/current_clocksource", "xen",
		       line, sizeof(line)) ||
	    !find_line("/proc/cpuinfo", "cpu MHz", line, sizeof(line)) ||
	    sscanf(line, "cpu MHz : %lf", &mhz) != 1 || mhz < 1)
		return 0;
	return 1000 / mhz;
}

void bench_start(const char *program)
{
	bench_program = program;
	first_cycle = __builtin_ia32_rdtsc();
	ns_per_cycle = find_tsc_rate();
	setvbuf(stdout, NULL, _IOLBF, 0); /* a row is out when it is known, also through a pipe */
}

uint64_t clock_ns(void)
{
	struct timespec now;

	if (ns_per_cycle > 0)
		return (uint64_t)((double)(__builtin_ia32_rdtsc() - first_cycle) * ns_per_cycle);
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + now.tv_nsec;
}

void mark_begin(void)
{
	if (marking)
		shoji_mark(next_mark);
}

void mark_end(void)
{
	if (marking)
		shoji_mark(next_mark + 1);
	next_mark += 2;
}

void samples_add(struct samples *s, double value)
{
	if (s->n == s->room) {
		s->room = s->room ? 2 * s->room : 1024;
		s->value = realloc(s->value, s->room * sizeof(*s->value));
		if (!s->value)
			fail(0, "no memory for %zu samples", s->room);
	}
	s->value[s->n++] = value;
}

void samples_clear(struct samples *s)
{
	s->n = 0;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/*
 * Sorts in place: the order of samples means nothing to those who ask. Nearest rank, so a
 * percentile was seen.
 */
double samples_percentile(const struct samples *s, double percent)
{
	size_t rank;

	if (s->n == 0)
		return 0;
	qsort(s->value, s->n, sizeof(*s->value), by_size);
	rank = (size_t)(percent / 100 * (s->n - 1) + 0.5);
	return s->value[rank];
}

double samples_mean(const struct samples *s)
{
	double sum = 0;

	for (size_t i = 0; i < s->n; i++)
		sum += s->value[i];
	return s->n ? sum / s->n : 0;
}

double samples_spread(const struct samples *s)
{
	double median = samples_percentile(s, 50);

	return median > 0 ? (samples_percentile(s, 75) - samples_percentile(s, 25)) / median : 0;
}

/* The shape of a distribution, where there are enough samples to have one. */
static void print_percentiles(const struct samples *s)
{
	if (s->n < 20)
		return;
	printf(",\"percentiles\":[%.6g,%.6g,%.6g,%.6g,%.6g]", samples_percentile(s, 1),
	       samples_percentile(s, 10), samples_percentile(s, 50), samples_percentile(s, 90),
	       samples_percentile(s, 99));
}

void row_print(const struct row *row)
{
	const struct samples *s = row->samples;
	bool is_rate = row->rate > 0 || !s;
	double value = is_rate ? row->rate : samples_percentile(s, 50);

	printf("{\"row\":\"%s%s\",\"unit\":\"%s\",\"better\":\"%s\",\"value\":%.6g", prefix,
	       row->name, row->unit, row->higher_is_better ? "higher" : "lower", value);
	if (s && s->n) {
		if (!is_rate)
			printf(",\"p99\":%.6g", samples_percentile(s, 99));
		printf(",\"spread\":%.4g,\"n\":%zu", samples_spread(s), s->n);
		if (!is_rate)
			print_percentiles(s);
	} else if (row->spread > 0)
		printf(",\"spread\":%.4g", row->spread);
	if (marking && row->ops)
		printf(",\"ops\":%llu", (unsigned long long)row->ops);
	if (row->counters)
		printf(",\"counters\":{%s}", row->counters);
	puts("}");
}
