/* SPDX-License-Identifier: GPL-2.0-only */
/* As lock_cpu.c, for tests that have a CPU but do not say how many there are. */
#include <hv/percpu.h>

unsigned int nr_cpus = 1;
