/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables of numbers, made from abi_list.h with our headers and with each reference's. ABI_OLDER and
 * ABI_NEWER include what only one of the versions has.
 */
#ifndef ABI_TABLE_H
#define ABI_TABLE_H

struct abi_number {
	const char *what;
	unsigned long long value;
};

extern const struct abi_number abi_ours_4_17[], abi_reference_4_17[];
extern const struct abi_number abi_ours_4_20[], abi_reference_4_20[];
extern const unsigned int abi_ours_4_17_count, abi_reference_4_17_count;
extern const unsigned int abi_ours_4_20_count, abi_reference_4_20_count;

#define VALUE(name) {#name, (unsigned long long)(name)},
#define SIZE(type)  {"sizeof(" #type ")", sizeof(type)},
#define OFFSET(type, member) {"offsetof(" #type ", " #member ")", offsetof(type, member)},
/* Not by OFFSET(), so that the names in the text stay as they are in abi_list.h. */
#define MEMBER(type, member)                                                                       \
	{"offsetof(" #type ", " #member ")", offsetof(type, member)},                              \
	{"sizeof(" #type ", " #member ")", sizeof(((type *)0)->member)},

#endif
