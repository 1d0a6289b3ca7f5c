#include "imap/imap_response.h"

#include "imap/imap_arg.h"

static const struct {
	struct slice word;
	enum imap_status status;
	bool tagged;		/* may follow a tag */
} statuses[] = {
	{ SL("OK"),      IMAP_STATUS_OK,      true },
	{ SL("NO"),      IMAP_STATUS_NO,      true },
	{ SL("BAD"),     IMAP_STATUS_BAD,     true },
	{ SL("BYE"),     IMAP_STATUS_BYE,     false },
	{ SL("PREAUTH"), IMAP_STATUS_PREAUTH, false },
};

static enum imap_status
status_of(struct slice word, bool tagged)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (slice_eq_nocase(word, statuses[i].word) &&
		    (statuses[i].tagged || !tagged))
			return statuses[i].status;
	}
	return IMAP_STATUS_NONE;
}

/* Takes "[CODE arguments] " off the front of r->text. A code ends at the first
   "]" (RFC 9051 "resp-text-code"); without one there is no code. */
static void
cut_code(struct imap_response *r)
{
	struct slice inner;
	size_t end = slice_index(r->text, ']');

	if (r->text.n == 0 || r->text.p[0] != '[' || end == r->text.n)
		return;
	inner = (struct slice){ r->text.p + 1, end - 1 };
	if (slice_cut(&inner, ' ', &r->code))
		r->code_args = inner;
	r->text = slice_skip(r->text, end + 1);
	if (slice_starts(r->text, SL(" ")))
		r->text = slice_skip(r->text, 1);
}

/* Sorts the first line of a response. What it says of r->said and r->text ends
   with that line. */
static enum imap_line
read_head(struct slice line, struct imap_response *r)
{
	struct slice first = SL(""), word = SL("");

	*r = (struct imap_response){ 0 };
	if (line.n == 0 || slice_has(line, '\0'))
		return IMAP_LINE_BROKEN;
	r->said = line;
	slice_cut(&r->said, ' ', &first);
	r->text = r->said;
	if (slice_eq(first, SL("+"))) {
		r->kind = IMAP_CONTINUATION;
		return IMAP_LINE_DONE;
	}
	slice_cut(&r->text, ' ', &word);
	if (word.n == 0 || first.n == 0 || first.p[0] == '+')
		return IMAP_LINE_BROKEN;
	r->kind = slice_eq(first, SL("*")) ? IMAP_UNTAGGED : IMAP_TAGGED;
	r->status = status_of(word, r->kind == IMAP_TAGGED);
	if (r->kind == IMAP_TAGGED)
		r->tag = first;
	if (r->status != IMAP_STATUS_NONE)
		cut_code(r);
	else if (r->kind == IMAP_TAGGED)
		return IMAP_LINE_BROKEN;
	else
		r->name = word;
	return IMAP_LINE_DONE;
}

/* Reads the line at *at, and leaves *at behind it. */
static enum imap_line
read_line(struct slice in, size_t *at, struct slice *line_out)
{
	size_t room = in.n - *at, next;

	if (room > IMAP_MAX_RESPONSE_LINE)
		in.n = *at + IMAP_MAX_RESPONSE_LINE;
	if (!imap_line_at(in, *at, line_out, &next))
		return room >= IMAP_MAX_RESPONSE_LINE ? IMAP_LINE_TOO_LONG :
							IMAP_LINE_MORE;
	*at = next;
	return IMAP_LINE_DONE;
}

/* Steps over the literals of untagged data whose first line, the one before
   *at, is line. On IMAP_LINE_DONE line is the last one. */
static enum imap_line
read_literals(struct slice in, size_t *at, struct slice *line)
{
	struct imap_literal_mark mark;
	enum imap_line verdict;
	uint64_t n;

	while (imap_line_ends_in_literal(*line, &mark)) {
		if (!slice_to_u64(mark.digits, IMAP_MAX_RESPONSE - *at, &n))
			return IMAP_LINE_TOO_LONG;
		if (n > in.n - *at)
			return IMAP_LINE_MORE;
		*at += (size_t)n;
		verdict = read_line(in, at, line);
		if (verdict != IMAP_LINE_DONE)
			return verdict;
		if (slice_has(*line, '\0'))
			return IMAP_LINE_BROKEN;
	}
	return IMAP_LINE_DONE;
}

static enum imap_line
read_response(struct slice in, struct imap_response *r, size_t *used_out)
{
	struct slice line;
	const char *end;
	size_t at = 0;
	enum imap_line verdict = read_line(in, &at, &line);

	if (verdict == IMAP_LINE_DONE)
		verdict = read_head(line, r);
	if (verdict != IMAP_LINE_DONE)
		return verdict;
	if (r->name.n > 0) {
		verdict = read_literals(in, &at, &line);
		if (verdict != IMAP_LINE_DONE)
			return verdict;
		end = line.p + line.n;
		r->said.n = (size_t)(end - r->said.p);
		r->text.n = (size_t)(end - r->text.p);
	}
	*used_out = at;
	return IMAP_LINE_DONE;
}

enum imap_line
imap_parse_response(struct slice in, struct imap_response *out,
		    size_t *used_out)
{
	bool full = in.n >= IMAP_MAX_RESPONSE;
	enum imap_line verdict;

	if (full)
		in.n = IMAP_MAX_RESPONSE;
	verdict = read_response(in, out, used_out);
	if (verdict == IMAP_LINE_MORE && full)
		return IMAP_LINE_TOO_LONG;
	return verdict;
}

bool
imap_response_capabilities(const struct imap_response *r,
			   struct slice *list_out)
{
	if (slice_eq_nocase(r->code, SL("CAPABILITY"))) {
		*list_out = r->code_args;
		return true;
	}
	if (!slice_eq_nocase(r->name, SL("CAPABILITY")))
		return false;
	*list_out = r->text;
	return true;
}

bool
imap_capability_has(struct slice list, struct slice name)
{
	struct slice word;

	while (slice_cut_word(&list, &word)) {
		if (slice_eq_nocase(word, name))
			return true;
	}
	return false;
}
