/* SMTP, LMTP and submission towards the backend, until messages may be sent:
   greeting, EHLO, TLS, who the client is, the login (spec: smtp-proxying.md
   sections 8.2, 12, 16.4; smtp-xclient-xforward.md section 4). */
#include "core/backend_sasl.h"
#include "smtp/smtp_attr.h"
#include "smtp/smtp_private.h"

/* Mechanism and initial response in AUTH, in a line of 512 octets (section
   16.4). */
#define MAX_AUTH (512 - 5 - 2)
/* XCLIENT in commands of 512 octets, and a FORWARD of 1025. */
#define MAX_XCLIENT (8 * 1024)

static struct smtp_client *
smtp(const struct backend *b)
{
	return backend_state(b);
}

const struct smtp_caps *
smtp_backend_caps(const struct backend *b)
{
	return &smtp(b)->caps;
}

bool
smtp_backend_told(const struct backend *b)
{
	return smtp(b)->told;
}

bool
smtp_backend_wants_xforward(const struct backend *b)
{
	return smtp(b)->xforward;
}

const char *
smtp_backend_stage(const struct backend *b)
{
	switch (smtp(b)->at) {
	case SMTP_AWAIT_GREETING:
		return "banner";
	case SMTP_AWAIT_EHLO:
		return "ehlo";
	case SMTP_AWAIT_STARTTLS:
		return "starttls";
	case SMTP_AWAIT_XCLIENT:
		return "xclient";
	case SMTP_AWAIT_EHLO_AGAIN:
		return "xclient-ehlo";
	case SMTP_AWAIT_AUTH:
		break;
	}
	return "authenticate";
}

static bool
can(const struct backend *b, enum smtp_cap cap)
{
	return smtp_caps_have(&smtp(b)->caps, cap);
}

static bool
speaks_lmtp(const struct backend *b)
{
	return backend_target(b)->protocol == PROTOCOL_LMTP;
}

/* ---- sending --------------------------------------------------------------- */

static void
send_ehlo(struct backend *b, struct slice name, enum smtp_client_at at)
{
	smtp(b)->at = at;
	BUF_ADD(backend_out(b), speaks_lmtp(b) ? SL("LHLO ") : SL("EHLO "),
		name, SL("\r\n"));
}

static void
log_in(struct backend *b)
{
	struct smtp_client *c = smtp(b);
	struct buf *out = backend_out(b);

	if (backend_target(b)->protocol != PROTOCOL_SUBMISSION ||
	    backend_target(b)->noauth) {
		backend_logged_in(b, SL(""));
		return;
	}
	if (!can(b, SMTP_CAP_AUTH)) {
		backend_fail(b, BACKEND_REMOTE_CONFIG, "Authentication support "
			     "not advertised (TLS required?)");
		return;
	}
	/* There is no other way than SASL. */
	if (backend_choose_login(b, NULL, false) != BACKEND_LOGIN_SASL)
		return;
	c->at = SMTP_AWAIT_AUTH;
	buf_add(out, SL("AUTH "));
	if (backend_sasl_begin(b, MAX_AUTH, out))
		buf_add(out, SL("\r\n"));
}

/* The next of the XCLIENT commands, each of which has to be answered before
   anything else is said. */
static void
send_xclient(struct backend *b)
{
	struct smtp_client *c = smtp(b);
	size_t n = slice_index(c->xclient, '\n') + 1;

	c->at = SMTP_AWAIT_XCLIENT;
	buf_add(backend_out(b), slice_first(c->xclient, n));
	c->xclient = slice_skip(c->xclient, n);
}

static void
prepare_xclient(struct backend *b)
{
	struct smtp_client *c = smtp(b);
	struct forward f = *backend_forward(b);
	size_t left_out = 0;
	struct buf text;

	if (backend_target(b)->noauth)
		f.login = backend_target(b)->identity.user;
	/* Postfix knows no LMTP, and Dovecot's LMTP takes all three. */
	if (!speaks_lmtp(b) && slice_eq(f.smtp_proto, SL("LMTP")))
		f.smtp_proto = SL("ESMTP");
	buf_init(&text, MAX_XCLIENT);
	smtp_write_xclient(&f, c->caps.xclient, speaks_lmtp(b), &text,
			   &left_out);
	if (left_out > 0)
		backend_warn_left_out(b, left_out);
	c->xclient = arena_copy(backend_arena(b), buf_slice(&text));
	buf_free(&text);
}

