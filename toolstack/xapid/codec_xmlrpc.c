// SPDX-License-Identifier: GPL-2.0-only
/*
 * XML-RPC by libxml2. The reader goes through the document once and keeps no tree of it; a document
 * type, which is where entities come from, is refused.
 */
#include "codec_xmlrpc.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/xmlreader.h>
#include <libxml/xmlwriter.h>

#include "alloc.h"
#include "text.h"

enum token { OPEN, CLOSE, TEXT, END, BAD };

struct reader {
	xmlTextReaderPtr xml;
	bool close; /* the element that was just opened is an empty one */
	int values;
	const char *why; /* what is wrong, once something is */
	const char *name, *text;
};

static enum token bad(struct reader *r, const char *why)
{
	if (!r->why)
		r->why = why;
	return BAD;
}

/* The next piece of the document; name and text are valid until the one after it. */
static enum token next(struct reader *r)
{
	if (r->close) {
		r->close = false;
		return CLOSE;
	}
	for (;;) {
		int got = xmlTextReaderRead(r->xml);

		if (got < 0)
			return bad(r, "the XML is not well-formed");
		if (!got)
			return END;
		r->name = (const char *)xmlTextReaderConstName(r->xml);
		r->text = (const char *)xmlTextReaderConstValue(r->xml);
		switch (xmlTextReaderNodeType(r->xml)) {
		case XML_READER_TYPE_ELEMENT:
			r->close = xmlTextReaderIsEmptyElement(r->xml);
			return OPEN;
		case XML_READER_TYPE_END_ELEMENT: return CLOSE;
		case XML_READER_TYPE_TEXT:
		case XML_READER_TYPE_CDATA:
		case XML_READER_TYPE_WHITESPACE:
		case XML_READER_TYPE_SIGNIFICANT_WHITESPACE: return TEXT;
		case XML_READER_TYPE_COMMENT:
		case XML_READER_TYPE_PROCESSING_INSTRUCTION:
		case XML_READER_TYPE_XML_DECLARATION: break;
		default: return bad(r, "the XML has a document type or an entity");
		}
	}
}

static bool blank(const char *s)
{
	return !s[strspn(s, " \t\r\n")];
}

/* The next tag; white space before it is passed over. */
static enum token tag(struct reader *r)
{
	enum token token;

	do
		token = next(r);
	while (token == TEXT && blank(r->text));
	return token == TEXT ? bad(r, "there is text where a tag should be") : token;
}

/* Expect an element of this name to open. */
static bool opens(struct reader *r, const char *name)
{
	if (tag(r) == OPEN && !strcmp(r->name, name))
		return true;
	bad(r, "an element is missing, or in the wrong place");
	return false;
}

/* Expect the current element to close. */
static bool closes(struct reader *r)
{
	if (tag(r) == CLOSE)
		return true;
	bad(r, "an element has too much in it");
	return false;
}

/* The text up to the end of the current element, to be freed; NULL if it has elements. */
static char *text_of(struct reader *r)
{
	struct text text = {0};
	enum token token;

	text_add(&text, "", 0);
	while ((token = next(r)) == TEXT)
		text_add(&text, r->text, strlen(r->text));
	if (token == CLOSE)
		return text.s;
	bad(r, "there is an element where text should be");
	free(text.s);
	return NULL;
}

static struct value *read_value(struct reader *r, int depth);

static struct value *read_array(struct reader *r, int depth)
{
	struct value *set = value_set();
	enum token token = BAD;

	if (opens(r, "data"))
		while ((token = tag(r)) == OPEN && !strcmp(r->name, "value")) {
			struct value *item = read_value(r, depth);

			if (!item)
				break;
			value_add(set, item);
		}
	if (token == CLOSE && closes(r))
		return set;
	bad(r, "an array is not made of values");
	value_put(set);
	return NULL;
}

static bool read_member(struct reader *r, struct value *map, int depth)
{
	char *key = opens(r, "name") ? text_of(r) : NULL;
	struct value *item = key && opens(r, "value") ? read_value(r, depth) : NULL;

	if (item)
		value_map_add(map, key, item);
	free(key);
	return item && closes(r);
}

static struct value *read_struct(struct reader *r, int depth)
{
	struct value *map = value_map();
	enum token token;

