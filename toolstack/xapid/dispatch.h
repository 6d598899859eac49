/* SPDX-License-Identifier: GPL-2.0-only */
/* From a request to the handler of its message, synchronously or as a task. */
#ifndef XAPID_DISPATCH_H
#define XAPID_DISPATCH_H

#include "call.h"

/** dispatch_setup(): Join the tables of handlers to the model's messages; once, at the start. */
void dispatch_setup(void);
/**
 * dispatch() - run a method
 * @method: "VM.start", "Async.VM.start", "system.listMethods"
 * @params: a set, as decoded
 * @error: set to the error, a set of strings, if it fails
 *
 * Blocks for as long as the method does. Return: the result, or NULL with an error; both are new
 * references.
 */
struct value *dispatch(const char *method, const struct value *params, const struct origin *origin,
		       struct value **error);
/** dispatch_drain(): Wait for the asynchronous calls. Return: false if some run on after that. */
bool dispatch_drain(int seconds);
/** dispatch_state(): Return: "yes", "generic" or "no": whether message i of the model works. */
const char *dispatch_state(unsigned int i);

#endif
