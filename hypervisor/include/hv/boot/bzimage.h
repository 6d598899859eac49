/* SPDX-License-Identifier: GPL-2.0-only */
/* Unpacking of kernels (boot/bzimage.c). */
#ifndef HV_BOOT_BZIMAGE_H
#define HV_BOOT_BZIMAGE_H

#include <hv/types.h>

/*
 * Memory for a decoder: one block up to 128 MiB + 1 MiB (XZ dictionary), a few small ones. Any
 * alignment of 16.
 */
struct unpack_mem {
	void *(*alloc)(size_t size); /* NULL: there is none */
	void (*free)(void *p); /* never NULL, p never NULL */
};

/*
 * Unpack a kernel: a bzImage with XZ, zstd, LZ4 or gzip payload, or a bare ELF, which is copied.
 *	out NULL	*out_size becomes the unpacked size, as the image says it; nothing is
 *			unpacked
 *	otherwise	at most *out_size bytes are written to out; *out_size becomes their number
 * 0, or with a line in the log: -ENOEXEC (neither bzImage nor ELF, unknown compression), -EINVAL
 * (truncated or damaged), -ENOSPC (does not fit), -ENOMEM. Context: boot CPU; with out not NULL
 * only between lib_env_enter() and lib_env_leave() (hv/boot/libenv.h): the decoders are Debian's,
 * with SSE and stack protector.
 */
int kernel_unpack(const void *image, uint64_t size, void *out, uint64_t *out_size,
		  const struct unpack_mem *mem);

#endif
