/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame allocator: power-of-two blocks, split and merged with their buddies, kept in zones by
 * the height of their address so that "below 4 GiB" costs no search. Pure: it knows frame numbers,
 * not memory.
 *
 * Invariants:
 *  B1. A free block of order o starts at a multiple of 2^o and lies in one zone.
 *  B2. Only its first frame carries a state (BUDDY_HEAD + o), and only that frame is on the list
 *      (zone, o).
 *  B3. No two free buddies of one order and zone exist: they would have been merged.
 *  B4. `free` is the sum of the sizes of all blocks on the lists, zone_free[z] that of zone z; bit
 *      o of orders[z] tells if head[z][o] is used.
 *
 * Locking: none here; the caller's lock guards the whole structure.
 */
#include <hv/mm/buddy.h>
#include <hv/types.h>

static struct buddy_slot *slot(const struct buddy *b, uint32_t frame)
{
	return (struct buddy_slot *)(b->base + (size_t)frame * b->stride + b->slot_offset);
}

static unsigned char *state(const struct buddy *b, uint32_t frame)
{
	return b->base + (size_t)frame * b->stride + b->state_offset;
}

/* The zone of a block is the zone of its first frame; B1 keeps the rest in it. */
static unsigned int zone_of(uint32_t frame)
{
	return frame ? 32U - (unsigned int)__builtin_clz(frame) : 0;
}

static void list_push(struct buddy *b, uint32_t frame, unsigned int order)
{
	unsigned int zone = zone_of(frame);
	uint32_t head = b->head[zone][order];

	slot(b, frame)->next = head;
	slot(b, frame)->prev = BUDDY_NONE;
	if (head != BUDDY_NONE)
		slot(b, head)->prev = frame;
	b->head[zone][order] = frame;
	b->zone_free[zone] += 1ULL << order;
	b->orders[zone] |= 1U << order;
	*state(b, frame) = (unsigned char)(BUDDY_HEAD + order);
}

static void list_remove(struct buddy *b, uint32_t frame, unsigned int order)
{
	unsigned int zone = zone_of(frame);
	struct buddy_slot s = *slot(b, frame);

	b->zone_free[zone] -= 1ULL << order;
	if (s.prev != BUDDY_NONE)
		slot(b, s.prev)->next = s.next;
	else
		b->head[zone][order] = s.next;
	if (s.next != BUDDY_NONE)
		slot(b, s.next)->prev = s.prev;
	if (b->head[zone][order] == BUDDY_NONE)
		b->orders[zone] &= ~(1U << order);
	*state(b, frame) = 0;
}

void buddy_init(struct buddy *b, void *base, size_t stride, size_t slot_offset, size_t state_offset,
		uint64_t limit)
{
	unsigned int zone, order;

	b->base = base;
	b->stride = stride;
	b->slot_offset = slot_offset;
	b->state_offset = state_offset;
	b->limit = limit;
	b->free = 0;
	for (zone = 0; zone < BUDDY_ZONES; zone++) {
		b->orders[zone] = 0;
		b->zone_free[zone] = 0;
		for (order = 0; order <= BUDDY_MAX_ORDER; order++)
			b->head[zone][order] = BUDDY_NONE;
	}
}

/*
 * Split the block until it has the wanted order; the lower half is kept, so addresses stay grouped.
 */
static void split(struct buddy *b, uint32_t frame, unsigned int have, unsigned int want)
{
	while (have > want) {
		have--;
		list_push(b, frame + (1U << have), have);
	}
}

uint32_t buddy_alloc(struct buddy *b, unsigned int order, unsigned int address_bits)
{
	return buddy_alloc_above(b, order, address_bits, 0);
}

uint32_t buddy_alloc_above(struct buddy *b, unsigned int order, unsigned int address_bits,
			   unsigned int floor_bits)
{
	unsigned int zone = 32, have, floor = floor_bits ? floor_bits - 12 + 1 : 0;

	if (order > BUDDY_MAX_ORDER)
		return BUDDY_NONE;
	/* Zone z ends at frame 2^z, that is byte 2^(z + 12). */
	if (address_bits && address_bits < 32 + 12) {
		if (address_bits < 12)
			return BUDDY_NONE;
		zone = address_bits - 12;
	}
	for (; zone >= floor; zone--) {
		uint32_t fit = b->orders[zone] & ~((1U << order) - 1);

		if (fit) {
			uint32_t frame;

			have = (unsigned int)__builtin_ctz(fit);
			frame = b->head[zone][have];
			list_remove(b, frame, have);
			split(b, frame, have, order);
			b->free -= 1ULL << order;
			return frame;
		}
		if (zone == 0)
			break;
	}
	return BUDDY_NONE;
}

void buddy_free(struct buddy *b, uint32_t first, unsigned int order)
{
	b->free += 1ULL << order;
	while (order < BUDDY_MAX_ORDER) {
		uint32_t other = first ^ (1U << order);

		if (other >= b->limit || *state(b, other) != BUDDY_HEAD + order ||
		    zone_of(other) != zone_of(first))
			break;
		list_remove(b, other, order);
		first &= ~(1U << order);
		order++;
	}
	list_push(b, first, order);
}

void buddy_add_range(struct buddy *b, uint64_t start, uint64_t end)
{
	if (end > b->limit)
		end = b->limit;
	while (start < end) {
		uint32_t first = (uint32_t)start;
		unsigned int order = first ? (unsigned int)__builtin_ctz(first) : 0;

		if (order > BUDDY_MAX_ORDER)
			order = BUDDY_MAX_ORDER;
		while (start + (1ULL << order) > end)
			order--;
		buddy_free(b, first, order);
		start += 1ULL << order;
	}
}

bool buddy_is_free(const struct buddy *b, uint32_t frame)
{
	unsigned int order;

	if (frame >= b->limit)
		return false;
	for (order = 0; order <= BUDDY_MAX_ORDER; order++) {
		uint32_t head = frame & ~((1U << order) - 1);

		if (*state(b, head) == BUDDY_HEAD + order)
			return true;
	}
	return false;
}

uint64_t buddy_free_below(const struct buddy *b, unsigned int address_bits)
{
	unsigned int zone, zones = address_bits < 12 ? 0 : MIN(address_bits - 12 + 1, BUDDY_ZONES);
	uint64_t sum = 0;

	for (zone = 0; zone < zones; zone++)
		sum += b->zone_free[zone];
	return sum;
}
