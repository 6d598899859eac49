/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: good ACPI tables are understood; damaged ones are named, left out, and never followed out
 * of their bounds.
 */
/* sources: hypervisor/boot/acpi.c */
#include <hv/boot/boot.h>
#include <hv/errno.h>
#include <hv/lib/lib.h>

#include "log_capture.h"
#include "phys_window.h"

/* The window is low memory, as the BIOS leaves it: 1 MiB from address 0. */
enum {
	EBDA = 0x9fc00,
	RSDP = 0xf0010,
	RSDT = 0xe1000,
	XSDT = 0xe2000,
	MADT = 0xe3000,
	FADT = 0xe4000,
	HPET = 0xe5000,
	MCFG = 0xe6000
};

static struct boot_info bi;

static void checksum(uint64_t at, uint64_t size, uint64_t field)
{
	uint8_t sum = 0;

	put8(field, 0);
	for (uint64_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + window[at - window_base + i]);
	put8(field, (uint8_t)-sum);
}

static void table(uint64_t at, const char *signature, uint32_t size)
{
	memcpy(window + (at - window_base), signature, 4);
	put32(at + 4, size);
	checksum(at, size, at + 9);
}

static void put_rsdp(uint64_t at, unsigned int revision)
{
	memcpy(window + (at - window_base), "RSD PTR ", 8);
	put8(at + 15, revision);
	put32(at + 16, RSDT);
	put32(at + 20, 36);
	put64(at + 24, XSDT);
	checksum(at, 20, at + 8);
	checksum(at, 36, at + 32);
}

static uint64_t lapic(uint64_t at, unsigned int id, unsigned int flags)
{
	put8(at, 0);
	put8(at + 1, 8);
	put8(at + 3, id);
	put32(at + 4, flags);
	return at + 8;
}

static void build_madt(void)
{
	uint64_t at = MADT + 44;

	put32(MADT + 36, 0xfee00000);
	at = lapic(at, 0, 1);
	at = lapic(at, 1, 1);
	at = lapic(at, 2, 0); /* not enabled */
	at = lapic(at, 1, 1); /* twice */
	put8(at, 1);
	put8(at + 1, 12);
	put8(at + 2, 3);
	put32(at + 4, 0xfec00000);
	put32(at + 8, 0x10203040);
	at += 12;
	put8(at, 2);
	put8(at + 1, 10);
	put32(at + 4, 2);
	at += 10;
	put8(at, 2);
	put8(at + 1, 10);
	put8(at + 3, 9);
	put32(at + 4, 9);
	put8(at + 8, 0xf);
	at += 10;
	put8(at, 9);
	put8(at + 1, 16);
	put32(at + 4, 0x100);
	put32(at + 8, 1);
	at += 16;
	put8(at, 200); /* unknown */
	put8(at + 1, 2);
	at += 2;
	put8(at, 0); /* a CPU, but too short to be one */
	put8(at + 1, 7);
	put8(at + 3, 5);
	put8(at + 4, 1);
	at += 7;
	table(MADT, "APIC", (uint32_t)(at - MADT));
}

static void build_others(void)
{
	put8(FADT + 46, 9);
	put32(FADT + 64, 0x604);
	put32(FADT + 76, 0x608);
	put32(FADT + 112, 1 << 8 | 1 << 10);
	put8(FADT + 116, 1);
	put8(FADT + 117, 8);
	put64(FADT + 120, 0xcf9);
	put8(FADT + 128, 0xf);
	table(FADT, "FACP", 244);
	put64(HPET + 44, 0xfed00000);
	table(HPET, "HPET", 56);
	put64(MCFG + 44, 0xb0000000);
	put8(MCFG + 44 + 8, 0x34);
	put8(MCFG + 44 + 9, 0x12);
	put8(MCFG + 44 + 11, 255);
	table(MCFG, "MCFG", 60);
}

static void build(unsigned int revision)
{
	static const uint32_t tables[] = {MADT, FADT, HPET, MCFG};

	window_open(0, 0x100000);
	put_rsdp(RSDP, revision);
	for (uint64_t i = 0; i < 4; i++) {
		put32(RSDT + 36 + 4 * i, tables[i]);
		put64(XSDT + 36 + 8 * i, tables[i]);
	}
	table(RSDT, "RSDT", 36 + 16);
	table(XSDT, "XSDT", 36 + 32);
	build_madt();
	build_others();
}

static int parse(void)
{
	memset(&bi, 0, sizeof(bi));
	log_clear();
	return acpi_parse(window_phys, &bi);
}

static bool all_found(void)
{
	return bi.n_cpus == 3 && bi.apic_ids[0] == 0 && bi.apic_ids[1] == 1 &&
	       bi.apic_ids[2] == 0x100 && bi.lapic_address == 0xfee00000 && bi.n_ioapics == 1 &&
	       bi.ioapics[0].id == 3 && bi.ioapics[0].address == 0xfec00000 &&
	       bi.ioapics[0].gsi_base == 0x10203040 &&
	       bi.hpet_address == 0xfed00000;
}