static bool
takes_xclient(const struct backend *b)
{
	return can(b, SMTP_CAP_XCLIENT) &&
	       (smtp(b)->caps.xclient & SMTP_ATTR_BIT(SMTP_ATTR_ADDR)) != 0;
}

/* Who the client is, in the way that was asked for; XFORWARD comes with each
   message. */
static void
identify(struct backend *b)
{
	const struct target *t = backend_target(b);
	struct smtp_client *c = smtp(b);

	c->told = t->send_proxy != SEND_PROXY_NO;
	if (!t->send_identity) {
		log_in(b);
	} else if (t->smtp_identity != SMTP_IDENTITY_XFORWARD &&
		   takes_xclient(b)) {
		c->told = true;
		prepare_xclient(b);
		send_xclient(b);
	} else if (t->smtp_identity == SMTP_IDENTITY_XCLIENT) {
		backend_fail(b, BACKEND_REMOTE_CONFIG, "XCLIENT not advertised "
			     "(is usher among those it trusts?)");
	} else if (can(b, SMTP_CAP_XFORWARD)) {
		c->told = c->xforward = true;
		log_in(b);
	} else if (t->smtp_identity == SMTP_IDENTITY_XFORWARD) {
		backend_fail(b, BACKEND_REMOTE_CONFIG, "XFORWARD not advertised "
			     "(is usher among those it trusts?)");
	} else {
		log_in(b);
	}
}

void
smtp_backend_connected(struct backend *b)
{
	smtp(b)->at = SMTP_AWAIT_GREETING;
}

/* What was announced in the clear does not count. */
void
smtp_backend_secured(struct backend *b)
{
	send_ehlo(b, backend_hostname(b), SMTP_AWAIT_EHLO);
}

/* ---- answers --------------------------------------------------------------- */

/* A reply as the client may see it: one line, with an enhanced code. 421 would
   mean that we hang up. */
static struct slice
words_of(struct backend *b, const struct smtp_reply *r, const char *instead)
{
	struct buf text;
	struct slice words;

	buf_init(&text, 1024);
	if (r->code == 421)
		buf_add(&text, slice_of(instead));
	else
		buf_addf(&text, "%u", r->code);
	buf_add_char(&text, ' ');
	if (r->enhanced.n > 0)
		buf_add(&text, r->enhanced);
	else
		buf_addf(&text, "%u.0.0", r->code / 100);
	buf_add_char(&text, ' ');
	smtp_reply_words(r, &text);
	words = arena_copy(backend_arena(b), buf_slice(&text));
	buf_free(&text);
	return words;
}

static void
on_greeting(struct backend *b, const struct smtp_reply *r)
{
	if (r->code == 220)
		send_ehlo(b, backend_hostname(b), SMTP_AWAIT_EHLO);
	else
		backend_fail(b, BACKEND_PROTOCOL, "banner is %u, not 220",
			     r->code);
}

static void
on_ehlo(struct backend *b, const struct smtp_reply *r)
{
	struct smtp_client *c = smtp(b);

	if (r->code != 250) {
		backend_fail(b, BACKEND_REMOTE, "%s refused: %u",
			     speaks_lmtp(b) ? "LHLO" : "EHLO", r->code);
		return;
	}
	smtp_caps_read(r, &c->caps);
	if (c->at == SMTP_AWAIT_EHLO_AGAIN) {
		log_in(b);
	} else if (!backend_needs_starttls(b)) {
		identify(b);
	} else if (!can(b, SMTP_CAP_STARTTLS)) {
		backend_fail(b, BACKEND_REMOTE_CONFIG,
			     "STARTTLS not supported");
	} else {
		c->at = SMTP_AWAIT_STARTTLS;
		buf_add(backend_out(b), SL("STARTTLS\r\n"));
	}
}

