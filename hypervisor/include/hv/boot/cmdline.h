/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files that parse values of the command line share: boot/cmdline.c, boot/cmdline_cpu.c.
 */
#ifndef HV_BOOT_CMDLINE_H
#define HV_BOOT_CMDLINE_H

#include <hv/types.h>

/*
 * Cut the item before the next comma off *list, which moves behind it; NULL when there is none
 * left.
 */
char *cmdline_next_item(char **list);

/*
 * yes, on, true, enable, 1 and ""; no, off, false, disable, 0. False: it is none of them, *flag is
 * as it was.
 */
bool cmdline_flag(const char *value, bool *flag);

/* The whole string is a number from low to high. */
bool cmdline_number(const char *value, uint64_t low, uint64_t high, uint64_t *result);

/*
 * --- values of options about the processor (boot/cmdline_cpu.c). Each changes `options` only when
 * all of the value is accepted, and says whether it was; value is cut into pieces ---
 */

/* spec-ctrl=: what is done against faults, by name. */
bool parse_spec_ctrl(char *value);
/* xpti=: for Domain-0, for other guests. */
bool parse_xpti(char *value);
/* pv-l1tf=: for Domain-0, for other guests. */
bool parse_pv_l1tf(char *value);
/* smt=: are all threads of a core used? */
bool parse_smt(char *value);
/* tsx=: do transactions work? */
bool parse_tsx(char *value);
/* ucode=: scan, or the number of a module. */
bool parse_ucode(char *value);

#endif
