#include "imap/imap_arg.h"

bool
imap_is_atom_char(char c)
{
	return c > ' ' && c < 0x7f && c != '(' && c != ')' && c != '{' &&
	       c != '"';
}

bool
imap_line_at(struct slice in, size_t at, struct slice *line_out,
	     size_t *next_out)
{
	struct slice rest = slice_skip(in, at);
	size_t n = slice_index(rest, '\n');

	if (n == rest.n)
		return false;
	*next_out = at + n + 1;
	if (n > 0 && rest.p[n - 1] == '\r')
		n--;
	*line_out = slice_first(rest, n);
	return true;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool
imap_line_ends_in_literal(struct slice line, struct imap_literal_mark *out)
{
	size_t end, start;
	bool nonsync;

	if (line.n == 0 || line.p[line.n - 1] != '}')
		return false;
	end = line.n - 1;
	nonsync = end > 0 && line.p[end - 1] == '+';
	if (nonsync)
		end--;
	for (start = end; start > 0 && is_digit(line.p[start - 1]); start--)
		;
	if (start == end || start == 0 || line.p[start - 1] != '{')
		return false;
	out->digits = (struct slice){ line.p + start, end - start };
	out->nonsync = nonsync;
	return true;
}

/* ---- values -------------------------------------------------------------- */

size_t
imap_arg_value_length(const struct imap_arg *arg)
{
	size_t n = 0;

	if (arg->kind != IMAP_ARG_QUOTED)
		return arg->text.n;
	for (size_t i = 0; i < arg->text.n; i++, n++) {
		if (arg->text.p[i] == '\\')
			i++;	/* one follows, or it were no string */
	}
	return n;
}

struct slice
imap_arg_value(const struct imap_arg *arg, struct arena *a)
{
	struct slice text = arg->text;
	char *p;
	size_t n = 0;

	if (arg->kind != IMAP_ARG_QUOTED || !slice_has(text, '\\'))
		return text;
	p = arena_alloc(a, text.n);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\\')
			i++;
		p[n++] = text.p[i];
	}
	return (struct slice){ p, n };
}

bool
imap_list_next(struct slice *rest, struct imap_arg *out)
{
	struct imap_scan scan = {
		.in = *rest, .invited = SIZE_MAX, .max_arg = SIZE_MAX,
	};

	/* The text was read once already, so what comes is an element or the
	   parenthesis that it ends with. */
	if (imap_token_next(&scan, out) != IMAP_TOKEN_ARG)
		return false;
	*rest = slice_skip(*rest, scan.at);
	return true;
}

/* ---- tokens -------------------------------------------------------------- */

static enum imap_token
wrong(struct imap_scan *scan, size_t at, struct slice problem)
{
	scan->at = at;
	scan->problem = problem;
	return IMAP_TOKEN_BAD;
}

static enum imap_token
too_long(struct imap_scan *scan, struct slice problem)
{
	scan->problem = problem;
	return IMAP_TOKEN_TOO_LONG;
}

static enum imap_token
read_line_end(struct imap_scan *scan)
{
	const char *p = scan->in.p + scan->at;

	if (*p == '\n')
		return IMAP_TOKEN_END;
	if (scan->in.n - scan->at < 2)
		return IMAP_TOKEN_MORE;
	if (p[1] != '\n')
		return wrong(scan, scan->at, SL("CR sent without LF"));
	return IMAP_TOKEN_END;
}

static enum imap_token
read_atom(struct imap_scan *scan, struct imap_arg *out)
{
	size_t start = scan->at, i = start;
	struct slice text;
	char c;

	while (i < scan->in.n && imap_is_atom_char(scan->in.p[i]))
		i++;
	text = (struct slice){ scan->in.p + start, i - start };
	if (text.n > scan->max_arg)
		return too_long(scan, SL("Input buffer full, aborting"));
	if (i == scan->in.n)
		return IMAP_TOKEN_MORE;
	c = scan->in.p[i];
	if (c != ' ' && c != ')' && c != '\r' && c != '\n')
		return wrong(scan, i, (c & 0x80) != 0 ?
			     SL("8bit data in atom") :
			     SL("Invalid characters in atom"));
	out->kind = slice_eq_nocase(text, SL("NIL")) ? IMAP_ARG_NIL :
						       IMAP_ARG_ATOM;
	out->text = text;
	scan->at = i;
	return IMAP_TOKEN_ARG;
}

/* 8-bit and control octets may stand between quotes, as in Dovecot; a NUL or a
   line end, escaped or not, may not. */
