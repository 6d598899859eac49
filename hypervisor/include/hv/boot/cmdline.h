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
 * Values of options about the processor. Each changes `options` only when all of the value is
 * accepted.
 */
bool parse_spec_ctrl(char *value);
bool parse_xpti(char *value);
bool parse_pv_l1tf(char *value);
bool parse_smt(char *value);
bool parse_tsx(char *value);
bool parse_ucode(char *value);

#endif
