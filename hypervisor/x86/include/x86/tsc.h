/* SPDX-License-Identifier: GPL-2.0-only */
/* The time stamp counter: measured once, read as the clock. */
#ifndef X86_TSC_H
#define X86_TSC_H

#include <hv/percpu.h>

/*
 * Measure the TSC, kHz: takes 50 ms with a PM timer, 150 ms with a PIT, 2 s with the CMOS clock
 * alone. Panics when nothing tells a rate that can be. Boot CPU (x86/tsc.c).
 */
uint64_t tsc_calibrate(void);

#endif
