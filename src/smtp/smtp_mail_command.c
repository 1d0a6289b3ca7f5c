/* MAIL, RCPT, DATA, BDAT from the client (spec: smtp-proxying.md sections 1, 3, 4,
   7). */
#include "core/forward_list.h"
#include "smtp/smtp_private.h"
#include "smtp/smtp_xtext.h"

/* ---- parameters ------------------------------------------------------------------ */

enum param_verdict {
	PARAM_TAKEN,
	PARAM_UNSUPPORTED,
	PARAM_BAD,
	PARAM_TOO_LARGE,	/* the message would be */
	PARAM_UNTRUSTED,
	PARAM_NONE,		/* no parameter at all */
};

static bool
is_one_of(struct slice s, struct slice a, struct slice b)
{
	return slice_eq_nocase(s, a) || slice_eq_nocase(s, b);
}

static enum param_verdict
take_text(struct slice *member, struct slice value, struct arena *a, bool good)
{
	if (!good || value.n == 0)
		return PARAM_BAD;
	*member = arena_copy(a, value);
	return PARAM_TAKEN;
}

static enum param_verdict
take_size(struct smtp_mail *mail, struct slice value)
{
	uint64_t max = smtp_max_size(mail->session);

	if (!slice_to_u64(value, INT64_MAX, &mail->size))
		return PARAM_BAD;
	return max > 0 && mail->size > max ? PARAM_TOO_LARGE : PARAM_TAKEN;
}

/* RFC 4954 section 5: who sent it first is believed of those who logged in, and of
   those we trust; nobody else's word is passed on. */
static enum param_verdict
take_auth(struct smtp_mail *mail, struct slice value)
{
	bool believed = mail->server->user_conn != NULL ||
			session_is_trusted(mail->session);

	return take_text(&mail->auth, believed ? value : SL("<>"), &mail->arena,
			 value.n > 0);
}

static enum param_verdict
take_mail_param(struct smtp_mail *mail, const struct smtp_param *p)
{
	const struct smtp_server *server = mail->server;
	struct arena *a = &mail->arena;
	bool dsn = smtp_offers(server, SL("DSN"));

	if (slice_eq_nocase(p->name, SL("SIZE")))
		return take_size(mail, p->value);
	if (slice_eq_nocase(p->name, SL("BODY")))
		return take_text(&mail->body, p->value, a,
				 is_one_of(p->value, SL("7BIT"),
					   SL("8BITMIME")));
	if (slice_eq_nocase(p->name, SL("SMTPUTF8")) &&
	    smtp_offers(server, SL("SMTPUTF8"))) {
		mail->utf8 = true;
		return p->value.p == NULL ? PARAM_TAKEN : PARAM_BAD;
	}
	if (slice_eq_nocase(p->name, SL("RET")) && dsn)
		return take_text(&mail->ret, p->value, a,
				 is_one_of(p->value, SL("FULL"), SL("HDRS")));
	if (slice_eq_nocase(p->name, SL("ENVID")) && dsn)
		return take_text(&mail->envid, p->value, a, true);
	if (slice_eq_nocase(p->name, SL("AUTH")))
		return take_auth(mail, p->value);
	return PARAM_UNSUPPORTED;
}

static enum param_verdict
take_variables(struct smtp_rcpt *r, struct slice value)
{
	struct arena *a = &r->mail->arena;
	struct slice list;

	if (!session_is_trusted(r->mail->session))
		return PARAM_UNTRUSTED;
	if (!smtp_xtext_decode(value, a, &list))
		return PARAM_BAD;
	forward_list_read(list, a, &r->variables);
	return PARAM_TAKEN;
}

static enum param_verdict
take_rcpt_param(struct smtp_rcpt *r, const struct smtp_param *p)
{
	const struct smtp_server *server = r->mail->server;
	struct arena *a = &r->mail->arena;
	bool dsn = smtp_offers(server, SL("DSN"));
	bool trusted = session_is_trusted(r->mail->session);

	if (slice_eq_nocase(p->name, SL("NOTIFY")) && dsn)
		return take_text(&r->notify, p->value, a, true);
	if (slice_eq_nocase(p->name, SL("ORCPT")) && (dsn || trusted))
		return take_text(&r->orcpt, p->value, a, true);
	if (slice_eq_nocase(p->name, SL("XRCPTFORWARD")) &&
	    server->protocol == PROTOCOL_LMTP)
		return take_variables(r, p->value);
	return PARAM_UNSUPPORTED;
}

