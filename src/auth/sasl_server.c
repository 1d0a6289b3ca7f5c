#include "auth/sasl_server.h"

struct sasl_mechanism {
	struct slice name;
	enum sasl_step (*step)(struct sasl_server *s, struct slice message,
			       struct arena *a, struct slice *challenge_out);
	/* Says something before the client has said anything. */
	struct slice first_challenge;
};

/* RFC 4616: [authzid] NUL authcid NUL password, none of which has a NUL. */
static enum sasl_step
plain_step(struct sasl_server *s, struct slice message, struct arena *a,
	   struct slice *challenge_out)
{
	struct credentials *c = &s->credentials;
	struct slice authzid, user;

	(void)challenge_out;
	if (!slice_cut(&message, '\0', &authzid) ||
	    !slice_has(message, '\0') || !slice_cut(&message, '\0', &user) ||
	    user.n == 0 || slice_has(message, '\0'))
		return SASL_BAD;
	c->authzid = arena_copy(a, authzid);
	c->user = arena_copy(a, user);
	c->password = arena_copy(a, message);
	return SASL_DONE;
}

/* Never standardised: the client answers two questions. An initial response is
   the answer to the first. */
static enum sasl_step
login_step(struct sasl_server *s, struct slice message, struct arena *a,
	   struct slice *challenge_out)
{
	struct credentials *c = &s->credentials;

	if (slice_has(message, '\0'))
		return SASL_BAD;
	if (s->step++ == 0) {
		if (message.n == 0)
			return SASL_BAD;
		c->user = arena_copy(a, message);
		*challenge_out = SL("Password:");
		return SASL_CHALLENGE;
	}
	c->password = arena_copy(a, message);
	return SASL_DONE;
}

static const struct sasl_mechanism mechanisms[] = {
	{ SL("PLAIN"), plain_step, { "", 0 } },
	{ SL("LOGIN"), login_step, SL("Username:") },
};

const struct sasl_mechanism *
sasl_mechanism_find(struct slice name)
{
	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++) {
		if (slice_eq_nocase(mechanisms[i].name, name))
			return &mechanisms[i];
	}
	return NULL;
}

void
sasl_server_begin(struct sasl_server *s, const struct sasl_mechanism *m)
{
	*s = (struct sasl_server){ .mechanism = m };
	s->credentials.mechanism = m->name;
}

enum sasl_step
sasl_server_step(struct sasl_server *s, bool has_message, struct slice message,
		 struct arena *a, struct slice *challenge_out)
{
	if (!has_message) {
		*challenge_out = s->mechanism->first_challenge;
		return SASL_CHALLENGE;
	}
	return s->mechanism->step(s, message, a, challenge_out);
}
