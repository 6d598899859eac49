/* SPDX-License-Identifier: GPL-2.0-only */
/* Stands in for <linux/atomic.h> in hosted tests. */
#include "fake_kernel.h"
