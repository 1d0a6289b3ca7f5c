/* What a client may say in a SASL exchange: every mechanism that usher takes apart,
   and SCRAM to its end. */
#include "fuzz.h"

#include "auth/oauth_message.h"
#include "auth/sasl_server.h"
#include "auth/scram.h"

static void
take(const char *name, struct slice message)
{
	const struct mechanism *m = mechanism_find(slice_of(name));
	struct arena a = { 0 };
	struct slice challenge = { 0 };
	struct sasl_server s;
	enum sasl_step step;

	sasl_server_begin(&s, m, m->name);
	step = sasl_server_step(&s, true, message, &a, &challenge);
	if (step == SASL_DONE && m->kind == MECHANISM_SCRAM)
		require(s.credentials.user.n > 0);
	if (step == SASL_DONE && m->kind == MECHANISM_TOKEN) {
		require(s.credentials.password.n > 0);
		require(!slice_has(s.credentials.password, ' '));
	}
	if (step == SASL_DONE && m->kind != MECHANISM_SCRAM)
		require(!slice_has(s.credentials.user, '\0'));
	arena_free(&a);
}

/* A token that was read is read again from what we write of it. */
static void
take_token(enum oauth_form form, struct slice message)
{
	struct arena a = { 0 };
	struct slice user, token, user2, token2;
	struct buf out;

	buf_init(&out, 1 << 20);
	if (oauth_message_read(form, message, &a, &user, &token) &&
	    oauth_message_write(form, user, token, &out) && user.n > 0) {
		require(oauth_message_read(form, buf_slice(&out), &a, &user2,
					   &token2));
		require(slice_eq(user, user2) && slice_eq(token, token2));
	}
	buf_free(&out);
	arena_free(&a);
}

/* The first message, a line end, the last. */
static void
talk_scram(struct slice all)
{
	static const struct scram_secret secret = { .rounds = 4096,
						    .salt_n = 4, .key_n = 32 };
	struct arena a = { 0 };
	struct scram_server s;
	struct scram_first first;
	struct slice message = { 0 }, reply = { 0 };

	slice_cut(&all, '\n', &message);
	if (scram_first_read(message, &a, &first)) {
		struct slice text = scram_server_begin(
			&s, "SHA256", &first, SL("channel"), &secret,
			SL("nonce"), &a);

		require(slice_starts(text, SL("r=")));
		require(!slice_has(first.user, '\0'));
		/* Nobody knows what the stored key is of. */
		require(scram_server_final(&s, all, &reply) != SCRAM_RIGHT);
	}
	arena_free(&a);
}

/* As a backend's messages to us. */
static void
hear_scram(struct slice all)
{
	struct scram_client c = { 0 };
	struct slice message = { 0 };
	struct buf out;

	slice_cut(&all, '\n', &message);
	buf_init(&out, 1 << 20);
	scram_client_begin(&c, "SHA1", SL("u"), SL(""), SL("abc"), &out);
	if (scram_client_take_first(&c, message, SL("secret"))) {
		/* The arithmetic is not what is tried here. */
		scram_client_derive(&c, 10);
		require(!scram_client_trusts(&c, all));
	}
	scram_client_free(&c);
	buf_free(&out);
}

static void
read_secret(struct slice all)
{
	struct scram_secret s;

	if (scram_secret_read(all, &s) != NULL)
		return;
	require(s.rounds >= SCRAM_MIN_ROUNDS);
	require(s.salt_n <= SCRAM_MAX_SALT && s.key_n <= SCRAM_MAX_KEY);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {
		"PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER", "EXTERNAL",
		"SCRAM-SHA-1", "SCRAM-SHA-256-PLUS", "CRAM-MD5", "GSSAPI",
	};
	struct slice all = { (const char *)data, size };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		take(names[i], all);
	take_token(OAUTH_BEARER, all);
	take_token(OAUTH_XOAUTH2, all);
	talk_scram(all);
	hear_scram(all);
	read_secret(all);
	return 0;
}