	while ((token = tag(r)) == OPEN && !strcmp(r->name, "member"))
		if (!read_member(r, map, depth))
			break;
	if (token == CLOSE) {
		value_map_seal(map);
		return map;
	}
	bad(r, "a struct is not made of members");
	value_put(map);
	return NULL;
}

static struct value *scalar(struct reader *r, const char *type, const char *text)
{
	char *end;

	if (!strcmp(type, "string"))
		return value_string(text);
	if (!strcmp(type, "boolean") && (!strcmp(text, "0") || !strcmp(text, "1")))
		return value_bool(*text == '1');
	if (!strcmp(type, "dateTime.iso8601"))
		return value_datetime(text);
	if (!strcmp(type, "int") || !strcmp(type, "i4") || !strcmp(type, "i8")) {
		long long i;

		errno = 0;
		i = strtoll(text, &end, 10);
		if (*text && !*end && !errno)
			return value_int(i);
	}
	if (!strcmp(type, "double")) {
		double f = strtod(text, &end);

		if (*text && !*end && isfinite(f))
			return value_float(f);
	}
	if (!strcmp(type, "nil"))
		return value_void();
	bad(r, "a value is of no known type, or not of its type");
	return NULL;
}

/* Behind the tag of a value's type. */
static struct value *read_typed(struct reader *r, int depth)
{
	char type[32], *text;
	struct value *value;

	snprintf(type, sizeof(type), "%s", r->name);
	if (!strcmp(type, "array") || !strcmp(type, "struct")) {
		if (depth >= CODEC_DEPTH) {
			bad(r, "values are nested too deeply");
			return NULL;
		}
		return *type == 'a' ? read_array(r, depth + 1) : read_struct(r, depth + 1);
	}
	text = text_of(r);
	value = text ? scalar(r, type, text) : NULL;
	free(text);
	return value;
}

/* Behind the tag <value>, up to its end. */
static struct value *read_value(struct reader *r, int depth)
{
	struct text text = {0};
	struct value *value = NULL;
	enum token token;

	if (++r->values > CODEC_VALUES) {
		bad(r, "there are too many values");
		return NULL;
	}
	text_add(&text, "", 0);
	while ((token = next(r)) == TEXT)
		text_add(&text, r->text, strlen(r->text));
	if (token == CLOSE) {
		value = value_string(text.s); /* a value without a type is a string */
	} else if (token == OPEN && blank(text.s)) {
		value = read_typed(r, depth);
		if (value && !closes(r)) {
			value_put(value);
			value = NULL;
		}
	} else {
		bad(r, "a value has text beside its type");
	}
	free(text.s);
	return value;
}

static bool read_params(struct reader *r, struct value *params)
{
	enum token token;

	while ((token = tag(r)) == OPEN && !strcmp(r->name, "param")) {
		struct value *value = opens(r, "value") ? read_value(r, 0) : NULL;

		if (!value)
			return false;
		value_add(params, value);
		if (!closes(r))
			return false;
	}
	return token == CLOSE;
}

static bool read_call(struct reader *r, struct request *request)
{
	enum token token;

	if (!opens(r, "methodCall") || !opens(r, "methodName"))
		return false;
	request->method = text_of(r);
	if (!request->method)
		return false;
	token = tag(r);
	if (token == OPEN && !strcmp(r->name, "params")) {
		if (!read_params(r, request->params))
			return false;
		token = tag(r);
	}
	return token == CLOSE && tag(r) == END;
}

/* What is wrong with a client's XML is told to the client, not to the log. */
static void quiet(void *unused, const xmlError *error)
{
	(void)unused;
	(void)error;
}

