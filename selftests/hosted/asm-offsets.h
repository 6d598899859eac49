/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stands in for the file of this name that is made from x86/offsets.c: numbers for
 * test_spec_entry.c, which has the structure.
 */
#define VCPU_spec_hv		0
#define VCPU_spec_guest		4
#define VCPU_verw_selector	8
#define VCPU_entry_ibpb		10
#define PROTECTION_spec_ctrl	8
#define SEL_HV_DS		0xe010
#define F_IBRS	0
#define F_RSB	1
#define F_IBPB	2
#define F_BHB	3
#define F_VERW	4
#define F_DIV	5
#define F_ON_ENTRY	6
#define F_ON_EXIT	7
