/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A request of XenAPI: X and an XML-RPC call, or J and a JSON-RPC call. Claims: a call that is
 * accepted has a method and a set of parameters, both codecs can write them, and what JSON wrote is
 * read as what it was.
 */
/* sources: toolstack/xapid/codec_xmlrpc.c toolstack/xapid/codec_jsonrpc.c */
/* sources: toolstack/xapid/codec.c toolstack/xapid/value.c toolstack/xapid/text.c */
/* sources: toolstack/xapid/alloc.c */
/* libs: -D_GNU_SOURCE -I/usr/include/libxml2 -lxml2 -ljansson -lm */
#include "../../toolstack/xapid/codec_jsonrpc.h"
#include "../../toolstack/xapid/codec_xmlrpc.h"

#include "quiet.h"

static void check(const struct request *request)
{
	char *first, *second, *xml;
	struct value *again;

	CLAIM(request->method && value_kind(request->params) == VALUE_SET);
	first = json_write(request->params);
	again = json_read(first, strlen(first));
	CLAIM(again);
	second = json_write(again);
	CLAIM(!strcmp(first, second));
	xml = xmlrpc_success(request->params);
	CLAIM(strstr(xml, "methodResponse"));
	free(xml);
	free(first);
	free(second);
	value_put(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request request;
	const char *why;
	char *answer;

	if (!size || (*data != 'X' && *data != 'J'))
		return 0;
	why = *data == 'X' ? xmlrpc_decode((const char *)data + 1, size - 1, &request)
			   : jsonrpc_decode((const char *)data + 1, size - 1, &request);
	if (!why)
		check(&request);
	if (*data == 'J') {
		struct value *error = value_set();

		value_add(error, value_string(why ? why : "code"));
		answer = jsonrpc_failure(&request, error);
		CLAIM(strstr(answer, "error"));
		free(answer);
		value_put(error);
	}
	codec_free(&request);
	return 0;
}
