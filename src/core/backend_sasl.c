#include "core/backend_sasl.h"

#include "base/base64.h"
#include "core/backend_private.h"

/* A decoded SASL message. */
#define MAX_SASL (16 * 1024)

void
backend_sasl_reset(struct backend *b)
{
	loop_timer_stop(&b->sasl.work);
	sasl_client_free(&b->sasl.client);
	b->sasl.answered = false;
}

static struct slice
name_of(const struct backend *b)
{
	return b->target->carried.n > 0 ? b->target->carried :
					  sasl_client_name(&b->sasl.client);
}

/* ---- which ------------------------------------------------------------- */

static bool
is_offered(const struct slice *offered, struct slice mechanism)
{
	struct slice rest, name;

	if (offered == NULL)
		return true;
	rest = *offered;
	while (slice_cut_word(&rest, &name)) {
		if (slice_eq_nocase(name, mechanism))
			return true;
	}
	return false;
}

/* A token can be told in two ways; which one the client chose is no reason to
   fail if the backend knows the other. */
static struct slice
other_token_mechanism(struct slice mechanism)
{
	if (slice_eq_nocase(mechanism, SL("XOAUTH2")))
		return SL("OAUTHBEARER");
	if (slice_eq_nocase(mechanism, SL("OAUTHBEARER")))
		return SL("XOAUTH2");
	return mechanism;
}

/* Where the protocol's own login is closed. A password is said in the clear only
   inside TLS. */
static struct slice
best_of(const struct backend *b, const struct slice *offered)
{
	static const struct slice best[] = { SL("SCRAM-SHA-256"),
					     SL("SCRAM-SHA-1") };

	if (b->target->tls != BACKEND_TLS_OFF && is_offered(offered,
							    SL("PLAIN")))
		return SL("PLAIN");
	for (size_t i = 0; offered != NULL &&
			   i < sizeof(best) / sizeof(best[0]); i++) {
		if (is_offered(offered, best[i]))
			return best[i];
	}
	return SL("");
}

static enum backend_login
begin(struct backend *b, const struct slice *offered, struct slice mechanism)
{
	struct slice other = other_token_mechanism(mechanism);

	if (b->target->carried.n == 0 && !sasl_client_knows(mechanism)) {
		backend_fail(b, BACKEND_INTERNAL,
			     "Unsupported SASL mechanism %.*s",
			     SL_FMT(mechanism));
		return BACKEND_LOGIN_NONE;
	}
	if (!is_offered(offered, mechanism) && is_offered(offered, other))
		mechanism = other;
	if (!is_offered(offered, mechanism)) {
		backend_fail(b, BACKEND_REMOTE_CONFIG,
			     "it does not offer the mechanism %.*s",
			     SL_FMT(mechanism));
		return BACKEND_LOGIN_NONE;
	}
	if (b->target->carried.n == 0)
		sasl_client_begin(&b->sasl.client, mechanism,
				  &b->target->identity);
	return BACKEND_LOGIN_SASL;
}

enum backend_login
backend_choose_login(struct backend *b, const struct slice *offered, bool own)
{
	const struct target *t = b->target;
	struct slice mechanism = t->carried.n > 0 ? t->carried : t->mech;

	if (mechanism.n > 0)
		return begin(b, offered, mechanism);
	if (own)
		return BACKEND_LOGIN_OWN;
	mechanism = best_of(b, offered);
	if (mechanism.n > 0)
		return begin(b, offered, mechanism);
	backend_fail(b, BACKEND_REMOTE_CONFIG,
		     "Logins are disabled without TLS");
	return BACKEND_LOGIN_NONE;
}

/* ---- steps ------------------------------------------------------------- */

static void
send_coded(struct backend *b, struct slice message)
{
	struct buf coded;

	buf_init(&coded, 2 * MAX_SASL);
	base64_encode(message, &coded);
	BUF_ADD(&b->out, buf_slice(&coded), SL("\r\n"));
	buf_free(&coded);
}

/* What our side of the exchange came to. */
static void
conclude(struct backend *b, enum sasl_client_step step, struct slice message)
{
	switch (step) {
	case SASL_CLIENT_SEND:
		send_coded(b, message);
		return;
	case SASL_CLIENT_LATER:
		loop_timer_start(&b->sasl.work, 0);
		return;
	case SASL_CLIENT_BAD:
		backend_fail(b, BACKEND_PROTOCOL,
			     "its challenge makes no sense to %.*s",
			     SL_FMT(name_of(b)));
		return;
	}
}

