#include "imap/imap_parser.h"

/* What Dovecot says where it has nothing more precise to say. */
static const struct slice any_problem =
	SL("Error in IMAP command received by server.");
static const struct slice endless = SL("Input buffer full, aborting");

static enum imap_parse
bad(struct imap_scan *scan, struct slice problem)
{
	scan->problem = problem;
	return IMAP_PARSE_BAD;
}

/* RFC 9051 "tag": ASTRING-CHAR but no "+". Stricter than for arguments, since a
   tag goes back to whoever sent it; seen: Dovecot also refuses "]", which the
   RFC allows, and takes DEL, which it does not. Command names need no more
   than this. */
static bool
is_word_char(char c)
{
	return imap_is_atom_char(c) && c != '+' && c != '%' && c != '*' &&
	       c != '\\';
}

static struct slice
read_word(struct imap_scan *scan)
{
	size_t start = scan->at;

	while (scan->at < scan->in.n && is_word_char(scan->in.p[scan->at]))
		scan->at++;
	return (struct slice){ scan->in.p + start, scan->at - start };
}

/* The tag with the one space behind it. Seen: an empty line, a line that begins
   with a space, or a TAB for a space are all "* BAD"; a line end right behind
   the tag is BAD with the tag. */
static enum imap_parse
read_tag(struct imap_scan *scan, struct imap_command *out)
{
	struct slice word = read_word(scan);
	char c;

	if (word.n > IMAP_MAX_TAG)
		return bad(scan, any_problem);
	if (scan->at == scan->in.n)
		return IMAP_PARSE_MORE;
	c = scan->in.p[scan->at];
	if (word.n == 0 || (c != ' ' && c != '\r' && c != '\n'))
		return bad(scan, any_problem);
	out->tag = word;
	if (c != ' ')
		return bad(scan, any_problem);
	scan->at++;
	return IMAP_PARSE_DONE;
}

/* Seen: two spaces before the name are BAD, though any number may stand between
   and behind the arguments; and ID("a" "b") without a space is BAD. */
static enum imap_parse
read_name(struct imap_scan *scan, struct imap_command *out)
{
	struct slice word = read_word(scan);
	char c;

	if (scan->at == scan->in.n)
		return IMAP_PARSE_MORE;
	c = scan->in.p[scan->at];
	if (word.n == 0 || (c != ' ' && c != '\r' && c != '\n'))
		return bad(scan, any_problem);
	out->name = word;
	/* Dovecot, too, lets only these arguments be as long as this. */
	if (slice_eq_nocase(word, SL("AUTHENTICATE")))
		scan->max_arg = IMAP_MAX_SASL;
	return IMAP_PARSE_DONE;
}

static void
add_arg(struct imap_command *out, const struct imap_arg *arg)
{
	if (out->arg_count < IMAP_MAX_ARGS)
		out->args[out->arg_count] = *arg;
	out->arg_count++;
}

/* Reads on behind "(", and makes one argument of what stands before ")". Seen:
   before login Dovecot refuses a list within a list, and a second list too;
   that one is not worth a rule here. */
static enum imap_token
read_list(struct imap_scan *scan, struct imap_command *out)
{
	struct imap_arg element, list = { .kind = IMAP_ARG_LIST };
	size_t start = scan->at;
	enum imap_token token;

	do
		token = imap_token_next(scan, &element);
	while (token == IMAP_TOKEN_ARG);
	if (token == IMAP_TOKEN_OPEN || token == IMAP_TOKEN_END) {
		scan->problem = token == IMAP_TOKEN_OPEN ?
					SL("Too many '('") : SL("Missing ')'");
		return IMAP_TOKEN_BAD;
	}
	if (token != IMAP_TOKEN_CLOSE)
		return token;
	list.text = (struct slice){ scan->in.p + start, scan->at - start };
	add_arg(out, &list);
	return IMAP_TOKEN_ARG;
}

