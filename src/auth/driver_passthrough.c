/* Nothing is looked up: the name says who it is, and the backend judges the
   password. */
#include "auth/auth.h"

static void
lookup(void *state, const struct auth_conf *conf, struct auth_lookup *l)
{
	struct auth_answer answer = { .result = AUTH_OK,
				      .user = l->request->user,
				      .carried = true };

	(void)state;
	(void)conf;
	if (auth_acts_for_another(l->request))
		auth_leave_to_backend(l, &answer);
	auth_lookup_answer(l, &answer);
}

static bool
serves(const void *state, const struct auth_conf *conf,
       const struct mechanism *m)
{
	(void)state;
	return auth_serves_unjudged(conf, m);
}

const struct auth_driver_ops auth_driver_passthrough = {
	.name = "passthrough",
	.serves = serves,
	.lookup = lookup,
};
