/* SPDX-License-Identifier: GPL-2.0-only */
/* For tests whose sources ask whether there are HVM guests: there are none. See lock_panic.c. */
#include <hv/hvm/hvm.h>

const struct hvm_hooks *hvm_hooks;
