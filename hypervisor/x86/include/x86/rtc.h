/* SPDX-License-Identifier: GPL-2.0-only */
/* The CMOS clock (x86/rtc.c). */
#ifndef X86_RTC_H
#define X86_RTC_H

#include <hv/types.h>

uint64_t rtc_read(void);		/* seconds since 1970, UTC */
uint8_t cmos_read(uint8_t index);	/* for Dom0's accesses, too */
void cmos_write(uint8_t index, uint8_t v);

#endif
