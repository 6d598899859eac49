/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: the parser reads a PV kernel's segments and notes, and refuses a damaged file with the
 * error that names the damage.
 */
/* sources: hypervisor/domain/elf.c hypervisor/domain/elfnote.c hypervisor/lib/string.c */
#include <hv/domain/elfnote.h>
#include <hv/errno.h>
#include <hv/lib/lib.h>
#include <x86/image.h>
#include <xen/features.h>

#include "elf_builder.h"
#include "log_capture.h"

#define PROVIDED                                                                  \
	(1U << XENFEAT_writable_page_tables | 1U << XENFEAT_pae_pgdir_above_4gb | \
	 1U << XENFEAT_dom0)

static struct elf_image elf;
static struct kernel_notes notes;

static int parse(void)
{
	log_clear();
	return elf_parse(kernel, KERNEL_SIZE, &elf);
}

static int parse_notes(void)
{
	int rc = parse();

	return rc ? rc : kernel_notes_parse(&elf, PROVIDED, &notes);
}

/* ---- Segments ---------------------------------------------------------- */

static void test_segments(void)
{
	build_kernel();
	result(parse() == 0 && elf.n_segments == 2 && elf.segments[0].paddr == 0x1000000 &&
		       elf.segments[1].mem_size == 0x1800 && elf.paddr_start == 0x1000000 &&
		       elf.paddr_end == 0x2001800 && log_empty(),
	       "the segments of a kernel");
	kernel_header()->e_machine = EM_AARCH64;
	result(parse() == -ENOEXEC && log_has("64-bit x86"),
	       "another machine's program is refused");
	result(elf_parse(kernel, 63, &elf) == -ENOEXEC, "a file shorter than a header is refused");
	build_kernel();
	kernel_header()->e_phnum = 200;
	kernel_header()->e_phoff = KERNEL_SIZE - 64;
	result(parse() == -EINVAL && log_has("program headers"),
	       "program headers outside of the file are refused");
	kernel_header()->e_phoff = UINT64_MAX - 8;
	result(parse() == -EINVAL, "program headers beyond the address space are refused");
	build_kernel();
	kernel_segment(0)->p_filesz = kernel_segment(0)->p_memsz = 0x3000;
	result(parse() == -EINVAL && log_has("truncated"),
	       "a segment larger than the file is refused");
	build_kernel();
	kernel_segment(0)->p_offset = UINT64_MAX - 0x100;
	result(parse() == -EINVAL, "a segment at the end of 2^64 is refused");
	build_kernel();
	kernel_segment(0)->p_memsz = UINT64_MAX - 0x1000;
	result(parse() == -EINVAL && log_has("address space"),
	       "a segment that leaves the address space is refused");
	build_kernel();
	kernel_segment(1)->p_paddr = 0x1000fff;
	result(parse() == -EINVAL && log_has("overlap"), "overlapping segments are refused");
	build_kernel();
	kernel_header()->e_phnum = 0;
	result(parse() == -EINVAL && log_has("nothing to load"),
	       "a file with nothing to load is refused");
}

static void test_load(void)
{
	uint8_t *memory = malloc(0x1001800);

	build_kernel();
	parse();
	memset(memory, 0xee, 0x1001800);
	result(elf_load(&elf, 0x1000000, memory, 0x1001800) == 0 && memory[0] == 0x90 &&
		       memory[0xfff] == 0x90 && memory[0x1000] == 0xee &&
		       memory[0x1000000] == 0xda && memory[0x1000fff] == 0xda &&
		       !memory[0x1001000] && !memory[0x10017ff],
	       "segments are placed by physical address, and what the file does not fill is zero");
	result(elf_load(&elf, 0x1000000, memory, 0x10017ff) == -EINVAL &&
		       elf_load(&elf, 0x1000001, memory, 0x1001800) == -EINVAL &&
		       elf_load(&elf, 0x3000000, memory, 0x1001800) == -EINVAL &&
		       elf_load(&elf, 0, memory, 0x1001800) == -EINVAL,
	       "a segment outside of the memory for it is refused");
	free(memory);
}

/* ---- Notes ------------------------------------------------------------- */