static enum imap_token
read_arg(struct imap_scan *scan, struct imap_command *out)
{
	struct imap_arg arg;
	enum imap_token token = imap_token_next(scan, &arg);

	if (token == IMAP_TOKEN_OPEN)
		return read_list(scan, out);
	if (token == IMAP_TOKEN_ARG)
		add_arg(out, &arg);
	return token;
}

static enum imap_parse
read_args(struct imap_scan *scan, struct imap_command *out)
{
	enum imap_token token;

	do
		token = read_arg(scan, out);
	while (token == IMAP_TOKEN_ARG);
	switch (token) {
	case IMAP_TOKEN_END:
		scan->at += scan->in.p[scan->at] == '\r' ? 2 : 1;
		return IMAP_PARSE_DONE;
	case IMAP_TOKEN_CLOSE:
		return bad(scan, SL("Unexpected ')'"));
	case IMAP_TOKEN_MORE:
		return IMAP_PARSE_MORE;
	case IMAP_TOKEN_LITERAL:
		return IMAP_PARSE_LITERAL;
	case IMAP_TOKEN_TOO_LONG:
		return IMAP_PARSE_TOO_LONG;
	case IMAP_TOKEN_ARG:
	case IMAP_TOKEN_OPEN:
	case IMAP_TOKEN_BAD:
		break;
	}
	return IMAP_PARSE_BAD;
}

static enum imap_parse
read_command(struct imap_scan *scan, struct imap_command *out)
{
	enum imap_parse verdict = read_tag(scan, out);

	if (verdict == IMAP_PARSE_DONE)
		verdict = read_name(scan, out);
	if (verdict == IMAP_PARSE_DONE)
		verdict = read_args(scan, out);
	return verdict;
}

/* Finds the end of a command that went wrong at scan->at. */
static enum imap_parse
skip_command(struct imap_scan *scan)
{
	struct imap_literal_mark mark;
	struct slice line;
	uint64_t n;

	for (;;) {
		if (!imap_line_at(scan->in, scan->at, &line, &scan->at))
			return IMAP_PARSE_MORE;
		if (!imap_line_ends_in_literal(line, &mark) || !mark.nonsync)
			return IMAP_PARSE_BAD;
		if (!slice_to_u64(mark.digits, IMAP_MAX_LITERAL, &n)) {
			scan->problem = SL("Literal size too large");
			return IMAP_PARSE_TOO_LONG;
		}
		if (n > scan->in.n - scan->at)
			return IMAP_PARSE_MORE;
		scan->at += (size_t)n;
	}
}

enum imap_parse
imap_parse_command(struct slice in, size_t invited, struct imap_command *out,
		   size_t *used_out)
{
	bool full = in.n >= IMAP_MAX_COMMAND;
	struct imap_scan scan = {
		.in = full ? slice_first(in, IMAP_MAX_COMMAND) : in,
		.invited = invited,
		.max_arg = IMAP_MAX_ARG,
	};
	enum imap_parse verdict;

	*out = (struct imap_command){ 0 };
	verdict = read_command(&scan, out);
	if (verdict == IMAP_PARSE_BAD)
		verdict = skip_command(&scan);
	out->problem = scan.problem;
	if (verdict == IMAP_PARSE_MORE && full) {
		verdict = IMAP_PARSE_TOO_LONG;
		out->problem = endless;
	}
	if (verdict != IMAP_PARSE_MORE && verdict != IMAP_PARSE_TOO_LONG)
		*used_out = scan.at;
	return verdict;
}

enum imap_parse
imap_parse_sasl_line(struct slice in, struct slice *line_out, size_t *used_out)
{
	const size_t most = IMAP_MAX_SASL + 2;	/* its CRLF */
	bool full = in.n >= most;
	struct slice line;
	size_t used;

	if (full)
		in = slice_first(in, most);
	if (!imap_line_at(in, 0, &line, &used))
		return full ? IMAP_PARSE_TOO_LONG : IMAP_PARSE_MORE;
	if (line.n > IMAP_MAX_SASL)
		return IMAP_PARSE_TOO_LONG;
	*line_out = line;
	*used_out = used;
	return IMAP_PARSE_DONE;
}
