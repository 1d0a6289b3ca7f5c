#include "pop3/pop3_line.h"

enum pop3_parse
pop3_parse_line(struct slice in, size_t max, struct slice *line_out,
		size_t *used_out)
{
	size_t end = slice_index(in, '\n');
	struct slice line = slice_first(in, end);

	if (line.n > 0 && end < in.n && line.p[line.n - 1] == '\r')
		line.n--;
	/* A CR at the end of what is here may belong to the line's end. */
	if (line.n > max + (end == in.n ? 1 : 0))
		return POP3_PARSE_TOO_LONG;
	if (end == in.n)
		return POP3_PARSE_MORE;
	*line_out = line;
	*used_out = end + 1;
	return POP3_PARSE_DONE;
}

struct pop3_command
pop3_command_of(struct slice line)
{
	struct pop3_command c = { .word = { 0 } };

	if (slice_ends_line(line))
		return c;
	if (slice_cut(&line, ' ', &c.word))
		c.args = line;
	return c;
}

static void
split_code(struct pop3_reply *r)
{
	size_t end = slice_index(r->text, ']');

	if (r->text.n == 0 || r->text.p[0] != '[' || end == r->text.n)
		return;
	r->code = (struct slice){ r->text.p + 1, end - 1 };
	r->text = slice_trim(slice_skip(r->text, end + 1));
}

bool
pop3_reply_of(struct slice line, struct pop3_reply *reply_out)
{
	struct pop3_reply r = { .ok = false };
	struct slice status;

	if (slice_ends_line(line) || !slice_cut(&line, ' ', &status))
		return false;
	r.ok = slice_eq(status, SL("+OK"));
	if (!r.ok && !slice_eq(status, SL("-ERR")))
		return false;
	r.text = line;
	split_code(&r);
	*reply_out = r;
	return true;
}
