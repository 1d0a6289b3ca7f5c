/* An ID is read, written again as a proxy would, and read back: the pairs must
   be the same, and what is sent before each "+" must end where a literal
   begins. */
#include "fuzz.h"

#include <assert.h>

#include "imap/imap_id.h"
#include "imap/imap_write.h"

static void
write_pair(struct buf *out, const struct imap_id_pair *pair, size_t nonsync_max)
{
	buf_add(out, SL(" "));
	assert(imap_write_string(out, pair->key_text, nonsync_max));
	buf_add(out, SL(" "));
	assert(imap_write_nstring(out, pair->nil ? NULL : &pair->value,
				  nonsync_max));
}

static size_t
write_id(struct slice pairs, struct buf *out, size_t nonsync_max)
{
	struct imap_id_pair pair;
	struct arena a = { 0 };
	size_t n = 0;

	buf_add(out, SL("I ID ("));
	for (; imap_id_next(&pairs, &a, &pair); n++)
		write_pair(out, &pair, nonsync_max);
	buf_add(out, SL(")\r\n"));
	assert(buf_ok(out));
	arena_free(&a);
	return n;
}

static void
assert_same_pairs(struct slice x, struct slice y)
{
	struct imap_id_pair px, py;
	struct arena a = { 0 };

	while (imap_id_next(&x, &a, &px)) {
		assert(imap_id_next(&y, &a, &py));
		assert(px.key == py.key && px.nil == py.nil);
		assert(slice_eq(px.key_text, py.key_text));
		assert(slice_eq(px.variable, py.variable));
		assert(slice_eq(px.value, py.value));
		assert(px.key_text.n <= IMAP_ID_MAX_KEY);
	}
	assert(!imap_id_next(&y, &a, &py));
	arena_free(&a);
}

/* The reader wants to invite just where the writer wants to wait. */
static void
assert_same_waits(struct slice text)
{
	struct imap_segments todo = { .rest = text };
	struct imap_command cmd;
	struct slice segment;
	size_t sent = 0, invited = 0, at;

	while (imap_segment_next(&todo, &segment)) {
		sent += segment.n;
		if (todo.rest.n == 0)
			break;
		assert(imap_parse_command(slice_first(text, sent), invited,
					  &cmd, &at) == IMAP_PARSE_LITERAL);
		assert(at == sent);
		invited = at;
	}
	assert(sent == text.n);
}

static void
check_again(struct slice pairs, size_t nonsync_max)
{
	struct buf text;
	struct imap_command cmd;
	struct slice again;
	enum imap_parse verdict;
	size_t used;

	/* Every octet may need a backslash, and each string its marks. */
	buf_init(&text, 8 * IMAP_MAX_COMMAND);
	write_id(pairs, &text, nonsync_max);
	verdict = imap_parse_command(buf_slice(&text), SIZE_MAX, &cmd, &used);
	if (verdict == IMAP_PARSE_DONE) {
		assert(used == text.n);
		assert(imap_id_begin(&cmd, &again));
		assert_same_pairs(pairs, again);
		assert_same_waits(buf_slice(&text));
	} else {
		/* It has grown past a maximum. */
		assert(verdict == IMAP_PARSE_TOO_LONG);
	}
	buf_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = { (const char *)data, size }, pairs;
	struct imap_command cmd;
	size_t used;

	if (imap_parse_command(in, SIZE_MAX, &cmd, &used) != IMAP_PARSE_DONE ||
	    !imap_id_begin(&cmd, &pairs))
		return 0;
	check_again(pairs, 0);
	check_again(pairs, 2);
	check_again(pairs, SIZE_MAX);
	return 0;
}
