/* How a login ended, in IMAP's words (spec: dovecot-login-proxy.md section 4.2
   and 4.5). */
#include "imap/imap_private.h"
#include "imap/imap_response.h"

static const struct slice fronts[VERDICT_KINDS] = {
	[VERDICT_DENIED] = SL("NO [AUTHENTICATIONFAILED] "),
	[VERDICT_NOT_AUTHORIZED] = SL("NO [AUTHORIZATIONFAILED] "),
	[VERDICT_DISABLED] = SL("NO [AUTHENTICATIONFAILED] "),
	[VERDICT_EXPIRED] = SL("NO [EXPIRED] "),
	[VERDICT_NOLOGIN] = SL("NO [CONTACTADMIN] "),
	[VERDICT_TEMPFAIL] = SL("NO [UNAVAILABLE] "),
	[VERDICT_CLEARTEXT_REFUSED] = SL("NO [PRIVACYREQUIRED] "),
	[VERDICT_UNKNOWN_MECHANISM] = SL("NO [ALERT] "),
	[VERDICT_BAD_INITIAL] = SL("BAD "),
	[VERDICT_BAD_RESPONSE] = SL("NO [ALERT] "),
	[VERDICT_ABORTED] = SL("BAD "),
	[VERDICT_BACKEND_DOWN] = SL("NO [UNAVAILABLE] "),
	[VERDICT_BACKEND_CONFIG] = SL("NO [SERVERBUG] "),
};

static const struct slice exposed =
	SL("* BAD [ALERT] Plaintext authentication not allowed without SSL/TLS, "
	   "but your client did it anyway. If anyone was listening, the password "
	   "was exposed.\r\n");

/* The lookup's own words for a refusal are for the user to see. */
static struct slice
front_of(const struct verdict *v)
{
	bool denied = v->kind == VERDICT_DENIED || v->kind == VERDICT_DISABLED;

	if (v->verbatim)
		return SL("NO ");
	return denied && v->text.n > 0 ? SL("NO [ALERT] ") : fronts[v->kind];
}

/* RFC 2221: the login is to be tried elsewhere. */
static void
add_referral(const struct session *s, const struct referral *r,
	     struct buf *out)
{
	BUF_ADD(out, SL("NO [REFERRAL imap://"), r->user, SL(";AUTH="),
		session_method(s), SL("@"), r->host);
	if (r->port != 0 && r->port != 143)
		buf_addf(out, ":%u", (unsigned)r->port);
	BUF_ADD(out, SL("/] "), r->text);
}

static void
add_refusal(struct session *s, const struct verdict *v, struct buf *out)
{
	const struct imap_server *server = session_state(s);
	struct referral r;

	if (session_referral(s, v, &r)) {
		add_referral(s, &r, out);
		return;
	}
	buf_add(out, front_of(v));
	/* Seen: Dovecot has other words for AUTHENTICATE, and no alarm even
	   where a password came with it. */
	if (v->kind == VERDICT_CLEARTEXT_REFUSED && !server->by_login)
		buf_add(out, SL("Plaintext authentication disabled."));
	else
		session_add_words(s, v, out);
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
	add_refusal(s, v, out);
	buf_add(out, SL("\r\n"));
}
