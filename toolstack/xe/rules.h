/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the command line's names and fields differ from the data model's. */
#ifndef XE_RULES_H
#define XE_RULES_H

#include "fields.h"

struct field_rule {
	const char *class;	/* of the model */
	const char *field;	/* the field that it is about; NULL: an additional one */
	const char *name;	/* the command line's name; NULL: the field is not shown */
	enum field_from from;
	const char *via, *other;	/* FROM_OTHER: the reference, and the field behind it */
	const char *call;	/* FROM_CALL */
};

/* Ends with a NULL class. */
extern const struct field_rule field_rules[];
/* The classes that the command line names otherwise or in parts; ends with a NULL name. */
extern const struct shown_class class_rules[];

#endif
