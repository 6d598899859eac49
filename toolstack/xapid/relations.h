/* SPDX-License-Identifier: GPL-2.0-only */
/* References that the other side lists: VBD.VM is one, VM.VBDs its list. */
#ifndef XAPID_RELATIONS_H
#define XAPID_RELATIONS_H

struct relation {
	int source, ref; /* the class that refers, and its field */
	int target, set; /* the class that it refers to, and the field that lists the sources */
};

/** relation_at(): Return: relation i, or NULL behind the last one. */
const struct relation *relation_at(int i);
/** relation_of(): Return: the relation of a reference field, or NULL. */
const struct relation *relation_of(int class, int field);

#endif