static enum imap_token
read_quoted(struct imap_scan *scan, struct imap_arg *out)
{
	const char *p = scan->in.p;
	size_t start = scan->at + 1, i = start;
	bool escaped = false;

	for (; i < scan->in.n; i++) {
		if (p[i] == '"' && !escaped)
			break;
		if (i - start >= scan->max_arg)
			return too_long(scan,
					SL("Input buffer full, aborting"));
		if (p[i] == '\r' || p[i] == '\n')
			return wrong(scan, i, SL("Missing '\"'"));
		if (p[i] == '\0')
			return wrong(scan, i,
				     SL("NULs not allowed in strings"));
		escaped = p[i] == '\\' && !escaped;
	}
	if (i == scan->in.n)
		return IMAP_TOKEN_MORE;
	out->kind = IMAP_ARG_QUOTED;
	out->text = (struct slice){ p + start, i - start };
	scan->at = i + 1;
	return IMAP_TOKEN_ARG;
}

/* Reads "{n}" or "{n+}" with its line end, from the brace at scan->at. On
   IMAP_TOKEN_ARG *n_out octets are to follow at *start_out. Seen: Dovecot also
   takes {} and {+} for {0}, and refuses {5-}: LITERAL- changes how long a {n+}
   may be, not how it is written (RFC 7888 section 5). */
static enum imap_token
read_literal_head(struct imap_scan *scan, bool *nonsync_out, size_t *start_out,
		  uint64_t *n_out)
{
	const char *p = scan->in.p;
	size_t n = scan->in.n, start = scan->at + 1, i = start;
	struct slice digits;

	while (i < n && is_digit(p[i]))
		i++;
	digits = (struct slice){ p + start, i - start };
	*nonsync_out = i < n && p[i] == '+';
	if (*nonsync_out)
		i++;
	if (i == n)
		return IMAP_TOKEN_MORE;
	if (p[i] != '}' || digits.n == 0)
		return wrong(scan, i, SL("Invalid literal size"));
	if (!slice_to_u64(digits, IMAP_MAX_LITERAL, n_out))
		return too_long(scan, SL("Literal size too large"));
	i++;
	if (i < n && p[i] == '\r')
		i++;
	if (i == n)
		return IMAP_TOKEN_MORE;
	if (p[i] != '\n')
		return wrong(scan, i, SL("Missing LF after literal size"));
	*start_out = i + 1;
	return IMAP_TOKEN_ARG;
}

/* A NUL is refused. Seen: Dovecot cuts the string off there, and logs a user
   with the password "p" in who sent p NUL q. */
static enum imap_token
read_literal(struct imap_scan *scan, struct imap_arg *out)
{
	bool nonsync;
	size_t start;
	uint64_t n;
	enum imap_token token = read_literal_head(scan, &nonsync, &start, &n);

	if (token != IMAP_TOKEN_ARG)
		return token;
	if (start > IMAP_MAX_COMMAND || n > IMAP_MAX_COMMAND - start)
		return too_long(scan, SL("Literal size too large"));
	if (!nonsync && ++scan->invitations > IMAP_MAX_INVITATIONS)
		return too_long(scan, SL("Too many literals"));
	if (!nonsync && start > scan->invited) {
		scan->at = start;
		return IMAP_TOKEN_LITERAL;
	}
	if (n > scan->in.n - start)
		return IMAP_TOKEN_MORE;
	out->kind = IMAP_ARG_LITERAL;
	out->text = (struct slice){ scan->in.p + start, (size_t)n };
	if (slice_has(out->text, '\0'))
		return wrong(scan, start + (size_t)n,
			     SL("NULs not allowed in strings"));
	scan->at = start + (size_t)n;
	return IMAP_TOKEN_ARG;
}

enum imap_token
imap_token_next(struct imap_scan *scan, struct imap_arg *out)
{
	while (scan->at < scan->in.n && scan->in.p[scan->at] == ' ')
		scan->at++;
	if (scan->at == scan->in.n)
		return IMAP_TOKEN_MORE;
	switch (scan->in.p[scan->at]) {
	case '\r':
	case '\n':
		return read_line_end(scan);
	case '(':
		scan->at++;
		return IMAP_TOKEN_OPEN;
	case ')':
		scan->at++;
		return IMAP_TOKEN_CLOSE;
	case '"':
		return read_quoted(scan, out);
	case '{':
		return read_literal(scan, out);
	default:
		return read_atom(scan, out);
	}
}
