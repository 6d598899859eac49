/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor's own address space: what start-up builds, and mappings made while running
 * (mm/map.c). Any context except interrupt handlers; map_lock is taken inside, with interrupts on.
 */
#ifndef HV_MM_MAP_H
#define HV_MM_MAP_H

#include <hv/mm/pte_rules.h>
#include <hv/types.h>

struct boot_info;

/* The page table of idle CPUs (boot/head.S). Slots 256-271 are the master for all L4s. */
extern pte_t idle_l4[512];

/*
 * At entry the direct map holds the first 4 GiB. Map all RAM of bi->map, build frame table and M2P,
 * and give all free RAM to the allocator. Boot modules, image and low memory are in
 * bi->reserved[]. Boot CPU, once; panics when something does not fit.
 */
void mm_boot_init(const struct boot_info *bi);
/*
 * Give whole frames of [start, end), bytes, to the allocator: boot modules that were read. Start-up
 * only.
 */
void mm_boot_release(maddr_t start, maddr_t end);

/*
 * Map n_pages pages from machine address ma at va (inside our slots) with these PTE_* flags, taking
 * page-table pages as needed. 0, or -ENOMEM: the first ones may be mapped.
 */
int hv_map(uint64_t va, maddr_t ma, uint64_t n_pages, uint64_t flags);
/* Drop n_pages mappings from va on. No TLB is flushed: such addresses are not used again. */
void hv_unmap(uint64_t va, uint64_t n_pages);
/*
 * Addresses for a mapping made while running: size bytes (whole pages) at a multiple of align, a
 * power of two, with a page behind them that nobody maps. 0: there are none left. They are never
 * given out again.
 */
uint64_t vmap_reserve(uint64_t size, uint64_t align);
/*
 * Uncached mapping of size bytes of a device at ma, which need not be page-aligned. Panics without
 * memory until Domain-0 is built; later NULL.
 */
void *map_mmio(maddr_t ma, size_t size);
/* Drop what map_mmio() made, with the same size. */
void unmap_mmio(void *p, size_t size);

#endif
