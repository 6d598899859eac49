/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: the information of multiboot 1 and 2 loaders is parsed, and damaged information is refused
 * without an access outside of it.
 */
/* sources: hypervisor/boot/multiboot.c hypervisor/lib/string.c */
#include <hv/boot/boot.h>
#include <hv/errno.h>
#include <hv/lib/lib.h>

#include "log_capture.h"
#include "phys_window.h"

#define MB1 0x2badb002U
#define MB2 0x36d76289U

static struct boot_info bi;
static uint64_t at; /* where the next tag goes */

static int parse(uint32_t magic, uint64_t info)
{
	log_clear();
	return multiboot_parse(magic, info, window_phys, &bi);
}

/* ---- Multiboot 1 ------------------------------------------------------- */

/*
 * Information at 0x1000 with two map entries, two modules and a command line, as QEMU -kernel gives
 * it.
 */
static void build_mb1(const char *loader)
{
	window_open(0x1000, 0x9000);
	put32(0x1000, 1 << 2 | 1 << 3 | 1 << 6 | 1 << 9);
	put32(0x1000 + 16, 0x2000);
	put_text(0x2000, "shoji.elf dom0_mem=512M loglvl=all");
	put32(0x1000 + 20, 2);
	put32(0x1000 + 24, 0x3000);
	put32(0x3000, 0x400000);
	put32(0x3004, 0x500000);
	put32(0x3008, 0x2100);
	put_text(0x2100, "vmlinuz console=hvc0 quiet");
	put32(0x3010, 0x500000);
	put32(0x3014, 0x500400);
	put32(0x3018, 0x2200);
	put_text(0x2200, "initrd.img");
	put32(0x1000 + 44, 48);
	put32(0x1000 + 48, 0x4000);
	put32(0x4000, 20);
	put64(0x4004, 0);
	put64(0x400c, 0x9fc00);
	put32(0x4014, E820_RAM);
	put32(0x4018, 20);
	put64(0x401c, 0x100000);
	put64(0x4024, UINT64_C(0x17ff00000));
	put32(0x402c, E820_RAM);
	put32(0x1000 + 64, 0x2300);
	put_text(0x2300, loader);
}

static void test_mb1(void)
{
	build_mb1("qemu");
	result(parse(MB1, 0x1000) == 0 && log_empty() &&
		       strcmp(bi.cmdline, "dom0_mem=512M loglvl=all") == 0,
	       "multiboot 1: the command line, without the file name");
	result(bi.n_modules == 2 && bi.modules[0].start == 0x400000 &&
		       bi.modules[0].size == 0x100000 &&
		       strcmp(bi.modules[0].cmdline, "console=hvc0 quiet") == 0 &&
		       bi.modules[1].size == 0x400 && !bi.modules[1].cmdline[0],
	       "multiboot 1: modules with their strings");
	result(bi.n_regions == 2 && bi.map[1].start == 0x100000 &&
		       bi.map[1].size == UINT64_C(0x17ff00000) && bi.map[1].type == E820_RAM,
	       "multiboot 1: the memory map");
	result(bi.n_reserved == 2 && bi.reserved[1].start == 0x500000 &&
		       bi.reserved[1].end == 0x501000,
	       "modules are reserved, in pages");
	put32(0x3008, 0);
	result(parse(MB1, 0x1000) == 0 && log_empty() && !bi.modules[0].cmdline[0],
	       "a module without a string");
	put32(0x1000 + 16, 0);
	result(parse(MB1, 0x1000) == 0 && log_empty() && !bi.cmdline[0], "no command line at all");
	put32(0x1000, 1 << 6);
	put32(0x1000 + 16, 0x2000);
	result(parse(MB1, 0x1000) == 0 && !bi.cmdline[0] && !bi.n_modules && !bi.n_reserved,
	       "fields without their flag are not looked at");
	build_mb1("GRUB 2.06");
	put_text(0x2000, "placeholder dom0_mem=512M");
	put_text(0x2100, "root=/dev/vda1 quiet");
	parse(MB1, 0x1000);
	result(strcmp(bi.cmdline, "dom0_mem=512M") == 0 &&
		       strcmp(bi.modules[0].cmdline, "root=/dev/vda1 quiet") == 0,
	       "GRUB 2 leaves the file name out; 'placeholder' is dropped");
	build_mb1("GNU GRUB 0.97");
	parse(MB1, 0x1000);
	result(strcmp(bi.cmdline, "dom0_mem=512M loglvl=all") == 0,
	       "GRUB 0.97 gives the file name");
}

