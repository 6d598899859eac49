// SPDX-License-Identifier: GPL-2.0-only
/*
 * libzstd can read the formats of its versions 0.5 to 0.7, which no kernel ever had. These stand in
 * for 90 KiB of decoders: boot/bzimage.c passes on only what begins with today's magic number, so
 * they are never called.
 */
#include <hv/console/printk.h>

#define NEVER(name)                                                                                \
	void name(void) __noreturn;                                                                \
	void name(void)                                                                            \
	{                                                                                          \
		panic(#name ": a format that is not supported");                                   \
	}

#define NEVER_VERSION(v)                                                                           \
	NEVER(ZSTDv##v##_createDCtx)                                                               \
	NEVER(ZSTDv##v##_decompress_usingDict)                                                     \
	NEVER(ZSTDv##v##_findFrameSizeInfoLegacy)                                                  \
	NEVER(ZSTDv##v##_freeDCtx)                                                                 \
	NEVER(ZSTDv##v##_getFrameParams)                                                           \
	NEVER(ZBUFFv##v##_createDCtx)                                                              \
	NEVER(ZBUFFv##v##_decompressContinue)                                                      \
	NEVER(ZBUFFv##v##_decompressInitDictionary)                                                \
	NEVER(ZBUFFv##v##_freeDCtx)

NEVER_VERSION(05)
NEVER_VERSION(06)
NEVER_VERSION(07)

/*
 * Weak in the library, which asks whether they are there; at our addresses "not there" cannot be
 * encoded.
 */
unsigned long long ZSTD_trace_decompress_begin(const void *dctx);
unsigned long long ZSTD_trace_decompress_begin(const void *dctx)
{
	(void)dctx;
	return 0;	/* no trace, so no end */
}

void ZSTD_trace_decompress_end(unsigned long long ctx, const void *trace);
void ZSTD_trace_decompress_end(unsigned long long ctx, const void *trace)
{
	(void)ctx;
	(void)trace;
}
