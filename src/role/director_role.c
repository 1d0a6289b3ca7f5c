/* The process that knows the site: its backends, who is logged in where; and the
   operator's door. */
#include <unistd.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/mem.h"
#include "director/mail_hosts.h"
#include "director/registry.h"
#include "role/gather.h"

/* Sessions asked for at once. */
#define PAGE 500
/* A reload starts processes and waits for them. */
#define RELOAD_MS (60 * 1000)

/* A worker, of this configuration or of one before a reload. */
struct link {
	struct link *prev, *next;
	struct ipc ipc;
	struct director_role *role;
	uint64_t id;
	uint32_t index, pid;
};

struct director_role {
	struct child *child;
	struct mail_hosts *hosts;
	struct registry *registry;
	struct resolver *resolver;
	struct admin *admin;
	struct link *links;
	struct gather *gathers;
	struct loop_timer resolve;
	struct loop_task sweep;		/* links that are gone */
	uint64_t next_id;
	int64_t started_ms;
};

/* ---- where backends are ------------------------------------------------ */

static void
send_host(struct link *l, size_t index)
{
	const struct mail_host *h = &l->role->hosts->v[index];
	struct vars addrs = { 0 };
	struct arena a = { 0 };
	char text[ADDR_IP_TEXT];

	for (size_t i = 0; i < h->addr_count; i++)
		vars_set(&addrs, &a,
			 slice_of(addr_ip_text(&h->addrs[i], text)), SL(""));
	SEND(&l->ipc, MESSAGE_HOST, msg_host, .name = h->conf->name,
	     .host = h->conf->host, .addrs = addrs);
	arena_free(&a);
}

struct resolving {
	struct director_role *role;
	const struct mail_hosts *hosts;	/* at the time of the question */
	size_t index;
};

static bool
is_news(const struct mail_host *h, const struct addr *addrs, size_t count)
{
	if (h->addr_count != count)
		return true;
	for (size_t i = 0; i < count; i++) {
		if (!addr_same_ip(&h->addrs[i], &addrs[i]))
			return true;
	}
	return false;
}

/* Without an answer the last known addresses stay: better an old address than
   none while the name server is away. */
static void
on_resolved(void *arg, const struct addr *addrs, size_t count, const char *why)
{
	struct resolving *r = arg;
	struct director_role *role = r->role;
	struct mail_host *h = NULL;
	struct link *l;

	if (role->hosts == r->hosts)
		h = &role->hosts->v[r->index];
	if (h != NULL && count == 0) {
		LOG(&role->child->log, EV_HOST_UNKNOWN,
		    F_TEXT("host", h->conf->host),
		    F_TEXT("what", slice_of(why)));
	} else if (h != NULL && is_news(h, addrs, count)) {
		mail_hosts_set_addrs(role->hosts, h->conf->name, h->conf->host,
				     addrs, count);
		DL_FOREACH(role->links, l)
			send_host(l, r->index);
	}
	free(r);
}

static bool
is_name(const struct mail_host *h)
{
	struct addr a;

	return !addr_parse_ip(h->conf->host, &a);
}

static void
resolve_all(void *arg)
{
	struct director_role *role = arg;

	for (size_t i = 0; i < role->hosts->n; i++) {
		struct resolving *r;

		if (!is_name(&role->hosts->v[i]))
			continue;
		r = mem_zalloc(sizeof(*r));
		*r = (struct resolving){ role, role->hosts, i };
		resolver_lookup(role->resolver, role->hosts->v[i].conf->host,
				on_resolved, r);
	}
	loop_timer_start(&role->resolve,
			 role->child->settings->director.resolve_interval);
}

/* ---- operators --------------------------------------------------------- */

static struct gather *
begin(struct director_role *role, struct admin_reply *reply,
      void (*finish)(struct gather *g))
{
	return gather_begin(&role->gathers, role->child->loop,
			    ++role->next_id, reply, finish, role);
}

static void
finish_sessions(struct gather *g)
{
	admin_reply_end(g->reply);
}