static void
complain(struct session *s, enum param_verdict v, struct slice name)
{
	struct buf text;

	buf_init(&text, SMTP_MAX_COMMAND + 64);
	switch (v) {
	case PARAM_TAKEN:
		break;
	case PARAM_UNSUPPORTED:
		BUF_ADD(&text, SL("555 5.5.4 Unsupported parameter: "), name);
		break;
	case PARAM_BAD:
		BUF_ADD(&text, SL("501 5.5.4 Invalid "), name,
			SL(" parameter"));
		break;
	case PARAM_TOO_LARGE:
		buf_add(&text, SL("552 5.3.4 Message size exceeds fixed "
				  "limit"));
		break;
	case PARAM_NONE:
		buf_add(&text, SL("501 5.5.4 Invalid parameters"));
		break;
	case PARAM_UNTRUSTED:
		BUF_ADD(&text, SL("550 5.7.14 Unacceptable "), name,
			SL("= parameter: You are not from trusted IP"));
		break;
	}
	smtp_say(s, buf_slice(&text));
	buf_free(&text);
}

/* Each at most once. *bad_out is the name of what is wrong. */
static enum param_verdict
read_params(struct slice params, struct smtp_mail *mail, struct smtp_rcpt *r,
	    struct slice *bad_out)
{
	struct smtp_param all[SMTP_MAX_PARAMS];
	size_t n = 0;

	while (n < SMTP_MAX_PARAMS && smtp_param_next(&params, &all[n])) {
		enum param_verdict v = PARAM_TAKEN;

		for (size_t i = 0; i < n; i++) {
			if (slice_eq_nocase(all[i].name, all[n].name))
				v = PARAM_BAD;
		}
		if (v == PARAM_TAKEN)
			v = r != NULL ? take_rcpt_param(r, &all[n]) :
					take_mail_param(mail, &all[n]);
		*bad_out = all[n].name;
		if (v != PARAM_TAKEN)
			return v;
		n++;
	}
	return params.n == 0 ? PARAM_TAKEN : PARAM_NONE;
}

/* ---- MAIL ------------------------------------------------------------------------ */

static void
complain_path(struct session *s, enum smtp_path_parse v, bool sender)
{
	switch (v) {
	case SMTP_PATH_DONE:
		return;
	case SMTP_PATH_BAD_SYNTAX:
		smtp_bad_command(s, sender ?
				 SL("501 5.5.4 Syntax: MAIL FROM:<address>") :
				 SL("501 5.5.4 Syntax: RCPT TO:<address>"));
		return;
	case SMTP_PATH_BAD_LOCAL:
		smtp_say(s, sender ? SL("501 5.1.7 Invalid address") :
				     SL("501 5.1.3 Invalid address"));
		return;
	case SMTP_PATH_BAD_DOMAIN:
		smtp_say(s, sender ? SL("501 5.1.7 Invalid domain") :
				     SL("501 5.1.3 Invalid domain"));
		return;
	}
}

/* Octets beyond ASCII in an address need SMTPUTF8 (RFC 6531 section 3.1). */
static bool
is_ascii(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	}
	return true;
}

/* What stands against a message now. */
static struct slice
objection(const struct smtp_server *server)
{
	bool submission = server->protocol == PROTOCOL_SUBMISSION;

	if (submission && server->user_conn == NULL)
		return SL("530 5.7.0 Authentication required.");
	if (!server->greeted && (submission || session_has_tls(server->session)))
		return SL("503 5.5.1 EHLO first");
	if (server->mail != NULL)
		return SL("503 5.5.1 MAIL transaction in progress");
	return (struct slice){ 0 };
}

/* The user's own server judges the sender at once; others are not known before
   there is a recipient. */
static void
begin_mail(struct session *s, struct smtp_mail *mail)
{
	struct smtp_server *server = smtp_server_of(s);

	server->mail = mail;
	if (server->user_conn != NULL) {
		smtp_conn_join(server->user_conn, mail);
		return;
	}
	mail->reply = SL("250 2.1.0 OK");
	smtp_mail_settle(mail);
}

void
smtp_run_mail(struct session *s, const struct smtp_command *cmd)
{
	struct slice against = objection(smtp_server_of(s)), params, bad;
	enum smtp_path_parse verdict;
	enum param_verdict param;
	struct smtp_path path;
	struct smtp_mail *mail;

	if (against.n > 0) {
		smtp_bad_command(s, against);
		return;
	}
	verdict = smtp_path_read(cmd->args, SL("FROM:"), &path, &params);
	if (verdict != SMTP_PATH_DONE) {
		complain_path(s, verdict, true);
		return;
	}
	mail = smtp_mail_make(s);
	mail->sender = arena_copy(&mail->arena, path.whole);
	param = read_params(params, mail, NULL, &bad);
	if (param != PARAM_TAKEN) {
		complain(s, param, bad);
		smtp_mail_free(&mail);
	} else if (!mail->utf8 && !is_ascii(mail->sender)) {
		smtp_say(s, SL("553 5.6.7 Address needs SMTPUTF8"));
		smtp_mail_free(&mail);
	} else {
		begin_mail(s, mail);
	}
}