static void test_notes(void)
{
	build_kernel();
	result(parse_notes() == 0 && notes.entry == KERNEL_VIRT + 0x2000100 &&
		       notes.virt_base == KERNEL_VIRT && notes.has_init_p2m &&
		       notes.init_p2m == 0x8000000000 &&
		       !notes.has_hypercall_page && strcmp(notes.guest_os, "linux") == 0 &&
		       log_empty(),
	       "the notes of Debian's kernel");
	result(notes.required == 1 &&
		       notes.supported == (0x8801 | 1U << XENFEAT_pae_pgdir_above_4gb),
	       "features: required and supported");
	result(notes.image_start == KERNEL_VIRT + 0x1000000 &&
		       notes.image_end == KERNEL_VIRT + 0x2002000,
	       "the image in virtual addresses");
	result(notes.mod_start_pfn, "its initrd need not be mapped");
	add_number(XEN_ELFNOTE_MOD_START_PFN, 0);
	result(parse_notes() == 0 && !notes.mod_start_pfn, "nor does a note of 0 say so");
	build_elf();
	result(parse_notes() == -ENOEXEC && log_has("no Xen notes"),
	       "a kernel without Xen notes is named so");
	add_text(XEN_ELFNOTE_XEN_VERSION, "xen-3.0");
	add_number(XEN_ELFNOTE_PHYS32_ENTRY, 0x1000000);
	result(parse_notes() == -ENOEXEC && log_has("cannot run as PV"),
	       "a kernel for PVH only is named so");
	build_elf();
	add_number(XEN_ELFNOTE_VIRT_BASE, KERNEL_VIRT);
	result(parse_notes() == -ENOEXEC && log_has("cannot run as PV"),
	       "so is one that names no interface");
	build_elf();
	add_number(XEN_ELFNOTE_VIRT_BASE, KERNEL_VIRT);
	add_number(XEN_ELFNOTE_ENTRY, KERNEL_VIRT + 0x2000100);
	add_text(XEN_ELFNOTE_XEN_VERSION, "xen-2.0");
	result(parse_notes() == -ENOEXEC && log_has("'xen-2.0'"),
	       "another interface is refused by its name");
	build_kernel();
	add_text(XEN_ELFNOTE_FEATURES, "x|!auto_translated_physmap");
	result(parse_notes() == -EOPNOTSUPP && log_has("auto_translated_physmap"),
	       "a required feature that is not there is named");
	build_kernel();
	add_text(XEN_ELFNOTE_FEATURES, "!teleport");
	result(parse_notes() == -ENOEXEC && log_has("unknown name"),
	       "a required feature of an unknown name is refused");
	build_kernel();
	add_note("Xen", XEN_ELFNOTE_ENTRY, "abc", 3);
	result(parse_notes() == -ENOEXEC && log_has("4 nor 8"), "a number of 3 bytes is refused");
}

/* A kernel that needs nothing special, at addresses that Linux would not use. */
static void test_defaults(void)
{
	build_elf();
	kernel_header()->e_entry = 0x2000100;
	add_text(XEN_ELFNOTE_XEN_VERSION, "xen-3.0");
	result(parse_notes() == 0 && notes.entry == 0x2000100 && !notes.virt_base &&
		       notes.image_start == 0x1000000 && notes.image_end == 0x2002000 &&
		       !notes.has_init_p2m && !notes.mod_start_pfn && log_empty(),
	       "without ENTRY and VIRT_BASE: the file's entry point, and 0");
	add_number(XEN_ELFNOTE_PADDR_OFFSET, 0x1000000);
	result(parse_notes() == -EINVAL && log_has("without a VIRT_BASE"),
	       "a PADDR_OFFSET without a VIRT_BASE is refused");
	build_elf();
	add_text(XEN_ELFNOTE_XEN_VERSION, "xen-3.0-x86_64");
	add_number(XEN_ELFNOTE_VIRT_BASE, UINT64_C(0x800000000000) - 0x2002000);
	add_number(XEN_ELFNOTE_ENTRY, UINT64_C(0x7ffffffff000));
	result(parse_notes() == 0 && notes.image_end == UINT64_C(0x800000000000),
	       "an image that ends where the low addresses end");
	add_number(XEN_ELFNOTE_VIRT_BASE, UINT64_C(0x800000000000) - 0x2001000);
	result(parse_notes() == -EINVAL && log_has("hypervisor's part"),
	       "one that ends a page behind is refused");
}

#define LEGACY "GUEST_OS=mini,XEN_VER=xen-3.0,"

