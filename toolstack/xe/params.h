/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands that every class has: CLASS-list, CLASS-param-list, -get, -set, -add ... */
#ifndef XE_PARAMS_H
#define XE_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "args.h"
#include "fields.h"
#include "filter.h"

struct class_verb {
	const char *suffix;	/* "param-get" */
	const char *required, *optional;	/* parameters, separated by spaces */
	const char *help;
	void (*run)(const struct shown_class *class, const struct args *args);
};

/* Ends with a NULL suffix. */
extern const struct class_verb class_verbs[];

/* The class and the verb of a command like "vm-param-get". False: it is none of these. */
bool class_verb_find(const char *command, const struct shown_class **class,
		     const struct class_verb **verb);
/*
 * Whether the class has a field that @verb can work on: without maps and sets that change, there
 * is no CLASS-param-add.
 */
bool class_verb_fits(const struct shown_class *class, const struct class_verb *verb);
/* Print records as CLASS-list does, with the fields that params= names, or those of @fields. */
void print_records(const struct shown_class *class, const struct args *args, const char *fields,
		   const struct found *found, size_t count);

#endif
