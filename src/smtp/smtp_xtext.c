#include "smtp/smtp_xtext.h"

bool
smtp_xtext_encode(struct slice s, struct buf *out)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		char pair[] = { '+', digits[c >> 4], digits[c & 15] };

		if (c > 0x20 && c < 0x7f && c != '+' && c != '=')
			buf_add_char(out, (char)c);
		else
			buf_add(out, (struct slice){ pair, sizeof(pair) });
	}
	return buf_ok(out);
}

/* -1 if it is no hex digit. Small letters are forgiven: Postfix takes them. */
static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool
smtp_xtext_decode(struct slice s, struct arena *a, struct slice *out)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		int high, low;

		if (s.p[i] != '+') {
			p[n++] = s.p[i];
			continue;
		}
		high = i + 1 < s.n ? hex(s.p[i + 1]) : -1;
		low = i + 2 < s.n ? hex(s.p[i + 2]) : -1;
		if (high < 0 || low < 0 || high + low == 0)
			return false;
		p[n++] = (char)(high << 4 | low);
		i += 2;
	}
	*out = (struct slice){ p, n };
	return true;
}
