/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages that follow from the tables alone: records, getters and setters of every class. */
#ifndef XAPID_GENERIC_H
#define XAPID_GENERIC_H

#include "call.h"

/** generic_handler(): Return: the handler of a message that the tables define, or NULL. */
handler generic_handler(const struct message *message);
/** generic_mode(): Return: what that handler needs held. */
enum mode generic_mode(const struct message *message);
/** generic_set(): A handler for messages set_FIELD(self, value) that only set the field. */
struct value *generic_set(struct call *call);
/** generic_fill(): Set those fields of a new object that a record has and a client may choose. */
void generic_fill(struct object *object, const struct value *record);

#endif
