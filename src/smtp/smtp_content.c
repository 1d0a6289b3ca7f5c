#include "smtp/smtp_content.h"

#include <string.h>

enum {
	LINE_BEGIN,	/* after CR LF, or at the very beginning */
	AFTER_BARE_LF,	/* a line for those who read it; a dot here ends nothing
			   and stands for itself */
	MIDDLE,
};

/* "matched" when this line is no Received field, or was counted. */
#define LINE_KNOWN UINT8_MAX

void
smtp_content_begin(struct smtp_content *c, bool chunked, bool strict)
{
	*c = (struct smtp_content){ .chunked = chunked, .strict = strict,
				    .in_header = true, .at = LINE_BEGIN };
}

void
smtp_content_forgive(struct smtp_content *c)
{
	c->strict = false;
}

/* ---- hops ------------------------------------------------------------------ */

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* At the beginning of a line, or in a name that may become "received:". */
static void
match(struct smtp_content *c, char next)
{
	static const char name[] = "received:";

	if (c->matched == 0 && next == '\r') {
		c->in_header = false;
	} else if (lower(next) != name[c->matched]) {
		c->matched = LINE_KNOWN;
	} else if (name[++c->matched] == '\0') {
		c->hops++;
		c->matched = LINE_KNOWN;
	}
}

static void
count_hops(struct smtp_content *c, struct slice s)
{
	while (c->in_header && s.n > 0) {
		if (c->matched == LINE_KNOWN) {
			size_t end = slice_index(s, '\n');

			if (end == s.n)
				return;
			c->matched = 0;
			s = slice_skip(s, end + 1);
		} else {
			match(c, s.p[0]);
			s = slice_skip(s, 1);
		}
	}
}

/* ---- pieces ---------------------------------------------------------------- */

static enum smtp_content_step
give(struct smtp_content *c, struct slice piece, size_t used, int at,
     struct slice *piece_out, size_t *used_out)
{
	c->at = (uint8_t)at;
	c->octets += used;
	if (c->in_header)
		count_hops(c, piece);
	if (c->octets > SMTP_MAX_HEADER)
		c->in_header = false;
	*piece_out = piece;
	*used_out = used;
	return SMTP_CONTENT_PIECE;
}

/* A dot that begins a line as others read it: doubled, unless the client did
   that already. */
static bool
needs_stuffing(const struct smtp_content *c, struct slice in)
{
	return in.p[0] == '.' &&
	       (c->at == AFTER_BARE_LF || (c->at == LINE_BEGIN && c->chunked));
}

/* What a dot at the beginning of a line of DATA begins. */
enum dot { DOT_TEXT, DOT_MORE, DOT_END, DOT_BEFORE_LF };

static enum dot
look_at_dot(struct slice in)
{
	if (in.n == 1)
		return DOT_MORE;
	if (in.p[1] == '\n')
		return DOT_BEFORE_LF;
	if (in.p[1] != '\r')
		return DOT_TEXT;
	if (in.n == 2)
		return DOT_MORE;
	return in.p[2] == '\n' ? DOT_END : DOT_TEXT;
}

/* How far in can be passed on as it is; *at is what follows it. Stops before what
   needs a decision: a bare line end, a CR that is the last octet, a line that
   begins with a dot. */
static size_t
plain_run(const struct smtp_content *c, struct slice in, int *at)
{
	size_t done = 0;

	while (done < in.n) {
		struct slice rest = slice_skip(in, done);
		size_t lf = slice_index(rest, '\n');
		size_t cr = slice_index(slice_first(rest, lf), '\r');

		if (cr + 1 < lf || lf == rest.n) {
			/* A CR that no LF follows, or not yet; or no line end
			   at all. */
			*at = cr > 0 ? MIDDLE : *at;
			return done + cr;
		}
		if (cr == lf) {
			*at = lf > 0 ? MIDDLE : *at;
			return done + lf;
		}
		done += lf + 1;
		*at = LINE_BEGIN;
		if (done < in.n && in.p[done] == '.' &&
		    (c->chunked ||
		     look_at_dot(slice_skip(in, done)) != DOT_TEXT))
			return done;
	}
	return done;
}

static enum smtp_content_step
bare_lf(struct smtp_content *c, struct slice *piece_out, size_t *used_out)
{
	if (c->strict)
		return SMTP_CONTENT_BARE_LF;
	return give(c, SL("\r\n"), 1, AFTER_BARE_LF, piece_out, used_out);
}

/* used: 0 if it was eaten with the chunk before. */
static enum smtp_content_step
bare_cr(struct smtp_content *c, size_t used, struct slice *piece_out,
	size_t *used_out)
{
	if (c->strict)
		return SMTP_CONTENT_BARE_CR;
	c->held_cr = false;
	return give(c, SL(" "), used, MIDDLE, piece_out, used_out);
}

/* A CR begins in, and it is no line end yet. */
static enum smtp_content_step
lone_cr(struct smtp_content *c, struct slice in, struct slice *piece_out,
	size_t *used_out)
{
	if (in.n > 1)
		return bare_cr(c, 1, piece_out, used_out);
	if (!c->chunked)
		return SMTP_CONTENT_MORE;
	c->held_cr = true;
	return give(c, SL(""), 1, c->at, piece_out, used_out);
}

static enum smtp_content_step
after_held_cr(struct smtp_content *c, struct slice in, struct slice *piece_out,
	      size_t *used_out)
{
	if (in.p[0] != '\n')
		return bare_cr(c, 0, piece_out, used_out);
	c->held_cr = false;
	return give(c, SL("\r\n"), 1, LINE_BEGIN, piece_out, used_out);
}

enum smtp_content_step
smtp_content_next(struct smtp_content *c, struct slice in,
		  struct slice *piece_out, size_t *used_out)
{
	int at = c->at;
	size_t run;

	if (in.n == 0)
		return SMTP_CONTENT_MORE;
	if (c->held_cr)
		return after_held_cr(c, in, piece_out, used_out);
	if (needs_stuffing(c, in))
		return give(c, SL("."), 0, MIDDLE, piece_out, used_out);
	if (c->at == LINE_BEGIN && in.p[0] == '.' && !c->chunked) {
		switch (look_at_dot(in)) {
		case DOT_MORE:
			return SMTP_CONTENT_MORE;
		case DOT_END:
			*used_out = 3;
			return SMTP_CONTENT_END;
		case DOT_BEFORE_LF:
			/* With the line end that is made of the LF, the dot
			   would be the end for others. */
			if (c->strict)
				return SMTP_CONTENT_BARE_LF;
			return give(c, SL(""), 1, MIDDLE, piece_out, used_out);
		case DOT_TEXT:
			break;
		}
	}
	run = plain_run(c, in, &at);
	if (run > 0)
		return give(c, slice_first(in, run), run, at, piece_out,
			    used_out);
	if (in.p[0] == '\n')
		return bare_lf(c, piece_out, used_out);
	return lone_cr(c, in, piece_out, used_out);
}

bool
smtp_content_finish(const struct smtp_content *c, struct slice *end_out)
{
	if (c->held_cr && c->strict)
		return false;
	*end_out = c->held_cr || c->at == MIDDLE ? SL("\r\n.\r\n") :
						   SL(".\r\n");
	return true;
}