/* ---- RCPT ------------------------------------------------------------------------ */

/* What we say by ourselves has to come behind what others still wait for: the
   command is read again then. */
static bool
must_wait(struct smtp_mail *mail)
{
	mail->server->again = smtp_mail_is_pending(mail);
	if (mail->server->again)
		session_hold(mail->session);
	return mail->server->again;
}

static void
begin_rcpt(struct smtp_mail *mail, const struct smtp_path *path,
	   struct smtp_rcpt *r)
{
	struct arena *a = &mail->arena;
	size_t at = path->domain.n > 0 ? path->whole.n - path->domain.n - 1 :
					 path->whole.n;

	r->given = arena_copy(a, path->whole);
	r->local = slice_first(r->given, at);
	r->domain = path->domain.n > 0 ? slice_skip(r->given, at + 1) :
					 (struct slice){ 0 };
	smtp_rcpt_begin(r);
}

static struct slice
rcpt_objection(const struct smtp_mail *mail, const struct smtp_path *path)
{
	if (mail->count >= mail->server->conf->max_recipients)
		return SL("452 4.5.3 Too many recipients");
	if (!mail->utf8 && !is_ascii(path->whole))
		return SL("553 5.6.7 Address needs SMTPUTF8");
	return (struct slice){ 0 };
}

static void
read_rcpt(struct smtp_mail *mail, const struct smtp_path *path,
	  struct slice params)
{
	struct slice against = rcpt_objection(mail, path), bad = { 0 };
	struct smtp_rcpt *r = arena_alloc(&mail->arena, sizeof(*r));
	enum param_verdict param;

	r->mail = mail;
	param = read_params(params, mail, r, &bad);
	if (against.n == 0 && param == PARAM_TAKEN)
		begin_rcpt(mail, path, r);
	else if (must_wait(mail))
		return;
	else if (against.n > 0)
		smtp_say(mail->session, against);
	else
		complain(mail->session, param, bad);
}

void
smtp_run_rcpt(struct session *s, const struct smtp_command *cmd)
{
	struct smtp_mail *mail = smtp_server_of(s)->mail;
	enum smtp_path_parse verdict;
	struct smtp_path path;
	struct slice params;

	if (mail == NULL || mail->at != SMTP_MAIL_ENVELOPE) {
		smtp_bad_command(s, SL("503 5.5.1 MAIL first"));
		return;
	}
	verdict = smtp_path_read(cmd->args, SL("TO:"), &path, &params);
	if (verdict == SMTP_PATH_DONE && path.whole.n == 0)
		verdict = SMTP_PATH_BAD_LOCAL;
	if (verdict == SMTP_PATH_DONE)
		read_rcpt(mail, &path, params);
	else if (!must_wait(mail))
		complain_path(s, verdict, false);
}

/* ---- DATA, BDAT ------------------------------------------------------------------ */

void
smtp_run_data(struct session *s, const struct smtp_command *cmd)
{
	struct smtp_server *server = smtp_server_of(s);
	struct smtp_mail *mail = server->mail;
	bool lmtp = server->protocol == PROTOCOL_LMTP;

	(void)cmd;
	if (mail == NULL)
		smtp_bad_command(s, SL("503 5.5.1 MAIL and RCPT come first"));
	else if (mail->at != SMTP_MAIL_ENVELOPE)
		smtp_bad_command(s, SL("503 5.5.1 DATA after BDAT"));
	else if (mail->accepted == 0)
		smtp_say(s, lmtp ? SL("503 5.5.1 No valid recipients") :
				   SL("554 5.5.1 No valid recipients"));
	else
		smtp_data_begin(mail, false);
}

/* Without a count nobody knows what is command and what is content. */
void
smtp_run_bdat(struct session *s, const struct smtp_command *cmd)
{
	struct slice args = cmd->args, count, last = { 0 };
	uint64_t octets;

	if (!slice_cut_word(&args, &count) ||
	    !slice_to_u64(count, INT64_MAX, &octets) ||
	    (slice_cut_word(&args, &last) &&
	     !slice_eq_nocase(last, SL("LAST"))) ||
	    slice_trim(args).n > 0) {
		smtp_say(s, SL("501 5.5.4 Syntax: BDAT count [LAST]"));
		session_close(s, CLOSE_BAD_COMMANDS);
		return;
	}
	smtp_data_chunk(s, octets, last.n > 0);
}
