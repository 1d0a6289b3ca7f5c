/* IMAP towards the backend: greeting, TLS, who the client is, the login (spec:
   dovecot-login-proxy.md sections 3 and 4, dovecot-forwarding.md section 4). */
#include "base/mem.h"
#include "core/backend_sasl.h"
#include "imap/imap_private.h"
#include "imap/imap_response.h"

/* The longest LOGIN: two literals, and words around them. */
#define MAX_LOGIN (2 * IMAP_MAX_LITERAL + 256)
/* An initial response that is longer goes after the invitation: many servers read
   8192 octets of a command's line. */
#define MAX_SASL_IR 7500
/* What the backend is told of the client. */
#define MAX_ID (32 * 1024)
/* What it may tell the user on the way: there has to be room behind it for its
   answer, and what follows that. */
#define MAX_SAID (16 * 1024)

static struct imap_client *
imap(const struct backend *b)
{
	return backend_state(b);
}

struct slice
imap_backend_capability(const struct backend *b)
{
	return imap(b)->capability;
}

const char *
imap_backend_stage(const struct backend *b)
{
	switch (imap(b)->at) {
	case IMAP_AWAIT_GREETING:
		return "banner";
	case IMAP_AWAIT_CAPABILITY:
		return "capability";
	case IMAP_AWAIT_STARTTLS:
		return "starttls";
	case IMAP_AWAIT_ID:
		return "id";
	case IMAP_AWAIT_LOGIN:
		break;
	}
	return "login";
}

static bool
can(const struct backend *b, struct slice capability)
{
	return imap_capability_has(imap(b)->capability, capability);
}

/* ---- sending ----------------------------------------------------------- */

/* Sends what may go now of a command. False if the backend has to invite what
   is left. */
static bool
send_segments(struct backend *b, struct imap_segments *todo)
{
	struct slice segment;

	if (imap_segment_next(todo, &segment))
		buf_add(backend_out(b), segment);
	return todo->rest.n == 0;
}

/* The identity, and right behind it the login: a backend that reads one after
   the other costs one round trip. */
static void
send_commands(struct backend *b)
{
	struct imap_client *c = imap(b);

	if (c->id.rest.n > 0 && !send_segments(b, &c->id))
		return;
	if (c->at == IMAP_AWAIT_LOGIN && c->login.rest.n > 0)
		send_segments(b, &c->login);
}

static void
keep(struct backend *b, struct buf *text, struct imap_segments *todo)
{
	*todo = (struct imap_segments){
		.rest = arena_copy(backend_arena(b), buf_slice(text)) };
	buf_free(text);
}

/* ---- the login --------------------------------------------------------- */

/* False if the dialogue ended instead; so below. */
static bool
write_login(struct backend *b, struct buf *out)
{
	const struct sasl_client_identity *id = &backend_target(b)->identity;
	size_t nonsync_max = imap_nonsync_max(imap(b)->capability);

	buf_add(out, SL("L LOGIN "));
	if (imap_write_string(out, id->user, nonsync_max) &&
	    buf_add_char(out, ' ') &&
	    imap_write_string(out, id->password, nonsync_max) &&
	    buf_add(out, SL("\r\n")))
		return true;
	backend_fail(b, BACKEND_INTERNAL,
		     "name or password do not fit into a command");
	return false;
}

static bool
write_authenticate(struct backend *b, struct buf *out)
{
	struct imap_client *c = imap(b);

	c->in_sasl = true;
	buf_add(out, SL("L AUTHENTICATE "));
	return backend_sasl_begin(b, can(b, SL("SASL-IR")) ? MAX_SASL_IR : 0,
				  out) &&
	       buf_add(out, SL("\r\n"));
}

/* The mechanisms among the capabilities. */
static struct slice
offered_mechanisms(struct backend *b)
{
	struct slice rest = imap(b)->capability, word, list;
	struct buf out;

	buf_init(&out, IMAP_MAX_RESPONSE);
	while (slice_cut_word(&rest, &word)) {
		if (slice_starts_nocase(word, SL("AUTH=")))
			BUF_ADD(&out, slice_skip(word, 5), SL(" "));
	}
	list = arena_copy(backend_arena(b), buf_slice(&out));
	buf_free(&out);
	return list;
}

/* False if the dialogue ended instead. */
static bool
prepare_login(struct backend *b)
{
	struct slice offered = offered_mechanisms(b);
	struct imap_client *c = imap(b);
	enum backend_login how;
	struct buf text;
	bool good;

	how = backend_choose_login(b, &offered, !can(b, SL("LOGINDISABLED")));
	if (how == BACKEND_LOGIN_NONE)
		return false;
	buf_init(&text, MAX_LOGIN);
	good = how == BACKEND_LOGIN_SASL ? write_authenticate(b, &text) :
					   write_login(b, &text);
	keep(b, &text, &c->login);
	return good;
}

