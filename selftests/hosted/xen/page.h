/* SPDX-License-Identifier: GPL-2.0-only */
/* Stands in for <xen/page.h> in hosted tests. */
#include "fake_kernel.h"
