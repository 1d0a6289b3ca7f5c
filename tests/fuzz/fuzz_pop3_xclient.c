/* Whatever is to be forwarded, the XCLIENT commands for it are ones that Dovecot
   takes: none too long, no octet that ends a line or a word early; and what they say
   is the first of the variables, as they were. */
#include "fuzz.h"

#include "base/base64.h"
#include "core/forward_list.h"
#include "pop3/pop3_private.h"

/* Cuts a piece off the front: as many octets as the first one says. */
static struct slice
take(struct slice *in)
{
	size_t n;
	struct slice piece;

	if (in->n == 0)
		return *in;
	n = (unsigned char)in->p[0];
	*in = slice_skip(*in, 1);
	if (n > in->n)
		n = in->n;
	piece = slice_first(*in, n);
	*in = slice_skip(*in, n);
	return piece;
}

/* Everything comes in by the functions that guard it. */
static void
fill(struct forward *f, struct slice in, struct arena *a)
{
	struct slice octets = take(&in);

	if (octets.n >= sizeof(f->client)) {
		memcpy(f->client.ip, octets.p, sizeof(f->client.ip));
		f->client.family = octets.p[0] % 2 == 0 ? ADDR_V4 : ADDR_V6;
		f->client.port = (uint16_t)octets.p[17];
	}
	f->session_id = forward_clean_session_id(take(&in), a);
	while (in.n > 0) {
		struct slice name = take(&in), value = take(&in);
		struct var v = { name, value };

		forward_add(f, &(struct vars){ &v, 1, 1 }, a);
	}
}

static void
check_forward(struct slice value, const struct forward *f, size_t left_out,
	      struct arena *a)
{
	struct vars variables = { 0 };
	struct buf list;

	buf_init(&list, 2 * POP3_MAX_ARGUMENTS);
	require(base64_decode(value, &list));
	forward_list_read(buf_slice(&list), a, &variables);
	require(variables.n == f->variables.n - left_out);
	for (size_t i = 0; i < variables.n; i++) {
		require(slice_eq(variables.v[i].name, f->variables.v[i].name));
		require(slice_eq(variables.v[i].value,
				 f->variables.v[i].value));
	}
	buf_free(&list);
}

/* Gives the number of FORWARDs in it. */
static size_t
check_command(struct slice line, const struct forward *f, size_t left_out,
	      struct arena *a)
{
	struct slice word, field, name;
	size_t forwards = 0;

	require(line.n > 0 && line.p[line.n - 1] == '\r');
	line = slice_first(line, line.n - 1);
	require(slice_is_printable(line));
	require(line.n - 8 <= POP3_MAX_ARGUMENTS);
	require(slice_cut(&line, ' ', &word) && slice_eq(word, SL("XCLIENT")));
	while (slice_cut(&line, ' ', &field)) {
		require(slice_cut(&field, '=', &name));
		require(field.n > 0);
		if (!slice_eq(name, SL("FORWARD")))
			continue;
		forwards++;
		check_forward(field, f, left_out, a);
	}
	return forwards;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct forward f = { .ttl = 5 };
	struct arena a = { 0 };
	struct slice rest, line;
	size_t left_out = 0, commands, n = 0, forwards = 0;
	struct buf out;

	fill(&f, (struct slice){ (const char *)data, size }, &a);
	buf_init(&out, 16 * 1024);
	commands = pop3_write_xclient(&f, &out, &left_out);
	require(buf_ok(&out) && left_out <= f.variables.n);
	for (rest = buf_slice(&out); slice_cut(&rest, '\n', &line); n++)
		forwards += check_command(line, &f, left_out, &a);
	require(n == commands);
	require(forwards == (left_out < f.variables.n ? 1 : 0));
	buf_free(&out);
	arena_free(&a);
	return 0;
}
