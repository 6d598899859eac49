/* SPDX-License-Identifier: GPL-2.0-only */
/* JSON-RPC 1.0 and 2.0, as XenAPI uses them: an integer of the API is a string of digits. */
#ifndef XAPID_CODEC_JSONRPC_H
#define XAPID_CODEC_JSONRPC_H

#include "codec.h"

/**
 * jsonrpc_decode() - read a method call
 * @body: n bytes from the wire
 * @request: filled; free it with codec_free() in either case
 *
 * Return: NULL, or what is wrong with the call.
 */
const char *jsonrpc_decode(const char *body, size_t n, struct request *request);
/** jsonrpc_success(): Return: the answer with a result, to be freed. */
char *jsonrpc_success(const struct request *request, const struct value *result);
/** jsonrpc_failure(): Return: the answer with an error, a set of strings; to be freed. */
char *jsonrpc_failure(const struct request *request, const struct value *error);

/**
 * json_write() - a value as JSON, for the database
 *
 * Integers are numbers here. Return: the text, to be freed.
 */
char *json_write(const struct value *value);
/** json_read(): Return: the value of a JSON text, a new reference, or NULL if it is none. */
struct value *json_read(const char *text, size_t n);

#endif