static void test_mb1_bad(void)
{
	build_mb1("qemu");
	result(parse(MB1, 0x9fff) == -EFAULT && log_has("9fff"),
	       "information out of reach is refused");
	put32(0x1000 + 24, 0x9ff8);
	result(parse(MB1, 0x1000) == -EFAULT && log_has("modules"),
	       "a module list out of reach is refused");
	build_mb1("qemu");
	put32(0x1000 + 48, 0x9ff0);
	result(parse(MB1, 0x1000) == -EFAULT && log_has("memory map"),
	       "a memory map out of reach is refused");
	build_mb1("qemu");
	put32(0x4018, 0xfffffff0);
	result(parse(MB1, 0x1000) == 0 && bi.n_regions == 1 && log_has("4294967280"),
	       "an endless map entry ends the map");
	build_mb1("qemu");
	put32(0x4000, 4);
	result(parse(MB1, 0x1000) == 0 && bi.n_regions == 0 && log_has("entry of 4 bytes"),
	       "a short map entry ends the map");
	build_mb1("qemu");
	put32(0x1000, 1 << 2);
	result(parse(MB1, 0x1000) == -ENOENT && log_has("no memory map"),
	       "no memory map at all is refused");
	put32(0x1000, 1);
	put32(0x1000 + 4, 640);
	put32(0x1000 + 8, 1024);
	result(parse(MB1, 0x1000) == 0 && bi.n_regions == 2 && bi.map[1].size == MIB(1),
	       "without a map, the two sizes are used");
	build_mb1("qemu");
	put32(0x3004, 0x3fffff);
	result(parse(MB1, 0x1000) == 0 && bi.n_modules == 2 && bi.modules[0].size == 0 &&
		       log_has("ends before"),
	       "a module that ends before it begins is empty and keeps its place");
	put32(0x1000 + 20, 0xffffffff);
	result(parse(MB1, 0x1000) == 0 && bi.n_modules == BOOT_MAX_MODULES &&
		       log_has("more than 4 modules"),
	       "four thousand million modules are four");
	build_mb1("qemu");
	put32(0x1000 + 16, 0x9f00);
	memset(window + 0x8f00, 'a', 0x100);
	result(parse(MB1, 0x1000) == 0 && log_has("out of reach"),
	       "a command line without an end is read as far as it goes");
	build_mb1("qemu");
	memset(window + 0x5000, 'b', 3000);
	put32(0x1000 + 16, 0x6000);
	result(parse(MB1, 0x1000) == 0 && log_has("2047 bytes was cut"),
	       "a long command line is cut, with a warning");
	result(parse(0x12345678, 0x1000) == -EINVAL && log_has("12345678"),
	       "another magic number is refused");
}

/* ---- Multiboot 2 ------------------------------------------------------- */

static void tag(uint32_t type, uint32_t size)
{
	put32(at, type);
	put32(at + 4, size);
	at += ALIGN_UP(size, 8U);
}

static void finish_mb2(void)
{
	tag(0, 8);
	put32(window_base, (uint32_t)(at - window_base));
}

static void build_mb2(void)
{
	window_open(0x10000, 0x1000);
	at = 0x10008;
	put_text(at + 8, "placeholder dom0_mem=1G");
	tag(1, 8 + 24);
	put32(at + 8, 0x400000);
	put32(at + 12, 0x401000);
	put_text(at + 16, "root=LABEL=x");
	tag(3, 16 + 13);
	put32(at + 8, 24);
	put64(at + 16, 0x100000);
	put64(at + 24, 0x7ff00000);
	put32(at + 32, E820_RAM);
	tag(6, 16 + 24);
	put_text(at + 8, "RSD PTR ");
	tag(14, 8 + 20);
}

