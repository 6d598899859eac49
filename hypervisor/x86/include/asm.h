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

#endif
