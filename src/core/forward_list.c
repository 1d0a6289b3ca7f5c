#include "core/forward_list.h"

static const struct {
	char octet, letter;
} escapes[] = {
	{ '\0', '0' }, { '\001', '1' }, { '\t', 't' },
	{ '\r', 'r' }, { '\n', 'n' },
};

#define ESCAPES (sizeof(escapes) / sizeof(escapes[0]))

/* ---- writing ----------------------------------------------------------- */

static void
add_escaped(struct buf *out, struct slice s)
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
}

bool
forward_list_write(const struct vars *variables, size_t count, struct buf *out)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(out, '\t');
		add_escaped(out, variables->v[i].name);
		buf_add_char(out, '=');
		add_escaped(out, variables->v[i].value);
	}
	return buf_ok(out);
}

/* ---- reading ----------------------------------------------------------- */

/* Dovecot's rule: 0x01 and anything else is that; alone at the end it goes. */
static char
unescaped(char letter)
{
	for (size_t i = 0; i < ESCAPES; i++) {
		if (escapes[i].letter == letter)
			return escapes[i].octet;
	}
	return letter;
}

static struct slice
unescape(struct slice s, struct arena *a)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\001')
			p[n++] = s.p[i];
		else if (i + 1 < s.n)
			p[n++] = unescaped(s.p[++i]);
	}
	return (struct slice){ p, n };
}

void
forward_list_read(struct slice list, struct arena *a, struct vars *variables)
{
	struct slice element;

	while (slice_cut(&list, '\t', &element)) {
		struct slice value = unescape(element, a), name = { 0 };

		if (slice_cut(&value, '=', &name))
			vars_set(variables, a, name, value);
	}
}
