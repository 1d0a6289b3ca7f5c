/* XCLIENT and XFORWARD from a client: from a proxy we trust, who the client behind
   it is (spec: smtp-xclient-xforward.md sections 3 and 5, dovecot-forwarding.md
   section 6.2). */
#include "base/base64.h"
#include "core/claim.h"
#include "core/forward_list.h"
#include "smtp/smtp_attr.h"
#include "smtp/smtp_private.h"

/* XCLIENT commands of one connection (smtp-xclient-xforward.md section 11): a
   proxy needs two. */
#define MAX_CLAIMS 10
/* A list of variables, decoded. */
#define MAX_LIST SMTP_MAX_COMMAND

/* ---- values ------------------------------------------------------------------------ */

/* One claim on its way: what of it the claim itself has no place for. */
struct reader {
	struct claim claim;
	struct smtp_server *server;
	bool addr, port, name, helo, proto;
};

static bool
read_ip(struct addr *a, struct slice value)
{
	struct addr ip;
	static const uint8_t nobody[16];

	if (!smtp_attr_read_ip(value, &ip) ||
	    (ip.family == ADDR_V4 && memcmp(ip.ip, nobody, 4) == 0))
		return false;
	ip.port = a->port;
	*a = ip;
	return true;
}

/* 0 is what some send for "unknown". */
static bool
read_port(struct addr *a, struct slice value)
{
	uint64_t n;

	if (smtp_attr_is_unavailable(value)) {
		a->port = 0;
		return true;
	}
	if (!slice_to_u64(value, UINT16_MAX, &n))
		return false;
	a->port = (uint16_t)n;
	return true;
}

static bool
is_host_name(struct slice value)
{
	return smtp_attr_is_unavailable(value) ||
	       (smtp_is_domain(value) && value.p[0] != '[' &&
		value.p[value.n - 1] != '.');
}

static bool
read_text(struct reader *r, struct slice *member, struct slice value)
{
	*member = arena_copy(session_arena(r->claim.session),
			     smtp_attr_is_unavailable(value) ? SL("") : value);
	return true;
}

static bool
read_proto(struct reader *r, struct slice value)
{
	static const struct slice known[] = { SL("SMTP"), SL("ESMTP"),
					      SL("LMTP") };

	if (smtp_attr_is_unavailable(value))
		return true;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!slice_eq_nocase(known[i], value))
			continue;
		r->claim.forward.smtp_proto = known[i];
		r->proto = true;
		return true;
	}
	return false;
}

/* As in Dovecot, one that is empty or too long is no reason to refuse. */
static bool
read_session(struct reader *r, struct slice value)
{
	size_t n = value.n < FORWARD_MAX_SESSION_ID ? value.n :
						      FORWARD_MAX_SESSION_ID;

	if (n > 0 && !smtp_attr_is_unavailable(value))
		(void)claim_read(&r->claim, CLAIM_SESSION_ID,
				 slice_first(value, n));
	return true;
}

static bool
read_variables(struct reader *r, struct slice value)
{
	struct buf list;
	bool good;

	buf_init(&list, MAX_LIST);
	good = base64_decode(value, &list);
	if (good)
		forward_list_read(buf_slice(&list),
				  session_arena(r->claim.session),
				  &r->claim.variables);
	buf_free(&list);
	return good;
}

static bool
is_number(struct slice value)
{
	uint64_t n;

	return slice_to_u64(value, UINT32_MAX, &n);
}

static bool
read_dest(struct reader *r, enum claim_field field, struct slice value)
{
	return smtp_attr_is_unavailable(value) ||
	       claim_read(&r->claim, field, value);
}

static bool
read_value(struct reader *r, enum smtp_attr attr, struct slice value)
{
	struct forward *f = &r->claim.forward;

	switch (attr) {
	case SMTP_ATTR_NAME:
		r->name = true;
		return is_host_name(value) &&
		       read_text(r, &f->client_name, value);
	case SMTP_ATTR_ADDR:
		if (smtp_attr_is_unavailable(value))
			return true;
		r->addr = true;
		return read_ip(&f->client, value);
	case SMTP_ATTR_PORT:
		r->port = true;
		return read_port(&f->client, value);
	case SMTP_ATTR_PROTO:
		return read_proto(r, value);
	case SMTP_ATTR_HELO:
		r->helo = true;
		return read_text(r, &f->helo, value);
	case SMTP_ATTR_SESSION:
		return read_session(r, value);
	case SMTP_ATTR_CLIENT_TRANSPORT:
		return claim_read(&r->claim, CLAIM_CLIENT_TRANSPORT, value);
	case SMTP_ATTR_TTL:
		return claim_read(&r->claim, CLAIM_TTL, value);
	case SMTP_ATTR_DESTNAME:
		return read_dest(r, CLAIM_CONNECTED_NAME, value);
	case SMTP_ATTR_DESTADDR:
		return smtp_attr_is_unavailable(value) ||
		       read_ip(&f->connected, value);
	case SMTP_ATTR_DESTPORT:
		return read_dest(r, CLAIM_CONNECTED_PORT, value);
	case SMTP_ATTR_FORWARD:
		return value.n == 0 || read_variables(r, value);
	case SMTP_ATTR_TIMEOUT:
		return is_number(value);
	/* A login is what the client of ours brings, and no front's to claim. */
	case SMTP_ATTR_LOGIN:
	case SMTP_ATTR_REVERSE_NAME:
	case SMTP_ATTR_SOURCE:
	case SMTP_ATTR_IDENT:
	case SMTP_ATTRS:
		break;
	}
	return true;
}

