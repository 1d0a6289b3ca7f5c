#include "auth/sasl_server.h"

#include "auth/oauth_message.h"
#include "auth/scram.h"

typedef enum sasl_step take_message(struct sasl_server *s,
				    struct slice message, struct arena *a,
				    struct slice *challenge_out);

/* RFC 4616: [authzid] NUL authcid NUL password, none of which has a NUL. */
static enum sasl_step
take_plain(struct sasl_server *s, struct slice message, struct arena *a,
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
take_login(struct sasl_server *s, struct slice message, struct arena *a,
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

static enum sasl_step
take_token(struct sasl_server *s, struct slice message, struct arena *a,
	   struct slice *challenge_out)
{
	struct credentials *c = &s->credentials;
	bool bearer = slice_eq(s->mechanism->name, SL("OAUTHBEARER"));

	(void)challenge_out;
	message = arena_copy(a, message);
	c->proof = AUTH_PROOF_TOKEN;
	return oauth_message_read(bearer ? OAUTH_BEARER : OAUTH_XOAUTH2,
				  message, a, &c->user, &c->password) ?
		       SASL_DONE : SASL_BAD;
}

/* RFC 4422 appendix A: whom to act as, or nothing. Who it is, the certificate
   says. */
static enum sasl_step
take_external(struct sasl_server *s, struct slice message, struct arena *a,
	      struct slice *challenge_out)
{
	(void)challenge_out;
	s->credentials.proof = AUTH_PROOF_CERTIFICATE;
	s->credentials.authzid = arena_copy(a, message);
	return slice_has(message, '\0') ? SASL_BAD : SASL_DONE;
}

static enum sasl_step
take_opaque(struct sasl_server *s, struct slice message, struct arena *a,
	    struct slice *challenge_out)
{
	struct credentials *c = &s->credentials;

	(void)challenge_out;
	c->proof = AUTH_PROOF_EXCHANGE;
	c->has_response = true;
	c->response = arena_copy(a, message);
	return SASL_DONE;
}

static enum sasl_step
take_scram(struct sasl_server *s, struct slice message, struct arena *a,
	   struct slice *challenge_out)
{
	struct scram_first first;

	take_opaque(s, message, a, challenge_out);
	if (!scram_first_read(s->credentials.response, a, &first))
		return SASL_BAD;
	s->credentials.user = first.user;
	s->credentials.authzid = first.gs2.authzid;
	return SASL_DONE;
}

static take_message *
taker_of(const struct sasl_server *s)
{
	switch (s->mechanism->kind) {
	case MECHANISM_PASSWORD:
		return slice_eq(s->mechanism->name, SL("PLAIN")) ? take_plain :
								   take_login;
	case MECHANISM_TOKEN:
		return take_token;
	case MECHANISM_CERTIFICATE:
		return take_external;
	case MECHANISM_SCRAM:
		return take_scram;
	case MECHANISM_CRAM:
	case MECHANISM_OTHER:
		break;
	}
	return take_opaque;
}

void
sasl_server_begin(struct sasl_server *s, const struct mechanism *m,
		  struct slice name)
{
	*s = (struct sasl_server){ .mechanism = m };
	s->credentials.mechanism = name;
}

/* What the server has to say before the client says anything. False: who ends
   the exchange knows. */
static bool
first_challenge(const struct sasl_server *s, struct slice *challenge_out)
{
	if (s->mechanism->kind == MECHANISM_CRAM ||
	    s->mechanism->kind == MECHANISM_OTHER)
		return false;
	*challenge_out = slice_eq(s->mechanism->name, SL("LOGIN")) ?
				 SL("Username:") :
				 SL("");
	return true;
}

enum sasl_step
sasl_server_step(struct sasl_server *s, bool has_message, struct slice message,
		 struct arena *a, struct slice *challenge_out)
{
	if (has_message)
		return taker_of(s)(s, message, a, challenge_out);
	if (first_challenge(s, challenge_out))
		return SASL_CHALLENGE;
	s->credentials.proof = AUTH_PROOF_EXCHANGE;
	return SASL_DONE;
}
