/* SPDX-License-Identifier: GPL-2.0-only */
/* The log's store and its readers (console/printk.c). What prints uses hv/console/printk.h. */
#ifndef HV_CONSOLE_LOG_H
#define HV_CONSOLE_LOG_H

#include <hv/types.h>

/* Send lines to the UART from now on, those that were logged before first. After uart_init(). */
void log_start_uart(void);
/*
 * Use a ring of this many bytes (rounded down to a power of two, 64 MiB at most). Once, after
 * mm_boot_init().
 */
void log_resize(uint64_t bytes);
/* From now on Domain-0 hears of new lines (VIRQ_CON_RING), from a softirq. */
void log_start_virq(void);
/* A panic prints without the lock, whoever holds it. */
void printk_break_lock(void);

/*
 * Copy at most max bytes of the log, from *pos on (incremental) or from its start; *pos ends behind
 * them. Returns the bytes copied. Any context.
 */
size_t log_read(bool incremental, uint32_t *pos, char *out, size_t max);
/* Forget what stands before pos. */
void log_discard(uint32_t pos);

#endif