void
backend_sasl_work(void *arg)
{
	struct backend *b = arg;
	enum sasl_client_step step;
	struct buf message;

	buf_init(&message, MAX_SASL);
	step = sasl_client_work(&b->sasl.client, &message);
	conclude(b, step, buf_slice(&message));
	buf_free(&message);
	if (b->at == AT_DIALOGUE)
		backend_flush(b);
}

/* A token's mechanism says why it was refused before it refuses. */
static void
keep_token_error(struct backend *b, struct slice challenge)
{
	struct slice name = name_of(b);

	if (challenge.n > 0 && (slice_eq(name, SL("XOAUTH2")) ||
				slice_eq(name, SL("OAUTHBEARER"))))
		b->token_error = arena_copy(&b->arena, challenge);
}

static void
step(struct backend *b, struct slice challenge)
{
	enum sasl_client_step outcome;
	struct buf message;

	keep_token_error(b, challenge);
	buf_init(&message, MAX_SASL);
	outcome = sasl_client_step(&b->sasl.client, challenge, &message);
	conclude(b, outcome, buf_slice(&message));
	buf_free(&message);
}

/* The client's first message, if there is one to be said without being asked. */
static bool
first_message(struct backend *b, struct buf *out)
{
	const struct target *t = b->target;

	if (t->carried.n > 0)
		return buf_add(out, t->first_message);
	return sasl_client_step(&b->sasl.client, SL(""), out) ==
	       SASL_CLIENT_SEND;
}

/* What did not fit waits for the backend's invitation. */
static void
begin_again(struct backend *b)
{
	struct slice name = name_of(b);

	if (b->target->carried.n > 0)
		return;
	sasl_client_free(&b->sasl.client);
	sasl_client_begin(&b->sasl.client, name, &b->target->identity);
}

static bool
add_initial(struct backend *b, size_t max, struct buf *out)
{
	struct buf message, coded;
	struct slice text;
	bool good;

	buf_init(&message, MAX_SASL);
	buf_init(&coded, 2 * MAX_SASL);
	good = first_message(b, &message) &&
	       base64_encode(buf_slice(&message), &coded);
	text = coded.n > 0 ? buf_slice(&coded) : SL("=");
	b->sasl.answered = good && text.n + 1 <= max;
	if (b->sasl.answered)
		BUF_ADD(out, SL(" "), text);
	else if (good)
		begin_again(b);
	buf_free(&message);
	buf_free(&coded);
	return good;
}

bool
backend_sasl_begin(struct backend *b, size_t max, struct buf *out)
{
	struct slice name = name_of(b);

	buf_add(out, name);
	if ((b->target->carried.n == 0 &&
	     !sasl_client_speaks_first(&b->sasl.client)) ||
	    add_initial(b, max > name.n ? max - name.n : 0, out))
		return true;
	backend_fail(b, BACKEND_INTERNAL, "name and password are too long");
	return false;
}

static void
carry_challenge(struct backend *b, struct slice base64)
{
	if (!b->sasl.answered) {
		b->sasl.answered = true;
		send_coded(b, b->target->first_message);
		return;
	}
	/* A client may think as long as it may stay. */
	b->carrying = true;
	loop_timer_stop(&b->deadline);
	b->owner->challenge(b->arg, base64);
}

void
backend_carry_answer(struct backend *b, struct slice base64)
{
	if (b->at != AT_DIALOGUE)
		return;
	loop_timer_start(&b->deadline, b->target->login_timeout_ms);
	BUF_ADD(&b->out, base64, SL("\r\n"));
	backend_flush(b);
}

void
backend_sasl_answer(struct backend *b, struct slice base64)
{
	struct buf challenge;

	buf_init(&challenge, MAX_SASL);
	if (!base64_decode(base64, &challenge))
		backend_fail(b, BACKEND_PROTOCOL, "challenge is no base64");
	else if (b->target->carried.n > 0)
		carry_challenge(b, base64);
	else
		step(b, buf_slice(&challenge));
	buf_free(&challenge);
}
