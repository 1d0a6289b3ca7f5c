/* What a role begins with. */
#include <fcntl.h>

#include "base/log_sink.h"
#include "role/supervisor_private.h"

void
supervisor_send_log(struct supervisor *s, struct proc *p)
{
	struct log_sink_conf conf = settings_log_sink(supervisor_settings(s));
	int fd;
	struct err *e = log_sink_open(&conf, &fd);

	if (e == NULL)
		ipc_send_fd(&p->ipc, MESSAGE_LOG, SL(""), fd);
	supervisor_log_error(s, e);
}

void
supervisor_send_settings(const struct settings *settings, struct proc *p)
{
	struct buf text;

	buf_init(&text, SETTINGS_MAX_DUMP);
	settings_dump(settings, true, &text);
	ipc_send(&p->ipc, MESSAGE_SETTINGS, buf_slice(&text));
	buf_free(&text);
}

void
supervisor_send_key(struct supervisor *s, struct proc *p)
{
	ipc_send(&p->ipc, MESSAGE_KEY, (struct slice){ s->key, CHILD_KEY });
}

void
supervisor_send_ticket_keys(struct supervisor *s, struct proc *p)
{
	struct slice keys[2] = { { 0 }, { 0 } };

	if (p->role != ROLE_WORKER)
		return;
	for (size_t i = 0; i < s->ticket_key_count; i++)
		keys[i] = (struct slice){ (const char *)s->ticket_keys[i],
					  TLS_TICKET_KEY };
	SEND(&p->ipc, MESSAGE_TICKET_KEYS, msg_ticket_keys,
	     .current = keys[0], .previous = keys[1]);
}

/* Two processes get the ends of a new pair. */
static void
introduce(struct supervisor *s, struct proc *one, struct proc *other)
{
	int fds[2];
	struct err *e;

	if (!proc_is_alive(one) || !proc_is_alive(other))
		return;
	e = ipc_pair(&fds[0], &fds[1]);
	if (e != NULL) {
		supervisor_log_error(s, e);
		return;
	}
	SEND_FD(&one->ipc, MESSAGE_PEER, msg_peer, fds[0],
		.role = (uint32_t)other->role, .index = other->index);
	SEND_FD(&other->ipc, MESSAGE_PEER, msg_peer, fds[1],
		.role = (uint32_t)one->role, .index = one->index);
}

/* Workers talk to the auth processes of their generation, and to the
   director. */
static void
introduce_all(struct supervisor *s, struct generation *g, struct proc *p)
{
	for (size_t i = 0; i < g->count; i++) {
		if (g->procs[i].role != p->role)
			introduce(s, p, &g->procs[i]);
	}
	if (p->role == ROLE_WORKER)
		introduce(s, p, &s->director);
}

struct err *
supervisor_start_proc(struct supervisor *s, struct generation *g,
		      struct proc *p)
{
	struct err *e = proc_start(p, s->loop, s->program, &s->identity);

	if (e != NULL)
		return e;
	supervisor_send_log(s, p);
	supervisor_send_settings(g->settings, p);
	supervisor_send_key(s, p);
	if (p->role == ROLE_WORKER) {
		files_send(g->files, &p->ipc);
		supervisor_send_ticket_keys(s, p);
		sockets_send(s->sockets, g->settings, p->index,
			     generation_workers(g), &p->ipc);
	}
	introduce_all(s, g, p);
	ipc_send(&p->ipc, MESSAGE_GO, SL(""));
	return NULL;
}

static void
introduce_to_director(struct supervisor *s, struct proc *p)
{
	if (p->role == ROLE_WORKER)
		introduce(s, p, &s->director);
}

struct err *
supervisor_start_director(struct supervisor *s)
{
	struct proc *p = &s->director;
	struct err *e = proc_start(p, s->loop, s->program, &s->identity);

	if (e != NULL)
		return e;
	supervisor_send_log(s, p);
	supervisor_send_settings(supervisor_settings(s), p);
	supervisor_send_key(s, p);
	ipc_send_fd(&p->ipc, MESSAGE_ADMIN_SOCKET, SL(""),
		    fcntl(s->admin_fd, F_DUPFD_CLOEXEC, 0));
	supervisor_each(s, introduce_to_director);
	ipc_send(&p->ipc, MESSAGE_GO, SL(""));
	return NULL;
}
