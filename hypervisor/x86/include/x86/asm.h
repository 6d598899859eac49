/* SPDX-License-Identifier: GPL-2.0-only */
/* For assembly files. asm-offsets.h is made from x86/offsets.c. */
#ifndef X86_ASM_H
#define X86_ASM_H

#include "asm-offsets.h"

#define GLOBAL(name) \
	.globl name; \
	.hidden name; \
	name:

/* A fault at insn continues at fixup. */
#define EXTABLE(insn, fixup) \
	.pushsection .extable, "a"; \
	.balign 8; \
	.quad insn, fixup; \
	.popsection

/*
 * What stands behind a return or an indirect jump is not run speculatively: the compiler's
 * -mharden-sls for these files.
 */
#define RET ret; int3

/*
 * Rights to use guests' pages (SMAP), for the copies and for each way in. smap_patch() in cpu.c
 * puts the instructions in; without SMAP both do nothing.
 */
#define SMAP_SITE(last) \
	771: .byte 0x0f, 0x1f, 0x00;	/* NOP of three bytes */ \
	.pushsection .smap_sites, "a"; \
	.balign 8; \
	.quad 771b, last; \
	.popsection
#define CLAC SMAP_SITE(0xca)
#define STAC SMAP_SITE(0xcb)

#endif
