#include "core/finder.h"

static void
finish_nowhere(struct finder *f, struct err *e)
{
	f->why = arena_copy(f->arena, slice_of(err_text(e)));
	err_free(&e);
	f->done(f->arg, FINDER_NOWHERE);
}

static void
follow_route(struct finder *f)
{
	struct target_wish wish = { .protocol = f->protocol,
				    .route = &f->route,
				    .request = &f->request,
				    .user = f->user,
				    .carried = f->carried };
	struct err *e = target_find(f->core, &wish, f->arena, &f->target);

	if (e != NULL)
		finish_nowhere(f, e);
	else
		f->done(f->arg, FINDER_FOUND);
}

/* What the client hears is a line: the first. */
static struct slice
one_line(struct arena *a, struct slice s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] != '\r' && s.p[n] != '\n' && s.p[n] != '\0')
		n++;
	return arena_copy(a, slice_first(s, n));
}

/* Its texts may be the message's that brought it. */
static void
keep_refusal(struct finder *f, const struct auth_answer *answer)
{
	f->refusal = *answer;
	f->refusal.reason = one_line(f->arena, answer->reason);
	f->refusal.code = arena_copy(f->arena, answer->code);
	f->refusal.token_error = arena_copy(f->arena, answer->token_error);
}

/* Whether the backend is to end the exchange: the driver says so, or the route's
   relay_mechanisms does. */
static bool
is_carried(const struct finder *f, const struct auth_answer *answer)
{
	const struct var *list = vars_find(&answer->fields,
					   SL("relay_mechanisms"));
	const struct mechanism *m = mechanism_find(f->request.mechanism);

	if (f->request.proof != AUTH_PROOF_EXCHANGE || m == NULL ||
	    !auth_serves_carried(m))
		return false;
	return answer->carried ||
	       (list != NULL &&
		auth_is_relayed(list->value, f->request.mechanism));
}

static void
on_challenge(void *arg, struct slice challenge)
{
	struct finder *f = arg;

	f->challenge(f->arg, challenge);
}

static void
on_answer(void *arg, const struct auth_answer *answer)
{
	struct finder *f = arg;
	struct err *e;

	f->question.waiting = false;
	if (slice_ends_line(answer->user)) {
		finish_nowhere(f, err_new(ERR_CONFIG, "the user's name has a "
						      "line end in it"));
		return;
	}
	if (answer->user.n > 0)
		f->user = arena_copy(f->arena, answer->user);
	if (answer->result != AUTH_OK) {
		keep_refusal(f, answer);
		f->done(f->arg, FINDER_REFUSED);
		return;
	}
	f->carried = is_carried(f, answer);
	e = route_read(&answer->fields, f->arena, &f->route);
	if (e != NULL)
		finish_nowhere(f, e);
	else if (f->route.nologin && !f->route.proxy &&
		 !f->request.lookup_only)
		/* With proxy, nologin has no meaning, as in Dovecot; and who
		   may not log in gets mail all the same. */
		f->done(f->arg, FINDER_NOLOGIN);
	else
		follow_route(f);
}

void
finder_start(struct finder *f, struct core *core, struct arena *arena,
	     enum protocol protocol,
	     void (*challenge)(void *arg, struct slice challenge),
	     void (*done)(void *arg, enum finder_result result), void *arg)
{
	*f = (struct finder){ .core = core, .arena = arena,
			      .request = f->request, .protocol = protocol,
			      .user = f->request.user, .challenge = challenge,
			      .done = done, .arg = arg };
	f->question = (struct core_question){
		.request = &f->request, .arena = arena,
		.challenge = on_challenge, .done = on_answer, .arg = f,
		.waiting = true };
	core->ops->ask(core->arg, &f->question);
}

void
finder_continue(struct finder *f, struct slice response)
{
	if (f->question.waiting)
		f->core->ops->proceed(f->core->arg, &f->question, response);
}

void
finder_cancel(struct finder *f)
{
	if (f->question.waiting)
		f->core->ops->forget(f->core->arg, &f->question);
	f->question.waiting = false;
}
