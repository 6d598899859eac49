// SPDX-License-Identifier: GPL-2.0-only
/*
 * The start of the legacy kernel, in a guest or as Domain-0: what it was given at its start of day,
 * then its devices. "# done" is the last line of a run that came to its end.
 */
#include "legacy.h"

struct start_info *start_info;
bool is_dom0;
extern char shared_page[], hypercall_page[];
struct shared_info *const shared_info = (struct shared_info *)shared_page;
static uint64_t next_page;

void legacy_main(struct start_info *si, uint64_t stack_end);

size_t length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

uint64_t mfn_of(const void *va)
{
	return ((uint64_t *)start_info->mfn_list)[(uint64_t)va / PAGE_SIZE];
}

void *page_of(uint64_t mfn)
{
	return (void *)(((volatile uint64_t *)MACH2PHYS_VIRT_START)[mfn] * PAGE_SIZE);
}

/* The pages between the stack and the end of the mapping: 512 KiB at least. */
void *page_new(void)
{
	static unsigned int taken;
	void *page = (void *)next_page;

	if (taken++ >= 127) {
		claim("the kernel's pages are enough", false);
		kernel_end();
	}
	next_page += PAGE_SIZE;
	return memset(page, 0, PAGE_SIZE);
}

void claim(const char *text, bool holds)
{
	say(holds ? "ok - " : "not ok - ");
	say(text);
	say("\n");
}

void note(const char *what, const char *text, size_t size)
{
	size_t n = 0;

	while (n < size && text[n] >= ' ' && text[n] <= '~')
		n++;
	say("# ");
	say(what);
	say(": ");
	console_write(text, n);
	say("\n");
}

void kernel_end(void)
{
	/* Domain-0's end is the machine's: reboot, which ends an emulator that is told so. */
	struct sched_shutdown s = {.reason = is_dom0 ? SHUTDOWN_reboot : SHUTDOWN_poweroff};

	console_drain();
	for (;;)
		(void)HC2(sched_op, SCHEDOP_shutdown, &s);
}

/* What the page must hold, as the public interface has it: a call that comes back. */
static bool page_is_filled(void)
{
	const uint8_t *stub = (uint8_t *)hypercall_page + __HYPERVISOR_xen_version * 32;

	return stub[0] != 0xcc && HC2(xen_version, XENVER_version, 0) >= 3 << 16;
}

static void look_at_memory(uint64_t stack_end)
{
	const uint64_t *p2m = (uint64_t *)start_info->mfn_list;
	const char *initrd = (char *)start_info->mod_start;
	uint64_t wrong = 0;

	for (uint64_t pfn = 0; pfn < start_info->nr_pages; pfn++)
		wrong += (uint64_t)page_of(p2m[pfn]) != pfn * PAGE_SIZE;
	claim("P2M and M2P agree on every page", !wrong);
	claim("the P2M lies in the kernel's mapping, behind the image",
	      (uint64_t)p2m > (uint64_t)shared_page && (uint64_t)p2m < stack_end);
	claim("start_info, page tables and stack follow in this order",
	      (uint64_t)p2m < (uint64_t)start_info &&
		      (uint64_t)start_info < start_info->pt_base &&
		      start_info->pt_base + start_info->nr_pt_frames * PAGE_SIZE < stack_end + 1);
	claim("no flag says that the initrd is not mapped",
	      !(start_info->flags & SIF_MOD_START_PFN));
	if (start_info->mod_len) {
		claim("the initrd is mapped", memcmp(initrd, "initrd of ", 10) == 0);
		note("initrd", initrd, start_info->mod_len);
	}
	note("command line", (char *)start_info->cmd_line, MAX_GUEST_CMDLINE);
}

void legacy_main(struct start_info *si, uint64_t stack_end)
{
	start_info = si;
	is_dom0 = si->flags & SIF_INITDOMAIN;
	next_page = (stack_end + PAGE_SIZE - 1) & -PAGE_SIZE;
	(void)HC3(update_va_mapping, shared_page, si->shared_info | 0x67, UVMF_INVLPG);
	console_init();
	claim("the hypercall page is filled", page_is_filled());
	look_at_memory(stack_end);
	events_init();
	if (!is_dom0) {
		grants_init();
		store_init();
		vbd_run();
		vif_run();
	}
	say("# done\n");
	kernel_end();
}
