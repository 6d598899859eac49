/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: the parts of Domain-0's initial memory lie in the order of the public interface, do not
 * overlap, and are refused where they do not fit.
 */
/* sources: hypervisor/domain/dom0_layout.c */
#include <hv/domain/dom0_layout.h>
#include <hv/errno.h>
#include <hv/layout.h>
#include <x86/image.h>

#include "log_capture.h"

#define HIGH UINT64_C(0xffffffff80000000)
#define LOW_END UINT64_C(0x800000000000)

static struct dom0_layout l;
static struct kernel_notes notes;

/* A kernel of 2 MiB that begins 1 MiB above VIRT_BASE. */
static void kernel_at(uint64_t virt_base)
{
	notes = (struct kernel_notes){.virt_base = virt_base,
				      .image_start = virt_base + MIB(1),
				      .image_end = virt_base + MIB(3)};
}

/* Frames of tables that [start, end) needs: each 2 MiB, 1 GiB and 512 GiB that it touches. */
static uint64_t tables_needed(uint64_t start, uint64_t end)
{
	uint64_t n = 0;

	for (uint64_t va = start; va < end; va += PAGE_SIZE) {
		n += va == start || !(va & (MIB(2) - 1));
		n += va == start || !(va & (GIB(1) - 1));
		n += va == start || !(va & (GIB(512) - 1));
	}
	return n;
}

static bool well_formed(void)
{
	return !(l.end & (MIB(4) - 1)) && l.end - l.stack >= PAGE_SIZE + KIB(512) &&
	       l.stack == l.tables + l.nr_tables * PAGE_SIZE &&
	       l.tables == l.start_info + PAGE_SIZE &&
	       l.nr_tables == 1 + tables_needed(l.start, l.end) &&
	       l.mapped_pages == (l.end - l.start) / PAGE_SIZE;
}

static void test_linux(void)
{
	kernel_at(HIGH);
	notes.mod_start_pfn = notes.has_init_p2m = true;
	notes.init_p2m = UINT64_C(0x8000000000);
	result(dom0_lay_out(&notes, 65536, 5000, &l) == 0 && well_formed() &&
		       l.start_info == HIGH + MIB(3),
	       "Linux: start_info behind the image, then tables, stack, padding");
	result(l.mod_start == l.mapped_pages && l.initrd_pfn == l.mapped_pages &&
		       l.initrd_pages == 2,
	       "the initrd follows unmapped, mod_start is its pfn");
	result(l.p2m == notes.init_p2m && l.p2m_pfn == l.initrd_pfn + 2 && l.p2m_pages == 128 &&
		       l.p2m_tables == 3 && l.built_pages == l.p2m_pfn + 131,
	       "then the P2M and three tables for it");
	dom0_lay_out(&notes, 65536, 0, &l);
	result(!l.mod_start && !l.initrd_pages && l.p2m_pfn == l.mapped_pages, "without an initrd");
}

static void test_plain(void)
{
	kernel_at(0);
	result(dom0_lay_out(&notes, 65536, 5000, &l) == 0 && well_formed() &&
		       l.mod_start == MIB(3) && l.initrd_pfn == MIB(3) / PAGE_SIZE &&
		       l.p2m == MIB(3) + 2 * PAGE_SIZE && l.p2m_pfn == l.p2m / PAGE_SIZE &&
		       l.start_info == l.p2m + 128 * PAGE_SIZE,
	       "without notes: image, initrd, P2M, start_info, tables, all mapped");
	result(!l.p2m_tables && l.built_pages == l.mapped_pages, "nothing lies behind the mapping");
	notes.mod_start_pfn = true;
	dom0_lay_out(&notes, 65536, 5000, &l);
	result(l.p2m == MIB(3) && l.mod_start == l.mapped_pages &&
		       l.built_pages == l.mapped_pages + 2,
	       "with MOD_START_PFN alone the initrd goes behind the mapping");
	kernel_at(GIB(511) - MIB(8));
	result(dom0_lay_out(&notes, 1 << 20, 0, &l) == 0 && well_formed() && l.nr_tables > 8,
	       "a mapping that crosses a GiB has the tables for it");
	kernel_at(GIB(512) - MIB(8));
	result(dom0_lay_out(&notes, 1 << 20, 0, &l) == 0 && well_formed(),
	       "one that crosses 512 GiB as well");
}

static void test_refused(void)
{
	kernel_at(0);
	result(dom0_lay_out(&notes, 1024, 0, &l) == 0 && l.built_pages == 1024 &&
		       dom0_lay_out(&notes, 1023, 0, &l) == -ENOMEM && l.mapped_pages == 1024,
	       "memory that just holds all of it, and one page less");
	result(dom0_lay_out(&notes, 65536, MIB(300), &l) == -ENOMEM &&
		       l.initrd_pages == MIB(300) / PAGE_SIZE,
	       "an initrd larger than the memory");
	kernel_at(LOW_END - MIB(16));
	result(dom0_lay_out(&notes, 65536, 0, &l) == 0 && l.end <= LOW_END,
	       "a kernel just below the end of the low addresses");
	result(dom0_lay_out(&notes, 65536, MIB(8), &l) == -EINVAL, "its initrd does not fit there");
	notes.mod_start_pfn = true;
	result(dom0_lay_out(&notes, 65536, MIB(8), &l) == 0, "but where it need not be mapped");
	kernel_at(HIGH);
	result(dom0_lay_out(&notes, GIB(1), 0, &l) == -EINVAL,
	       "a P2M of 8 GiB in the last 2 GiB of the addresses");
	kernel_at(UINT64_MAX - MIB(4) + 1);
	result(dom0_lay_out(&notes, 65536, 0, &l) == -EINVAL, "a kernel at the end of 2^64");
}

static void test_p2m_elsewhere(void)
{
	kernel_at(MIB(16));
	notes.has_init_p2m = true;
	notes.init_p2m = MIB(512);
	result(dom0_lay_out(&notes, 65536, 0, &l) == 0 && l.p2m_tables == 3,
	       "a P2M in the same GiB as the kernel");
	notes.init_p2m = l.end;
	result(dom0_lay_out(&notes, 65536, 0, &l) == 0, "right behind the mapping");
	notes.init_p2m = l.end - PAGE_SIZE;
	result(dom0_lay_out(&notes, 65536, 0, &l) == -EINVAL, "one page into it is refused");
	notes.init_p2m = MIB(16) - 127 * PAGE_SIZE;
	result(dom0_lay_out(&notes, 65536, 0, &l) == -EINVAL, "so is one that ends in it");
	notes.init_p2m = LOW_END - 127 * PAGE_SIZE;
	result(dom0_lay_out(&notes, 65536, 0, &l) == -EINVAL,
	       "and one that leaves the low addresses");
	notes.init_p2m = LOW_END - 128 * PAGE_SIZE;
	result(dom0_lay_out(&notes, 65536, 0, &l) == 0, "it may end where they end");
}

int main(void)
{
	printf("1..22\n");
	test_linux();
	test_plain();
	test_refused();
	test_p2m_elsewhere();
	return tap_failures != 0;
}
