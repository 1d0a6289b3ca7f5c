/* Commands of a stranger: bounds, progress, and the same result however the
   octets arrive. */
#include "fuzz.h"

#include <assert.h>

#include "imap/imap_parser.h"

struct reading {
	enum imap_parse verdict;
	struct imap_command cmd;
	size_t used, invitations;
};

/* Octets in memory of just their length, so that ASan sees who reads on. */
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
check_args(struct slice in, const struct imap_command *cmd)
{
	for (size_t i = 0; i < cmd->arg_count && i < IMAP_MAX_ARGS; i++) {
		struct slice list = cmd->args[i].text, value;
		struct imap_arg element;
		struct arena a = { 0 };

		assert_within(list, in);
		if (imap_arg_is_astring(&cmd->args[i])) {
			value = imap_arg_value(&cmd->args[i], &a);
			assert(!slice_has(value, '\0'));
			assert(value.n == imap_arg_value_length(&cmd->args[i]));
		} else {
			while (imap_list_next(&list, &element))
				assert_within(element.text, in);
			/* All but the parenthesis was elements. */
			assert(slice_eq(slice_trim(list), SL(")")));
		}
		arena_free(&a);
	}
}

static struct reading
read_inviting(struct slice in, size_t invited, size_t invitations)
{
	struct reading r = { .invitations = invitations };

	while ((r.verdict = imap_parse_command(in, invited, &r.cmd, &r.used)) ==
	       IMAP_PARSE_LITERAL) {
		assert(r.used > invited && r.used <= in.n);
		invited = r.used;
		r.invitations++;
	}
	if (r.verdict == IMAP_PARSE_MORE)
		r.used = invited;	/* for the next try */
	return r;
}

/* The octets arrive in two pieces; the cut is anywhere. */
static void
check_split(struct slice in, size_t cut, const struct reading *whole)
{
	struct slice first = exact_copy(in.p, cut);
	struct reading r = read_inviting(first, 0, 0);

	if (r.verdict == IMAP_PARSE_MORE)
		r = read_inviting(in, r.used, r.invitations);
	assert(r.verdict == whole->verdict);
	assert(r.invitations == whole->invitations);
	assert(slice_eq(r.cmd.tag, whole->cmd.tag) ||
	       whole->verdict == IMAP_PARSE_MORE);
	assert(slice_eq(r.cmd.problem, whole->cmd.problem));
	assert(r.cmd.arg_count == whole->cmd.arg_count ||
	       whole->verdict != IMAP_PARSE_DONE);
	if (whole->verdict != IMAP_PARSE_TOO_LONG)
		assert(r.used == whole->used);
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
		struct reading r = read_inviting(in, 0, 0);
		size_t used = r.used;

		for (size_t i = 0; i <= 16; i++)
			check_split(in, (in.n * i / 16 + seed) % (in.n + 1),
				    &r);
		if (r.verdict == IMAP_PARSE_DONE)
			check_args(in, &r.cmd);
		assert_within(r.cmd.tag, in);
		assert(r.cmd.tag.n <= IMAP_MAX_TAG);
		assert_within(r.cmd.name, in);
		free((char *)in.p);
		if (r.verdict != IMAP_PARSE_DONE && r.verdict != IMAP_PARSE_BAD)
			break;
		assert(used > 0 && used <= size - offset);
		offset += used;
	}
	return 0;
}
