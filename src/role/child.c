#include "role/child.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/log_sink.h"
#include "base/mem.h"

static const char *const names[] = {
	[ROLE_WORKER] = "worker",
	[ROLE_AUTH] = "auth",
	[ROLE_DIRECTOR] = "director",
};

const char *
role_name(enum role role)
{
	return names[role];
}

bool
role_find(struct slice name, enum role *role_out)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (slice_eq(slice_of(names[i]), name)) {
			*role_out = (enum role)i;
			return true;
		}
	}
	return false;
}

/* ---- messages ---------------------------------------------------------- */

/* The supervisor said something that makes no sense: two programs that are not
   the same. Going on would be worse. */
static void
distrust(struct child *c, enum message_type type)
{
	LOG(&c->log, EV_CHILD_CONFUSED, F_COUNT("message", (uint64_t)type));
	child_stop(c);
}

static void
use_log(struct child *c, int fd)
{
	struct log_sink_conf conf;

	if (fd < 0) {
		distrust(c, MESSAGE_LOG);
		return;
	}
	if (c->settings == NULL) {
		log_sink_reopen(fd);
		return;
	}
	conf = settings_log_sink(c->settings);
	log_sink_use(&conf, fd);
}

/* The log's descriptor came before its settings. */
static void
use_log_settings(struct child *c)
{
	struct log_sink_conf conf = settings_log_sink(c->settings);

	log_sink_configure(&conf);
}

static void
use_settings(struct child *c, struct slice text)
{
	struct settings *old = c->settings;
	struct conf_problems problems;
	struct arena a = { 0 };
	struct settings *s = settings_parse(text, &a, &problems);

	if (s == NULL) {
		arena_free(&a);
		distrust(c, MESSAGE_SETTINGS);
		return;
	}
	c->settings = s;
	use_log_settings(c);
	if (old == NULL)
		return;
	if (c->ops->settings_changed != NULL)
		c->ops->settings_changed(c->arg, old);
	settings_free(&old);
}

static void
go(struct child *c)
{
	struct err *e = c->ops->go(c->arg);

	if (e == NULL) {
		ipc_send(&c->supervisor, MESSAGE_READY, SL(""));
		return;
	}
	LOG(&c->log, EV_NOTE_ERROR, F_TEXT("what", slice_of(err_text(e))));
	err_free(&e);
	child_stop(c);
}

static void
on_message(void *arg, uint32_t type, struct slice body, int fd)
{
	struct child *c = arg;

	switch (type) {
	case MESSAGE_LOG:
		use_log(c, fd);
		return;
	case MESSAGE_SETTINGS:
		use_settings(c, body);
		return;
	case MESSAGE_KEY:
		if (body.n == CHILD_KEY)
			memcpy(c->key, body.p, CHILD_KEY);
		return;
	case MESSAGE_GO:
		go(c);
		return;
	default:
		c->ops->message(c->arg, (enum message_type)type, body, fd);
		arena_free(&c->arena);
		return;
	}
}

/* Without a supervisor nobody would restart, reload or stop us. */
static void
on_closed(void *arg)
{
	child_stop(arg);
}

static const struct ipc_ops supervisor_events = {
	.message = on_message,
	.closed = on_closed,
};

/* ---- life -------------------------------------------------------------- */

static void
after_turn(void *arg)
{
	struct child *c = arg;

	log_sink_flush();
	if (log_sink_lost())
		ipc_send(&c->supervisor, MESSAGE_LOG_LOST, SL(""));
}

/* What ps and pgrep call us; a program that is executed by a descriptor has the
   descriptor's number for a name. */
static void
take_name(enum role role)
{
	char name[16];

	snprintf(name, sizeof(name), "usher-%s", role_name(role));
	prctl(PR_SET_NAME, name);
}

/* The supervisor alone is told by signals; a Ctrl-C at the terminal reaches all
   of us, and is its business. */
static void
leave_signals_alone(void)
{
	const int ignored[] = { SIGINT, SIGHUP, SIGTERM, SIGUSR1, SIGUSR2,
				SIGPIPE };

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
}

void
child_stop(struct child *c)
{
	loop_stop(c->loop);
}

int
child_run(struct child *c, int fd, const struct child_ops *ops, void *arg)
{
	take_name(c->role);
	leave_signals_alone();
	/* Memory here holds passwords: no core file, no debugger but root's. */
	prctl(PR_SET_DUMPABLE, 0);
	/* Nothing is ever executed from here on, so nothing that is setuid. */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	c->ops = ops;
	c->arg = arg;
	c->log.service = role_name(c->role);
	c->loop = loop_make();
	loop_each_turn(c->loop, after_turn, c);
	log_sink_batch(true);
	ipc_open(&c->supervisor, c->loop, fd, &supervisor_events, c);
	loop_run(c->loop);
	log_sink_flush();
	ipc_drain(&c->supervisor, 1000);
	ipc_close(&c->supervisor);
	return 0;
}

/* The settings' texts are the log's too, down to its last line. */
void
child_free(struct child *c)
{
	log_sink_flush();
	mem_wipe(c->key, sizeof(c->key));
	arena_free(&c->arena);
	loop_free(&c->loop);
	settings_free(&c->settings);
}