static void
on_sessions(void *arg, struct admin_reply *reply)
{
	struct director_role *role = arg;
	struct gather *g = begin(role, reply, finish_sessions);
	struct link *l;

	admin_reply_list(reply, "sessions");
	DL_FOREACH(role->links, l) {
		gather_ask(g, l->id);
		SEND(&l->ipc, MESSAGE_LIST, msg_page, .id = g->id, .from = 0,
		     .most = PAGE);
	}
	gather_begun(g);
}

static void
finish_kick(struct gather *g)
{
	admin_reply_json(g->reply, 200,
			 json_pack("{s:I}", "kicked", (json_int_t)g->sum));
}

static void
on_kick(void *arg, struct slice user, struct slice session,
	struct admin_reply *reply)
{
	struct director_role *role = arg;
	struct gather *g = begin(role, reply, finish_kick);
	struct link *l;

	DL_FOREACH(role->links, l) {
		gather_ask(g, l->id);
		SEND(&l->ipc, MESSAGE_KICK, msg_kick, .id = g->id,
		     .user = user, .session = session);
	}
	gather_begun(g);
}

/* Answered by the supervisor, under the link that is nobody's. */
static void
finish_reload(struct gather *g)
{
	const char *problems = json_string_value(g->body);

	if (problems == NULL)
		admin_reply_error(g->reply, 504, "the supervisor is silent");
	else if (problems[0] != '\0')
		admin_reply_error(g->reply, 409, problems);
	else
		admin_reply_json(g->reply, 200,
				 json_pack("{s:b}", "reloaded", 1));
}

static void
on_reload(void *arg, struct admin_reply *reply)
{
	struct director_role *role = arg;
	struct gather *g = begin(role, reply, finish_reload);

	loop_timer_start(&g->timer, RELOAD_MS);
	gather_ask(g, 0);
	SEND(&role->child->supervisor, MESSAGE_RELOAD, msg_id, .id = g->id);
}

static void
on_reloaded(struct director_role *role, const struct msg_reloaded *m)
{
	struct gather *g = gather_find(role->gathers, m->id);

	if (g == NULL)
		return;
	g->body = admin_text(m->text);
	gather_answered(g, 0);
}

static json_t *
backends_json(const struct director_role *role)
{
	json_t *list = json_array();
	char text[ADDR_IP_TEXT];

	for (size_t i = 0; i < role->hosts->n; i++) {
		const struct mail_host *h = &role->hosts->v[i];
		json_t *addrs = json_array();

		for (size_t k = 0; k < h->addr_count; k++)
			json_array_append_new(
				addrs,
				json_string(addr_ip_text(&h->addrs[k], text)));
		json_array_append_new(
			list,
			json_pack("{s:o s:o s:o s:I s:I s:o}", "name",
				  admin_text(h->conf->name), "host",
				  admin_text(h->conf->host), "tag",
				  admin_text(h->conf->tag), "weight",
				  (json_int_t)h->conf->weight, "sessions",
				  (json_int_t)registry_sessions_on(
					  role->registry, h->conf->name),
				  "addresses", addrs));
	}
	return list;
}

static void
finish_status(struct gather *g)
{
	struct director_role *role = g->arg;
	int64_t uptime = clock_now_ms() - role->started_ms;

	admin_reply_json(
		g->reply, 200,
		json_pack("{s:s s:I s:I s:I s:o s:O}", "version",
			  PACKAGE_VERSION, "uptime_ms", (json_int_t)uptime,
			  "sessions",
			  (json_int_t)registry_sessions(role->registry),
			  "users", (json_int_t)registry_users(role->registry),
			  "backends", backends_json(role), "workers",
			  g->body));
}

static void
on_status(void *arg, struct admin_reply *reply)
{
	struct director_role *role = arg;
	struct gather *g = begin(role, reply, finish_status);
	struct link *l;

	g->body = json_array();
	DL_FOREACH(role->links, l) {
		gather_ask(g, l->id);
		SEND(&l->ipc, MESSAGE_COUNT, msg_id, .id = g->id);
	}
	gather_begun(g);
}