/* Empty values are an error but where they mean "none". */
static bool
may_be_empty(enum smtp_attr attr)
{
	return attr == SMTP_ATTR_SESSION || attr == SMTP_ATTR_FORWARD;
}

static void
say_invalid(struct session *s, struct slice name)
{
	struct buf text;

	buf_init(&text, SMTP_MAX_COMMAND + 64);
	if (name.n > 0)
		BUF_ADD(&text, SL("501 5.5.4 Invalid "), name,
			SL(" parameter"));
	else
		buf_add(&text, SL("501 5.5.4 Invalid parameter"));
	smtp_bad_command(s, buf_slice(&text));
	buf_free(&text);
}

/* ---- XCLIENT ----------------------------------------------------------------------- */

/* What stands against hearing the peer at all. */
static struct slice
objection(const struct smtp_server *server, bool trusted)
{
	if (server->mail != NULL)
		return SL("503 5.5.1 MAIL transaction in progress");
	if (server->user_conn != NULL)
		return SL("503 5.5.1 Already authenticated");
	if (!trusted)
		return SL("550 5.7.14 You are not from trusted IP");
	if (server->claims_over)
		return SL("550 5.7.0 XCLIENT already used");
	if (server->claims >= MAX_CLAIMS)
		return SL("550 5.7.0 Too many XCLIENT commands");
	return (struct slice){ 0 };
}

static bool
is_welcome(struct session *s, struct slice against)
{
	struct log log = session_log(s);

	if (against.n == 0)
		return true;
	if (!session_is_trusted(s))
		LOG(&log, EV_FORWARD_IGNORED);
	smtp_bad_command(s, against);
	return false;
}

/* All of it, or nothing. *bad_out is the name of what is wrong. */
static bool
read_all(struct reader *r, struct slice args, struct slice *bad_out)
{
	struct arena *a = session_arena(r->claim.session);
	struct slice name, value;
	enum smtp_attr attr;
	size_t n = 0;

	*bad_out = (struct slice){ 0 };
	while (smtp_attr_next(&args, a, &attr, &name, &value)) {
		if ((value.n == 0 && !may_be_empty(attr)) ||
		    !read_value(r, attr, value)) {
			*bad_out = name;
			return false;
		}
		n++;
	}
	return args.n == 0 && n > 0;
}

/* An address brings its own name and port, or none: never those of the proxy
   (smtp-xclient-xforward.md section 3.5). */
static void
commit(struct reader *r)
{
	struct smtp_server *server = r->server;
	struct forward *f = &r->claim.forward;

	if (r->addr && !r->port)
		f->client.port = 0;
	if (r->addr && !r->name)
		f->client_name = (struct slice){ 0 };
	server->addr_claimed = server->addr_claimed || r->addr;
	server->helo_claimed = server->helo_claimed || r->helo;
	server->proto_claimed = server->proto_claimed || r->proto;
	server->claims++;
	server->helo_n = 0;
	if (!server->helo_claimed)
		f->helo = (struct slice){ 0 };
	claim_commit(&r->claim);
}

void
smtp_run_xclient(struct session *s, const struct smtp_command *cmd)
{
	struct smtp_server *server = smtp_server_of(s);
	struct reader r = { .server = server };
	struct slice bad;

	if (!is_welcome(s, objection(server, session_is_trusted(s))))
		return;
	claim_begin(&r.claim, s);
	if (!read_all(&r, cmd->args, &bad)) {
		say_invalid(s, bad);
		return;
	}
	commit(&r);
	smtp_forget_xforward(server);
	smtp_add_banner(s, session_out(s));
}

/* ---- XFORWARD ---------------------------------------------------------------------- */