static void test_legacy(void)
{
	build_legacy(LEGACY "GUEST_VER=7,VIRT_BASE=0xFFFFffff80000000,ELF_PADDR_OFFSET=0x0,"
			    "HYPERCALL_PAGE=0x1000,LOADER=generic,PAE=yes[extended-cr3],"
			    "FEATURES=!writable_page_tables|pae_pgdir_above_4gb");
	result(parse_notes() == 0 && notes.virt_base == KERNEL_VIRT &&
		       notes.entry == KERNEL_VIRT + 0x1000040 &&
		       notes.image_start == KERNEL_VIRT + 0x1000000 && notes.has_hypercall_page &&
		       notes.hypercall_page == KERNEL_VIRT + 0x1000000 && log_empty(),
	       "the section __xen_guest, its hypercall page a page's number");
	result(strcmp(notes.guest_os, "mini") == 0 && strcmp(notes.guest_version, "7") == 0 &&
		       strcmp(notes.loader, "generic") == 0 && notes.required == 1 &&
		       notes.supported == (1 | 1U << XENFEAT_pae_pgdir_above_4gb),
	       "its texts and features");
	build_legacy("VIRT_BASE=18446744071562067968,VIRT_ENTRY=01777777777760100000100," LEGACY);
	kernel_segment(0)->p_paddr += KERNEL_VIRT;
	kernel_segment(1)->p_paddr += KERNEL_VIRT;
	result(parse_notes() == 0 && notes.virt_base == KERNEL_VIRT &&
		       notes.entry == KERNEL_VIRT + 0x1000040 &&
		       notes.image_start == KERNEL_VIRT + 0x1000000 && !notes.has_hypercall_page,
	       "without ELF_PADDR_OFFSET it is VIRT_BASE; decimal and octal numbers");
	build_legacy(LEGACY "VIRT_BASE=0x80000000zz");
	result(parse_notes() == -ENOEXEC && log_has("cannot be read"),
	       "a number that is none is refused");
	build_legacy(LEGACY "VIRT_BASE=0x10000000000000000");
	result(parse_notes() == -ENOEXEC && log_has("cannot be read"), "so is one beyond 2^64");
	build_legacy(LEGACY "VIRT_BASE=");
	result(parse_notes() == -ENOEXEC && log_has("without a number"), "so is none at all");
	build_legacy(LEGACY "HYPERCALL_PAGE=0x10000000000000");
	result(parse_notes() == -ENOEXEC && log_has("hypercall page"),
	       "so is a hypercall page beyond the address space");
	build_legacy("GUEST_OS=mini,VIRT_BASE=0xffffffff80000000");
	result(parse_notes() == -ENOEXEC && log_has("cannot run as PV"),
	       "a section without XEN_VER is refused");
	build_legacy("XEN_VER,=,,MOOD=good");
	result(parse_notes() == -ENOEXEC && log_has("no Xen notes"),
	       "a section that says nothing is none");
}

static uint64_t guest_section(void)
{
	const uint8_t *data;

	parse();
	return elf_section(&elf, "__xen_guest", &data);
}

/* A damaged table of sections: the kernel has none then, and nothing is read outside. */
static void test_legacy_bounds(void)
{
	const uint8_t *data;

	build_legacy(LEGACY);
	parse();
	result(elf_section(&elf, "__xen_guest", &data) == strlen(LEGACY) &&
		       memcmp(data, LEGACY, strlen(LEGACY)) == 0 &&
		       !elf_section(&elf, "__xen_gues", &data) &&
		       !elf_section(&elf, "guest", &data),
	       "a section is found by its whole name");
	kernel_section(2)->sh_type = SHT_NOBITS;
	result(!guest_section(), "one without contents is none");
	build_legacy(LEGACY);
	kernel_section(2)->sh_name = UINT32_MAX;
	result(!guest_section(), "a name outside of the names");
	build_legacy(LEGACY);
	kernel_section(1)->sh_size = 12;
	result(!guest_section(), "a name that the names cut off");
	build_legacy(LEGACY);
	kernel_section(1)->sh_offset = KERNEL_SIZE - 8;
	result(!guest_section(), "names outside of the file");
	build_legacy(LEGACY);
	kernel_section(2)->sh_offset = KERNEL_SIZE - 8;
	result(!guest_section(), "contents outside of the file");
	build_legacy(LEGACY);
	kernel_header()->e_shstrndx = 3;
	result(!guest_section(), "no section of names");
	kernel_header()->e_shnum = 0xffff;
	result(!guest_section(), "sections outside of the file");
}