static const struct admin_ops admin_events = {
	.status = on_status,
	.sessions = on_sessions,
	.kick = on_kick,
	.reload = on_reload,
};

/* ---- workers ----------------------------------------------------------- */

static void
on_session(struct link *l, const struct msg_session *m)
{
	struct gather *g = gather_find(l->role->gathers, m->question);
	char text[ADDR_TEXT];

	if (m->question == 0) {
		registry_opened(l->role->registry, l->id, m->serial, m->user,
				m->backend);
		return;
	}
	if (g == NULL)
		return;
	admin_reply_item(
		g->reply,
		json_pack("{s:o s:o s:s s:o s:o s:I s:I s:I s:b s:I}", "user",
			  admin_text(m->user), "protocol",
			  admin_text(m->protocol), "client",
			  addr_text(&m->client, text), "backend",
			  admin_text(m->backend), "session",
			  admin_text(m->session), "age_ms",
			  (json_int_t)m->age_ms, "in", (json_int_t)m->in,
			  "out", (json_int_t)m->out, "tls", m->tls, "pid",
			  (json_int_t)l->pid));
}

static void
on_page_end(struct link *l, const struct msg_page_end *m)
{
	struct gather *g = gather_find(l->role->gathers, m->id);

	if (g == NULL)
		return;
	if (!m->more) {
		gather_answered(g, l->id);
		return;
	}
	loop_timer_start(&g->timer, GATHER_MS);
	SEND(&l->ipc, MESSAGE_LIST, msg_page, .id = m->id, .from = m->next,
	     .most = PAGE);
}

static void
on_kicked(struct link *l, const struct msg_count *m)
{
	struct gather *g = gather_find(l->role->gathers, m->id);

	if (g == NULL)
		return;
	g->sum += m->count;
	gather_answered(g, l->id);
}

static void
on_counters(struct link *l, const struct msg_counters *m)
{
	struct gather *g = gather_find(l->role->gathers, m->id);
	json_t *logins;

	if (g == NULL || !json_is_array(g->body))
		return;
	logins = json_object();
	for (size_t i = 0; i < m->logins.n; i++) {
		uint64_t n = 0;

		slice_to_u64(m->logins.v[i].value, INT64_MAX, &n);
		json_object_setn_new(logins, m->logins.v[i].name.p,
				     m->logins.v[i].name.n,
				     json_integer((json_int_t)n));
	}
	json_array_append_new(
		g->body,
		json_pack("{s:I s:I s:I s:I s:I s:I s:I s:o}", "index",
			  (json_int_t)l->index, "pid", (json_int_t)l->pid,
			  "accepted", (json_int_t)m->accepted, "connections",
			  (json_int_t)m->sessions, "sessions",
			  (json_int_t)m->relays, "in", (json_int_t)m->in, "out",
			  (json_int_t)m->out, "logins", logins));
	gather_answered(g, l->id);
}

static void
on_worker_message(void *arg, uint32_t type, struct slice body, int fd)
{
	struct link *l = arg;
	struct arena *a = &l->role->child->arena;
	struct msg_worker worker;
	struct msg_session session;
	struct msg_page_end page_end;
	struct msg_count count;
	struct msg_counters counters;
	struct msg_id id;

	if (fd >= 0)
		close(fd);
	if (type == MESSAGE_WORKER && msg_worker_read(body, a, &worker)) {
		l->index = worker.index;
		l->pid = worker.pid;
	} else if ((type == MESSAGE_OPENED || type == MESSAGE_SESSION) &&
		   msg_session_read(body, a, &session)) {
		on_session(l, &session);
	} else if (type == MESSAGE_CLOSED && msg_id_read(body, a, &id)) {
		registry_closed(l->role->registry, l->id, id.id);
	} else if (type == MESSAGE_SESSIONS_END &&
		   msg_page_end_read(body, a, &page_end)) {
		on_page_end(l, &page_end);
	} else if (type == MESSAGE_KICKED && msg_count_read(body, a, &count)) {
		on_kicked(l, &count);
	} else if (type == MESSAGE_COUNTERS &&
		   msg_counters_read(body, a, &counters)) {
		on_counters(l, &counters);
	}
	arena_free(a);
}

