/* SPDX-License-Identifier: GPL-2.0-only */
/* The console's UART, a 16550 (x86/uart.c). All polled; without a UART nothing happens. No lock. */
#ifndef X86_UART_H
#define X86_UART_H

#include <hv/types.h>

/*
 * Use the UART at this I/O port, 8n1. baud 0: leave it as the firmware has set it; irq: its GSI, 0:
 * none. Boot CPU, once.
 */
void uart_init(uint16_t port, unsigned int baud, unsigned int irq);
/* Send c, after a wait of bounded length for room. The caller keeps others away. */
void uart_putc(char c);
/* A character that has come, or -1. */
int uart_getc(void);
/* Its GSI, 0: none. */
unsigned int uart_irq(void);
/* Is this I/O port one of the UART's? Domain-0 must not touch it. */
bool uart_owns_port(uint16_t port);
/* Let it interrupt when a character comes. */
void uart_enable_rx_irq(void);

#endif