/* rest: octets behind the reply, said in the clear by who knows whom. */
static void
on_starttls(struct backend *b, const struct smtp_reply *r, size_t rest)
{
	if (r->code != 220)
		backend_fail(b, BACKEND_REMOTE, "STARTTLS refused: %u",
			     r->code);
	else if (rest > 0)
		backend_fail(b, BACKEND_PROTOCOL, "words behind the reply to "
			     "STARTTLS");
	else
		backend_starttls(b);
}

/* The name that goes with EHLO counts for more than HELO= (section 9, G1). */
static struct slice
client_name(const struct backend *b)
{
	struct slice helo = backend_forward(b)->helo;

	return smtp_is_domain(helo) ? helo : backend_hostname(b);
}

/* Connection-level rules of the backend about the client, as opposed to ones
   about us: those codes say that we may not, or cannot, speak XCLIENT. */
static bool
is_about_us(const struct smtp_reply *r)
{
	return (r->code >= 500 && r->code <= 504) || r->code == 555 ||
	       (r->code == 550 && (slice_eq(r->enhanced, SL("5.7.0")) ||
				   slice_eq(r->enhanced, SL("5.7.14"))));
}

static void
on_xclient(struct backend *b, const struct smtp_reply *r)
{
	struct smtp_client *c = smtp(b);
	struct buf words;

	if (smtp_is_ok(r->code)) {
		if (c->xclient.n > 0)
			send_xclient(b);
		else
			send_ehlo(b, client_name(b), SMTP_AWAIT_EHLO_AGAIN);
		return;
	}
	if (r->code == 421) {
		backend_refused_for_now(b, words_of(b, r, "451"));
		return;
	}
	if (!is_about_us(r)) {
		backend_refused(b, words_of(b, r, ""));
		return;
	}
	buf_init(&words, 1024);
	smtp_reply_words(r, &words);
	backend_fail(b, BACKEND_REMOTE_CONFIG, "XCLIENT refused: %u %.*s",
		     r->code, SL_FMT(buf_slice(&words)));
	buf_free(&words);
}

static void
on_auth(struct backend *b, const struct smtp_reply *r)
{
	struct slice rest = r->lines, text;

	if (r->code == 334 && smtp_reply_next(&rest, &text) && rest.n == 0)
		backend_sasl_answer(b, text);
	else if (r->code == 235)
		backend_logged_in(b, SL(""));
	else if (r->code / 100 == 4)
		backend_refused_for_now(b, words_of(b, r, "454"));
	else if (r->code / 100 == 5)
		backend_refused(b, words_of(b, r, ""));
	else
		backend_fail(b, BACKEND_PROTOCOL, "AUTH got %u", r->code);
}

static void
on_reply(struct backend *b, const struct smtp_reply *r, size_t rest)
{
	switch (smtp(b)->at) {
	case SMTP_AWAIT_GREETING:
		on_greeting(b, r);
		return;
	case SMTP_AWAIT_EHLO:
	case SMTP_AWAIT_EHLO_AGAIN:
		on_ehlo(b, r);
		return;
	case SMTP_AWAIT_STARTTLS:
		on_starttls(b, r, rest);
		return;
	case SMTP_AWAIT_XCLIENT:
		on_xclient(b, r);
		return;
	case SMTP_AWAIT_AUTH:
		on_auth(b, r);
		return;
	}
}

size_t
smtp_backend_input(struct backend *b, struct slice in)
{
	struct smtp_reply r;
	size_t used = 0;

	switch (smtp_reply_read(in, &r, &used)) {
	case SMTP_REPLY_DONE:
		on_reply(b, &r, in.n - used);
		return used;
	case SMTP_REPLY_MORE:
		return 0;
	case SMTP_REPLY_BROKEN:
		break;
	}
	backend_fail(b, BACKEND_PROTOCOL, "not a reply of SMTP");
	return 0;
}
