/* POP3 towards the backend: banner, TLS, who the client is, the login (spec:
   dovecot-login-proxy.md sections 3 and 4, dovecot-forwarding.md section 5). */
#include "base/base64.h"
#include "pop3/pop3_private.h"

/* A decoded SASL message, and its coded form. */
#define MAX_SASL (8 * 1024)

static struct pop3_client *
pop3(const struct backend *b)
{
	return backend_state(b);
}

const char *
pop3_backend_stage(const struct backend *b)
{
	switch (pop3(b)->at) {
	case POP3_AWAIT_BANNER:
		return "banner";
	case POP3_AWAIT_STLS:
		return "starttls";
	case POP3_AWAIT_XCLIENT:
		return "xclient";
	case POP3_AWAIT_USER:
		return "login1";
	case POP3_AWAIT_PASS:
	case POP3_AWAIT_AUTH:
		break;
	}
	return "login2";
}

/* ---- the login --------------------------------------------------------- */

static void
send_user(struct backend *b)
{
	BUF_ADD(backend_out(b), SL("USER "), backend_target(b)->identity.user,
		SL("\r\n"));
}

static void
send_pass(struct backend *b)
{
	pop3(b)->at = POP3_AWAIT_PASS;
	BUF_ADD(backend_out(b), SL("PASS "),
		backend_target(b)->identity.password, SL("\r\n"));
}

/* Appends the SASL client's answer to a challenge in base64; an empty initial
   response is "=" (RFC 5034 section 4). */
static bool
add_answer(struct pop3_client *c, struct slice challenge, bool initial,
	   struct buf *out)
{
	struct buf plain;
	bool good;

	buf_init(&plain, MAX_SASL);
	good = sasl_client_step(&c->sasl, challenge, &plain);
	if (good && initial && plain.n == 0)
		good = buf_add_char(out, '=');
	else if (good)
		good = base64_encode(buf_slice(&plain), out);
	buf_free(&plain);
	return good;
}

/* False if usher cannot speak the mechanism: the dialogue ended. */
static bool
send_auth(struct backend *b)
{
	const struct target *t = backend_target(b);
	struct pop3_client *c = pop3(b);
	struct buf *out = backend_out(b);

	if (!sasl_client_begin(&c->sasl, t->mech, &t->identity)) {
		backend_fail(b, BACKEND_INTERNAL,
			     "Unsupported SASL mechanism %.*s", SL_FMT(t->mech));
		return false;
	}
	BUF_ADD(out, SL("AUTH "), sasl_client_name(&c->sasl));
	if (sasl_client_speaks_first(&c->sasl)) {
		buf_add_char(out, ' ');
		add_answer(c, SL(""), true, out);
	}
	return buf_add(out, SL("\r\n"));
}

static enum pop3_client_at
login_stage(const struct backend *b)
{
	return backend_target(b)->mech.n > 0 ? POP3_AWAIT_AUTH :
					       POP3_AWAIT_USER;
}

/* Who the client is, and right behind it the login. */
static void
log_in(struct backend *b)
{
	struct pop3_client *c = pop3(b);
	size_t left_out = 0;

	if (c->takes_xclient && backend_target(b)->send_identity)
		c->xclient_left = pop3_write_xclient(backend_forward(b),
						     backend_out(b), &left_out);
	if (left_out > 0)
		backend_warn_left_out(b, left_out);
	c->at = c->xclient_left > 0 ? POP3_AWAIT_XCLIENT : login_stage(b);
	if (backend_target(b)->mech.n > 0)
		send_auth(b);
	else
		send_user(b);
}

void
pop3_backend_connected(struct backend *b)
{
	pop3(b)->at = POP3_AWAIT_BANNER;
}

void
pop3_backend_secured(struct backend *b)
{
	log_in(b);
}

/* ---- answers ----------------------------------------------------------- */

