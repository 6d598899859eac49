// SPDX-License-Identifier: GPL-2.0-only
/* One call of a client's. */
#include "call.h"

#include <stdarg.h>

struct value *call_arg(const struct call *call, int i)
{
	return call->args[i];
}

const char *call_text(const struct call *call, int i)
{
	return value_text(call->args[i]);
}

struct object *call_object(struct call *call, int i)
{
	const struct class *class = call->message->params[i].type->of;
	struct object *object = class ? store_find(class, call_text(call, i)) : NULL;

	if (!object)
		call_fail(call, "HANDLE_INVALID", class ? class->name : "?", call_text(call, i),
			  NULL);
	return object;
}

void *call_fail(struct call *call, const char *code, ...)
{
	va_list args;
	const char *word;

	value_put(call->error);
	call->error = value_set();
	value_add(call->error, value_string(code));
	va_start(args, code);
	while ((word = va_arg(args, const char *)))
		value_add(call->error, value_string(word));
	va_end(args);
	return NULL;
}

bool call_failed(const struct call *call)
{
	return call->error;
}
