/* SPDX-License-Identifier: GPL-2.0-only */
/* The classes of the command line: those of rules.c, and the rest of the model by its own name. */
#include <ctype.h>
#include <string.h>

#include "fields.h"
#include "rules.h"
#include "text.h"

#define CLASSES_MAX 128

static struct shown_class all[CLASSES_MAX];
static size_t count;

static bool ruled(const struct model_class *class)
{
	for (const struct shown_class *rule = class_rules; rule->name; rule++)
		if (strcmp(rule->of, class->name) == 0)
			return true;
	return false;
}

/* "VM_guest_metrics" as "vm-guest-metrics". */
static const char *name_of(const char *name)
{
	char *made = text_swap(name, '_', '-');

	for (char *at = made; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	return made;
}

static void fill(void)
{
	if (count)
		return;
	for (const struct shown_class *rule = class_rules; rule->name; rule++)
		all[count++] = *rule;
	for (const struct model_class *class = model_all(); class->name; class++)
		if (class->listed && !ruled(class) && count < CLASSES_MAX)
			all[count++] = (struct shown_class){name_of(class->name), class->name,
							    NULL, NULL};
}

const struct shown_class *shown_class(const char *name, const char **rest)
{
	const struct shown_class *found = NULL;
	size_t longest = 0;

	fill();
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(all[i].name);

		if (length < longest || strncmp(name, all[i].name, length) != 0 ||
		    (name[length] != '-' && name[length] != '\0'))
			continue;
		found = &all[i];
		longest = length;
	}
	if (found && rest)
		*rest = name + longest + (name[longest] == '-');
	return found;
}

void shown_classes(void (*each)(const struct shown_class *class, void *data), void *data)
{
	fill();
	for (size_t i = 0; i < count; i++)
		each(&all[i], data);
}

const struct model_class *shown_model(const struct shown_class *class)
{
	return model_class(class->of);
}
