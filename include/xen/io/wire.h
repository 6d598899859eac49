/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the protocol headers of this folder need from their surroundings: fixed-width types and the
 * three barriers between two domains, in the kernel and in user space. A barrier between domains is
 * needed on a uniprocessor kernel too: the peer runs on another CPU.
 */
#ifndef SHOJI_XEN_IO_WIRE_H
#define SHOJI_XEN_IO_WIRE_H

#ifdef __KERNEL__
#include <linux/types.h>
#include <linux/compiler.h>
#include <asm/barrier.h>

/* Who uses one names its partner there. */
#define wire_mb()	 virt_mb()  /* all before it, then all after it */
#define wire_rmb()	 virt_rmb() /* reads */
#define wire_wmb()	 virt_wmb() /* writes */
#define wire_read(x)	 READ_ONCE(x)
#define wire_write(x, v) WRITE_ONCE(x, v)
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define wire_mb()	 __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define wire_rmb()	 __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define wire_wmb()	 __atomic_thread_fence(__ATOMIC_RELEASE)
#define wire_read(x)	 (*(const volatile __typeof__(x) *)&(x))
#define wire_write(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#endif

#endif