static void test_mb2(void)
{
	uint64_t old_rsdp;

	build_mb2();
	old_rsdp = at - 32 + 8;
	finish_mb2();
	result(parse(MB2, 0x10000) == 0 && log_empty() && strcmp(bi.cmdline, "dom0_mem=1G") == 0 &&
		       bi.n_modules == 1 && strcmp(bi.modules[0].cmdline, "root=LABEL=x") == 0 &&
		       bi.modules[0].start == 0x400000 && bi.modules[0].size == 0x1000 &&
		       bi.n_regions == 1 && bi.map[0].start == 0x100000 &&
		       bi.map[0].size == 0x7ff00000 && bi.map[0].type == E820_RAM,
	       "multiboot 2: command line, module, memory map");
	result(bi.rsdp == old_rsdp && bi.n_reserved == 2 && bi.reserved[1].start == 0x10000,
	       "multiboot 2: the RSDP's copy is kept and reserved");
	build_mb2();
	put_text(at + 8, "RSD PTR ");
	tag(15, 8 + 36);
	tag(14, 8 + 20);
	finish_mb2();
	parse(MB2, 0x10000);
	result(bi.rsdp == old_rsdp + 32,
	       "multiboot 2: the newer RSDP is preferred, wherever it comes");
	build_mb2();
	tag(15, 8 + 35);
	finish_mb2();
	parse(MB2, 0x10000);
	result(bi.rsdp == old_rsdp, "multiboot 2: but not one that is too short");
}

static void test_mb2_bad(void)
{
	build_mb2();
	finish_mb2();
	put32(0x10000, 0x1001);
	result(parse(MB2, 0x10000) == -EFAULT, "more tags than memory are refused");
	put32(0x10000, 7);
	result(parse(MB2, 0x10000) == -EFAULT, "less than a header is refused");
	build_mb2();
	put32(0x10008 + 4, 0xfffffff8);
	finish_mb2();
	result(parse(MB2, 0x10000) == -ENOENT && log_has("4294967288"),
	       "an endless tag ends the list");
	build_mb2();
	put32(0x10008 + 4, 7);
	finish_mb2();
	result(parse(MB2, 0x10000) == -ENOENT && log_has("tag 1 of 7"),
	       "a tag smaller than its head ends the list");
	window_open(0x10000, 0x20);
	at = 0x10008;
	put32(at + 8, 0);
	tag(6, 16);
	finish_mb2();
	result(parse(MB2, 0x10000) == -ENOENT && log_has("unusable tag"),
	       "map entries of no size are refused");
	window_open(0x10000, 40);
	at = 0x10008;
	put32(at + 8, 24);
	tag(6, 16);
	put32(at + 8, 0x400000);
	put32(at + 12, 0x401000);
	tag(3, 16);
	put32(0x10000, 40);
	result(parse(MB2, 0x10000) == -ENOENT && bi.n_modules == 1 && !bi.modules[0].cmdline[0],
	       "a module tag without a string at the end of memory");
	put32(at - 12, 15);
	result(parse(MB2, 0x10000) == -ENOENT && bi.n_modules == 0 && log_has("tag of 15"),
	       "a module tag that is too short");
	window_open(0x10000, 0x20);
	at = 0x10008;
	memcpy(window + 16, "notermin", 8);
	tag(1, 16);
	put32(0x10000, 24);
	result(parse(MB2, 0x10000) == -ENOENT && strcmp(bi.cmdline, "notermin") == 0,
	       "a string without its NUL ends with its tag");
}

int main(void)
{
	printf("1..33\n");
	test_mb1();
	test_mb1_bad();
	test_mb2();
	test_mb2_bad();
	free(window);
	return tap_failures != 0;
}
