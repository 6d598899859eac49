/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes of the image's own code, made once at boot: blocks of the entry code, and the thunks of
 * indirect branches.
 */
#ifndef X86_PATCH_H
#define X86_PATCH_H

#include <hv/boot/options.h>

/* All three: boot CPU, before the image becomes read-only and before other CPUs run. */

/*
 * Let the blocks whose feature (enum spec_feature) is a bit of features run; the others stay jumped
 * over.
 */
void patch_entry(uint32_t features);

/* Make all indirect branches of this kind. */
void patch_thunks(enum thunk kind);

/* A 5-byte jump over a block of the entry code, and the feature that the block is for. */
struct patch_site {
	uint64_t address, feature;
};

/*
 * At each site of the table [from, to) whose feature is on, the jump becomes a NOP of 5 bytes.
 * Returns how many were changed; a site that is no such jump is our own bug (panic).
 */
unsigned int patch_sites(const struct patch_site *from, const struct patch_site *to,
			 uint32_t features);

#endif
