/* SPDX-License-Identifier: GPL-2.0-only */
/* The CPU of tests that have none of their own: see lock_panic.c. */
#include <hv/percpu.h>

_Thread_local struct cpu_info hosted_cpu_info;
