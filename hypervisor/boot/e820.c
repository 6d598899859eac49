// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory map made orderly. Firmware gives entries in any order, empty, overlapping,
 * contradicting, and beyond the address space. Afterwards:
 *  1. entries are sorted by address, not empty, and do not overlap;
 *  2. neighbours of one type are one entry;
 *  3. a byte that any entry called something else than RAM is not RAM;
 *  4. types are E820_RAM to E820_UNUSABLE.
 */
#include <hv/boot/boot.h>
#include <hv/console/printk.h>
#include <hv/lib/lib.h>

#define ADDRESS_LIMIT (UINT64_C(1) << 52) /* no x86 CPU has more physical address bits */
#define MAX_EDGES     (2 * BOOT_MAX_REGIONS)

/* Used once, at boot, on one CPU. */
static struct boot_region given[BOOT_MAX_REGIONS];
static uint64_t edges[MAX_EDGES];

static uint32_t known_type(uint32_t type)
{
	return type >= E820_RAM && type <= E820_UNUSABLE ? type : E820_RESERVED;
}

/*
 * Keep what lies in the address space, with a known type. Returns the number of entries in given[].
 */
static unsigned int take_given(const struct boot_info *bi)
{
	unsigned int i, n = 0;

	for (i = 0; i < bi->n_regions && i < BOOT_MAX_REGIONS; i++) {
		struct boot_region r = bi->map[i];

		if (!r.size || r.start >= ADDRESS_LIMIT)
			continue;
		if (r.size > ADDRESS_LIMIT - r.start) {
			log_warn("e820: entry at %lx is cut at the end of the address space\n",
				 (unsigned long)r.start);
			r.size = ADDRESS_LIMIT - r.start;
		}
		r.type = known_type(r.type);
		given[n++] = r;
	}
	return n;
}

/* Insertion into the sorted edges, each address once. Returns the new count. */
static unsigned int add_edge(unsigned int n, uint64_t address)
{
	unsigned int i = n;

	while (i > 0 && edges[i - 1] > address)
		i--;
	if (i > 0 && edges[i - 1] == address)
		return n;
	memmove(&edges[i + 1], &edges[i], (n - i) * sizeof(edges[0]));
	edges[i] = address;
	return n + 1;
}

/*
 * What the entries say of a stretch in which none begins or ends: the highest type; 0 if none
 * covers it.
 */
static uint32_t type_at(unsigned int n, uint64_t address)
{
	uint32_t type = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		if (address >= given[i].start && address - given[i].start < given[i].size)
			type = MAX(type, given[i].type);
	return type;
}

void e820_sanitise(struct boot_info *bi)
{
	unsigned int i, n = take_given(bi), n_edges = 0, out = 0;

	for (i = 0; i < n; i++) {
		n_edges = add_edge(n_edges, given[i].start);
		n_edges = add_edge(n_edges, given[i].start + given[i].size);
	}
	for (i = 0; i + 1 < n_edges; i++) {
		struct boot_region *last = out ? &bi->map[out - 1] : NULL;
		uint32_t type = type_at(n, edges[i]);

		if (!type)
			continue;
		if (last && last->type == type && last->start + last->size == edges[i]) {
			last->size = edges[i + 1] - last->start;
			continue;
		}
		if (out == BOOT_MAX_REGIONS) {
			log_warn("e820: the map is too ragged, memory above %lx is not used\n",
				 (unsigned long)edges[i]);
			break;
		}
		bi->map[out++] = (struct boot_region){edges[i], edges[i + 1] - edges[i], type};
	}
	bi->n_regions = out;
}
