#include "smtp/smtp_reply.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The code at the front of a line, 0 if there is none; *last_out says whether
   "250-" or "250 " (or nothing) stands there. */
static unsigned
code_of(struct slice line, bool *last_out)
{
	unsigned code;

	if (line.n < 3 || !is_digit(line.p[0]) || !is_digit(line.p[1]) ||
	    !is_digit(line.p[2]))
		return 0;
	code = (unsigned)(line.p[0] - '0') * 100 +
	       (unsigned)(line.p[1] - '0') * 10 + (unsigned)(line.p[2] - '0');
	if (code < 200 || code > 599)
		return 0;
	if (line.n > 3 && line.p[3] != ' ' && line.p[3] != '-')
		return 0;
	*last_out = line.n == 3 || line.p[3] == ' ';
	return code;
}

bool
smtp_reply_next(struct slice *lines, struct slice *text_out)
{
	struct slice line;

	if (!slice_cut(lines, '\n', &line))
		return false;
	while (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	*text_out = slice_skip(line, line.n > 4 ? 4 : line.n);
	return true;
}

enum smtp_reply_parse
smtp_reply_read(struct slice in, struct smtp_reply *out, size_t *used_out)
{
	struct smtp_reply r = { .code = 0 };
	struct slice rest = in, line, text;
	bool last = false;

	for (size_t n = 0; !last; n++) {
		unsigned code;

		if (!slice_has(rest, '\n'))
			return in.n < SMTP_MAX_REPLY ? SMTP_REPLY_MORE :
						       SMTP_REPLY_BROKEN;
		slice_cut(&rest, '\n', &line);
		while (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		code = code_of(line, &last);
		if (code == 0 || (n > 0 && code != r.code) ||
		    n == SMTP_MAX_REPLY_LINES)
			return SMTP_REPLY_BROKEN;
		r.code = code;
	}
	*used_out = in.n - rest.n;
	if (*used_out > SMTP_MAX_REPLY)
		return SMTP_REPLY_BROKEN;
	r.lines = slice_first(in, *used_out);
	rest = r.lines;
	smtp_reply_next(&rest, &text);
	r.enhanced = smtp_cut_enhanced(&text, r.code);
	*out = r;
	return SMTP_REPLY_DONE;
}

/* ---- enhanced status codes ---------------------------------------------- */

/* One to three digits at s.p[*at]; moves behind them. */
static bool
pass_number(struct slice s, size_t *at)
{
	size_t begin = *at;

	while (*at < s.n && is_digit(s.p[*at]) && *at - begin < 3)
		(*at)++;
	return *at > begin;
}

static bool
pass_dot(struct slice s, size_t *at)
{
	return *at < s.n && s.p[(*at)++] == '.';
}

struct slice
smtp_cut_enhanced(struct slice *text, unsigned code)
{
	struct slice s = *text;
	size_t at = 1;

	if (s.n == 0 || s.p[0] != (char)('0' + code / 100) ||
	    !pass_dot(s, &at) || !pass_number(s, &at) || !pass_dot(s, &at) ||
	    !pass_number(s, &at) || (at < s.n && s.p[at] != ' '))
		return (struct slice){ 0 };
	*text = slice_skip(s, at < s.n ? at + 1 : at);
	return slice_first(s, at);
}

/* ---- words --------------------------------------------------------------- */

static void
add_clean(struct buf *out, struct slice s, size_t most)
{
	for (size_t i = 0; i < s.n && out->n < most; i++) {
		char c = s.p[i];

		buf_add_char(out, (unsigned char)c < 0x20 || c == 0x7f ? '?' :
									 c);
	}
}

void
smtp_reply_words(const struct smtp_reply *r, struct buf *out)
{
	size_t most = out->n + SMTP_MAX_REPLY_TEXT;
	struct slice rest = r->lines, text;
	bool first = true;

	if (most > out->max)
		most = out->max;
	while (smtp_reply_next(&rest, &text)) {
		smtp_cut_enhanced(&text, r->code);
		if (!first)
			add_clean(out, SL("; "), most);
		add_clean(out, text, most);
		first = false;
	}
}
