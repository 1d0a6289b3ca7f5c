/* What changes while it runs: certificates, the keys of tickets, the log's
   file. */
#include "base/log_sink.h"
#include "base/random.h"
#include "role/supervisor_private.h"

/* The workers of before a reload take no new clients. */
static void
send_files(struct generation *g)
{
	for (size_t i = g->auth_count; i < g->count; i++) {
		if (proc_is_alive(&g->procs[i]))
			files_send(g->files, &g->procs[i].ipc);
	}
}

/* A certificate was renewed, say. If the new files are no good, the workers keep
   what they have, and the log says so at every look. */
void
supervisor_on_look(void *arg)
{
	struct supervisor *s = arg;
	struct generation *g = s->current;
	struct files *files;
	struct buf problems;

	loop_timer_start(&s->look, g->settings->tls.reload_interval);
	if (!files_changed(g->files))
		return;
	buf_init(&problems, MAX_PROBLEMS);
	files = files_read(g->settings, &problems);
	if (files == NULL) {
		LOG(&s->log, EV_CERTIFICATE_BAD,
		    F_TEXT("what", slice_trim(buf_slice(&problems))));
	} else {
		files_free(&g->files);
		g->files = files;
		send_files(g);
		LOG(&s->log, EV_CERTIFICATE_NEW);
	}
	buf_free(&problems);
}

void
supervisor_on_rotate(void *arg)
{
	struct supervisor *s = arg;

	memcpy(s->ticket_keys[1], s->ticket_keys[0], TLS_TICKET_KEY);
	random_octets(s->ticket_keys[0], TLS_TICKET_KEY);
	if (s->ticket_key_count < 2)
		s->ticket_key_count++;
	supervisor_each(s, supervisor_send_ticket_keys);
	loop_timer_start(&s->rotate,
			 supervisor_settings(s)->tls.ticket_rotation);
}

void
supervisor_reopen_log(struct supervisor *s)
{
	struct log_sink_conf conf;
	struct err *e;
	int fd;

	if (s->current == NULL)
		return;
	conf = settings_log_sink(s->current->settings);
	e = log_sink_open(&conf, &fd);
	if (e == NULL)
		log_sink_reopen(fd);
	supervisor_log_error(s, e);
	supervisor_each(s, supervisor_send_log);
}
