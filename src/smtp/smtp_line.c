#include "smtp/smtp_line.h"

enum smtp_parse
smtp_parse_line(struct slice in, size_t max, struct smtp_line *line_out,
		size_t *used_out)
{
	size_t end = slice_index(in, '\n');
	struct slice text = slice_first(in, end);
	bool cr = text.n > 0 && text.p[text.n - 1] == '\r';

	/* A CR at the end of what is here may belong to the line's end. */
	if (text.n > max + (cr ? 1 : 0)) {
		*used_out = text.n;
		return SMTP_PARSE_TOO_LONG;
	}
	if (end == in.n)
		return SMTP_PARSE_MORE;
	if (cr)
		text.n--;
	*line_out = (struct smtp_line){ .text = text, .bare_lf = !cr };
	*used_out = end + 1;
	return SMTP_PARSE_DONE;
}

struct smtp_command
smtp_command_of(struct slice line)
{
	struct smtp_command c = { .verb = { 0 } };

	if (slice_has(line, '\0') || slice_has(line, '\r'))
		return c;
	if (slice_cut(&line, ' ', &c.verb))
		c.args = slice_trim(line);
	return c;
}

/* Field names of messages and of HTTP end in a colon; SMTP's verbs never do. */
bool
smtp_is_foreign(struct slice line)
{
	static const struct slice methods[] = {
		SL("GET "), SL("POST "), SL("PUT "), SL("HEAD "),
		SL("CONNECT "), SL("OPTIONS "), SL("DELETE "), SL("PATCH "),
	};
	struct slice word = slice_first(line, slice_index(line, ' '));

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (slice_starts_nocase(line, methods[i]))
			return true;
	}
	return word.n > 1 && word.p[word.n - 1] == ':' &&
	       slice_is_printable(word);
}
