/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages (console/printk.c), and the end after a bad one (lib/panic.c), which everybody needs
 * together. The level says whose fault the line is:
 *	L_ERR	ours: an invariant is broken, or the machine is
 *	L_WARN	the machine or the administrator: a bad option, odd firmware
 *	L_INFO	nobody's: what was found and decided at boot
 *	L_GUEST	a guest's: rate limited, so that no guest can fill the log; shown from
 *		guest_loglvl=warning on
 *	L_DEBUG	left out unless loglvl=all; rate limited like L_GUEST, for most of it a guest can
 *		cause
 *
 * A guest's actions may reach L_GUEST and L_DEBUG alone.
 */
#ifndef HV_CONSOLE_PRINTK_H
#define HV_CONSOLE_PRINTK_H

#include <stdarg.h>

#include <hv/types.h>

enum log_level { L_ERR, L_WARN, L_INFO, L_GUEST, L_DEBUG };

/*
 * Any context, takes the console lock. Knows %s %c %d %i %u %x %X %o %p with l, ll, z, width, 0 and
 * -.
 */
void printk(enum log_level level, const char *fmt, ...) __printf(2, 3);

#define log_err(...)	printk(L_ERR, __VA_ARGS__)
#define log_warn(...)	printk(L_WARN, __VA_ARGS__)
#define log_info(...)	printk(L_INFO, __VA_ARGS__)
#define log_guest(...)	printk(L_GUEST, __VA_ARGS__)
#define log_debug(...)	printk(L_DEBUG, __VA_ARGS__)

/* Raw text of a guest's console_io write, already copied in: n bytes. Any context. */
void console_write(const char *text, size_t n);

/* Stop the machine: only for our own bugs, never for guest input. */
void panic(const char *fmt, ...) __printf(1, 2) __noreturn;

#define ASSERT(cond)                                                                \
	do {                                                                        \
		if (unlikely(!(cond)))                                              \
			panic("%s:%d: broken: %s", __FILE__, __LINE__, #cond);      \
	} while (0)

#endif
