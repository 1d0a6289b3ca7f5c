#include "auth/sasl_client.h"

struct sasl_client_mechanism {
	struct slice name;
	bool speaks_first;
	bool (*step)(struct sasl_client *c, struct slice challenge,
		     struct buf *out);
};

/* RFC 4616. Without a master both identities are the user, as Dovecot's proxy
   has it. */
static bool
plain_step(struct sasl_client *c, struct slice challenge, struct buf *out)
{
	const struct sasl_client_identity *id = c->identity;
	struct slice authcid = id->master.n > 0 ? id->master : id->user;

	(void)challenge;
	return c->step++ == 0 &&
	       BUF_ADD(out, id->user, ((struct slice){ "", 1 }), authcid,
		       ((struct slice){ "", 1 }), id->password);
}

/* Two questions, whatever their words: some servers translate them. */
static bool
login_step(struct sasl_client *c, struct slice challenge, struct buf *out)
{
	const struct sasl_client_identity *id = c->identity;

	(void)challenge;
	switch (c->step++) {
	case 0:
		return buf_add(out, id->user);
	case 1:
		return buf_add(out, id->password);
	default:
		return false;
	}
}

static const struct sasl_client_mechanism mechanisms[] = {
	{ SL("PLAIN"), true, plain_step },
	{ SL("LOGIN"), false, login_step },
};

bool
sasl_client_begin(struct sasl_client *c, struct slice mechanism,
		  const struct sasl_client_identity *identity)
{
	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++) {
		if (!slice_eq_nocase(mechanisms[i].name, mechanism))
			continue;
		*c = (struct sasl_client){ .mechanism = &mechanisms[i],
					   .identity = identity };
		return true;
	}
	return false;
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

bool
sasl_client_step(struct sasl_client *c, struct slice challenge, struct buf *out)
{
	return c->mechanism->step(c, challenge, out);
}