static void test_addresses(void)
{
	build_kernel();
	add_number(XEN_ELFNOTE_ENTRY, KERNEL_VIRT + 0x2002000);
	result(parse_notes() == -EINVAL && log_has("entry point"),
	       "an entry point behind the image is refused");
	build_kernel();
	add_number(XEN_ELFNOTE_VIRT_BASE, 0xffff800000000000);
	result(parse_notes() == -EINVAL && log_has("hypervisor's part"),
	       "an image in the hypervisor's addresses is refused");
	build_kernel();
	add_number(XEN_ELFNOTE_VIRT_BASE, UINT64_MAX - 0xfff);
	result(parse_notes() == -EINVAL && log_has("VIRT_BASE"),
	       "an image that wraps around is refused");
	build_kernel();
	add_number(XEN_ELFNOTE_PADDR_OFFSET, 0x1000001);
	result(parse_notes() == -EINVAL && log_has("PADDR_OFFSET"),
	       "a segment below PADDR_OFFSET is refused");
	build_kernel();
	add_number(XEN_ELFNOTE_ENTRY, KERNEL_VIRT + 0x1000000);
	add_note("Xen", XEN_ELFNOTE_L1_MFN_VALID, "\1\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0", 16);
	result(parse_notes() == 0 && notes.entry == KERNEL_VIRT + 0x1000000,
	       "an entry point at the image's first byte, and a note that is not used");
	build_kernel();
	add_number(XEN_ELFNOTE_INIT_P2M, UINT64_C(1) << 47);
	result(parse_notes() == -EINVAL && log_has("P2M"),
	       "a P2M at an address that the CPU does not have is refused");
	build_kernel();
	add_number(XEN_ELFNOTE_INIT_P2M, 0x8000000800);
	result(parse_notes() == -EINVAL && log_has("P2M"), "one that is no page's is refused");
	build_kernel();
	add_number(XEN_ELFNOTE_INIT_P2M, 0xffff800000000000);
	result(parse_notes() == -EINVAL && log_has("P2M"),
	       "a P2M in the hypervisor's addresses is refused");
	build_kernel();
	add_number(XEN_ELFNOTE_HYPERCALL_PAGE, KERNEL_VIRT + 0x1000800);
	result(parse_notes() == -EINVAL && log_has("hypercall page"),
	       "a hypercall page that is not a page is refused");
	build_kernel();
	add_number(XEN_ELFNOTE_HYPERCALL_PAGE, KERNEL_VIRT + 0x1000000);
	result(parse_notes() == 0 && notes.has_hypercall_page &&
		       notes.hypercall_page == KERNEL_VIRT + 0x1000000,
	       "a hypercall page");
}

static int count_note(const struct elf_note *note, void *arg)
{
	(void)note;
	(*(unsigned int *)arg)++;
	return 0;
}

static int stop_at_first(const struct elf_note *note, void *arg)
{
	count_note(note, arg);
	return 17;
}

static void test_note_bounds(void)
{
	unsigned int n = 0;
	uint32_t huge = 0xffffffff;

	build_kernel();
	parse();
	result(elf_for_each_note(&elf, stop_at_first, &n) == 17 && n == 1,
	       "reading of notes stops when told so");
	n = 0;

	build_elf();
	add_text(XEN_ELFNOTE_GUEST_OS, "linux");
	memcpy(kernel + KERNEL_NOTES, &huge, 4);
	parse();
	elf_for_each_note(&elf, count_note, &n);
	result(n == 0, "a note with an endless name ends the notes");
	build_elf();
	add_text(XEN_ELFNOTE_GUEST_OS, "linux");
	memcpy(kernel + KERNEL_NOTES + 4, &huge, 4);
	parse();
	elf_for_each_note(&elf, count_note, &n);
	result(n == 0, "a note with endless contents ends the notes");
	build_elf();
	add_text(XEN_ELFNOTE_GUEST_OS, "linux");
	kernel_segment(2)->p_filesz -= 2; /* without the padding */
	parse();
	elf_for_each_note(&elf, count_note, &n);
	kernel_segment(2)->p_offset = KERNEL_SIZE - 4;
	elf_for_each_note(&elf, count_note, &n);
	result(n == 1, "the last note may lack its padding; notes outside of the file are none");
}

/* Every byte of headers and notes, changed: the sanitizer watches. */
static void test_each_byte(void)
{
	uint8_t *memory = malloc(0x1001800);

	build_kernel();
	for (unsigned int i = 0; i < KERNEL_NOTES + notes_size; i++)
		for (unsigned int v = 1; v < 256; v += 127) {
			kernel[i] = (uint8_t)(kernel[i] + v);
			if (parse() == 0) {
				kernel_notes_parse(&elf, PROVIDED, &notes);
				elf_load(&elf, 0x1000000, memory, 0x1001800);
			}
			kernel[i] = (uint8_t)(kernel[i] - v);
		}
	result(parse_notes() == 0, "any single damaged byte does no harm");
	build_legacy(LEGACY "VIRT_BASE=0,HYPERCALL_PAGE=0x1000,FEATURES=a|!dom0");
	for (unsigned int i = 0; i < KERNEL_TEXT; i++)
		for (unsigned int v = 1; v < 256; v += 127) {
			kernel[i] = (uint8_t)(kernel[i] + v);
			if (parse() == 0)
				kernel_notes_parse(&elf, PROVIDED, &notes);
			kernel[i] = (uint8_t)(kernel[i] - v);
		}
	result(parse() == 0, "nor does one of a section __xen_guest");
	free(memory);
}

int main(void)
{
	printf("1..61\n");
	test_segments();
	test_load();
	test_notes();
	test_defaults();
	test_legacy();
	test_legacy_bounds();
	test_addresses();
	test_note_bounds();
	test_each_byte();
	free(kernel);
	return tap_failures != 0;
}
