/* SPDX-License-Identifier: GPL-2.0-only */
/* XML-RPC, as XenAPI uses it: integers are strings, a result is a struct with Status and Value. */
#ifndef XAPID_CODEC_XMLRPC_H
#define XAPID_CODEC_XMLRPC_H

#include "codec.h"

/**
 * xmlrpc_decode() - read a method call
 * @body: n bytes from the wire
 * @request: filled; free it with codec_free() in either case
 *
 * Return: NULL, or what is wrong with the call.
 */
const char *xmlrpc_decode(const char *body, size_t n, struct request *request);
/** xmlrpc_success(): Return: the answer with a result, to be freed. */
char *xmlrpc_success(const struct value *result);
/** xmlrpc_failure(): Return: the answer with an error, a set of strings; to be freed. */
char *xmlrpc_failure(const struct value *error);
/** xmlrpc_fault(): Return: the answer to a request that is no call, to be freed. */
char *xmlrpc_fault(const char *why);
/** xmlrpc_value(): Return: a result as text, as task.result has it; to be freed. */
char *xmlrpc_value(const struct value *value);

#endif
