/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine-to-physical table's memory. */
#ifndef HV_MM_M2P_H
#define HV_MM_M2P_H

#include <hv/types.h>

#define M2P_CHUNK_ENTRIES	(MIB(2) / 8)	/* frames that 2 MiB of table describe: 1 GiB of memory */
#define M2P_MAX_CHUNKS		8192		/* 8 TiB */

/* Direct-map address of each chunk; NULL: no RAM there, guests fault on it. */
extern uint64_t *m2p_chunks[M2P_MAX_CHUNKS];

#endif