const char *xmlrpc_decode(const char *body, size_t n, struct request *request)
{
	struct reader r = {0};

	*request = (struct request){.params = value_set()};
	xmlSetStructuredErrorFunc(NULL, (xmlStructuredErrorFunc)quiet); /* of this thread */
	r.xml = xmlReaderForMemory(body, (int)n, NULL, NULL,
				   XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	if (!r.xml)
		return "the XML cannot be read";
	if (!read_call(&r, request))
		bad(&r, "this is no method call");
	xmlFreeTextReader(r.xml);
	return r.why;
}

/* --- Answers --- */

static void element(xmlTextWriterPtr w, const char *name, const char *text)
{
	xmlTextWriterWriteElement(w, BAD_CAST name, BAD_CAST text);
}

static void open(xmlTextWriterPtr w, const char *name)
{
	xmlTextWriterStartElement(w, BAD_CAST name);
}

static void close(xmlTextWriterPtr w, int levels)
{
	while (levels--)
		xmlTextWriterEndElement(w);
}

static void write_value(xmlTextWriterPtr w, const struct value *v);

static void write_array(xmlTextWriterPtr w, const struct value *v)
{
	open(w, "array");
	open(w, "data");
	for (size_t i = 0; i < value_size(v); i++)
		write_value(w, value_item(v, i));
	close(w, 2);
}

static void write_struct(xmlTextWriterPtr w, const struct value *v)
{
	open(w, "struct");
	for (size_t i = 0; i < value_size(v); i++) {
		open(w, "member");
		element(w, "name", value_key(v, i));
		write_value(w, value_item(v, i));
		close(w, 1);
	}
	close(w, 1);
}

static void write_value(xmlTextWriterPtr w, const struct value *v)
{
	char number[40];

	open(w, "value");
	switch (value_kind(v)) {
	case VALUE_VOID: break;
	case VALUE_BOOL: element(w, "boolean", value_is(v) ? "1" : "0"); break;
	case VALUE_INT:
		snprintf(number, sizeof(number), "%lld", (long long)value_number(v));
		xmlTextWriterWriteString(w, BAD_CAST number);
		break;
	case VALUE_FLOAT:
		snprintf(number, sizeof(number), "%.17g", value_real(v));
		element(w, "double", number);
		break;
	case VALUE_DATETIME: element(w, "dateTime.iso8601", value_text(v)); break;
	case VALUE_STRING: xmlTextWriterWriteString(w, BAD_CAST value_text(v)); break;
	case VALUE_SET: write_array(w, v); break;
	case VALUE_MAP: write_struct(w, v); break;
	}
	close(w, 1);
}

/* The text that a writer wrote, to be freed; both are freed here. */
static char *written(xmlTextWriterPtr w, xmlBufferPtr buffer)
{
	char *text;

	xmlTextWriterEndDocument(w);
	xmlFreeTextWriter(w);
	text = alloc_text((const char *)xmlBufferContent(buffer), xmlBufferLength(buffer));
	xmlBufferFree(buffer);
	return text;
}

static xmlTextWriterPtr writer(xmlBufferPtr *buffer)
{
	xmlTextWriterPtr w;

	*buffer = xmlBufferCreateSize(4096);
	xmlBufferSetAllocationScheme(*buffer, XML_BUFFER_ALLOC_DOUBLEIT);
	w = xmlNewTextWriterMemory(*buffer, 0);
	if (!w)
		abort();
	return w;
}

/* libxml2 ends the declaration with a newline; xen-api takes that for the document's first node. */
static void begin(xmlTextWriterPtr w)
{
	xmlTextWriterWriteRaw(w, BAD_CAST "<?xml version=\"1.0\"?>");
	open(w, "methodResponse");
}

static char *answer(const char *status, const char *key, const struct value *value)
{
	xmlBufferPtr buffer;
	xmlTextWriterPtr w = writer(&buffer);

	begin(w);
	open(w, "params");
	open(w, "param");
	open(w, "value");
	open(w, "struct");
	open(w, "member");
	element(w, "name", "Status");
	element(w, "value", status);
	close(w, 1);
	open(w, "member");
	element(w, "name", key);
	write_value(w, value);
	return written(w, buffer);
}

char *xmlrpc_success(const struct value *result)
{
	return answer("Success", "Value", result);
}

char *xmlrpc_failure(const struct value *error)
{
	return answer("Failure", "ErrorDescription", error);
}

char *xmlrpc_fault(const char *why)
{
	xmlBufferPtr buffer;
	xmlTextWriterPtr w = writer(&buffer);

	begin(w);
	open(w, "fault");
	open(w, "value");
	open(w, "struct");
	open(w, "member");
	element(w, "name", "faultCode");
	open(w, "value");
	element(w, "int", "-1");
	close(w, 2);
	open(w, "member");
	element(w, "name", "faultString");
	open(w, "value");
	element(w, "string", why);
	return written(w, buffer);
}

char *xmlrpc_value(const struct value *value)
{
	xmlBufferPtr buffer;
	xmlTextWriterPtr w = writer(&buffer);
	char *text;

	write_value(w, value);
	text = written(w, buffer);
	text[strcspn(text, "\n")] = 0;
	return text;
}
