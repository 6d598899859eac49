/* SPDX-License-Identifier: GPL-2.0-only */
/* LZ4 blocks, and the legacy frames that the Linux build makes of them. */
#ifndef HV_LIB_LZ4_H
#define HV_LIB_LZ4_H

#include <hv/types.h>

/*
 * Decode one block of in_size bytes into out, at most out_size bytes. The number of bytes written,
 * or -EINVAL (damaged, or does not fit). Never reads or writes outside of the two buffers. Any
 * context.
 */
int64_t lz4_decode_block(const uint8_t *in, uint64_t in_size, uint8_t *out, uint64_t out_size);

/*
 * Decode a legacy frame (magic 0x184c2102, then blocks with their length in front). It ends where
 * the input does, or at a length that reaches beyond it (what follows a frame is not part of it).
 * The number of bytes, or -EINVAL.
 */
int64_t lz4_decode_legacy(const uint8_t *in, uint64_t in_size, uint8_t *out, uint64_t out_size);

#endif
