/* XCLIENT from a client: from a proxy we trust, who the client behind it is
   (spec: dovecot-forwarding.md section 5). */
#include "base/base64.h"
#include "core/claim.h"
#include "core/forward_list.h"
#include "pop3/pop3_private.h"

static const struct {
	struct slice name;
	enum claim_field field;
} fields[] = {
	{ SL("ADDR"), CLAIM_CLIENT_IP },
	{ SL("PORT"), CLAIM_CLIENT_PORT },
	{ SL("DESTADDR"), CLAIM_CONNECTED_IP },
	{ SL("DESTPORT"), CLAIM_CONNECTED_PORT },
	{ SL("DESTNAME"), CLAIM_CONNECTED_NAME },
	{ SL("TTL"), CLAIM_TTL },
	{ SL("CLIENT-TRANSPORT"), CLAIM_CLIENT_TRANSPORT },
};

/* The list in base64; an empty one says nothing. */
static bool
read_forward(struct claim *c, struct slice value)
{
	struct arena *a = session_arena(c->session);
	struct buf list;
	bool good;

	buf_init(&list, POP3_MAX_ARGUMENTS);
	good = base64_decode(value, &list);
	if (good)
		forward_list_read(buf_slice(&list), a, &c->variables);
	buf_free(&list);
	return good;
}

/* As in Dovecot, words and names it does not know are skipped, and so is a session id
   that is too long or empty. */
static bool
read_field(struct claim *c, struct slice name, struct slice value)
{
	if (slice_eq_nocase(name, SL("SESSION"))) {
		(void)claim_read(c, CLAIM_SESSION_ID, value);
		return true;
	}
	if (slice_eq_nocase(name, SL("FORWARD")))
		return read_forward(c, value);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (slice_eq_nocase(fields[i].name, name))
			return claim_read(c, fields[i].field, value);
	}
	return true;
}

static bool
read_all(struct claim *c, struct slice args)
{
	struct slice field, name;

	while (slice_cut_word(&args, &field)) {
		size_t at = slice_index(field, '=');

		name = slice_first(field, at);
		if (at < field.n &&
		    !read_field(c, name, slice_skip(field, at + 1)))
			return false;
	}
	return true;
}

static bool
is_welcome(struct session *s)
{
	struct log log = session_log(s);

	if (session_is_trusted(s))
		return true;
	LOG(&log, EV_FORWARD_IGNORED);
	buf_add(session_out(s),
		SL("+OK You are not from trusted IP - ignoring\r\n"));
	return false;
}

static void
conclude(struct session *s, struct claim *c, bool good)
{
	if (!good) {
		pop3_refuse(s, SL("Invalid parameters"));
		return;
	}
	claim_commit(c);
	buf_add(session_out(s), SL("+OK Updated\r\n"));
}

void
pop3_run_xclient(struct session *s, struct slice args)
{
	struct claim c;

	if (!is_welcome(s))
		return;
	claim_begin(&c, s);
	conclude(s, &c, read_all(&c, args));
}

void
pop3_run_xoip(struct session *s, struct slice args)
{
	struct claim c;

	if (!is_welcome(s))
		return;
	claim_begin(&c, s);
	conclude(s, &c, claim_read(&c, CLAIM_CLIENT_IP, slice_trim(args)));
}
