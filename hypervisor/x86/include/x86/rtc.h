/* SPDX-License-Identifier: GPL-2.0-only */
/* The CMOS clock (x86/rtc.c). A lock inside, taken with interrupts off. */
#ifndef X86_RTC_H
#define X86_RTC_H

#include <hv/types.h>

/* Seconds since 1970, UTC. Waits, busy, while the clock updates itself. Boot CPU. */
uint64_t rtc_read(void);
/* Read a byte of the CMOS; for Domain-0's accesses, too. Any context. */
uint8_t cmos_read(uint8_t index);
/* Write one. Any context. */
void cmos_write(uint8_t index, uint8_t v);

#endif
