/* How a login ended, in POP3's words (spec: dovecot-login-proxy.md section 4.3
   and 4.5). */
#include "auth/route.h"
#include "pop3/pop3_private.h"

static struct slice
or_else(struct slice text, struct slice otherwise)
{
	return text.n > 0 ? text : otherwise;
}

/* As Dovecot 2.4 writes it, for proxies that follow. */
static void
add_referral(struct session *s, struct slice text, struct buf *out)
{
	const struct route *r = session_route(s);

	if (r == NULL || r->host.n == 0) {
		BUF_ADD(out, SL("-ERR [AUTH] "),
			or_else(text, SL("Login disabled for this user")));
		return;
	}
	BUF_ADD(out, SL("-ERR [REFERRAL/"),
		or_else(r->destuser, session_user(s)), SL("@"), r->host);
	if (r->port != 0)
		buf_addf(out, ":%u", (unsigned)r->port);
	BUF_ADD(out, SL("] "), or_else(text, SL("Try this server instead.")));
}

static void
add_words(struct session *s, const struct verdict *v, struct buf *out)
{
	switch (v->kind) {
	case VERDICT_DENIED:
	case VERDICT_DISABLED:
		BUF_ADD(out, SL("-ERR [AUTH] "),
			or_else(v->text, SL("Authentication failed.")));
		return;
	case VERDICT_NOT_AUTHORIZED:
		BUF_ADD(out, SL("-ERR [AUTH] "),
			or_else(v->text, SL("Authorization failed")));
		return;
	case VERDICT_EXPIRED:
		BUF_ADD(out, SL("-ERR [AUTH] "),
			or_else(v->text, SL("Password expired")));
		return;
	case VERDICT_NOLOGIN:
		add_referral(s, v->text, out);
		return;
	case VERDICT_TEMPFAIL:
		buf_add(out, SL("-ERR [SYS/TEMP] "));
		session_add_temporary_failure(s, out);
		return;
	case VERDICT_CLEARTEXT_REFUSED:
		buf_add(out, SL("-ERR [AUTH] Plaintext authentication "
				"disallowed on non-secure (SSL/TLS) "
				"connections."));
		return;
	case VERDICT_UNKNOWN_MECHANISM:
		buf_add(out, SL("-ERR [AUTH] Unsupported authentication "
				"mechanism."));
		return;
	case VERDICT_BAD_INITIAL:
		buf_add(out, SL("-ERR [AUTH] Invalid base64 data in initial "
				"response"));
		return;
	case VERDICT_BAD_RESPONSE:
		buf_add(out, SL("-ERR [AUTH] Invalid base64 in response"));
		return;
	case VERDICT_ABORTED:
		buf_add(out, SL("-ERR Authentication aborted by client."));
		return;
	case VERDICT_BACKEND_DOWN:
		buf_add(out, SL("-ERR [SYS/TEMP] Account is temporarily "
				"unavailable."));
		return;
	case VERDICT_BACKEND_CONFIG:
		buf_add(out, SL("-ERR Account is temporarily unavailable."));
		return;
	case VERDICT_LOGGED_IN:
	case VERDICT_BACKEND_DENIED:
	case VERDICT_BACKEND_TEMPFAIL:
		buf_add(out, v->text);
		return;
	case VERDICT_KINDS:
		return;
	}
}

void
pop3_auth_done(struct session *s, const struct verdict *v)
{
	add_words(s, v, session_out(s));
	buf_add(session_out(s), SL("\r\n"));
}
