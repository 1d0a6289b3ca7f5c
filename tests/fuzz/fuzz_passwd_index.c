/* The text of a passwd-file, held against a plain walk over its lines: the
   first line of a user is what is found, of a whole text and of one cut
   anywhere. */
#include "fuzz.h"

#include <assert.h>

#include "auth/passwd_index.h"
#include "base/mem.h"

static bool
is_inside(struct slice part, struct slice whole)
{
	return part.n == 0 ||
	       (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void
check_line(const struct passwd_line *line, struct slice text)
{
	struct slice rest = line->extra;
	struct var field;
	size_t before = rest.n;

	assert(line->user.n > 0);
	assert(is_inside(line->user, text) && is_inside(line->password, text));
	while (passwd_line_field(&rest, &field)) {
		assert(rest.n < before);
		before = rest.n;
		assert(is_inside(field.name, line->extra));
		assert(is_inside(field.value, line->extra));
		assert(!slice_has(field.name, '=') &&
		       !slice_has(field.value, ' '));
	}
}

/* Where the first line of user begins. */
static size_t
first_of(struct slice text, struct slice user)
{
	struct slice rest = text, line;
	struct passwd_line parsed;
	const char *why;

	while (slice_cut(&rest, '\n', &line)) {
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (passwd_line_parse(line, &parsed, &why) ==
			    PASSWD_LINE_USER && slice_eq(parsed.user, user))
			return (size_t)(line.p - text.p);
	}
	abort();	/* it was taken from one of them */
}

/* Every line's user is found in the index, at the first of its lines. */
static void
check_text(const struct passwd_index *index, struct slice text,
	   struct slice lines)
{
	struct slice rest = lines, line;
	struct passwd_line parsed, found;
	const char *why;
	size_t at, users = 0;

	while (slice_cut(&rest, '\n', &line)) {
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (passwd_line_parse(line, &parsed, &why) != PASSWD_LINE_USER)
			continue;
		assert(passwd_index_find(index, text, parsed.user, &found,
					 &at));
		assert(slice_eq(found.user, parsed.user));
		assert(at == first_of(lines, parsed.user));
		check_line(&found, text);
		users += at == (size_t)(line.p - lines.p);
	}
	if (text.n == lines.n)
		assert(users == index->n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size }, part;
	struct passwd_index index;

	if (size > 4096)
		return 0;
	passwd_index_make(text, &index);
	check_text(&index, text, text);
	/* What its whole lines say before the cut, they say in all of it. */
	part = slice_first(text, size == 0 ? 0 : data[0] * size / 256);
	while (part.n > 0 && part.p[part.n - 1] != '\n')
		part.n--;
	check_text(&index, text, part);
	passwd_index_free(&index);
	return 0;
}
