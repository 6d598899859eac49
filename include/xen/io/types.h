/* SPDX-License-Identifier: GPL-2.0-only */
/* Fixed-width types for the layouts of this folder, in the kernel and in user space. */
#ifndef SHOJI_XEN_IO_TYPES_H
#define SHOJI_XEN_IO_TYPES_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif

#endif
