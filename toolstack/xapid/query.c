// SPDX-License-Identifier: GPL-2.0-only
/* The expressions of get_all_records_where: a recursive descent of bounded depth. */
#include "query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

enum { DEPTH = 64 };

enum kind { CONSTANT, NOT, AND, OR, EQUAL };

struct side {
	int field; /* -1: text */
	char *text;
};

struct query {
	enum kind kind;
	bool constant;
	struct query *left, *right;
	struct side a, b;
};

struct parser {
	const struct class *class;
	const char *at;
	int depth;
};

static void space(struct parser *p)
{
	p->at += strspn(p->at, " \t\r\n");
}

/* Take a word or sign if it is next. */
static bool take(struct parser *p, const char *word)
{
	size_t n = strlen(word);

	space(p);
	if (strncmp(p->at, word, n))
		return false;
	p->at += n;
	return true;
}

/* A text in double or single quotes, a backslash before a character that stands for itself. */
static char *quoted(struct parser *p)
{
	char quote, *text, *end;

	space(p);
	quote = *p->at;
	if (quote != '"' && quote != '\'')
		return NULL;
	p->at++;
	end = text = alloc_text(p->at, strlen(p->at));
	for (; *p->at && *p->at != quote; p->at++) {
		if (*p->at == '\\' && p->at[1])
			p->at++;
		*end++ = *p->at;
	}
	*end = 0;
	if (*p->at == quote) {
		p->at++;
		return text;
	}
	free(text);
	return NULL;
}

static bool side(struct parser *p, struct side *s)
{
	bool field = take(p, "field");

	s->field = -1;
	s->text = quoted(p);
	if (s->text && field)
		s->field = model_field(p->class, s->text);
	return s->text && (!field || s->field >= 0);
}

static struct query *make(enum kind kind, struct query *left, struct query *right)
{
	struct query *q = alloc_zero(sizeof(*q));

	q->kind = kind;
	q->left = left;
	q->right = right;
	return q;
}

static struct query *either(struct parser *p);

static struct query *one(struct parser *p)
{
	struct query *q, *inner;

	if (take(p, "(")) {
		q = either(p);
		if (q && take(p, ")"))
			return q;
		query_free(q);
		return NULL;
	}
	if (take(p, "not")) {
		inner = ++p->depth > DEPTH ? NULL : one(p);
		p->depth--;
		return inner ? make(NOT, inner, NULL) : NULL;
	}
	if (take(p, "true") || take(p, "false")) {
		q = make(CONSTANT, NULL, NULL);
		q->constant = p->at[-2] == 'u';
		return q;
	}
	q = make(EQUAL, NULL, NULL);
	if (side(p, &q->a) && take(p, "=") && side(p, &q->b))
		return q;
	query_free(q);
	return NULL;
}

/* Pieces that the same word joins. The tree leans to the left, as deep as the text has words. */
static struct query *joined(struct parser *p, const char *word, enum kind kind,
			    struct query *(*piece)(struct parser *))
{
	struct query *q = piece(p), *right;
	int n = 0;

	while (q && take(p, word)) {
		right = ++n > DEPTH ? NULL : piece(p);
		if (!right) {
			query_free(q);
			return NULL;
		}
		q = make(kind, q, right);
	}
	return q;
}

static struct query *both(struct parser *p)
{
	return joined(p, "and", AND, one);
}

static struct query *either(struct parser *p)
{
	struct query *q = ++p->depth > DEPTH ? NULL : joined(p, "or", OR, both);

	p->depth--;
	return q;
}

struct query *query_parse(const struct class *class, const char *text)
{
	struct parser p = {.class = class, .at = text};
	struct query *q = either(&p);

	space(&p);
	if (q && !*p.at)
		return q;
	query_free(q);
	return NULL;
}

void query_free(struct query *query)
{
	if (!query)
		return;
	query_free(query->left);
	query_free(query->right);
	free(query->a.text);
	free(query->b.text);
	free(query);
}

/* The text that a side is compared by. */
static const char *side_text(const struct side *s, const struct object *object, char number[32])
{
	const struct value *v;

	if (s->field < 0)
		return s->text;
	v = store_get(object, s->field);
	if (value_kind(v) == VALUE_BOOL)
		return value_is(v) ? "true" : "false";
	if (value_kind(v) == VALUE_INT) {
		snprintf(number, 32, "%lld", (long long)value_number(v));
		return number;
	}
	return value_text(v);
}

bool query_matches(const struct query *query, const struct object *object)
{
	char a[32], b[32];

	switch (query->kind) {
	case CONSTANT: return query->constant;
	case NOT: return !query_matches(query->left, object);
	case AND: return query_matches(query->left, object) && query_matches(query->right, object);
	case OR: return query_matches(query->left, object) || query_matches(query->right, object);
	case EQUAL: break;
	}
	return !strcmp(side_text(&query->a, object, a), side_text(&query->b, object, b));
}