static void
free_link(struct link *l)
{
	ipc_close(&l->ipc);
	DL_DELETE(l->role->links, l);
	free(l);
}

/* After the turn: the connection is still being read when it closes. */
static void
on_sweep(void *arg)
{
	struct director_role *role = arg;
	struct link *l, *next;

	DL_FOREACH_SAFE(role->links, l, next) {
		if (!ipc_is_open(&l->ipc))
			free_link(l);
	}
}

static void
on_worker_closed(void *arg)
{
	struct link *l = arg;

	registry_worker_gone(l->role->registry, l->id);
	gather_link_gone(l->role->gathers, l->id);
	loop_later(l->role->child->loop, &l->role->sweep);
}

static const struct ipc_ops worker_events = {
	.message = on_worker_message,
	.closed = on_worker_closed,
};

static void
meet_worker(struct director_role *role, int fd)
{
	struct link *l = mem_zalloc(sizeof(*l));

	l->role = role;
	l->id = ++role->next_id;
	DL_APPEND(role->links, l);
	ipc_open(&l->ipc, role->child->loop, fd, &worker_events, l);
	for (size_t i = 0; i < role->hosts->n; i++) {
		if (is_name(&role->hosts->v[i]))
			send_host(l, i);
	}
}

/* ---- life -------------------------------------------------------------- */

static struct err *
go(void *arg)
{
	struct director_role *role = arg;
	struct err *e = resolver_make(role->child->loop, &role->resolver);

	if (e == NULL)
		resolve_all(role);
	return e;
}

static void
use_settings(struct director_role *role)
{
	mail_hosts_free(&role->hosts);
	role->hosts = mail_hosts_make(&role->child->settings->director);
}

static void
on_settings_changed(void *arg, struct settings *old)
{
	struct director_role *role = arg;

	(void)old;
	use_settings(role);
	resolve_all(role);
}

/* The settings have come: the parts can be made. */
static void
prepare(struct director_role *role)
{
	role->registry = registry_make();
	use_settings(role);
	role->started_ms = clock_now_ms();
	role->sweep.run = on_sweep;
	role->sweep.arg = role;
	loop_timer_init(&role->resolve, role->child->loop, resolve_all, role);
}

static void
open_door(struct director_role *role, int fd)
{
	struct err *e;

	admin_close(&role->admin);
	e = admin_open(role->child->loop, fd, &admin_events, role,
		       &role->admin);
	if (e != NULL)
		LOG(&role->child->log, EV_NOTE_ERROR,
		    F_TEXT("what", slice_of(err_text(e))));
	err_free(&e);
}

static void
on_message(void *arg, enum message_type type, struct slice body, int fd)
{
	struct director_role *role = arg;
	struct arena *a = &role->child->arena;
	struct msg_reloaded reloaded;

	if (role->registry == NULL)
		prepare(role);
	if (type == MESSAGE_PEER && fd >= 0)
		meet_worker(role, fd);
	else if (type == MESSAGE_ADMIN_SOCKET && fd >= 0)
		open_door(role, fd);
	else if (type == MESSAGE_RELOADED && msg_reloaded_read(body, a, &reloaded))
		on_reloaded(role, &reloaded);
	else if (type == MESSAGE_SHUTDOWN)
		child_stop(role->child);
	else if (fd >= 0)
		close(fd);
}

static const struct child_ops child_events = {
	.message = on_message,
	.go = go,
	.settings_changed = on_settings_changed,
};

int
director_role_main(struct child *child, int fd)
{
	struct director_role role = { .child = child };
	int status = child_run(child, fd, &child_events, &role);

	if (role.registry == NULL)
		return status;
	gather_end_all(&role.gathers);
	while (role.links != NULL)
		free_link(role.links);
	loop_timer_stop(&role.resolve);
	resolver_free(&role.resolver);
	admin_close(&role.admin);
	registry_free(&role.registry);
	mail_hosts_free(&role.hosts);
	return status;
}
