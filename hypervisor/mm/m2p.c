/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine-to-physical table: for each frame the pseudo-physical number that its owner gave it.
 * Guests read it at M2P_VIRT; we write it through the direct map. It is allocated in chunks of 2
 * MiB, only where there is RAM.
 *
 * Locking: none; an entry is one aligned word, and only the owner's own view depends on it.
 */
#include <hv/mm/m2p.h>

uint64_t *m2p_chunks[M2P_MAX_CHUNKS];

void m2p_set(mfn_t m, uint64_t pfn)
{
	uint64_t chunk = mfn_x(m) / M2P_CHUNK_ENTRIES;

	if (chunk < M2P_MAX_CHUNKS && m2p_chunks[chunk])
		WRITE_ONCE(m2p_chunks[chunk][mfn_x(m) % M2P_CHUNK_ENTRIES], pfn);
}

uint64_t m2p_get(mfn_t m)
{
	uint64_t chunk = mfn_x(m) / M2P_CHUNK_ENTRIES;

	if (chunk >= M2P_MAX_CHUNKS || !m2p_chunks[chunk])
		return M2P_INVALID;
	return READ_ONCE(m2p_chunks[chunk][mfn_x(m) % M2P_CHUNK_ENTRIES]);
}