void
smtp_forget_xforward(struct smtp_server *server)
{
	arena_free(&server->xforward.arena);
	server->xforward = (struct smtp_xforward){ .given = false };
}

static bool
read_forwarded_addr(struct smtp_xforward *x, struct slice value)
{
	uint16_t port = x->client.port;

	if (smtp_attr_is_unavailable(value)) {
		x->client = (struct addr){ .port = port };
		return true;
	}
	return read_ip(&x->client, value);
}

static bool
keep_text(struct smtp_xforward *x, struct slice *member, struct slice value)
{
	*member = arena_copy(&x->arena,
			     smtp_attr_is_unavailable(value) ? SL("") : value);
	return true;
}

static bool
read_forwarded(struct smtp_xforward *x, enum smtp_attr attr, struct slice value)
{
	switch (attr) {
	case SMTP_ATTR_NAME:
		return is_host_name(value) &&
		       !slice_eq_nocase(value, SL("[TEMPUNAVAIL]")) &&
		       keep_text(x, &x->client_name, value);
	case SMTP_ATTR_ADDR:
		return read_forwarded_addr(x, value);
	case SMTP_ATTR_PORT:
		return read_port(&x->client, value);
	case SMTP_ATTR_PROTO:
		return value.n <= 64 && keep_text(x, &x->proto, value);
	case SMTP_ATTR_HELO:
		return keep_text(x, &x->helo, value);
	case SMTP_ATTR_IDENT:
		return keep_text(x, &x->ident, value);
	case SMTP_ATTR_SOURCE:
		return smtp_attr_is_unavailable(value) ||
		       slice_eq_nocase(value, SL("LOCAL")) ||
		       slice_eq_nocase(value, SL("REMOTE"));
	case SMTP_ATTR_LOGIN:
	case SMTP_ATTR_SESSION:
	case SMTP_ATTR_CLIENT_TRANSPORT:
	case SMTP_ATTR_TTL:
	case SMTP_ATTR_TIMEOUT:
	case SMTP_ATTR_DESTNAME:
	case SMTP_ATTR_DESTADDR:
	case SMTP_ATTR_DESTPORT:
	case SMTP_ATTR_FORWARD:
	case SMTP_ATTR_REVERSE_NAME:
	case SMTP_ATTRS:
		break;
	}
	return false;
}

/* The first XFORWARD makes everything unknown that it does not say; later ones
   add to it (section 5.1). */
void
smtp_run_xforward(struct session *s, const struct smtp_command *cmd)
{
	struct smtp_server *server = smtp_server_of(s);
	struct smtp_xforward x = server->xforward;
	struct slice args = cmd->args, name, value, bad = { 0 };
	enum smtp_attr attr;
	size_t n = 0;

	if (!is_welcome(s, server->mail != NULL ?
			   SL("503 5.5.1 MAIL transaction in progress") :
			   session_is_trusted(s) ?
			   SL("") : SL("550 5.7.14 You are not from trusted IP")))
		return;
	while (bad.n == 0 &&
	       smtp_attr_next(&args, &x.arena, &attr, &name, &value)) {
		if (value.n == 0 || !read_forwarded(&x, attr, value))
			bad = name;
		n++;
	}
	/* What was read of it takes room, and counts only if all is good. */
	server->xforward.arena = x.arena;
	if (bad.n > 0 || args.n > 0 || n == 0) {
		say_invalid(s, bad);
		return;
	}
	x.given = true;
	server->xforward = x;
	smtp_say(s, SL("250 2.0.0 OK"));
}

/* ---- who the client is -------------------------------------------------------------- */

void
smtp_forward_now(const struct smtp_server *server, struct forward *out)
{
	const struct smtp_xforward *x = &server->xforward;

	*out = *session_forward(server->session);
	if (!x->given)
		return;
	out->client = x->client;
	out->client_name = x->client_name;
	out->helo = x->helo;
}

struct slice
smtp_transport(const struct smtp_server *server)
{
	static const struct slice names[2][2][2] = {
		{ { SL("ESMTP"), SL("ESMTPA") }, { SL("ESMTPS"), SL("ESMTPSA") } },
		{ { SL("LMTP"), SL("LMTPA") }, { SL("LMTPS"), SL("LMTPSA") } },
	};
	bool lmtp = server->protocol == PROTOCOL_LMTP;
	bool tls = session_forward(server->session)->client_tls;

	if (server->xforward.given)
		return server->xforward.proto;
	if (!lmtp && !server->extended && server->greeted)
		return SL("SMTP");
	return names[lmtp][tls][server->user_conn != NULL];
}