static void
prepare_id(struct backend *b)
{
	struct buf text;

	if (!backend_target(b)->send_identity || !can(b, SL("ID")))
		return;
	buf_init(&text, MAX_ID);
	if (!imap_write_id(b, imap_nonsync_max(imap(b)->capability), &text))
		buf_clear(&text);
	keep(b, &text, &imap(b)->id);
}

/* The connection is as it is meant to be: who the client is, and the login. */
static void
log_in(struct backend *b)
{
	struct imap_client *c = imap(b);

	if (!prepare_login(b))
		return;
	prepare_id(b);
	c->at = backend_target(b)->nopipelining && c->id.rest.n > 0 ?
			IMAP_AWAIT_ID :
			IMAP_AWAIT_LOGIN;
	send_commands(b);
}

/* ---- before the login -------------------------------------------------- */

static void
ask_capability(struct backend *b)
{
	imap(b)->at = IMAP_AWAIT_CAPABILITY;
	buf_add(backend_out(b), SL("C CAPABILITY\r\n"));
}

/* Who the client is goes over the wire after TLS is up: Dovecot's proxies tell
   it in the clear before. */
static void
go_on(struct backend *b)
{
	if (!can(b, SL("IMAP4rev1")) && !can(b, SL("IMAP4rev2"))) {
		backend_fail(b, BACKEND_PROTOCOL,
			     "it lists neither IMAP4rev1 nor IMAP4rev2");
	} else if (!backend_needs_starttls(b)) {
		log_in(b);
	} else if (!can(b, SL("STARTTLS"))) {
		backend_fail(b, BACKEND_REMOTE_CONFIG,
			     "STARTTLS not supported");
	} else {
		imap(b)->at = IMAP_AWAIT_STARTTLS;
		buf_add(backend_out(b), SL("S STARTTLS\r\n"));
	}
}

void
imap_backend_connected(struct backend *b)
{
	imap(b)->at = IMAP_AWAIT_GREETING;
}

/* RFC 9051 section 6.2.1: what was listed in the clear does not count. */
void
imap_backend_secured(struct backend *b)
{
	imap(b)->capability = (struct slice){ 0 };
	ask_capability(b);
}

static void
on_greeting(struct backend *b, const struct imap_response *r)
{
	if (r->kind != IMAP_UNTAGGED || r->status != IMAP_STATUS_OK) {
		backend_fail(b, BACKEND_PROTOCOL, "banner is not * OK: %.*s",
			     SL_FMT(r->said));
		return;
	}
	/* Without a list we would not know whether ID is understood, and the
	   client's address would be lost. */
	if (imap(b)->capability.n == 0)
		ask_capability(b);
	else
		go_on(b);
}

/* ---- answers ----------------------------------------------------------- */

static void
learn_capability(struct backend *b, const struct imap_response *r)
{
	struct slice list;

	if (imap_response_capabilities(r, &list))
		imap(b)->capability = arena_copy(backend_arena(b), list);
}

/* What the client sees of a refusal. Whether the user exists is not said; what
   the backend says in other words may help. */
static void
on_refusal(struct backend *b, const struct imap_response *r)
{
	struct slice denied = SL("NO [AUTHENTICATIONFAILED] "
				 "Authentication failed.");

	if (r->status != IMAP_STATUS_NO || r->code.n == 0 ||
	    slice_eq_nocase(r->code, SL("AUTHENTICATIONFAILED")))
		backend_refused(b, denied);
	else if (slice_eq_nocase(r->code, SL("UNAVAILABLE")))
		backend_refused_for_now(b, r->said);
	else if (slice_eq_nocase(r->code, SL("SERVERBUG")))
		backend_fail(b, BACKEND_REMOTE_CONFIG, "%.*s",
			     SL_FMT(r->text));
	else
		backend_refused(b, r->said);
}

static void
on_login_reply(struct backend *b, const struct imap_response *r)
{
	if (imap(b)->at != IMAP_AWAIT_LOGIN)
		backend_fail(b, BACKEND_PROTOCOL, "a reply to no command");
	else if (r->status == IMAP_STATUS_OK)
		backend_logged_in(b, r->said);
	else
		on_refusal(b, r);
}

/* An ID that is refused costs nobody the login, unless the backend says that it
   is broken. One that is answered before its end is not sent to its end. */
