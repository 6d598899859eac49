// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sentence that says what went wrong, and the log. A process does one job and then ends, so
 * there is one sentence: the first that was said, because what fails later fails because of it.
 *
 * Locks: none. A line of the log is one write to a file opened for appending, so that lines of
 * scripts that run at the same time do not mix.
 */
#include "report.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char sentence[512];
static char after[120];
static char prefix[160];
static const char *log_path;

/**
 * report_begin() - name the job, before anything can fail
 * @who: what each line of the log begins with, after the time
 * @log_file: where lines go; a file that cannot be opened is passed over
 */
void report_begin(const char *who, const char *log_file)
{
	snprintf(prefix, sizeof(prefix), "%s", who);
	log_path = log_file;
}

/**
 * report_after() - what the administrator does after any failure of this job
 * @text: ends the sentence of fail(), which is cut rather than this
 */
void report_after(const char *text)
{
	snprintf(after, sizeof(after), "%s", text);
}

static void log_line(const char *text)
{
	char line[800], stamp[32];
	time_t now = time(NULL);
	struct tm tm;
	int fd, length;

	strftime(stamp, sizeof(stamp), "%F %T", localtime_r(&now, &tm));
	length = snprintf(line, sizeof(line), "%s %s: %s\n", stamp, prefix, text);
	if (length < 0)
		return;
	if ((size_t)length >= sizeof(line))
		length = sizeof(line) - 1;
	fd = log_path ? open(log_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644) : -1;
	if (fd >= 0) {
		/* A full disk must not keep a guest from its network. */
		ssize_t ignored = write(fd, line, length);

		(void)ignored;
		close(fd);
	}
}

/**
 * fail() - say why the job cannot be done
 * @format: printf's; the sentence names the interface, what failed, and what to do
 *
 * Only the first sentence is kept. Return: false, so that a function can end with `return
 * fail(...)`.
 */
bool fail(const char *format, ...)
{
	va_list args;

	if (sentence[0])
		return false;
	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence) - sizeof(after), format, args);
	va_end(args);
	strcat(sentence, after);
	log_line(sentence);
	return false;
}

/** failure() - the sentence that fail() kept, or NULL when there was none */
const char *failure(void)
{
	return sentence[0] ? sentence : NULL;
}

/**
 * note() - a line for the log only
 * @format: printf's
 */
void note(const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_line(text);
}
