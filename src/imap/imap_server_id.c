/* The ID command from a client (RFC 2971): who it says it is; and from a proxy
   we trust, who the client behind it is (spec: dovecot-forwarding.md section
   4). All of it counts or, with anything wrong in it, nothing. */
#include "imap/imap_id.h"
#include "imap/imap_private.h"
#include "imap/imap_write.h"

/* What the peer claims, until all of it is known to be good. */
struct claim {
	struct session *session;
	struct forward forward;
	struct vars variables;	/* new ones */
	bool any;		/* an x-key was there */
};

/* ---- values ------------------------------------------------------------ */

static bool
read_ip(struct slice value, struct addr *a)
{
	uint16_t port = a->port;

	if (value.n > 2 && value.p[0] == '[' && value.p[value.n - 1] == ']')
		value = (struct slice){ value.p + 1, value.n - 2 };
	if (!addr_parse_ip(value, a))
		return false;
	a->port = port;
	return true;
}

static bool
read_port(struct slice value, struct addr *a)
{
	uint64_t n;

	if (!slice_to_u64(value, UINT16_MAX, &n) || n == 0)
		return false;
	a->port = (uint16_t)n;
	return true;
}

static bool
read_ttl(struct slice value, struct forward *f)
{
	return slice_to_u64(value, UINT32_MAX, &f->ttl) && f->ttl > 0;
}

/* Whatever a trusted peer puts there goes into our log and the backend's. */
static bool
read_session_id(struct slice value, struct arena *a, struct forward *f)
{
	if (value.n == 0 || value.n > FORWARD_MAX_SESSION_ID)
		return false;
	value = forward_clean_session_id(value, a);
	if (value.n > 0)
		f->session_id = value;
	return true;
}

/* Letters, digits, '-', '_' and '.', as in a DNS name. */
static bool
read_name(struct slice value, struct arena *a, struct forward *f)
{
	if (value.n == 0 || value.n > 255)
		return false;
	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '-' || c == '_' ||
		      c == '.'))
			return false;
	}
	f->connected_name = arena_copy(a, value);
	return true;
}

static bool
read_value(struct claim *c, const struct imap_id_pair *pair, struct arena *a)
{
	struct forward *f = &c->forward;

	switch (pair->key) {
	case IMAP_ID_ORIGINATING_IP:
		return read_ip(pair->value, &f->client);
	case IMAP_ID_ORIGINATING_PORT:
		return read_port(pair->value, &f->client);
	case IMAP_ID_CONNECTED_IP:
		return read_ip(pair->value, &f->connected);
	case IMAP_ID_CONNECTED_PORT:
		return read_port(pair->value, &f->connected);
	case IMAP_ID_CONNECTED_NAME:
		return read_name(pair->value, a, f);
	case IMAP_ID_PROXY_TTL:
		return read_ttl(pair->value, f);
	case IMAP_ID_SESSION_ID:
	case IMAP_ID_SESSION_EXT_ID:
		return read_session_id(pair->value, a, f);
	case IMAP_ID_CLIENT_TRANSPORT:
		f->client_tls = slice_starts(pair->value, SL("TLS"));
		return true;
	case IMAP_ID_MULTIPLEX:
		return true;	/* an offer; we do not take it */
	case IMAP_ID_FORWARD:
		vars_set(&c->variables, a, pair->variable, pair->value);
		return pair->variable.n > 0;
	case IMAP_ID_OTHER:
		return true;
	}
	return true;
}

/* ---- the command ------------------------------------------------------- */

static bool
read_claim(struct claim *c, struct slice pairs)
{
	struct arena *a = session_arena(c->session);
	struct imap_id_pair pair;

	while (imap_id_next(&pairs, a, &pair)) {
		if (pair.key == IMAP_ID_OTHER)
			continue;
		c->any = true;
		if (!pair.nil && session_is_trusted(c->session) &&
		    !read_value(c, &pair, a))
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

static void
believe(struct session *s, struct claim *c)
{
	struct log log = session_log(s);
	size_t left_out = forward_add(&c->forward, &c->variables,
				      session_arena(s));

	*session_forward(s) = c->forward;
	session_identity_changed(s);
	if (left_out > 0)
		LOG(&log, EV_FORWARD_LEFT_OUT, F_COUNT("variables", left_out));
}

/* As in Dovecot 2.4, the first ID that is good counts. */
static bool
apply(struct session *s, struct slice pairs)
{
	struct imap_server *server = session_state(s);
	struct claim c = { .session = s, .forward = *session_forward(s) };
	struct log log = session_log(s);

	if (!read_claim(&c, pairs))
		return false;
	if (server->identified)
		return true;
	server->identified = true;
	if (c.any && session_is_trusted(s))
		believe(s, &c);
	else if (c.any)
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