/* The loader's copy at 0x8000; the firmware's own at 0x3014 of a region that the map calls ACPI. */
static void test_copy(void)
{
	build(2);
	memmove(window + 0x8000, window + RSDP, 36);
	memset(&bi, 0, sizeof(bi));
	bi.rsdp = 0x8000;
	log_clear();
	result(acpi_parse(window_phys, &bi) == 0 && bi.rsdp == RSDP && log_empty(),
	       "the firmware's RSDP in place of the loader's copy");
	memmove(window + 0x13014, window + RSDP, 36);
	memset(window + RSDP, 0, 36);
	memset(&bi, 0, sizeof(bi));
	bi.rsdp = 0x8000;
	bi.map[0] = (struct boot_region){0x1000, 0x10000, E820_RAM};
	bi.map[1] = (struct boot_region){0x11002, 0x10000, E820_ACPI};
	bi.n_regions = 2;
	log_clear();
	result(acpi_parse(window_phys, &bi) == 0 && bi.rsdp == 0x13014 && log_empty() &&
		       all_found(),
	       "and on UEFI, in a region of ACPI tables");
	memset(&bi, 0, sizeof(bi));
	bi.rsdp = 0x8000;
	bi.map[0] = (struct boot_region){0x1000, 0x20000, E820_RAM};
	bi.map[1] = (struct boot_region){0xff000, UINT64_MAX, E820_ACPI};
	bi.n_regions = 2;
	log_clear();
	result(acpi_parse(window_phys, &bi) == 0 && bi.rsdp == 0x8000 &&
		       log_has("only the loader's copy"),
	       "if it is nowhere, the copy is used");
}

static void test_good(void)
{
	build(2);
	result(parse() == 0 && all_found() && log_empty() && bi.rsdp == RSDP,
	       "tables through the XSDT; CPUs once, and only enabled ones");
	result(bi.n_overrides == 2 && bi.overrides[0].irq == 0 && bi.overrides[0].gsi == 2 &&
		       !bi.overrides[0].level && bi.overrides[1].gsi == 9 &&
		       bi.overrides[1].level && bi.overrides[1].low,
	       "interrupt overrides");
	result(bi.pm1a_cnt == 0x604 && bi.pm1b_cnt == 0 &&
		       bi.pm_timer_port == 0x608 && bi.reset_port == 0xcf9 &&
		       bi.reset_value == 0xf,
	       "ports of the FADT");
	build(0);
	result(parse() == 0 && all_found() && log_empty(), "the RSDT of an old RSDP");
	build(2);
	memmove(window + EBDA + 16, window + RSDP, 36);
	memset(window + RSDP, 0, 36);
	put8(0x40e, EBDA >> 4 & 255);
	put8(0x40f, EBDA >> 12);
	result(parse() == 0 && bi.rsdp == EBDA + 16 && all_found(),
	       "the RSDP in the extended BIOS data area");
	build(2);
	put32(FADT + 76, 0);
	put8(FADT + 208, 1);
	put64(FADT + 212, 0xb008);
	table(FADT, "FACP", 220);
	result(parse() == 0 && bi.pm_timer_port == 0xb008,
	       "the PM timer's port from its generic address");
	table(FADT, "FACP", 219);
	result(parse() == 0 && bi.pm_timer_port == 0 && bi.reset_port == 0xcf9,
	       "but not from half of it");
	table(FADT, "FACP", 129);
	parse();
	result(bi.reset_port == 0xcf9 && bi.reset_value == 0xf,
	       "an old FADT that ends with the reset register");
	table(FADT, "FACP", 128);
	parse();
	result(!bi.reset_port && bi.pm1a_cnt == 0x604, "an older one that ends before its value");
	build(2);
	memset(&bi, 0, sizeof(bi));
	bi.rsdp = RSDP + 16;
	memmove(window + RSDP + 16, window + RSDP, 36);
	memset(window + RSDP, 0, 16);
	log_clear();
	result(acpi_parse(window_phys, &bi) == 0 && bi.rsdp == RSDP + 16 && log_empty(),
	       "the loader's RSDP, where it lies in low memory");
	test_copy();
}

