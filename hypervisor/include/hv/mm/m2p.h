/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine-to-physical table (mm/m2p.c); mm/map.c allocates its chunks. */
#ifndef HV_MM_M2P_H
#define HV_MM_M2P_H

#include <hv/types.h>

/* frames that 2 MiB of table describe: 1 GiB of memory */
#define M2P_CHUNK_ENTRIES	(MIB(2) / 8)
#define M2P_MAX_CHUNKS		8192		/* 8 TiB */
#define M2P_INVALID		(~UINT64_C(0))	/* the frame has no pseudo-physical number */

/* Direct-map address of each chunk; NULL: no RAM there, guests fault on it. */
extern uint64_t *m2p_chunks[M2P_MAX_CHUNKS];

/* Frame m is its owner's number pfn, or M2P_INVALID. Nothing happens beyond the table. No lock. */
void m2p_set(mfn_t m, uint64_t pfn);
/* What m2p_set() wrote; M2P_INVALID beyond the table. No lock. */
uint64_t m2p_get(mfn_t m);

#endif
