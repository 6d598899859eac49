/* SPDX-License-Identifier: GPL-2.0-only */
/* A table of numbers, made twice from abi_list.h: with our headers and with the reference's. */
#ifndef ABI_TABLE_H
#define ABI_TABLE_H

struct abi_number {
	const char *what;
	unsigned long long value;
};

extern const struct abi_number abi_ours[], abi_reference[];
extern const unsigned int abi_ours_count, abi_reference_count;

#define VALUE(name) {#name, (unsigned long long)(name)},
#define SIZE(type)  {"sizeof(" #type ")", sizeof(type)},
#define OFFSET(type, member) {"offsetof(" #type ", " #member ")", offsetof(type, member)},
#define MEMBER(type, member)                                                                       \
	OFFSET(type, member)                                                                       \
	{"sizeof(" #type ", " #member ")", sizeof(((type *)0)->member)},

#endif
