/* SPDX-License-Identifier: GPL-2.0-only */
/* Stands in for <linux/log2.h> in hosted tests. */
#include "fake_kernel.h"