static void
on_banner(struct backend *b, struct slice line)
{
	struct pop3_client *c = pop3(b);
	struct pop3_reply r;

	if (!pop3_reply_of(line, &r) || !r.ok) {
		backend_fail(b, BACKEND_PROTOCOL, "banner is not +OK");
		return;
	}
	c->takes_xclient = slice_starts(line, SL("+OK [XCLIENT]"));
	if (!backend_needs_starttls(b)) {
		log_in(b);
		return;
	}
	c->at = POP3_AWAIT_STLS;
	buf_add(backend_out(b), SL("STLS\r\n"));
}

/* Which codes say something that does not tell who exists. */
static bool
is_helpful(struct slice code)
{
	return code.n > 0 && !slice_eq_nocase(code, SL("AUTH"));
}

/* What the client sees of a refusal; not whether the user exists. */
static void
on_refusal(struct backend *b, const struct pop3_reply *r, struct slice line)
{
	if (slice_eq_nocase(r->code, SL("SYS/TEMP")))
		backend_refused_for_now(b, line);
	else if (is_helpful(r->code))
		backend_refused(b, line);
	else
		backend_refused(b, SL("-ERR [AUTH] Authentication failed."));
}

static void
on_xclient(struct backend *b, const struct pop3_reply *r)
{
	struct pop3_client *c = pop3(b);

	if (!r->ok)
		backend_fail(b, BACKEND_REMOTE_CONFIG, "XCLIENT refused: %.*s",
			     SL_FMT(r->text));
	else if (--c->xclient_left == 0)
		c->at = login_stage(b);
}

static void
on_stls(struct backend *b, const struct pop3_reply *r)
{
	if (r->ok)
		backend_starttls(b);
	else
		backend_fail(b, BACKEND_REMOTE, "STLS refused: %.*s",
			     SL_FMT(r->text));
}

static void
on_challenge(struct backend *b, struct slice base64)
{
	struct buf challenge, answer;

	buf_init(&challenge, MAX_SASL);
	buf_init(&answer, 2 * MAX_SASL);
	if (!base64_decode(base64, &challenge))
		backend_fail(b, BACKEND_PROTOCOL, "challenge is no base64");
	else if (!add_answer(pop3(b), buf_slice(&challenge), false, &answer))
		backend_fail(b, BACKEND_PROTOCOL, "one challenge too many");
	else
		BUF_ADD(backend_out(b), buf_slice(&answer), SL("\r\n"));
	buf_free(&challenge);
	buf_free(&answer);
}

static void
on_reply(struct backend *b, const struct pop3_reply *r, struct slice line)
{
	switch (pop3(b)->at) {
	case POP3_AWAIT_BANNER:
		return;	/* on_banner() */
	case POP3_AWAIT_STLS:
		on_stls(b, r);
		return;
	case POP3_AWAIT_XCLIENT:
		on_xclient(b, r);
		return;
	case POP3_AWAIT_USER:
		if (r->ok)
			send_pass(b);
		else
			on_refusal(b, r, line);
		return;
	case POP3_AWAIT_PASS:
	case POP3_AWAIT_AUTH:
		if (r->ok)
			backend_logged_in(b, line);
		else
			on_refusal(b, r, line);
		return;
	}
}

static void
on_line(struct backend *b, struct slice line)
{
	struct pop3_reply r;

	if (pop3(b)->at == POP3_AWAIT_BANNER)
		on_banner(b, line);
	else if (pop3(b)->at == POP3_AWAIT_AUTH && slice_starts(line, SL("+ ")))
		on_challenge(b, slice_skip(line, 2));
	else if (pop3_reply_of(line, &r))
		on_reply(b, &r, line);
	else
		backend_fail(b, BACKEND_PROTOCOL, "neither +OK nor -ERR");
}

size_t
pop3_backend_input(struct backend *b, struct slice in)
{
	struct slice line;
	size_t used = 0;

	switch (pop3_parse_line(in, POP3_MAX_REPLY, &line, &used)) {
	case POP3_PARSE_DONE:
		on_line(b, line);
		return used;
	case POP3_PARSE_MORE:
		return 0;
	case POP3_PARSE_TOO_LONG:
		backend_fail(b, BACKEND_PROTOCOL, "too long a line");
		return 0;
	}
	return 0;
}
