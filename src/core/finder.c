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
				    .user = f->user,
				    .password = f->request.password };
	struct err *e = target_find(f->core, &wish, f->arena, &f->target);

	if (e != NULL)
		finish_nowhere(f, e);
	else
		f->done(f->arg, FINDER_FOUND);
}

static void
on_answer(void *arg, const struct auth_answer *answer)
{
	struct finder *f = arg;
	struct err *e;

	f->question.waiting = false;
	if (answer->user.n > 0)
		f->user = arena_copy(f->arena, answer->user);
	f->reason = arena_copy(f->arena, answer->reason);
	f->refusal = answer->result;
	if (answer->result != AUTH_OK) {
		f->done(f->arg, FINDER_REFUSED);
		return;
	}
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
	     void (*done)(void *arg, enum finder_result result), void *arg)
{
	*f = (struct finder){ .core = core, .arena = arena,
			      .request = f->request, .protocol = protocol,
			      .user = f->request.user, .done = done,
			      .arg = arg };
	f->question = (struct core_question){
		.request = &f->request, .arena = arena, .done = on_answer,
		.arg = f, .waiting = true };
	core->ops->ask(core->arg, &f->question);
}

void
finder_cancel(struct finder *f)
{
	if (f->question.waiting)
		f->core->ops->forget(f->core->arg, &f->question);
	f->question.waiting = false;
}
