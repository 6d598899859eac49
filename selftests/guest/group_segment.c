/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A 16-bit stack segment: IRET to it loads the lower half of ESP only, and leaves the upper half as
 * it was.
 */
#include "guest.h"

#define DATA16	 0x008ff3000000ffffUL /* 4 GiB, DPL 3, writable, D/B 0 */
#define LDT_SS	 (1UL << 3 | 4 | 3)

extern char user_blob[], user_blob_esp[];

static bool on_shoji(void)
{
	static struct xen_compile_info info;

	return !HC2(xen_version, XENVER_compile_info, &info) &&
	       !memcmp(info.compile_by, "shoji", 5);
}

void group_segment(void)
{
	uint64_t *ldt = page_new();
	struct mmuext_op op = {
		.cmd = MMUEXT_SET_LDT, .arg1.linear_addr = (uint64_t)ldt, .arg2.nr_ents = 512};
	struct iret_context frame = {
		.rip = USER_CODE + (uint64_t)(user_blob_esp - user_blob),
		.cs = FLAT_USER_CS32,
		.rflags = 0x202,
		.rsp = 0x12348000,
		.ss = LDT_SS,
	};
	const struct catch *c = &this_cpu()->catch;

	user_init();
	ldt[1] = DATA16;
	(void)make_readonly(ldt);
	claim_is("an LDT with a 16-bit data segment", HC4(mmuext_op, &op, 1, 0, DOMID_SELF), 0);
	claim_is("32-bit code runs on it as its stack", user_enter(&frame, 0), 0x80);
	claim("with the lower half of ESP", (c->regs.rax & 0xffff) == 0x8000);
	print("# ESP there is %lx\n", c->regs.rax);
	if (on_shoji())
		claim("the upper half tells nothing of the hypervisor's stack",
		      !(c->regs.rax >> 16 & 0xffff));
	op.arg2.nr_ents = 0;
	op.arg1.linear_addr = 0;
	claim_is("no LDT", HC4(mmuext_op, &op, 1, 0, DOMID_SELF), 0);
}
