/* Lines of POP3, from either side: bounds, progress, and the same result however the
   octets arrive. */
#include "fuzz.h"

#include "pop3/pop3_line.h"

/* Small enough to be met by what a fuzzer writes. */
static const size_t maxima[] = { 0, 1, 16, POP3_MAX_COMMAND };

static struct slice
exact_copy(struct slice s, size_t n)
{
	char *copy = malloc(n == 0 ? 1 : n);

	if (n > 0)
		memcpy(copy, s.p, n);
	return (struct slice){ copy, n };
}

static void
require_within(struct slice part, struct slice whole)
{
	require(part.n == 0 || (part.p >= whole.p &&
				part.p + part.n <= whole.p + whole.n));
}

static void
check_line(struct slice line, size_t max)
{
	struct pop3_command c = pop3_command_of(line);
	struct pop3_reply r;

	require(line.n <= max && !slice_has(line, '\n'));
	require_within(c.word, line);
	require_within(c.args, line);
	require(!slice_has(c.word, ' '));
	require(!slice_ends_line(c.word) && !slice_ends_line(c.args));
	if (!pop3_reply_of(line, &r))
		return;
	require_within(r.code, line);
	require_within(r.text, line);
	require(!slice_ends_line(line));
	require(!slice_has(r.code, ']'));
}

/* A part of the octets asks for more, or has what the whole has. */
static void
check_split(struct slice in, size_t cut, size_t max, enum pop3_parse whole,
	    size_t used)
{
	struct slice first = exact_copy(in, cut), line;
	size_t first_used = 0;
	enum pop3_parse verdict = pop3_parse_line(first, max, &line,
						  &first_used);

	require(verdict == POP3_PARSE_MORE || verdict == whole);
	if (whole == POP3_PARSE_DONE)
		require((verdict == POP3_PARSE_DONE) == (cut >= used));
	if (verdict == POP3_PARSE_DONE)
		require(first_used == used);
	free((char *)first.p);
}

static void
check_all(struct slice in, size_t max)
{
	while (in.n > 0) {
		struct slice copy = exact_copy(in, in.n), line;
		size_t used = 0;
		enum pop3_parse verdict = pop3_parse_line(copy, max, &line,
							  &used);

		for (size_t i = 0; i <= 16; i++)
			check_split(in, in.n * i / 16, max, verdict, used);
		if (verdict == POP3_PARSE_DONE)
			check_line(line, max);
		free((char *)copy.p);
		if (verdict != POP3_PARSE_DONE)
			return;
		require(used > 0 && used <= in.n);
		in = slice_skip(in, used);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < sizeof(maxima) / sizeof(maxima[0]); i++)
		check_all((struct slice){ (const char *)data, size }, maxima[i]);
	return 0;
}
