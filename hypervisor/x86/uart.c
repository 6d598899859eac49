// SPDX-License-Identifier: GPL-2.0-only
/* A 16550 on I/O ports. Polled output; input polled or by interrupt. The caller serialises. */
#include <x86/uart.h>
#include <arch/io.h>

enum { REG_DATA = 0, REG_IER = 1, REG_FCR = 2, REG_LCR = 3, REG_MCR = 4, REG_LSR = 5 };
enum { LSR_DATA = 1, LSR_EMPTY = 0x20 };

static uint16_t base;
static unsigned int irq;

void uart_init(uint16_t port, unsigned int baud, unsigned int gsi)
{
	unsigned int divisor = baud ? 115200 / baud : 0;

	base = port;
	irq = gsi;
	outb(port + REG_IER, 0);
	if (divisor) {	/* 0: as the firmware left it */
		outb(port + REG_LCR, 0x83);
		outb(port + REG_DATA, divisor & 0xff);
		outb(port + REG_IER, divisor >> 8);
	}
	outb(port + REG_LCR, 0x03);
	outb(port + REG_FCR, 0x07);
	outb(port + REG_MCR, 0x0b);
	if (inb(port + REG_LSR) == 0xff)
		base = 0;	/* nobody there */
}

void uart_putc(char c)
{
	if (!base)
		return;
	for (unsigned int i = 0; i < 100000 && !(inb(base + REG_LSR) & LSR_EMPTY); i++)
		;
	outb(base + REG_DATA, (uint8_t)c);
}

int uart_getc(void)
{
	if (!base || !(inb(base + REG_LSR) & LSR_DATA))
		return -1;
	return inb(base + REG_DATA);
}

unsigned int uart_irq(void)
{
	return base ? irq : 0;
}

bool uart_owns_port(uint16_t port)
{
	return base && port >= base && port < base + 8;
}

void uart_enable_rx_irq(void)
{
	if (base)
		outb(base + REG_IER, 1);
}
