/* The ID command from a client (RFC 2971): who it says it is; and from a proxy
   we trust, who the client behind it is (spec: dovecot-forwarding.md section
   4). All of it counts or, with anything wrong in it, nothing. */
#include "core/claim.h"
#include "imap/imap_id.h"
#include "imap/imap_private.h"
#include "imap/imap_write.h"

static const struct {
	enum imap_id_key key;
	enum claim_field field;
} fields[] = {
	{ IMAP_ID_ORIGINATING_IP, CLAIM_CLIENT_IP },
	{ IMAP_ID_ORIGINATING_PORT, CLAIM_CLIENT_PORT },
	{ IMAP_ID_CONNECTED_IP, CLAIM_CONNECTED_IP },
	{ IMAP_ID_CONNECTED_PORT, CLAIM_CONNECTED_PORT },
	{ IMAP_ID_CONNECTED_NAME, CLAIM_CONNECTED_NAME },
	{ IMAP_ID_PROXY_TTL, CLAIM_TTL },
	{ IMAP_ID_SESSION_ID, CLAIM_SESSION_ID },
	{ IMAP_ID_SESSION_EXT_ID, CLAIM_SESSION_ID },
	{ IMAP_ID_CLIENT_TRANSPORT, CLAIM_CLIENT_TRANSPORT },
};

/* x-multiplex is an offer that we do not take. */
static bool
read_pair(struct claim *c, const struct imap_id_pair *pair)
{
	if (pair->nil)
		return true;
	if (pair->key == IMAP_ID_FORWARD)
		return claim_variable(c, pair->variable, pair->value);
	/* As Dovecot 2.4: who would send 0 has to give up instead. */
	if (pair->key == IMAP_ID_PROXY_TTL && slice_eq(pair->value, SL("0")))
		return false;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (fields[i].key == pair->key)
			return claim_read(c, fields[i].field, pair->value);
	}
	return true;
}

/* Whether there is anything that only a proxy would say; and if the peer is one
   we trust, whether all of it is good. */
static bool
read_claim(struct claim *c, struct slice pairs, bool *any_out)
{
	struct arena *a = session_arena(c->session);
	struct imap_id_pair pair;

	*any_out = false;
	while (imap_id_next(&pairs, a, &pair)) {
		*any_out = *any_out || pair.key != IMAP_ID_OTHER;
		if (session_is_trusted(c->session) && !read_pair(c, &pair))
			return false;
	}
	return true;
}

/* What the client says of itself, up to so many octets of it. */
static void
retain(struct session *s, struct slice pairs)
{
	struct forward *f = session_forward(s);
	struct arena *a = session_arena(s);
	struct imap_id_pair pair;
	size_t total = 0;

	while (imap_id_next(&pairs, a, &pair)) {
		size_t n = pair.key_text.n + pair.value.n;

		if (pair.key != IMAP_ID_OTHER || pair.nil ||
		    total + n > FORWARD_MAX_CLIENT_ID)
			continue;
		vars_set(&f->client_id, a, pair.key_text, pair.value);
		total += n;
	}
}

/* As in Dovecot 2.4, the first ID that is good counts. */
static bool
apply(struct session *s, struct slice pairs)
{
	struct imap_server *server = session_state(s);
	struct log log = session_log(s);
	struct claim c;
	bool any;

	claim_begin(&c, s);
	if (!read_claim(&c, pairs, &any))
		return false;
	if (server->identified)
		return true;
	server->identified = true;
	if (any && session_is_trusted(s))
		claim_commit(&c);
	else if (any)
		LOG(&log, EV_FORWARD_IGNORED);
	if (session_settings(s)->imap.id_retain)
		retain(s, pairs);
	return true;
}

static void
add_own_id(struct session *s)
{
	const struct vars *id = &session_settings(s)->imap.id_send;
	struct buf *out = session_out(s);

	if (id->n == 0) {
		buf_add(out, SL("* ID (\"name\" \"usher\")\r\n"));
		return;
	}
	buf_add(out, SL("* ID ("));
	for (size_t i = 0; i < id->n; i++) {
		if (i > 0)
			buf_add_char(out, ' ');
		imap_write_string(out, id->v[i].name, 0);
		buf_add_char(out, ' ');
		imap_write_string(out, id->v[i].value, 0);
	}
	buf_add(out, SL(")\r\n"));
}

void
imap_run_id(struct session *s, const struct imap_command *cmd)
{
	struct slice pairs;

	if (!imap_id_begin(cmd, &pairs) || !apply(s, pairs)) {
		imap_reply(s, cmd->tag, SL("BAD Invalid ID parameters"));
		session_bad_command(s);
		return;
	}
	add_own_id(s);
	imap_reply(s, cmd->tag, session_is_trusted(s) ?
					SL("OK Trusted ID completed.") :
					SL("OK ID completed."));
}
