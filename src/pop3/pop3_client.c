/* POP3 towards the backend: banner, TLS, who the client is, the login (spec:
   dovecot-login-proxy.md sections 3 and 4, dovecot-forwarding.md section 5). */
#include "core/backend_sasl.h"
#include "pop3/pop3_private.h"

/* The longest AUTH with an initial response, line end and all; a longer one
   waits to be asked for (RFC 5034 section 4, RFC 2449 section 4). */
#define MAX_AUTH 255

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

static void
send_auth(struct backend *b)
{
	const struct slice auth = SL("AUTH "), end = SL("\r\n");

	buf_add(backend_out(b), auth);
	if (backend_sasl_begin(b, MAX_AUTH - auth.n - end.n, backend_out(b)))
		buf_add(backend_out(b), end);
}

static enum pop3_client_at
login_stage(const struct backend *b)
{
	return pop3(b)->by_sasl ? POP3_AWAIT_AUTH : POP3_AWAIT_USER;
}

/* Who the client is, and right behind it the login. */
static void
log_in(struct backend *b)
{
	struct pop3_client *c = pop3(b);
	enum backend_login how = backend_choose_login(b, NULL, true);
	size_t left_out = 0;

	if (how == BACKEND_LOGIN_NONE)
		return;
	c->by_sasl = how == BACKEND_LOGIN_SASL;
	if (c->takes_xclient && backend_target(b)->send_identity)
		c->xclient_left = pop3_write_xclient(backend_forward(b),
						     backend_out(b), &left_out);
	if (left_out > 0)
		backend_warn_left_out(b, left_out);
	c->at = c->xclient_left > 0 ? POP3_AWAIT_XCLIENT : login_stage(b);
	if (c->by_sasl)
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

static bool
is_challenge(struct slice line)
{
	return slice_eq(line, SL("+")) || slice_starts(line, SL("+ "));
}

static void
on_line(struct backend *b, struct slice line)
{
	struct pop3_reply r;

	if (pop3(b)->at == POP3_AWAIT_BANNER)
		on_banner(b, line);
	else if (pop3(b)->at == POP3_AWAIT_AUTH && is_challenge(line))
		backend_sasl_answer(b, slice_trim(slice_skip(line, 1)));
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
