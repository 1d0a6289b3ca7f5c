#include "auth/sasl_client.h"

#include "auth/oauth_message.h"
#include "base/mem.h"

/* Rounds of SCRAM's derivation in one turn: about a millisecond. */
#define ROUNDS_A_TURN 1000

struct sasl_client_mechanism {
	struct slice name;
	bool speaks_first;
	enum sasl_client_step (*step)(struct sasl_client *c,
				      struct slice challenge, struct buf *out);
	unsigned last_step;	/* the server may say yes after so many; 0: at
				   any time */
	const char *digest;	/* SCRAM */
};

static enum sasl_client_step
sent(bool good)
{
	return good ? SASL_CLIENT_SEND : SASL_CLIENT_BAD;
}

/* RFC 4616. Without a master both identities are the user, as Dovecot's proxy
   has it. */
static enum sasl_client_step
plain_step(struct sasl_client *c, struct slice challenge, struct buf *out)
{
	const struct sasl_client_identity *id = c->identity;
	struct slice authcid = id->master.n > 0 ? id->master : id->user;

	(void)challenge;
	return sent(c->step++ == 0 &&
		    BUF_ADD(out, id->user, ((struct slice){ "", 1 }), authcid,
			    ((struct slice){ "", 1 }), id->password));
}

/* Two questions, whatever their words: some servers translate them. */
static enum sasl_client_step
login_step(struct sasl_client *c, struct slice challenge, struct buf *out)
{
	const struct sasl_client_identity *id = c->identity;

	(void)challenge;
	switch (c->step++) {
	case 0:
		return sent(buf_add(out, id->user));
	case 1:
		return sent(buf_add(out, id->password));
	default:
		return SASL_CLIENT_BAD;
	}
}

/* RFC 4422 appendix A: the certificate says who we are, we say for whom. */
static enum sasl_client_step
external_step(struct sasl_client *c, struct slice challenge, struct buf *out)
{
	(void)challenge;
	return sent(c->step++ == 0 && buf_add(out, c->identity->user));
}

/* A challenge behind the token is why it was refused; it wants an empty answer,
   or "\001" (RFC 7628 section 3.2.3), and then comes the refusal. */
static enum sasl_client_step
token_step(struct sasl_client *c, enum oauth_form form, struct buf *out)
{
	const struct sasl_client_identity *id = c->identity;

	switch (c->step++) {
	case 0:
		return sent(oauth_message_write(form, id->user, id->password,
						out));
	case 1:
		return sent(form == OAUTH_XOAUTH2 ||
			    buf_add(out, SL("\001")));
	default:
		return SASL_CLIENT_BAD;
	}
}

static enum sasl_client_step
bearer_step(struct sasl_client *c, struct slice challenge, struct buf *out)
{
	(void)challenge;
	return token_step(c, OAUTH_BEARER, out);
}

static enum sasl_client_step
xoauth2_step(struct sasl_client *c, struct slice challenge, struct buf *out)
{
	(void)challenge;
	return token_step(c, OAUTH_XOAUTH2, out);
}

static bool
scram_begin(struct sasl_client *c, struct buf *out)
{
	const struct sasl_client_identity *id = c->identity;
	struct slice nonce = scram_nonce(&c->scram.arena);

	return id->master.n > 0 ?
		       scram_client_begin(&c->scram, c->mechanism->digest,
					  id->master, id->user, nonce, out) :
		       scram_client_begin(&c->scram, c->mechanism->digest,
					  id->user, SL(""), nonce, out);
}

static enum sasl_client_step
scram_step(struct sasl_client *c, struct slice challenge, struct buf *out)
{
	switch (c->step++) {
	case 0:
		return sent(scram_begin(c, out));
	case 1:
		return scram_client_take_first(&c->scram, challenge,
					       c->identity->password) ?
			       SASL_CLIENT_LATER : SASL_CLIENT_BAD;
	case 2:
		return sent(scram_client_trusts(&c->scram, challenge));
	default:
		return SASL_CLIENT_BAD;
	}
}

static const struct sasl_client_mechanism mechanisms[] = {
	{ SL("PLAIN"), true, plain_step, 0, NULL },
	{ SL("LOGIN"), false, login_step, 0, NULL },
	{ SL("EXTERNAL"), true, external_step, 0, NULL },
	{ SL("OAUTHBEARER"), true, bearer_step, 0, NULL },
	{ SL("XOAUTH2"), true, xoauth2_step, 0, NULL },
	{ SL("SCRAM-SHA-1"), true, scram_step, 3, "SHA1" },
	{ SL("SCRAM-SHA-256"), true, scram_step, 3, "SHA256" },
};

static const struct sasl_client_mechanism *
find(struct slice name)
{
	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++) {
		if (slice_eq_nocase(mechanisms[i].name, name))
			return &mechanisms[i];
	}
	return NULL;
}

bool
sasl_client_knows(struct slice mechanism)
{
	return find(mechanism) != NULL;
}

bool
sasl_client_begin(struct sasl_client *c, struct slice mechanism,
		  const struct sasl_client_identity *identity)
{
	*c = (struct sasl_client){ .mechanism = find(mechanism),
				   .identity = identity };
	return c->mechanism != NULL;
}

void
sasl_client_free(struct sasl_client *c)
{
	scram_client_free(&c->scram);
	*c = (struct sasl_client){ .step = 0 };
}

struct slice
sasl_client_name(const struct sasl_client *c)
{
	return c->mechanism->name;
}

bool
sasl_client_speaks_first(const struct sasl_client *c)
{
	return c->mechanism->speaks_first;
}

enum sasl_client_step
sasl_client_step(struct sasl_client *c, struct slice challenge, struct buf *out)
{
	return c->mechanism->step(c, challenge, out);
}

enum sasl_client_step
sasl_client_work(struct sasl_client *c, struct buf *out)
{
	if (!scram_client_derive(&c->scram, ROUNDS_A_TURN))
		return SASL_CLIENT_LATER;
	return sent(scram_client_final(&c->scram, out));
}

bool
sasl_client_may_end(const struct sasl_client *c)
{
	return c->mechanism == NULL || c->step >= c->mechanism->last_step;
}
