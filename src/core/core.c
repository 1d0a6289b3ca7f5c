#include "core/core.h"

#include <unistd.h>

#include "base/clock.h"
#include "core/session_private.h"

/* A session that was silent for this long is told goodbye first when the
   process is to end. */
#define IDLE_MS 1000

/* Answers to what a client said last come within this, or never. */
#define HALF_CLOSED_MS (60 * 1000)

/* ---- life -------------------------------------------------------------- */

static void
on_reap(void *arg)
{
	struct core *core = arg;

	while (core->closing != NULL) {
		struct session *s = core->closing;

		core->closing = s->next_closing;
		session_free(s);
	}
	core->ops->freed(core->arg);
}

static void
set_hostname(struct core *core)
{
	struct slice name = core->settings->hostname;

	if (name.n > 0)
		snprintf(core->hostname, sizeof(core->hostname), "%.*s",
			 SL_FMT(name));
	else if (gethostname(core->hostname, sizeof(core->hostname) - 1) != 0)
		snprintf(core->hostname, sizeof(core->hostname), "localhost");
}

void
core_init(struct core *core, struct loop *loop, const struct settings *settings,
	  struct mail_hosts *hosts, const struct core_ops *ops, void *arg)
{
	*core = (struct core){ .loop = loop, .settings = settings,
			       .hosts = hosts, .ops = ops, .arg = arg };
	set_hostname(core);
	core->pool = relay_pool_make();
	core->tls_clients = tls_clients_make();
	core->reaper.run = on_reap;
	core->reaper.arg = core;
}

void
core_free(struct core *core)
{
	while (core->sessions != NULL)
		session_close(core->sessions, CLOSE_SHUTDOWN);
	loop_forget(core->loop, &core->reaper);
	on_reap(core);
	relay_pool_free(&core->pool);
	tls_clients_free(&core->tls_clients);
	arena_free(&core->offers_arena);
	tls_free(&core->tls);
}

void
core_set_offers(struct core *core, const struct vars *offers)
{
	arena_free(&core->offers_arena);
	core->offers = (struct vars){ .n = 0 };
	for (size_t i = 0; i < offers->n; i++)
		vars_set(&core->offers, &core->offers_arena,
			 offers->v[i].name, offers->v[i].value);
}

/* ---- sessions from outside --------------------------------------------- */

static bool
is_meant(const struct session *s, struct slice user, struct slice session_id)
{
	if (session_id.n > 0)
		return slice_eq(s->session_id, session_id);
	return s->user.n > 0 && slice_eq(s->user, user);
}

size_t
core_kick(struct core *core, struct slice user, struct slice session_id)
{
	struct session *next;
	size_t n = 0;

	for (struct session *s = core->sessions; s != NULL; s = next) {
		next = s->next;
		if (!is_meant(s, user, session_id))
			continue;
		session_close(s, CLOSE_KICKED);
		n++;
	}
	return n;
}

/* Before the login there is nothing to wait for, but in protocols that have
   something to break off. */
static bool
is_idle(const struct session *s, int64_t now)
{
	const struct proto *proto = s->listener->proto;

	if (s->at != SESSION_RELAY)
		return proto->is_busy == NULL || s->login == NULL ||
		       !proto->is_busy(s);
	return relay_may_speak(&s->relay) &&
	       now - s->relay.active_ms >= IDLE_MS;
}

void
core_drain(struct core *core, bool everybody)
{
	int64_t now = clock_now_ms();
	struct session *next;

	for (struct session *s = core->sessions; s != NULL; s = next) {
		next = s->next;
		if (everybody || is_idle(s, now))
			session_close(s, CLOSE_SHUTDOWN);
	}
}

static bool
is_forgotten(const struct session *s, int64_t now)
{
	return s->at == SESSION_RELAY && relay_is_half_closed(&s->relay) &&
	       now - s->relay.active_ms >= HALF_CLOSED_MS;
}

void
core_sweep(struct core *core)
{
	int64_t now = clock_now_ms();
	struct session *next;

	if (relay_pool_half_closed(core->pool) == 0)
		return;
	for (struct session *s = core->sessions; s != NULL; s = next) {
		next = s->next;
		if (is_forgotten(s, now))
			session_relay_ended(s, relay_ended_by(&s->relay), "");
	}
}
