/* SPDX-License-Identifier: GPL-2.0-only */
/* The console: the UART, the log ring, debug keys. Owner of this header: console/. */
#ifndef HV_CONSOLE_CONSOLE_H
#define HV_CONSOLE_CONSOLE_H

#include <hv/types.h>

void console_init(void); /* from the options com1=, console= and loglvl=: before the first printk()
			    that matters */
void console_rx_init(void);	/* input: UART interrupt or a timer; after timers and irq_init() */
/* Raw text of a guest's console_io write, already copied in. */
void console_write(const char *text, size_t n);
/* A character was typed. Any context. */
void console_input(char c);
/* Take at most max waiting characters for Domain-0; returns how many. */
size_t console_read(char *out, size_t max);

#endif
