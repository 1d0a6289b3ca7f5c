/* EHLO, LHLO and HELO: what is offered here (spec: smtp-proxying.md section 2). */
#include "smtp/smtp_attr.h"
#include "smtp/smtp_private.h"

/* What a trusted peer may tell us; LMTP has FORWARD with each recipient. */
#define XCLIENT_ATTRS                                                          \
	(SMTP_ATTR_BIT(SMTP_ATTR_NAME) | SMTP_ATTR_BIT(SMTP_ATTR_ADDR) |       \
	 SMTP_ATTR_BIT(SMTP_ATTR_PORT) | SMTP_ATTR_BIT(SMTP_ATTR_PROTO) |      \
	 SMTP_ATTR_BIT(SMTP_ATTR_HELO) | SMTP_ATTR_BIT(SMTP_ATTR_LOGIN) |      \
	 SMTP_ATTR_BIT(SMTP_ATTR_SESSION) |                                    \
	 SMTP_ATTR_BIT(SMTP_ATTR_CLIENT_TRANSPORT) |                           \
	 SMTP_ATTR_BIT(SMTP_ATTR_TTL) | SMTP_ATTR_BIT(SMTP_ATTR_TIMEOUT) |     \
	 SMTP_ATTR_BIT(SMTP_ATTR_DESTNAME) |                                   \
	 SMTP_ATTR_BIT(SMTP_ATTR_DESTADDR) |                                   \
	 SMTP_ATTR_BIT(SMTP_ATTR_DESTPORT))

bool
smtp_offers(const struct smtp_server *server, struct slice extension)
{
	const struct conf_texts *e = &server->conf->extensions;

	for (size_t i = 0; i < e->n; i++) {
		if (slice_eq(e->v[i], extension))
			return true;
	}
	return false;
}

uint64_t
smtp_max_size(const struct session *s)
{
	return session_listener(s)->max_message_size;
}

/* Once the user's server is known, its limit counts too. */
static uint64_t
announced_size(const struct session *s)
{
	const struct smtp_conn *users = smtp_server_of(s)->user_conn;
	uint64_t ours = smtp_max_size(s);
	uint64_t theirs = users == NULL ? 0 : users->caps.max_size;

	if (ours == 0 || (theirs > 0 && theirs < ours))
		return theirs;
	return ours;
}

/* Before the login it is what the operator promises for every backend; after it,
   no more than the user's own has. */
static bool
can(const struct smtp_server *server, struct slice extension, enum smtp_cap cap)
{
	return smtp_offers(server, extension) &&
	       (server->user_conn == NULL ||
		smtp_caps_have(&server->user_conn->caps, cap));
}

static void
add_auth(struct session *s, struct buf *out)
{
	const struct smtp_server *server = smtp_server_of(s);
	struct slice name;
	size_t at = 0;

	if (server->protocol != PROTOCOL_SUBMISSION ||
	    server->user_conn != NULL || !session_offers_sasl(s))
		return;
	buf_add(out, SL("AUTH"));
	while (session_next_mechanism(s, &at, &name))
		BUF_ADD(out, SL(" "), name);
	buf_add(out, SL("\n"));
}

static void
add_trusted(struct session *s, struct buf *out)
{
	const struct smtp_server *server = smtp_server_of(s);
	bool lmtp = server->protocol == PROTOCOL_LMTP;

	if (!session_is_trusted(s))
		return;
	if (!server->claims_over && server->user_conn == NULL) {
		buf_add(out, SL("XCLIENT"));
		smtp_attrs_write(XCLIENT_ATTRS, out);
		buf_add(out, lmtp ? SL("\n") : SL(" FORWARD\n"));
	}
	if (server->protocol != PROTOCOL_SUBMISSION)
		buf_add(out, SL("XFORWARD NAME ADDR PROTO HELO SOURCE PORT "
				"IDENT\n"));
	if (lmtp)
		buf_add(out, SL("XRCPTFORWARD\n"));
}

static void
add_keywords(struct session *s, struct buf *out)
{
	const struct smtp_server *server = smtp_server_of(s);
	uint64_t size = announced_size(s);

	buf_add(out, SL("PIPELINING\nSIZE"));
	if (size > 0)
		buf_addf(out, " %llu", (unsigned long long)size);
	buf_add(out, SL("\n"));
	if (session_offers_starttls(s))
		buf_add(out, SL("STARTTLS\n"));
	add_auth(s, out);
	add_trusted(s, out);
	buf_add(out, SL("ENHANCEDSTATUSCODES\n"));
	if (smtp_offers(server, SL("8BITMIME")))
		buf_add(out, SL("8BITMIME\n"));
	if (can(server, SL("DSN"), SMTP_CAP_DSN))
		buf_add(out, SL("DSN\n"));
	if (can(server, SL("SMTPUTF8"), SMTP_CAP_SMTPUTF8))
		buf_add(out, SL("SMTPUTF8\n"));
	if (smtp_offers(server, SL("CHUNKING")))
		buf_add(out, SL("CHUNKING\n"));
}

/* "250-name", "250-KEYWORD", ..., "250 LAST" */
static void
answer(struct session *s)
{
	struct buf *out = session_out(s), lines;
	struct slice rest, line;

	buf_init(&lines, 4 * 1024);
	BUF_ADD(&lines, session_hostname(s), SL("\n"));
	add_keywords(s, &lines);
	rest = buf_slice(&lines);
	while (slice_cut(&rest, '\n', &line))
		BUF_ADD(out, SL("250"), rest.n > 0 ? SL("-") : SL(" "), line,
			SL("\r\n"));
	buf_free(&lines);
}

/* RFC 5321 section 4.1.4: it ends what was under way. A claim about the client
   ends with it: what follows may be the client's own words. */
static void
begin(struct session *s, struct slice name, bool extended)
{
	struct smtp_server *server = smtp_server_of(s);
	struct forward *f = session_forward(s);

	smtp_mail_free(&server->mail);
	smtp_forget_xforward(server);
	server->greeted = true;
	server->extended = extended;
	server->claims_over = server->addr_claimed;
	memcpy(server->helo, name.p, name.n);
	server->helo_n = name.n;
	if (!server->helo_claimed)
		f->helo = (struct slice){ server->helo, server->helo_n };
	if (!server->proto_claimed)
		f->smtp_proto = server->protocol == PROTOCOL_LMTP ? SL("LMTP") :
				extended ? SL("ESMTP") :
					   SL("SMTP");
}

/* What clients call themselves is odd; but it goes into commands of ours. */
static bool
read_name(struct slice args, struct slice *name_out)
{
	struct slice rest = args;

	return slice_cut_word(&rest, name_out) && slice_trim(rest).n == 0 &&
	       name_out->n <= SMTP_MAX_HELO && slice_is_printable(*name_out) &&
	       (name_out->p[0] == '[' || smtp_is_domain(*name_out) ||
		slice_has(*name_out, ':'));
}

void
smtp_run_ehlo(struct session *s, const struct smtp_command *cmd)
{
	struct slice name;

	if (!read_name(cmd->args, &name)) {
		smtp_bad_command(s, SL("501 5.5.4 Invalid domain name"));
		return;
	}
	begin(s, name, true);
	answer(s);
}

void
smtp_run_helo(struct session *s, const struct smtp_command *cmd)
{
	struct slice name;

	if (!read_name(cmd->args, &name)) {
		smtp_bad_command(s, SL("501 5.5.4 Invalid domain name"));
		return;
	}
	begin(s, name, false);
	BUF_ADD(session_out(s), SL("250 "), session_hostname(s), SL("\r\n"));
}
