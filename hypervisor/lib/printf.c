// SPDX-License-Identifier: GPL-2.0-only
/*
 * Formatting: %s %c %d %i %u %x %X %o %p %%, with l, ll, z, h, width, precision for %s, 0 and -.
 * Nothing else.
 */
#include <hv/lib/lib.h>

struct out {
	char *buf;
	size_t size, length;	/* length counts what did not fit, too */
};

struct spec {
	bool left, zero;
	int width, precision;	/* precision -1: none */
	int longs;
};

static void put(struct out *o, char c)
{
	if (o->length + 1 < o->size)
		o->buf[o->length] = c;
	o->length++;
}

static void put_padded(struct out *o, const char *text, int n, const struct spec *s, char fill)
{
	int pad = s->width - n;

	if (!s->left)
		for (; pad > 0; pad--)
			put(o, fill);
	for (int i = 0; i < n; i++)
		put(o, text[i]);
	for (; pad > 0; pad--)
		put(o, ' ');
}

static void put_number(struct out *o, uint64_t v, unsigned int base, bool upper, bool minus,
		       struct spec *s)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char text[24];
	int at = sizeof(text);

	do {
		text[--at] = digits[v % base];
		v /= base;
	} while (v);
	if (minus && s->zero && !s->left) {
		put(o, '-');
		s->width--;
	} else if (minus) {
		text[--at] = '-';
	}
	put_padded(o, text + at, sizeof(text) - at, s, s->zero && !s->left ? '0' : ' ');
}

/* Flags, width, precision and length; returns the conversion character's place. */
static const char *parse_spec(const char *f, struct spec *s, va_list *ap)
{
	*s = (struct spec){.precision = -1};
	for (;; f++) {
		if (*f == '-')
			s->left = true;
		else if (*f == '0')
			s->zero = true;
		else
			break;
	}
	if (*f == '*') {
		s->width = va_arg(*ap, int);
		f++;
	}
	for (; *f >= '0' && *f <= '9'; f++)
		s->width = s->width * 10 + (*f - '0');
	if (*f == '.') {
		f++;
		s->precision = 0;
		if (*f == '*') {
			s->precision = va_arg(*ap, int);
			f++;
		}
		for (; *f >= '0' && *f <= '9'; f++)
			s->precision = s->precision * 10 + (*f - '0');
	}
	for (;; f++) {
		if (*f == 'l' || *f == 'z')
			s->longs++;
		else if (*f != 'h')
			return f;
	}
}

static uint64_t next_unsigned(const struct spec *s, va_list *ap)
{
	return s->longs ? va_arg(*ap, unsigned long) : va_arg(*ap, unsigned int);
}

static int64_t next_signed(const struct spec *s, va_list *ap)
{
	return s->longs ? va_arg(*ap, long) : va_arg(*ap, int);
}

static void convert(struct out *o, char c, struct spec *s, va_list *ap)
{
	const char *text;
	char one;
	int64_t v;

	switch (c) {
	case 'd':
	case 'i':
		v = next_signed(s, ap);
		put_number(o, v < 0 ? -(uint64_t)v : (uint64_t)v, 10, false, v < 0, s);
		break;
	case 'u': put_number(o, next_unsigned(s, ap), 10, false, false, s); break;
	case 'o': put_number(o, next_unsigned(s, ap), 8, false, false, s); break;
	case 'x':
	case 'X': put_number(o, next_unsigned(s, ap), 16, c == 'X', false, s); break;
	case 'p':
		s->zero = true;
		s->width = 16;
		put_number(o, (uintptr_t)va_arg(*ap, void *), 16, false, false, s);
		break;
	case 'c':
		one = (char)va_arg(*ap, int);
		put_padded(o, &one, 1, s, ' ');
		break;
	case 's':
		text = va_arg(*ap, const char *);
		if (!text)
			text = "(null)";
		put_padded(o, text, s->precision >= 0 ? strnlen(text, s->precision) : strlen(text),
			   s, ' ');
		break;
	default: put(o, c); break;
	}
}

#ifndef HOSTED
int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out o = {buf, size, 0};
	struct spec s;
	va_list ap;

	va_copy(ap, args);
	while (*fmt) {
		if (*fmt != '%') {
			put(&o, *fmt++);
			continue;
		}
		fmt = parse_spec(fmt + 1, &s, &ap);
		if (!*fmt)
			break;
		convert(&o, *fmt++, &s, &ap);
	}
	va_end(ap);
	if (size)
		buf[MIN(o.length, size - 1)] = 0;
	return o.length;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}
#endif
