/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Xen's public headers as one release of Debian has them, at their latest interface version.
 * RELEASE is defined to its number; selftests/hosted/xen-headers has unpacked them.
 */
#ifndef ABI_REFERENCE_H
#define ABI_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

#define __XEN_TOOLS__		  1
#define __XEN_INTERFACE_VERSION__ __XEN_LATEST_INTERFACE_VERSION__
#define TEXT(words)		  #words
#define PATH(words)		  TEXT(words)
#define XEN(header)		  PATH(RELEASE/xen/header)

#pragma GCC diagnostic ignored "-Wundef"
#pragma GCC diagnostic ignored "-Wpedantic"
#include XEN(xen-compat.h)
#include XEN(xen.h)
#include XEN(callback.h)
#include XEN(domctl.h)
#include XEN(elfnote.h)
#include XEN(event_channel.h)
#include XEN(features.h)
#include XEN(grant_table.h)
#include XEN(memory.h)
#include XEN(physdev.h)
#include XEN(platform.h)
#include XEN(sched.h)
#include XEN(sysctl.h)
#include XEN(hypfs.h)
#include XEN(hvm/hvm_op.h)
#include XEN(hvm/params.h)
#include XEN(hvm/save.h)
#include XEN(hvm/hvm_vcpu.h)
#include XEN(trace.h)
#include XEN(vcpu.h)
#include XEN(version.h)
#include XEN(arch-x86/xen-mca.h)
#include "abi_table.h"

#endif
