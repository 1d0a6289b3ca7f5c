#include "base/tab_escape.h"

static const struct {
	char octet, letter;
} escapes[] = {
	{ '\0', '0' }, { '\001', '1' }, { '\t', 't' },
	{ '\r', 'r' }, { '\n', 'n' },
};

#define ESCAPES (sizeof(escapes) / sizeof(escapes[0]))

bool
tab_escape(struct slice s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		size_t k = 0;

		while (k < ESCAPES && escapes[k].octet != s.p[i])
			k++;
		if (k < ESCAPES)
			BUF_ADD(out, SL("\001"),
				((struct slice){ &escapes[k].letter, 1 }));
		else
			buf_add_char(out, s.p[i]);
	}
	return buf_ok(out);
}

static char
unescaped(char letter)
{
	for (size_t i = 0; i < ESCAPES; i++) {
		if (escapes[i].letter == letter)
			return escapes[i].octet;
	}
	return letter;
}

struct slice
tab_unescape(struct slice s, struct arena *a)
{
	size_t n = 0;
	char *p;

	if (!slice_has(s, '\001'))
		return s;
	p = arena_alloc(a, s.n + 1);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\001')
			p[n++] = s.p[i];
		else if (i + 1 < s.n)
			p[n++] = unescaped(s.p[++i]);
	}
	return (struct slice){ p, n };
}
