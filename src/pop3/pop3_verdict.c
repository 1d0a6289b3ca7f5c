/* How a login ended, in POP3's words (spec: dovecot-login-proxy.md section 4.3
   and 4.5). */
#include "pop3/pop3_private.h"

/* Codes: RFC 2449 section 8, RFC 3206. */
static const struct slice fronts[VERDICT_KINDS] = {
	[VERDICT_DENIED] = SL("-ERR [AUTH] "),
	[VERDICT_NOT_AUTHORIZED] = SL("-ERR [AUTH] "),
	[VERDICT_DISABLED] = SL("-ERR [AUTH] "),
	[VERDICT_EXPIRED] = SL("-ERR [AUTH] "),
	[VERDICT_NOLOGIN] = SL("-ERR [AUTH] "),
	[VERDICT_TEMPFAIL] = SL("-ERR [SYS/TEMP] "),
	[VERDICT_CLEARTEXT_REFUSED] = SL("-ERR [AUTH] "),
	[VERDICT_UNKNOWN_MECHANISM] = SL("-ERR [AUTH] "),
	[VERDICT_BAD_INITIAL] = SL("-ERR [AUTH] "),
	[VERDICT_BAD_RESPONSE] = SL("-ERR [AUTH] "),
	[VERDICT_ABORTED] = SL("-ERR "),
	[VERDICT_BACKEND_DOWN] = SL("-ERR [SYS/TEMP] "),
	[VERDICT_BACKEND_CONFIG] = SL("-ERR "),
};

/* As Dovecot 2.4 writes it, for proxies that follow. */
static void
add_referral(const struct referral *r, struct buf *out)
{
	BUF_ADD(out, SL("-ERR [REFERRAL/"), r->user, SL("@"), r->host);
	if (r->port != 0)
		buf_addf(out, ":%u", (unsigned)r->port);
	BUF_ADD(out, SL("] "), r->text);
}

static void
add_words(const struct session *s, const struct verdict *v, struct buf *out)
{
	const struct pop3_server *server = session_state(s);

	buf_add(out, v->verbatim ? SL("-ERR ") : fronts[v->kind]);
	/* Seen: Dovecot has other words for AUTH. */
	if (v->kind == VERDICT_CLEARTEXT_REFUSED && server->by_auth)
		buf_add(out, SL("Plaintext authentication disabled."));
	else
		session_add_words(s, v, out);
}

void
pop3_auth_done(struct session *s, const struct verdict *v)
{
	struct buf *out = session_out(s);
	struct referral r;

	if (session_referral(s, v, &r))
		add_referral(&r, out);
	else
		add_words(s, v, out);
	buf_add(out, SL("\r\n"));
}
