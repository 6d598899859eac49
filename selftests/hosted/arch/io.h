/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hosted stand-in of hypervisor/x86/include/arch/io.h: a test that needs ports or MMIO defines
 * them.
 */
#ifndef ARCH_IO_H
#define ARCH_IO_H

#include <hv/types.h>

void outb(uint16_t port, uint8_t v);
void outw(uint16_t port, uint16_t v);
void outl(uint16_t port, uint32_t v);
uint8_t inb(uint16_t port);
uint16_t inw(uint16_t port);
uint32_t inl(uint16_t port);
uint32_t mmio_read32(const volatile void *p);
void mmio_write32(volatile void *p, uint32_t v);

#endif
