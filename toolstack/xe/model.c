/* SPDX-License-Identifier: GPL-2.0-only */
/* Looking things up in the tables of the data model. */
#include "model.h"

#include <ctype.h>
#include <string.h>

/* In the file that tables.py makes; both end with a NULL name. */
extern const struct model_class model_classes[];
extern const struct model_enum model_enums[];

const struct model_class *model_all(void)
{
	return model_classes;
}

const struct model_class *model_class(const char *name)
{
	for (const struct model_class *class = model_classes; class->name; class++)
		if (strcmp(class->name, name) == 0)
			return class;
	return NULL;
}

const struct model_field *model_field(const struct model_class *class, const char *name)
{
	for (const struct model_field *field = class->fields; field->name; field++)
		if (strcmp(field->name, name) == 0)
			return field;
	return NULL;
}

static int plain(char letter)
{
	return letter == '-' ? '_' : tolower((unsigned char)letter);
}

/* Whether both are the same but for case, '-' and '_'. */
static bool alike(const char *one, const char *other)
{
	while (*one && plain(*one) == plain(*other)) {
		one++;
		other++;
	}
	return *one == *other;
}

const char *model_enum_value(const char *name, const char *text)
{
	for (const struct model_enum *list = model_enums; list->name; list++) {
		if (strcmp(list->name, name) != 0)
			continue;
		for (const char *const *value = list->values; *value; value++)
			if (alike(*value, text))
				return *value;
	}
	return NULL;
}
