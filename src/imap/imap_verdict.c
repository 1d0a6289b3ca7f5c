/* How a login ended, in IMAP's words (spec: dovecot-login-proxy.md section 4.2
   and 4.5). */
#include "imap/imap_private.h"
#include "imap/imap_response.h"

static struct slice
or_else(struct slice text, struct slice otherwise)
{
	return text.n > 0 ? text : otherwise;
}

/* RFC 2221: the login is to be tried elsewhere. */
static void
add_referral(struct session *s, struct slice text, struct buf *out)
{
	const struct route *r = session_route(s);

	if (r == NULL || r->host.n == 0) {
		BUF_ADD(out, SL("NO [CONTACTADMIN] "),
			or_else(text, SL("Login disabled for this user")));
		return;
	}
	BUF_ADD(out, SL("NO [REFERRAL imap://"),
		or_else(r->destuser, session_user(s)), SL(";AUTH="),
		session_method(s), SL("@"), r->host);
	if (r->port != 0 && r->port != 143)
		buf_addf(out, ":%u", (unsigned)r->port);
	BUF_ADD(out, SL("/] "), or_else(text, SL("Try this server instead.")));
}

static void
add_denied(struct slice reason, struct buf *out)
{
	if (reason.n > 0)
		BUF_ADD(out, SL("NO [ALERT] "), reason);
	else
		buf_add(out, SL("NO [AUTHENTICATIONFAILED] "
				"Authentication failed."));
}

static const struct slice exposed =
	SL("* BAD [ALERT] Plaintext authentication not allowed without SSL/TLS, "
	   "but your client did it anyway. If anyone was listening, the password "
	   "was exposed.\r\n");

/* Seen: Dovecot has other words for AUTHENTICATE, and no alarm even where a
   password came with it. */
static void
add_cleartext_refused(struct session *s, struct buf *out)
{
	const struct imap_server *server = session_state(s);

	if (server->by_login)
		buf_add(out, SL("NO [PRIVACYREQUIRED] Plaintext authentication "
				"disallowed on non-secure (SSL/TLS) "
				"connections."));
	else
		buf_add(out, SL("NO [PRIVACYREQUIRED] Plaintext authentication "
				"disabled."));
}

static void
add_words(struct session *s, const struct verdict *v, struct buf *out)
{
	switch (v->kind) {
	case VERDICT_DENIED:
	case VERDICT_DISABLED:
		add_denied(v->text, out);
		return;
	case VERDICT_NOT_AUTHORIZED:
		BUF_ADD(out, SL("NO [AUTHORIZATIONFAILED] "),
			or_else(v->text, SL("Authorization failed")));
		return;
	case VERDICT_EXPIRED:
		BUF_ADD(out, SL("NO [EXPIRED] "),
			or_else(v->text, SL("Password expired")));
		return;
	case VERDICT_NOLOGIN:
		add_referral(s, v->text, out);
		return;
	case VERDICT_TEMPFAIL:
		buf_add(out, SL("NO [UNAVAILABLE] "));
		session_add_temporary_failure(s, out);
		return;
	case VERDICT_CLEARTEXT_REFUSED:
		add_cleartext_refused(s, out);
		return;
	case VERDICT_UNKNOWN_MECHANISM:
		buf_add(out, SL("NO [ALERT] Unsupported authentication "
				"mechanism."));
		return;
	case VERDICT_BAD_INITIAL:
		buf_add(out, SL("BAD Invalid base64 data in initial response"));
		return;
	case VERDICT_BAD_RESPONSE:
		buf_add(out, SL("NO [ALERT] Invalid base64 in response"));
		return;
	case VERDICT_ABORTED:
		buf_add(out, SL("BAD Authentication aborted by client."));
		return;
	case VERDICT_BACKEND_DOWN:
		buf_add(out, SL("NO [UNAVAILABLE] Account is temporarily "
				"unavailable."));
		return;
	case VERDICT_BACKEND_CONFIG:
		buf_add(out, SL("NO [SERVERBUG] Account is temporarily "
				"unavailable."));
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

/* ---- success ----------------------------------------------------------- */

/* The backend's "OK ..." as a response of its own, taken apart. */
static bool
read_ok(struct slice words, struct buf *line, struct imap_response *out)
{
	size_t used;

	BUF_ADD(line, SL("L "), words, SL("\r\n"));
	return imap_parse_response(buf_slice(line), out, &used) ==
	       IMAP_LINE_DONE;
}

/* From here on the client must know the backend's capabilities, not ours. One
   that asked before is told again; to the others the final OK says it. A code of
   another kind in the OK is not lost over it: the list goes in front then. */
static void
add_logged_in(struct session *s, struct slice tag, struct slice words,
	      struct buf *out)
{
	const struct imap_server *server = session_state(s);
	struct slice known = imap_backend_capability(session_backend(s));
	struct imap_response ok = { .status = IMAP_STATUS_NONE };
	struct slice list = known;
	bool says_it, replaces;
	struct buf line;

	buf_init(&line, IMAP_MAX_RESPONSE_LINE + 16);
	says_it = read_ok(words, &line, &ok) &&
		  imap_response_capabilities(&ok, &list);
	replaces = !says_it && !server->asked_capability && known.n > 0 &&
		   ok.code.n == 0;
	if (list.n > 0 && (server->asked_capability || (!says_it && !replaces)))
		BUF_ADD(out, SL("* CAPABILITY "), list, SL("\r\n"));
	if (replaces)
		BUF_ADD(out, tag, SL(" OK [CAPABILITY "), known, SL("] "),
			ok.text, SL("\r\n"));
	else
		BUF_ADD(out, tag, SL(" "), words, SL("\r\n"));
	buf_free(&line);
}

void
imap_auth_done(struct session *s, const struct verdict *v)
{
	const struct imap_server *server = session_state(s);
	struct slice tag = { server->tag, server->tag_n };
	struct buf *out = session_out(s);

	if (v->kind == VERDICT_LOGGED_IN) {
		add_logged_in(s, tag, v->text, out);
		return;
	}
	if (v->kind == VERDICT_CLEARTEXT_REFUSED && server->by_login)
		buf_add(out, exposed);
	BUF_ADD(out, tag, SL(" "));
	add_words(s, v, out);
	buf_add(out, SL("\r\n"));
}
