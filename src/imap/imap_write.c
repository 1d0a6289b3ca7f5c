#include "imap/imap_write.h"

#include "imap/imap_arg.h"
#include "imap/imap_response.h"

/* More than this and the quoted form is refused; see the header. */
#define MAX_ESCAPES 4

size_t
imap_nonsync_max(struct slice capabilities)
{
	if (imap_capability_has(capabilities, SL("LITERAL+")))
		return SIZE_MAX;
	if (imap_capability_has(capabilities, SL("LITERAL-")))
		return IMAP_LITERAL_MINUS_MAX;
	return 0;
}

static bool
needs_escape(char c)
{
	return c == '"' || c == '\\';
}

static bool
may_be_quoted(struct slice s)
{
	size_t escapes = 0;

	if (!slice_is_printable(s))
		return false;
	for (size_t i = 0; i < s.n; i++)
		escapes += needs_escape(s.p[i]);
	return escapes <= MAX_ESCAPES;
}

/* Appends all or nothing: two pieces for each escape, one for what stands
   behind the last of them, and the quotes. */
static bool
write_quoted(struct buf *out, struct slice s)
{
	struct slice pieces[2 * MAX_ESCAPES + 3];
	size_t count = 0, start = 0;

	pieces[count++] = SL("\"");
	for (size_t i = 0; i < s.n; i++) {
		if (!needs_escape(s.p[i]))
			continue;
		pieces[count++] = (struct slice){ s.p + start, i - start };
		pieces[count++] = SL("\\");
		start = i;
	}
	pieces[count++] = slice_skip(s, start);
	pieces[count++] = SL("\"");
	return buf_add_all(out, pieces, count);
}

static bool
write_literal(struct buf *out, struct slice s, bool nonsync)
{
	char digits[20];	/* 2^64 has 20 digits */
	size_t at = sizeof(digits);

	for (size_t n = s.n; n > 0 || at == sizeof(digits); n /= 10)
		digits[--at] = (char)('0' + n % 10);
	return BUF_ADD(out, SL("{"),
		       ((struct slice){ digits + at, sizeof(digits) - at }),
		       nonsync ? SL("+}\r\n") : SL("}\r\n"), s);
}

bool
imap_write_string(struct buf *out, struct slice s, size_t nonsync_max)
{
	if (slice_has(s, '\0'))
		return false;
	if (may_be_quoted(s))
		return write_quoted(out, s);
	return write_literal(out, s, s.n <= nonsync_max);
}

bool
imap_write_nstring(struct buf *out, const struct slice *s, size_t nonsync_max)
{
	if (s == NULL)
		return buf_add(out, SL("NIL"));
	return imap_write_string(out, *s, nonsync_max);
}

/* Quoted strings hold no line ends, so a line of the text that ends in "{n}"
   announces a literal, provided that literals themselves are stepped over. */
bool
imap_segment_next(struct imap_segments *s, struct slice *segment_out)
{
	struct imap_literal_mark mark;
	struct slice line;
	size_t at = s->literal;
	uint64_t n;

	if (s->rest.n == 0)
		return false;
	while (at <= s->rest.n && imap_line_at(s->rest, at, &line, &at)) {
		if (!imap_line_ends_in_literal(line, &mark) ||
		    !slice_to_u64(mark.digits, s->rest.n - at, &n))
			continue;
		if (!mark.nonsync) {
			*segment_out = slice_first(s->rest, at);
			s->rest = slice_skip(s->rest, at);
			s->literal = (size_t)n;
			return true;
		}
		at += (size_t)n;
	}
	*segment_out = s->rest;
	s->rest = slice_skip(s->rest, s->rest.n);
	return true;
}