static void
on_id_reply(struct backend *b, const struct imap_response *r)
{
	struct imap_client *c = imap(b);
	/* Else it is on its way, and may itself be waiting to be invited. */
	bool login_waits = c->id.rest.n > 0 || c->at == IMAP_AWAIT_ID;

	c->id = (struct imap_segments){ .literal = 0 };
	if (r->status == IMAP_STATUS_NO &&
	    slice_eq_nocase(r->code, SL("SERVERBUG"))) {
		backend_fail(b, BACKEND_REMOTE_CONFIG, "ID refused: %.*s",
			     SL_FMT(r->text));
		return;
	}
	if (c->at == IMAP_AWAIT_ID)
		c->at = IMAP_AWAIT_LOGIN;
	if (login_waits)
		send_commands(b);
}

static void
on_capability_reply(struct backend *b, const struct imap_response *r)
{
	if (imap(b)->at != IMAP_AWAIT_CAPABILITY)
		return;
	if (r->status == IMAP_STATUS_OK)
		go_on(b);
	else
		backend_fail(b, BACKEND_PROTOCOL, "CAPABILITY refused: %.*s",
			     SL_FMT(r->text));
}

static void
on_starttls_reply(struct backend *b, const struct imap_response *r)
{
	if (imap(b)->at != IMAP_AWAIT_STARTTLS)
		return;
	if (r->status == IMAP_STATUS_OK)
		backend_starttls(b);
	else
		backend_fail(b, BACKEND_REMOTE, "STARTTLS refused: %.*s",
			     SL_FMT(r->text));
}

static void
on_tagged(struct backend *b, const struct imap_response *r)
{
	if (slice_eq(r->tag, SL("L")))
		on_login_reply(b, r);
	else if (slice_eq(r->tag, SL("I")))
		on_id_reply(b, r);
	else if (slice_eq(r->tag, SL("C")))
		on_capability_reply(b, r);
	else if (slice_eq(r->tag, SL("S")))
		on_starttls_reply(b, r);
	else
		backend_fail(b, BACKEND_PROTOCOL, "a reply to no command");
}

static void
on_continuation(struct backend *b, const struct imap_response *r)
{
	struct imap_client *c = imap(b);

	if (c->id.rest.n > 0 ||
	    (c->at == IMAP_AWAIT_LOGIN && c->login.rest.n > 0))
		send_commands(b);
	else if (c->at == IMAP_AWAIT_LOGIN && c->in_sasl)
		backend_sasl_answer(b, r->text);
	/* Others invite a literal that went without being invited. */
}

/* What a backend tells the user on the way ("* OK [ALERT] ...") is the user's to
   hear, once it is certain who told it. */
static void
on_untagged(struct backend *b, const struct imap_response *r, struct slice raw)
{
	bool ours = slice_eq_nocase(r->name, SL("CAPABILITY")) ||
		    slice_eq_nocase(r->name, SL("ID"));
	struct buf *out = session_out(backend_owner_arg(b));

	learn_capability(b, r);
	if (ours || imap(b)->at != IMAP_AWAIT_LOGIN)
		return;
	if (out->n + raw.n > MAX_SAID)
		backend_fail(b, BACKEND_PROTOCOL, "too much before the login");
	else
		buf_add(out, raw);
}

static void
on_response(struct backend *b, const struct imap_response *r, struct slice raw)
{
	/* Nothing but the end comes behind it (RFC 9051 section 7.1.5); why there
	   is one, only these words say. */
	if (r->status == IMAP_STATUS_BYE) {
		backend_fail(b, BACKEND_CONNECT, "Disconnected by server: %.*s",
			     SL_FMT(r->text));
		return;
	}
	if (imap(b)->at == IMAP_AWAIT_GREETING) {
		learn_capability(b, r);
		on_greeting(b, r);
		return;
	}
	switch (r->kind) {
	case IMAP_UNTAGGED:
		on_untagged(b, r, raw);
		return;
	case IMAP_CONTINUATION:
		on_continuation(b, r);
		return;
	case IMAP_TAGGED:
		on_tagged(b, r);
		return;
	}
}

size_t
imap_backend_input(struct backend *b, struct slice in)
{
	struct imap_response r;
	size_t used = 0;

	switch (imap_parse_response(in, &r, &used)) {
	case IMAP_LINE_DONE:
		on_response(b, &r, slice_first(in, used));
		return used;
	case IMAP_LINE_MORE:
		return 0;
	case IMAP_LINE_BROKEN:
		backend_fail(b, BACKEND_PROTOCOL, "not IMAP");
		return 0;
	case IMAP_LINE_TOO_LONG:
		backend_fail(b, BACKEND_PROTOCOL, "too long a line");
		return 0;
	}
	return 0;
}
