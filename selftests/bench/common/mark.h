/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Markers for the instruction counter (insn/insn.c): a seven-byte NOP whose displacement holds a
 * magic number and the marker's id. Any privilege level may execute it, it changes nothing, and
 * without the plugin it is a NOP.
 */
#ifndef SHOJI_MARK_H
#define SHOJI_MARK_H

#define SHOJI_MARK_MAGIC 0x53484a00 /* "SHJ", and the id (0 to 255) in the low byte */

/* The id is a constant here: it is part of the instruction. */
#define SHOJI_MARK(id)                                     \
	asm volatile(".byte 0x0f, 0x1f, 0x80\n\t.long %c0" \
		     :                                     \
		     : "i"(SHOJI_MARK_MAGIC + (id))        \
		     : "memory")

/*
 * shoji_mark(id) is for ids known only at run time: a table of 256 markers, each with its return.
 */
void shoji_mark(unsigned int id);

#endif
