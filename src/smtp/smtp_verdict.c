/* How a login ended, in the words of submission (spec: dovecot-login-proxy.md
   section 4.4 and 4.5). */
#include "smtp/smtp_private.h"

static const struct slice fronts[VERDICT_KINDS] = {
	[VERDICT_LOGGED_IN] = SL("235 2.7.0 Logged in."),
	[VERDICT_DENIED] = SL("535 5.7.8 "),
	[VERDICT_NOT_AUTHORIZED] = SL("535 5.7.8 "),
	[VERDICT_DISABLED] = SL("535 5.7.8 "),
	[VERDICT_EXPIRED] = SL("535 5.7.8 "),
	[VERDICT_NOLOGIN] = SL("525 5.7.13 "),
	[VERDICT_TEMPFAIL] = SL("454 4.7.0 "),
	[VERDICT_CLEARTEXT_REFUSED] = SL("523 5.7.10 "),
	[VERDICT_UNKNOWN_MECHANISM] = SL("504 5.5.4 "),
	[VERDICT_BAD_INITIAL] = SL("501 5.5.2 "),
	[VERDICT_BAD_RESPONSE] = SL("535 5.7.8 "),
	[VERDICT_ABORTED] = SL("501 5.5.2 "),
	[VERDICT_BACKEND_DOWN] = SL("454 4.7.0 "),
	[VERDICT_BACKEND_CONFIG] = SL("454 4.7.0 "),
};

/* As Dovecot 2.4 writes it, for proxies that follow. */
static void
add_referral(const struct referral *r, struct buf *out)
{
	BUF_ADD(out, SL("550 5.2.900 "), r->user, SL("@"), r->host);
	if (r->port != 0)
		buf_addf(out, ":%u", (unsigned)r->port);
	buf_add(out, SL(" Referral"));
}

void
smtp_auth_done(struct session *s, const struct verdict *v)
{
	struct buf *out = session_out(s);
	struct referral r;

	if (session_referral(s, v, &r)) {
		add_referral(&r, out);
	} else if (v->verbatim) {
		/* As nginx has it. */
		BUF_ADD(out, slice_or(v->code, SL("535 5.7.0")), SL(" "),
			v->text);
	} else {
		buf_add(out, fronts[v->kind]);
		session_add_words(s, v, out);
	}
	buf_add(out, SL("\r\n"));
}
