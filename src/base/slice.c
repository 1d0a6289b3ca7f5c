#include "base/slice.h"

static unsigned char
lower(char c)
{
	unsigned char u = (unsigned char)c;

	return u >= 'A' && u <= 'Z' ? (unsigned char)(u + ('a' - 'A')) : u;
}

struct slice
slice_of(const char *s)
{
	return (struct slice){ s, s == NULL ? 0 : strlen(s) };
}

bool
slice_eq(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
slice_eq_nocase(struct slice a, struct slice b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	}
	return true;
}

bool
slice_starts(struct slice s, struct slice prefix)
{
	return s.n >= prefix.n && slice_eq(slice_first(s, prefix.n), prefix);
}

bool
slice_starts_nocase(struct slice s, struct slice prefix)
{
	return s.n >= prefix.n &&
	       slice_eq_nocase(slice_first(s, prefix.n), prefix);
}

int
slice_cmp(struct slice a, struct slice b)
{
	size_t common = a.n < b.n ? a.n : b.n;
	int order = common == 0 ? 0 : memcmp(a.p, b.p, common);

	if (order != 0 || a.n == b.n)
		return order;
	return a.n < b.n ? -1 : 1;
}

size_t
slice_index(struct slice s, char c)
{
	const char *at = s.n == 0 ? NULL : memchr(s.p, c, s.n);

	return at == NULL ? s.n : (size_t)(at - s.p);
}

struct slice
slice_skip(struct slice s, size_t n)
{
	if (n == 0)
		return s;
	return (struct slice){ s.p + n, s.n - n };
}

struct slice
slice_first(struct slice s, size_t n)
{
	return (struct slice){ s.p, n };
}

bool
slice_cut(struct slice *rest, char sep, struct slice *head_out)
{
	size_t at;

	if (rest->n == 0)
		return false;
	at = slice_index(*rest, sep);
	*head_out = slice_first(*rest, at);
	*rest = slice_skip(*rest, at < rest->n ? at + 1 : at);
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool
slice_cut_word(struct slice *rest, struct slice *word_out)
{
	size_t start = 0, end;

	while (start < rest->n && is_blank(rest->p[start]))
		start++;
	for (end = start; end < rest->n && !is_blank(rest->p[end]); end++)
		;
	if (end == start) {
		*rest = slice_skip(*rest, end);
		return false;
	}
	*word_out = (struct slice){ rest->p + start, end - start };
	*rest = slice_skip(*rest, end);
	return true;
}

struct slice
slice_trim(struct slice s)
{
	while (s.n > 0 && (is_blank(s.p[0]) || s.p[0] == '\r' || s.p[0] == '\n'))
		s = slice_skip(s, 1);
	while (s.n > 0 && (is_blank(s.p[s.n - 1]) || s.p[s.n - 1] == '\r' ||
			   s.p[s.n - 1] == '\n'))
		s.n--;
	return s;
}

bool
slice_to_u64(struct slice s, uint64_t max, uint64_t *n_out)
{
	uint64_t n = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		uint64_t digit;

		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		digit = (uint64_t)(s.p[i] - '0');
		if (digit > max || n > (max - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*n_out = n;
	return true;
}

bool
slice_is_printable(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < 0x20 || s.p[i] > 0x7e)
			return false;
	}
	return true;
}

bool
slice_ends_line(struct slice s)
{
	return slice_has(s, '\r') || slice_has(s, '\n') || slice_has(s, '\0');
}
