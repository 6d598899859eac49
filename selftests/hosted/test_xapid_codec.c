/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: xapid's codecs read and write the calls, results and errors of XenAPI in XML-RPC and
 * JSON-RPC, refuse what is none, and no text makes an answer that cannot be read.
 */
/* sources: toolstack/xapid/codec_xmlrpc.c toolstack/xapid/codec_jsonrpc.c */
/* sources: toolstack/xapid/codec.c toolstack/xapid/value.c toolstack/xapid/text.c */
/* sources: toolstack/xapid/alloc.c */
/* libs: -D_GNU_SOURCE -I/usr/include/libxml2 -lxml2 -ljansson -lm */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../toolstack/xapid/codec_jsonrpc.h"
#include "../../toolstack/xapid/codec_xmlrpc.h"

static unsigned int number, failures;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, claim);
	failures += !good;
}

#define CALL(params) \
	"<methodCall><methodName>m</methodName><params>" params "</params></methodCall>"
#define ONE(value) CALL("<param><value>" value "</value></param>")

/* The parameters of a call as JSON; "-" if it is refused. */
static bool xml_is(const char *body, const char *expected)
{
	struct request request;
	const char *why = xmlrpc_decode(body, strlen(body), &request);
	char *json = why ? strdup("-") : json_write(request.params);
	bool same = !strcmp(json, expected);

	if (!same)
		printf("# %s: %s (%s)\n", body, json, why ? why : "");
	free(json);
	codec_free(&request);
	return same;
}

static bool json_is(const char *body, const char *expected)
{
	struct request request;
	const char *why = jsonrpc_decode(body, strlen(body), &request);
	char *json = why ? strdup("-") : json_write(request.params);
	bool same = !strcmp(json, expected);

	if (!same)
		printf("# %s: %s (%s)\n", body, json, why ? why : "");
	free(json);
	codec_free(&request);
	return same;
}

static void xml_types(void)
{
	result(xml_is(ONE("<string>a</string>"), "[\"a\"]") && xml_is(ONE(" b "), "[\" b \"]") &&
		       xml_is(ONE(""), "[\"\"]") && xml_is(ONE("<string/>"), "[\"\"]") &&
		       xml_is(ONE("<![CDATA[<a>]]>&amp;"), "[\"<a>&\"]"),
	       "XML: a string with and without its type, empty, in CDATA");
	result(xml_is(ONE("<int>-7</int>"), "[-7]") && xml_is(ONE("<i4>7</i4>"), "[7]") &&
		       xml_is(ONE("<boolean>1</boolean>"), "[true]") &&
		       xml_is(ONE("<double>1.5</double>"), "[1.5]") &&
		       xml_is(ONE("<dateTime.iso8601>20260131T12:00:00Z</dateTime.iso8601>"),
			      "[\"20260131T12:00:00Z\"]"),
	       "XML: numbers, booleans, times");
	result(xml_is(ONE("<array><data><value>a</value><value><int>1</int></value></data></"
			  "array>"),
		      "[[\"a\",1]]") &&
		       xml_is(ONE("<struct><member><name>k</name><value>v</value></member></"
				  "struct>"),
			      "[{\"k\":\"v\"}]") &&
		       xml_is(ONE("<array><data/></array>"), "[[]]") &&
		       xml_is(ONE("<struct/>"), "[{}]") && xml_is(CALL(""), "[]"),
	       "XML: sets and maps, also empty ones");
	result(xml_is("<methodCall><methodName>m</methodName></methodCall>", "[]"),
	       "XML: a call without parameters");
}

static void xml_refused(void)
{
	static const char *const bad[] = {"",
					  "<",
					  "<a/>",
					  "<methodCall/>",
					  ONE("<int>x</int>"),
					  ONE("<int></int>"),
					  ONE("<int>99999999999999999999</int>"),
					  ONE("<double>inf</double>"),
					  ONE("<boolean>2</boolean>"),
					  ONE("<what>1</what>"),
					  ONE("a<int>1</int>"),
					  ONE("<int>1</int><int>2</int>"),
					  ONE("<array><value>a</value></array>"),
					  ONE("<struct><member><value>a</value></member></struct>"),
					  "<!DOCTYPE m [<!ENTITY x 'y'>]>" ONE("&x;"),
					  ONE("&nothing;"),
					  CALL("<param></param>"),
					  ONE("a") "<b/>",
					  NULL};
	bool all = true;

	for (int i = 0; bad[i]; i++)
		all = xml_is(bad[i], "-") && all;
	result(all, "XML: what is no call is refused");
}

/* A body that opens sets within each other, and closes them. */
static char *nested(const char *head, const char *open, const char *close, int depth,
		    const char *tail)
{
	char *body =
		malloc(strlen(head) + depth * (strlen(open) + strlen(close)) + strlen(tail) + 1);

	strcpy(body, head);
	for (int i = 0; i < depth; i++)
		strcat(body, open);
	for (int i = 0; i < depth; i++)
		strcat(body, close);
	return strcat(body, tail);
}

