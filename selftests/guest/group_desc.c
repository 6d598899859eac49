/* SPDX-License-Identifier: GPL-2.0-only */
/* The GDT: which frames may be one, and what a descriptor may say. */
#include "guest.h"

#define CODE64	  0x00af9b000000ffffUL /* DPL 0: the hypervisor makes it 3 */
#define DATA	  0x00cf93000000ffffUL
#define CALL_GATE 0x0000ec00e0080000UL /* to the hypervisor's code segment */
#define TSS	  0x0000890000000067UL

static long update(uint64_t at, uint64_t desc)
{
	return HC2(update_descriptor, at, desc);
}

static void load_es(void *selector)
{
	__asm__ volatile("mov %w0, %%es" :: "r"((uint64_t)selector));
}

void group_desc(void)
{
	uint64_t *gdt = page_new(), *bad = page_new(), frames[16] = {0};
	uint64_t at = virt_to_maddr(&gdt[8]);

	gdt[1] = CODE64;
	gdt[2] = DATA;
	frames[0] = mfn_of(gdt);
	claim_is("a page that is mapped writable", HC2(set_gdt, frames, 16), -EINVAL);
	(void)make_readonly(gdt);
	claim_is("a GDT", HC2(set_gdt, frames, 512), 0);
	claim("privilege level 3 is forced", (gdt[2] >> 45 & 3) == 3);
	claim_is("it cannot be mapped writable", make_writable(gdt), -EBUSY);
	claim_is("load a selector of it", catch_trap(load_es, (void *)(2UL << 3 | 3)), -1);
	claim_is("a selector that is empty", catch_trap(load_es, (void *)(3UL << 3 | 3)), 13);
	(void)catch_trap(load_es, NULL);
	claim_is("too many entries", HC2(set_gdt, frames, 7169), -EINVAL);
	claim_is("far too many entries", HC2(set_gdt, frames, 0xffffffff), -EINVAL);
	claim_is("an unmapped list", HC2(set_gdt, BAD_UNMAPPED, 512), -EFAULT);
	claim_is("a list in the hypervisor's range", HC2(set_gdt, BAD_HV, 512), -EFAULT);
	frames[0] = foreign_mfn();
	claim_is("another domain's frame", HC2(set_gdt, frames, 512), -EINVAL);
	frames[0] = beyond_mfn();
	claim_is("a frame beyond RAM", HC2(set_gdt, frames, 512), -EINVAL);
	frames[0] = mfn_of((void *)start_info->pt_base);
	claim_is("a page table", HC2(set_gdt, frames, 512), -EINVAL);
	bad[1] = TSS;
	(void)make_readonly(bad);
	frames[0] = mfn_of(bad);
	claim_is("a page with a TSS", HC2(set_gdt, frames, 512), -EINVAL);
	(void)make_writable(bad);
	bad[1] = CALL_GATE;
	(void)make_readonly(bad);
	claim_is("a page with a call gate into the hypervisor", HC2(set_gdt, frames, 512), -EINVAL);
	claim_is("the old GDT still works", catch_trap(load_es, (void *)(2UL << 3 | 3)), -1);
	(void)catch_trap(load_es, NULL);
	claim_is("update a descriptor", update(at, DATA), 0);
	claim("with privilege level 3", (gdt[8] >> 45 & 3) == 3 && gdt[8] >> 47 & 1);
	claim_is("it loads", catch_trap(load_es, (void *)(8UL << 3 | 3)), -1);
	(void)catch_trap(load_es, NULL);
	claim_is("to nothing", update(at, 0), 0);
	claim_is("a TSS", update(at, TSS), -EINVAL);
	claim_is("a call gate into the hypervisor", update(at, CALL_GATE), -EINVAL);
	claim_negative("an address that is not aligned", update(at + 4, DATA));
	claim_negative("another domain's frame", update(foreign_mfn() << 12, DATA));
	claim_negative("the hypervisor's frame", update(hypervisor_mfn() << 12, DATA));
	claim_negative("a frame beyond RAM", update(beyond_mfn() << 12, DATA));
	claim_negative("a page table", update(mfn_of((void *)start_info->pt_base) << 12, 0));
	claim_is("no GDT", HC2(set_gdt, frames, 0), 0);
	claim_is("the page is a page again", make_writable(gdt), 0);
}
