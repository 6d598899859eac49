/* SPDX-License-Identifier: GPL-2.0-only */
/* The numbers of net_reference.c. */
#ifndef NET_REFERENCE_H
#define NET_REFERENCE_H

#include "abi_table.h"

extern const struct abi_number net_reference[];
extern const unsigned int net_reference_count;

#endif
