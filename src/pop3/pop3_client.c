/* POP3 towards the backend: banner, TLS, who the client is, the login (spec:
   dovecot-login-proxy.md sections 3 and 4, dovecot-forwarding.md section 5). */
#include "core/backend_sasl.h"
#include "pop3/pop3_private.h"

/* The longest AUTH with an initial response, line end and all; a longer one
   waits to be asked for (RFC 5034 section 4, RFC 2449 section 4). */
#define MAX_AUTH 255
/* What a backend can do it says in fewer lines. */
#define MAX_CAPA_LINES 100

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
	case POP3_AWAIT_CAPA:
	case POP3_AWAIT_CAPA_LIST:
		return "capa";
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
send_pass(struct backend *b)
{
	BUF_ADD(backend_out(b), SL("PASS "),
		backend_target(b)->identity.password, SL("\r\n"));
}

/* Both at once where the backend says that it reads ahead (RFC 2449 section 6.6). */
static void
send_user(struct backend *b)
{
	struct pop3_client *c = pop3(b);

	BUF_ADD(backend_out(b), SL("USER "), backend_target(b)->identity.user,
		SL("\r\n"));
	c->sent_pass = c->capa.pipelining && !backend_target(b)->nopipelining;
	if (c->sent_pass)
		send_pass(b);
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

static void
send_login(struct backend *b)
{
	if (pop3(b)->by_sasl)
		send_auth(b);
	else
		send_user(b);
}

static void
send_xclient(struct backend *b)
{
	struct pop3_client *c = pop3(b);
	size_t left_out = 0;

	if (!c->takes_xclient || !backend_target(b)->send_identity)
		return;
	c->xclient_left = pop3_write_xclient(backend_forward(b), backend_out(b),
					     &left_out);
	if (left_out > 0)
		backend_warn_left_out(b, left_out);
}

static bool
fits_into_commands(const struct sasl_client_identity *id)
{
	return id->user.n <= POP3_MAX_ARGUMENTS &&
	       id->password.n <= POP3_MAX_ARGUMENTS;
}

/* By what the backend says it can do; one that says nothing can do what all can.
   What would not be understood, or not be taken, is not said at all. False if the
   dialogue ended over it. */
static bool
choose_login(struct backend *b)
{
	struct pop3_client *c = pop3(b);
	enum backend_login how =
		c->capa.known ? backend_choose_login(b, &c->capa.sasl,
						     c->capa.user) :
				backend_choose_login(b, NULL, true);

	c->by_sasl = how == BACKEND_LOGIN_SASL;
	if (how != BACKEND_LOGIN_OWN ||
	    fits_into_commands(&backend_target(b)->identity))
		return how != BACKEND_LOGIN_NONE;
	backend_fail(b, BACKEND_INTERNAL,
		     "name or password do not fit into a command");
	return false;
}

/* Who the client is, and right behind it the login: whoever takes XCLIENT reads
   ahead, unless the lookup knows better. */
static void
log_in(struct backend *b)
{
	struct pop3_client *c = pop3(b);

	if (!choose_login(b))
		return;
	send_xclient(b);
	c->at = c->xclient_left > 0 ? POP3_AWAIT_XCLIENT : login_stage(b);
	if (c->xclient_left == 0 || !backend_target(b)->nopipelining)
		send_login(b);
}

/* ---- before it --------------------------------------------------------- */

/* A Dovecot that trusts us says in its banner all that we want to know, as it does
   to other Dovecots. Others are asked what they can do; what was listed in the clear
   does not count after TLS (RFC 2595 section 4). */
static bool
ask_capa(struct backend *b)
{
	struct pop3_client *c = pop3(b);

	c->capa = (struct pop3_capa){ .known = false };
	if (c->takes_xclient)
		return false;
	c->at = POP3_AWAIT_CAPA;
	buf_add(backend_out(b), SL("CAPA\r\n"));
	return true;
}

/* All is known that can be. */
static void
go_on(struct backend *b)
{
	struct pop3_client *c = pop3(b);

	if (!backend_needs_starttls(b)) {
		log_in(b);
	} else if (c->capa.known && !c->capa.stls) {
		backend_fail(b, BACKEND_REMOTE_CONFIG, "STLS not supported");
	} else {
		c->at = POP3_AWAIT_STLS;
		buf_add(backend_out(b), SL("STLS\r\n"));
	}
}

void
pop3_backend_connected(struct backend *b)
{
	pop3(b)->at = POP3_AWAIT_BANNER;
}

void
pop3_backend_secured(struct backend *b)
{
	if (!ask_capa(b))
		go_on(b);
}

/* ---- answers ----------------------------------------------------------- */

static void
on_banner(struct backend *b, struct slice line)
{
	struct pop3_reply r;

	if (!pop3_reply_of(line, &r) || !r.ok) {
		backend_fail(b, BACKEND_PROTOCOL, "banner is not +OK");
		return;
	}
	pop3(b)->takes_xclient = slice_starts(line, SL("+OK [XCLIENT]"));
	if (!ask_capa(b))
		go_on(b);
}

/* Those that do not know CAPA are spoken to as before there was one. */
static void
on_capa(struct backend *b, const struct pop3_reply *r)
{
	if (r->ok)
		pop3(b)->at = POP3_AWAIT_CAPA_LIST;
	else
		go_on(b);
}

static void
on_capa_line(struct backend *b, struct slice line)
{
	struct pop3_capa *capa = &pop3(b)->capa;
	struct slice word = { 0 };

	if (slice_eq(line, SL("."))) {
		capa->known = true;
		go_on(b);
		return;
	}
	if (++capa->lines > MAX_CAPA_LINES) {
		backend_fail(b, BACKEND_PROTOCOL, "CAPA has no end");
		return;
	}
	slice_cut_word(&line, &word);
	if (slice_eq_nocase(word, SL("SASL")))
		capa->sasl = arena_copy(backend_arena(b), line);
	capa->pipelining |= slice_eq_nocase(word, SL("PIPELINING"));
	capa->stls |= slice_eq_nocase(word, SL("STLS"));
	capa->user |= slice_eq_nocase(word, SL("USER"));
}

/* Which codes say something that does not tell who exists. */
static bool
is_helpful(struct slice code)
{
	return code.n > 0 && !slice_eq_nocase(code, SL("AUTH"));
}

/* A proxy behind us has given up, since a loop ended there or it cannot be what it is
   configured to be: that has no code in POP3, and is nobody's wrong password. */
static bool
has_given_up(const struct pop3_reply *r)
{
	const struct verdict v = { .kind = VERDICT_BACKEND_CONFIG };

	return r->code.n == 0 && slice_eq(r->text, verdict_words(&v));
}

/* What the client sees of a refusal; not whether the user exists. */
static void
on_refusal(struct backend *b, const struct pop3_reply *r, struct slice line)
{
	if (slice_eq_nocase(r->code, SL("SYS/TEMP")))
		backend_refused_for_now(b, line);
	else if (has_given_up(r))
		backend_fail(b, BACKEND_REMOTE_CONFIG, "%.*s",
			     SL_FMT(r->text));
	else if (is_helpful(r->code))
		backend_refused(b, line);
	else
		backend_refused(b, SL("-ERR [AUTH] Authentication failed."));
}

static void
on_xclient(struct backend *b, const struct pop3_reply *r)
{
	struct pop3_client *c = pop3(b);

	if (!r->ok) {
		backend_fail(b, BACKEND_REMOTE_CONFIG, "XCLIENT refused: %.*s",
			     SL_FMT(r->text));
		return;
	}
	if (--c->xclient_left > 0)
		return;
	c->at = login_stage(b);
	if (backend_target(b)->nopipelining)
		send_login(b);
}

static void
on_user(struct backend *b)
{
	struct pop3_client *c = pop3(b);

	c->at = POP3_AWAIT_PASS;
	if (!c->sent_pass)
		send_pass(b);
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
	case POP3_AWAIT_CAPA_LIST:
		return;	/* on_line() */
	case POP3_AWAIT_CAPA:
		on_capa(b, r);
		return;
	case POP3_AWAIT_STLS:
		on_stls(b, r);
		return;
	case POP3_AWAIT_XCLIENT:
		on_xclient(b, r);
		return;
	case POP3_AWAIT_USER:
		if (r->ok)
			on_user(b);
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

/* A challenge; some leave out the blank in front of none. */
static bool
is_challenge(const struct backend *b, struct slice line)
{
	return pop3(b)->at == POP3_AWAIT_AUTH &&
	       (slice_starts(line, SL("+ ")) || slice_eq(line, SL("+")));
}

static void
on_line(struct backend *b, struct slice line)
{
	struct pop3_client *c = pop3(b);
	struct pop3_reply r;

	if (c->at == POP3_AWAIT_BANNER)
		on_banner(b, line);
	else if (c->at == POP3_AWAIT_CAPA_LIST)
		on_capa_line(b, line);
	else if (is_challenge(b, line))
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
