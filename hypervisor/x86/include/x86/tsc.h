/* SPDX-License-Identifier: GPL-2.0-only */
/* The time stamp counter: measured once, read as the clock. */
#ifndef X86_TSC_H
#define X86_TSC_H

#include <hv/percpu.h>

/* Measure the TSC; takes 50 ms. In kHz. Boot CPU (x86/tsc.c). */
uint64_t tsc_calibrate(void);

#endif
