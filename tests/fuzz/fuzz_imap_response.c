/* Whatever a backend says: bounds, progress, and the same result however the
   octets arrive. */
#include "fuzz.h"

#include <assert.h>

#include "imap/imap_response.h"

static struct slice
exact_copy(const char *p, size_t n)
{
	char *copy = malloc(n == 0 ? 1 : n);

	if (n > 0)
		memcpy(copy, p, n);
	return (struct slice){ copy, n };
}

static void
assert_within(struct slice part, struct slice whole)
{
	if (part.n == 0)
		return;
	assert(part.p >= whole.p);
	assert(part.p + part.n <= whole.p + whole.n);
}

static void
check_parts(struct slice in, const struct imap_response *r)
{
	struct slice list;

	assert_within(r->tag, in);
	assert_within(r->said, in);
	assert_within(r->name, r->said);
	assert_within(r->code, r->said);
	assert_within(r->code_args, r->said);
	assert_within(r->text, r->said);
	assert((r->kind == IMAP_TAGGED) == (r->tag.n > 0));
	assert(r->kind != IMAP_TAGGED || r->status != IMAP_STATUS_NONE);
	assert((r->name.n > 0) == (r->kind == IMAP_UNTAGGED &&
				   r->status == IMAP_STATUS_NONE));
	if (imap_response_capabilities(r, &list))
		imap_capability_has(list, SL("LITERAL+"));
}

static void
check_split(struct slice in, size_t cut, enum imap_line whole, size_t used)
{
	struct slice first = exact_copy(in.p, cut);
	struct imap_response r;
	size_t first_used = 0;
	enum imap_line verdict = imap_parse_response(first, &r, &first_used);

	/* With a part of the octets the answer is the same or "more". */
	if (verdict != IMAP_LINE_MORE)
		assert(verdict == whole);
	if (verdict == IMAP_LINE_DONE)
		assert(first_used == used);
	if (whole == IMAP_LINE_DONE)
		assert((cut < used) == (verdict == IMAP_LINE_MORE));
	free((char *)first.p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t seed = size == 0 ? 0 : data[size - 1];
	size_t offset = 0;

	while (offset <= size) {
		struct slice in = exact_copy((const char *)data + offset,
					     size - offset);
		struct imap_response r;
		size_t used = 0;
		enum imap_line verdict = imap_parse_response(in, &r, &used);

		for (size_t i = 0; i <= 16; i++)
			check_split(in, (in.n * i / 16 + seed) % (in.n + 1),
				    verdict, used);
		if (verdict == IMAP_LINE_DONE)
			check_parts(in, &r);
		free((char *)in.p);
		if (verdict != IMAP_LINE_DONE)
			break;
		assert(used > 0 && used <= size - offset);
		offset += used;
	}
	return 0;
}
