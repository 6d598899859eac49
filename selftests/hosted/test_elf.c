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
	build_elf();
	result(parse_notes() == -ENOEXEC && log_has("no Xen notes"),
	       "a kernel without Xen notes is named so");
	add_text(XEN_ELFNOTE_XEN_VERSION, "xen-3.0");
	result(parse_notes() == -ENOEXEC && log_has("cannot run as PV"),
	       "a kernel for PVH only is named so");
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
	free(memory);
}

int main(void)
{
	printf("1..35\n");
	test_segments();
	test_load();
	test_notes();
	test_addresses();
	test_note_bounds();
	test_each_byte();
	free(kernel);
	return tap_failures != 0;
}
