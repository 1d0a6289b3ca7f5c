#include "core/claim.h"

void
claim_begin(struct claim *c, struct session *s)
{
	*c = (struct claim){ .session = s, .forward = *session_forward(s) };
}

/* The address alone: a port of before stays. Brackets are welcome. */
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

/* Letters, digits, '-', '_' and '.', as in a DNS name. */
static bool
is_name(struct slice value)
{
	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '-' || c == '_' ||
		      c == '.'))
			return false;
	}
	return value.n > 0 && value.n <= 255;
}

/* Whatever a trusted peer puts there goes into our log and the backend's. */
static bool
read_session_id(struct claim *c, struct slice value)
{
	if (value.n == 0 || value.n > FORWARD_MAX_SESSION_ID)
		return false;
	value = forward_clean_session_id(value, session_arena(c->session));
	if (value.n > 0)
		c->forward.session_id = value;
	return true;
}

bool
claim_read(struct claim *c, enum claim_field field, struct slice value)
{
	struct forward *f = &c->forward;

	switch (field) {
	case CLAIM_CLIENT_IP:
		return read_ip(value, &f->client);
	case CLAIM_CLIENT_PORT:
		return read_port(value, &f->client);
	case CLAIM_CONNECTED_IP:
		return read_ip(value, &f->connected);
	case CLAIM_CONNECTED_PORT:
		return read_port(value, &f->connected);
	case CLAIM_CONNECTED_NAME:
		if (!is_name(value))
			return false;
		f->connected_name =
			arena_copy(session_arena(c->session), value);
		return true;
	case CLAIM_TTL:
		return slice_to_u64(value, UINT32_MAX, &f->ttl);
	case CLAIM_SESSION_ID:
		return read_session_id(c, value);
	case CLAIM_CLIENT_TRANSPORT:
		f->client_tls = slice_starts(value, SL("TLS"));
		return true;
	}
	return false;
}

bool
claim_variable(struct claim *c, struct slice name, struct slice value)
{
	vars_set(&c->variables, session_arena(c->session), name, value);
	return name.n > 0;
}

void
claim_commit(struct claim *c)
{
	struct session *s = c->session;
	struct log log = session_log(s);
	size_t left_out = forward_add(&c->forward, &c->variables,
				      session_arena(s));

	*session_forward(s) = c->forward;
	session_identity_changed(s);
	if (left_out > 0)
		LOG(&log, EV_FORWARD_LEFT_OUT, F_COUNT("variables", left_out));
}
