/* SPDX-License-Identifier: GPL-2.0-only */
/* The console's input, and its set-up (console/console.c). Output: hv/console/printk.h. */
#ifndef HV_CONSOLE_CONSOLE_H
#define HV_CONSOLE_CONSOLE_H

#include <hv/types.h>

/*
 * Set up the UART and the log from the options com1=, console= and loglvl=: before the first
 * printk() that matters. Boot CPU, once.
 */
void console_init(void);
/* Let input come, by the UART's interrupt or a timer. Boot CPU, after timers and irq_init(). */
void console_rx_init(void);
/* A character was typed. Any context. */
void console_input(char c);
/* Take at most max waiting characters for Domain-0; returns how many. Any context. */
size_t console_read(char *out, size_t max);

#endif