static void test_bad_root(void)
{
	window_open(0, 0x100000);
	result(parse() == -ENOENT && log_has("no tables") && bi.lapic_address == 0xfee00000,
	       "no RSDP: one CPU, with a usable LAPIC address");
	build(2);
	put8(RSDP + 8, window[RSDP + 8] + 1u);
	result(parse() == -ENOENT, "an RSDP with a wrong checksum is not one");
	build(2);
	memmove(window + EBDA + 1024, window + RSDP, 36);
	memset(window + RSDP, 0, 36);
	put8(0x40e, EBDA >> 4 & 255);
	put8(0x40f, EBDA >> 12);
	result(parse() == -ENOENT,
	       "an RSDP behind the first KiB of the extended BIOS data area is not looked for");
	window_open(0xe0000, 64 + 44 + 52);
	put_rsdp(0xe0000, 0);
	put32(0xe0010, 0xe0040 + 52);
	checksum(0xe0000, 20, 0xe0008);
	put32(0xe0040 + 52 + 36, 0xe0040);
	put32(0xe0040 + 52 + 40, 0xe0040);
	table(0xe0040 + 52, "RSDT", 44);
	lapic(0xe0040 + 44, 9, 1);
	table(0xe0040, "APIC", 52);
	result(parse() == 0 && bi.n_cpus == 1 && bi.apic_ids[0] == 9,
	       "tables that end with memory, the MADT twice");
	build(2);
	put8(XSDT + 9, window[XSDT + 9] + 1u);
	result(parse() == 0 && all_found() && log_has("checksum of table XSDT") && log_has("RSDT"),
	       "with a damaged XSDT the RSDT is used");
	put8(XSDT + 3, 7);
	put8(XSDT + 9, 0);
	result(parse() == 0 && all_found() && log_has("table XSD? at"),
	       "a damaged name is printed with care");
	put32(RSDT + 4, 0xffffffff);
	result(parse() == -ENOENT && log_has("4294967295 bytes"),
	       "with both roots damaged there are no tables");
	build(2);
	put64(RSDP + 24, UINT64_MAX - 8);
	checksum(RSDP, 36, RSDP + 32);
	result(parse() == 0 && log_has("out of reach"),
	       "an XSDT at the end of the address space is out of reach");
	build(2);
	put64(XSDT + 36 + 8, 0);
	put64(XSDT + 36 + 16, UINT64_C(0x100000000) + HPET); /* beyond our window, not in it */
	table(XSDT, "XSDT", 36 + 32 + 4);
	result(parse() == 0 && !bi.pm1a_cnt && !bi.hpet_address && bi.n_cpus == 3,
	       "null and unreachable entries are passed over, and half an entry");
}

static void test_bad_tables(void)
{
	build(2);
	put8(MADT + 9, window[MADT + 9] + 1u);
	result(parse() == -ENOENT && log_has("checksum of table APIC") && log_has("no usable MADT"),
	       "a damaged MADT is named");
	build(2);
	table(MADT, "APIC", 40);
	result(parse() == -EINVAL && log_has("MADT of 40"), "a MADT without entries is no MADT");
	build(2);
	put8(MADT + 44 + 8 + 8 + 8 + 8 + 12 + 10 + 10 + 1, 15);
	table(MADT, "APIC", 44 + 8 + 8 + 8 + 8 + 12 + 10 + 10 + 15);
	result(parse() == 0 && bi.n_cpus == 2, "an x2APIC entry of 15 bytes is none");
	build(2);
	put8(MADT + 44 + 8 + 1, 0);
	build_others();
	table(MADT, "APIC", 150);
	result(parse() == 0 && bi.n_cpus == 1 && log_has("entry of 0 bytes"),
	       "an entry of no length ends the MADT");
	put8(MADT + 44 + 8 + 1, 255);
	table(MADT, "APIC", 150);
	result(parse() == 0 && bi.n_cpus == 1 && log_has("entry of 255"),
	       "an entry longer than the table ends it");
	build(2);
	for (uint64_t i = 0; i < 200; i++)
		lapic(MADT + 44 + 8 * i, (unsigned int)i, 1);
	table(MADT, "APIC", 44 + 8 * 200);
	result(parse() == 0 && bi.n_cpus == BOOT_MAX_CPUS && log_has("APIC id 64 is not used"),
	       "more CPUs than we can use are named");
	build(2);
	table(FADT, "FACP", 100);
	table(HPET, "HPET", 44);
	result(parse() == 0 && !bi.pm1a_cnt && !bi.hpet_address && log_has("FADT of 100") &&
		       log_has("HPET"),
	       "short FADT and HPET are left out");
}

/*
 * One byte of the tables changed, for each of them: the sanitizer watches, and no CPU appears from
 * nowhere.
 */
static void test_each_byte(void)
{
	static const struct { uint64_t at; unsigned int size;
	} areas[] = {{RSDP, 36},  {RSDT, 52}, {XSDT, 68}, {MADT, 150},
		     {FADT, 244}, {HPET, 56}, {MCFG, 60}};
	bool good = true;

	build(2);
	for (unsigned int a = 0; a < ARRAY_SIZE(areas); a++)
		for (unsigned int i = 0; i < areas[a].size; i++)
			for (unsigned int v = 1; v < 256; v += 127) {
				uint8_t *p = &window[areas[a].at + i];

				*p = (uint8_t)(*p + v);
				parse();
				good = good && bi.n_cpus <= 3 && bi.n_ioapics <= 1;
				*p = (uint8_t)(*p - v);
			}
	result(good && parse() == 0 && all_found(), "any single damaged byte does no harm");
}

int main(void)
{
	printf("1..30\n");
	test_good();
	test_bad_root();
	test_bad_tables();
	test_each_byte();
	free(window);
	return tap_failures != 0;
}