static bool depth_is(bool xml, int depth, bool accepted)
{
	char *body = xml ? nested("<methodCall><methodName>m</methodName><params><param><value>",
				  "<array><data><value>", "</value></data></array>", depth,
				  "</value></param></params></methodCall>")
			 : nested("{\"method\":\"m\",\"id\":1,\"params\":[", "[", "]", depth, "]}");
	struct request request;
	const char *why = xml ? xmlrpc_decode(body, strlen(body), &request)
			      : jsonrpc_decode(body, strlen(body), &request);

	codec_free(&request);
	free(body);
	return !why == accepted;
}

static void limits(void)
{
	result(depth_is(true, 30, true) && depth_is(true, 40, false) && depth_is(true, 900, false),
	       "XML: values are nested to a limit");
	result(depth_is(false, 30, true) && depth_is(false, 40, false) &&
		       depth_is(false, 900, false),
	       "JSON: values are nested to a limit");
}

static void json_calls(void)
{
	result(json_is("{\"method\":\"m\",\"id\":1,\"params\":[true,null,1.5,-3,\"a\",{\"k\":[]}]}",
		       "[true,\"\",1.5,-3,\"a\",{\"k\":[]}]"),
	       "JSON: values of every kind");
	result(json_is("{\"method\":\"m\",\"id\":1}", "[]") && json_is("{\"method\":\"m\"}", "-") &&
		       json_is("{\"method\":\"m\",\"id\":null,\"params\":[]}", "-") &&
		       json_is("{\"method\":1,\"id\":1}", "-") && json_is("[]", "-") &&
		       json_is("{\"method\":\"m\",\"id\":1,\"params\":{}}", "-") &&
		       json_is("{\"jsonrpc\":\"3\",\"method\":\"m\",\"id\":1}", "-"),
	       "JSON: what is no call is refused");
	result(json_is("{\"method\":\"m\",\"id\":1,\"params\":[{\"b\":1,\"a\":2,\"b\":3}]}",
		       "[{\"a\":2,\"b\":3}]"),
	       "JSON: of entries with the same key the last one counts");
}

/* Whether a text, which is freed, is what was expected. */
static bool text_is(char *text, const char *expected)
{
	bool same = !strcmp(text, expected);

	if (!same)
		printf("# %s\n", text);
	free(text);
	return same;
}

static struct value *sample(void)
{
	struct value *map = value_map();

	value_map_add(map, "n", value_int(1ll << 40));
	value_map_add(map, "b", value_bool(true));
	value_map_add(map, "t", value_string("<&\"\x01\xff\xc3\xa9"));
	value_map_seal(map);
	return map;
}

static void answers(void)
{
	struct request request = {.version = 2};
	struct value *v = sample(), *error = value_set(), *text;

	request.id = value_int(7);
	value_add(error, value_string("VM_IS_TEMPLATE"));
	value_add(error, value_string("ref"));
	result(text_is(jsonrpc_success(&request, v),
		       "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":"
		       "{\"b\":true,\"n\":\"1099511627776\",\"t\":\"<&\\\"?\?\xc3\xa9\"}}"),
	       "JSON: integers are strings in an answer, and text is clean");
	result(text_is(jsonrpc_failure(&request, error),
		       "{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":1,"
		       "\"message\":\"VM_IS_TEMPLATE\",\"data\":[\"ref\"]}}"),
	       "JSON: an error of version 2.0");
	request.version = 1;
	result(text_is(jsonrpc_failure(&request, error),
		       "{\"id\":7,\"result\":null,\"error\":[\"VM_IS_TEMPLATE\",\"ref\"]}"),
	       "JSON: an error of version 1.0");
	result(text_is(xmlrpc_value(v),
		       "<value><struct><member><name>b</name><value><boolean>1</boolean></value>"
		       "</member><member><name>n</name><value>1099511627776</value></member>"
		       "<member><name>t</name><value>&lt;&amp;&quot;?\?\xc3\xa9</value></member></"
		       "struct>"
		       "</value>"),
	       "XML: a value");
	result(text_is(xmlrpc_failure(error),
		       "<?xml "
		       "version=\"1.0\"?><methodResponse><params><param><value><struct><member>"
		       "<name>Status</name><value>Failure</value></member><member><name>"
		       "ErrorDescription</name><value><array><data><value>VM_IS_TEMPLATE</"
		       "value><value>"
		       "ref</value></data></array></value></member></struct></value></param></"
		       "params>"
		       "</methodResponse>\n"),
	       "XML: an error");
	text = value_string("\xed\xa0\x80\xf4\x90\x80\x80\xc0\x80\xe2\x82\xac");
	result(!strcmp(value_text(text), "?????????\xe2\x82\xac"),
	       "surrogates, too large characters and overlong forms are no text");
	value_put(text);
	value_put(v);
	value_put(error);
	codec_free(&request);
}

int main(void)
{
	printf("1..16\n");
	xml_types();
	xml_refused();
	limits();
	json_calls();
	answers();
	return failures ? 1 : 0;
}
