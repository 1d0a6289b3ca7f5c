#include "core/backend.h"

#include <errno.h>
#include <stdarg.h>

#include "base/clock.h"
#include "base/mem.h"
#include "core/backend_private.h"
#include "net/proxy_header.h"
#include "net/socket.h"

/* A reply of 4096 octets (spec 9), an untagged literal, and what a backend sends
   right behind its last word. */
#define MAX_INPUT (16 * 1024)
/* Identity of 8192 octets of variables, coded, and a login. */
#define MAX_OUTPUT (64 * 1024)
/* Between two rounds of attempts; a try makes no sense with less time than this
   and a tenth left (spec 6.2). */
#define PAUSE_MS 1000

static void attempt(void *arg);

/* ---- small answers ----------------------------------------------------- */

void *
backend_state(const struct backend *b)
{
	return b->state;
}

struct buf *
backend_out(struct backend *b)
{
	return &b->out;
}

const struct target *
backend_target(const struct backend *b)
{
	return b->target;
}

const struct forward *
backend_forward(const struct backend *b)
{
	return b->forward;
}

const struct settings *
backend_settings(const struct backend *b)
{
	return b->core->settings;
}

struct slice
backend_hostname(const struct backend *b)
{
	return slice_of(b->core->hostname);
}

void *
backend_owner_arg(const struct backend *b)
{
	return b->arg;
}

struct arena *
backend_arena(struct backend *b)
{
	return &b->arena;
}

struct slice
backend_leftover(const struct backend *b)
{
	return buf_slice(&b->in);
}

struct slice
backend_token_error(const struct backend *b)
{
	return b->token_error;
}

uint64_t
backend_sent(const struct backend *b)
{
	return b->sent;
}

unsigned
backend_reconnects(const struct backend *b)
{
	return b->reconnects;
}

bool
backend_needs_starttls(const struct backend *b)
{
	return b->target->tls == BACKEND_TLS_STARTTLS && !b->secured;
}

const struct addr *
backend_address(const struct backend *b)
{
	return &b->target->addrs[b->addr_at];
}

void
backend_warn_left_out(const struct backend *b, size_t variables)
{
	LOG(&b->log, EV_FORWARD_LEFT_OUT, F_COUNT("variables", variables));
}

static int64_t
took_ms(const struct backend *b)
{
	return clock_now_ms() - b->started_ms;
}

/* ---- the end ----------------------------------------------------------- */

static void
stop(struct backend *b)
{
	b->at = AT_END;
	loop_timer_stop(&b->deadline);
	loop_timer_stop(&b->step);
	loop_forget(b->core->loop, &b->next);
	backend_sasl_reset(b);
}

static void
end_badly(struct backend *b, enum verdict_kind kind)
{
	size_t n = verdict_is_backends(kind) ? b->words_n : 0;
	struct slice words = { b->words, n };

	stop(b);
	stream_close(b->stream);
	b->owner->failed(b->arg, kind, words);
}

static void
keep_words(struct backend *b, struct slice words)
{
	free(b->words);
	b->words = mem_strdup(words.p, words.n);
	b->words_n = words.n;
}

static bool
is_connected(const struct backend *b)
{
	return stream_is_open(b->stream) &&
	       socket_peer(b->stream->fd).family != ADDR_NONE;
}

/* For the log: what the backend was doing, or is still to do. */
static const char *
stage(const struct backend *b)
{
	switch (b->at) {
	case AT_CONNECT:
		if (!is_connected(b))
			break;
		return b->proto->backend_stage(b);
	case AT_DIALOGUE:
		return b->proto->backend_stage(b);
	case AT_HANDSHAKE:
		return "TLS";
	case AT_LOGGED_IN:
	case AT_PAUSE:
	case AT_END:
		break;
	}
	return "connect";
}

/* One line for each attempt that failed: the last of them for operators, those
   before it for who looks closely. */
static void
log_attempt(struct backend *b, bool last, const char *what)
{
	const struct log_field fields[] = {
		F_TEXT("what", slice_of(what)),
		F_TEXT("backend", b->target->name),
		F_ADDR("to", backend_address(b)),
		F_TEXT("stage", slice_of(stage(b))),
		F_MS("took", (uint64_t)took_ms(b)),
		F_COUNT("reconnects", b->reconnects),
	};

	if (log_wants(last ? EV_PROXY_FAILED : EV_PROXY_RETRY))
		log_write(&b->log, last ? EV_PROXY_FAILED : EV_PROXY_RETRY,
			  fields, sizeof(fields) / sizeof(fields[0]));
}

/* ---- again ------------------------------------------------------------- */

static bool
is_last_address(const struct backend *b)
{
	return b->addr_at + 1 >= b->target->addr_count;
}

static bool
may_reconnect(const struct backend *b)
{
	return !b->carrying && b->reconnects < b->target->max_reconnects &&
	       took_ms(b) + PAUSE_MS + PAUSE_MS / 10 <
		       b->target->login_timeout_ms;
}

static void
try_next_address(struct backend *b)
{
	b->addr_at++;
	b->at = AT_PAUSE;
	loop_later(b->core->loop, &b->next);
}

static void
try_again(struct backend *b)
{
	b->addr_at = 0;
	b->reconnects++;
	b->at = AT_PAUSE;
	loop_timer_start(&b->step, PAUSE_MS);
}

/* An attempt failed in a way that another one may not. */
static void
retry(struct backend *b, bool other_address, enum verdict_kind kind,
      const char *what)
{
	bool next = other_address && !is_last_address(b) && !b->carrying;
	bool last = !next && !may_reconnect(b);

	log_attempt(b, last, what);
	loop_timer_stop(&b->step);
	if (last) {
		end_badly(b, kind);
		return;
	}
	stream_close(b->stream);
	if (next)
		try_next_address(b);
	else
		try_again(b);
}

static void
fail_text(struct backend *b, enum backend_fault fault, const char *what)
{
	if (b->at == AT_END || b->at == AT_PAUSE)
		return;
	switch (fault) {
	case BACKEND_CONNECT:
		retry(b, true, VERDICT_BACKEND_DOWN, what);
		return;
	case BACKEND_PROTOCOL:
	case BACKEND_REMOTE:
		retry(b, false, VERDICT_BACKEND_DOWN, what);
		return;
	case BACKEND_REMOTE_CONFIG:
		log_attempt(b, true, what);
		end_badly(b, VERDICT_BACKEND_CONFIG);
		return;
	case BACKEND_INTERNAL:
		log_attempt(b, true, what);
		end_badly(b, VERDICT_BACKEND_DOWN);
		return;
	}
}

void
backend_fail(struct backend *b, enum backend_fault fault, const char *fmt, ...)
{
	static const char *const fronts[] = {
		[BACKEND_CONNECT] = "",
		[BACKEND_PROTOCOL] = "Remote server sent invalid input: ",
		[BACKEND_REMOTE] = "Aborting due to remote server: ",
		[BACKEND_REMOTE_CONFIG] = "Aborting due to remote server: ",
		[BACKEND_INTERNAL] = "Aborting due to internal error: ",
	};
	va_list args;
	char *text, *whole;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		abort();	/* out of memory, as in mem.c */
	va_end(args);
	if (asprintf(&whole, "%s%s", fronts[fault], text) < 0)
		abort();
	fail_text(b, fault, whole);
	free(whole);
	free(text);
}

void
backend_logged_in(struct backend *b, struct slice words)
{
	if (!sasl_client_may_end(&b->sasl.client)) {
		backend_fail(b, BACKEND_PROTOCOL,
			     "it said yes before its proof was due");
		return;
	}
	keep_words(b, words);
	b->at = AT_LOGGED_IN;
}

/* Nothing of b is touched after this: it is the owner's to free. */
static void
tell_logged_in(struct backend *b)
{
	stop(b);
	b->owner->logged_in(b->arg, (struct slice){ b->words, b->words_n });
}

void
backend_refused(struct backend *b, struct slice words)
{
	keep_words(b, words);
	LOG(&b->log, EV_PROXY_REFUSED, F_TEXT("backend", b->target->name),
	    F_ADDR("to", backend_address(b)), F_TEXT("what", words));
	end_badly(b, VERDICT_BACKEND_DENIED);
}

void
backend_refused_for_now(struct backend *b, struct slice words)
{
	char *text = mem_strdup(words.p, words.n);

	keep_words(b, words);
	retry(b, false, VERDICT_BACKEND_TEMPFAIL, text);
	free(text);
}

/* ---- octets ------------------------------------------------------------ */

void
backend_flush(struct backend *b)
{
	ssize_t n = 0;

	if (!stream_is_open(b->stream) || b->stream->shaking)
		return;
	while (b->out.n > 0 &&
	       (n = stream_write(b->stream, b->out.p, b->out.n)) > 0) {
		b->sent += (uint64_t)n;
		buf_drop(&b->out, (size_t)n);
	}
	if (n == STREAM_BROKEN) {
		backend_fail(b, BACKEND_CONNECT, "write to backend: %s",
			     stream_trouble(b->stream));
		return;
	}
	stream_want(b->stream, b->out.n > 0 ? WANT_READ | WANT_WRITE :
					      WANT_READ);
}

static void
start_tls(struct backend *b)
{
	const struct tls *tls;
	struct err *e = tls_clients_get(b->core->tls_clients,
					&b->target->tls_files, &tls);

	if (e == NULL)
		e = tls_connect(tls, b->stream, b->target->host);
	if (e != NULL) {
		backend_fail(b, BACKEND_INTERNAL, "%s", err_text(e));
		err_free(&e);
		return;
	}
	b->at = AT_HANDSHAKE;
}

void
backend_starttls(struct backend *b)
{
	b->wants_tls = true;
}

/* Hands what is there to the protocol, as often as it takes something. */
static void
digest(struct backend *b)
{
	while (b->at == AT_DIALOGUE && b->in.n > 0 && !b->wants_tls) {
		size_t used = b->proto->backend_input(b, buf_slice(&b->in));

		buf_drop(&b->in, used);
		if (used == 0)
			break;
	}
	if (b->at == AT_LOGGED_IN) {
		tell_logged_in(b);
		return;
	}
	if (b->at != AT_DIALOGUE)
		return;
	if (b->wants_tls) {
		/* Said in the clear by who knows whom. */
		buf_clear(&b->in);
		b->wants_tls = false;
		start_tls(b);
		return;
	}
	if (buf_room(&b->in) == 0) {
		backend_fail(b, BACKEND_PROTOCOL, "too long a line");
		return;
	}
	backend_flush(b);
}

static void
begin_dialogue(struct backend *b)
{
	loop_timer_stop(&b->step);
	b->at = AT_DIALOGUE;
	b->proto->backend_connected(b);
	if (b->at == AT_DIALOGUE)
		backend_flush(b);
}

static void
on_readable(void *arg)
{
	struct backend *b = arg;
	size_t room;
	char *p = buf_space(&b->in, MAX_INPUT / 4, &room);
	ssize_t n = stream_read(b->stream, p, room);

	if (n == STREAM_AGAIN)
		return;
	if (n == STREAM_BROKEN && b->at == AT_CONNECT) {
		backend_fail(b, BACKEND_CONNECT, "connect failed: %s",
			     stream_trouble(b->stream));
		return;
	}
	if (b->at == AT_CONNECT)
		begin_dialogue(b);
	if (n <= 0) {
		backend_fail(b, BACKEND_CONNECT,
			     "Disconnected by server: %s",
			     n == STREAM_END ? "Connection closed" :
					       stream_trouble(b->stream));
		return;
	}
	buf_grew(&b->in, (size_t)n);
	digest(b);
}

/* ---- connecting -------------------------------------------------------- */

/* What a backend that cannot take ID or XCLIENT is told of the client, in one
   write of its own (spec: proxy-protocol.md section 6). */
static bool
send_proxy_header(struct backend *b)
{
	const struct forward *f = b->forward;
	struct proxy_header h = {
		.source = f->client,
		.destination = f->connected,
		.local = f->client.family == ADDR_NONE,
	};
	struct addr self = socket_self(b->stream->fd);
	struct buf header;
	ssize_t n;
	bool whole;

	buf_init(&header, PROXY_HEADER_SEND_MAX);
	if (b->target->send_proxy == SEND_PROXY_V1)
		proxy_header_write_v1(&h, &self, backend_address(b), &header);
	else
		proxy_header_write_v2(&h, &header);
	n = stream_write(b->stream, header.p, header.n);
	whole = n > 0 && (size_t)n == header.n;
	buf_free(&header);
	return whole;
}

static bool
speaks_first(const struct backend *b)
{
	return b->target->send_proxy != SEND_PROXY_NO ||
	       b->target->tls == BACKEND_TLS_IMPLICIT;
}

/* The connection stands, and it is ours to begin. */
static void
on_connected(struct backend *b)
{
	loop_timer_stop(&b->step);
	if (b->target->send_proxy != SEND_PROXY_NO && !send_proxy_header(b)) {
		backend_fail(b, BACKEND_CONNECT, "write PROXY header: %s",
			     stream_trouble(b->stream));
		return;
	}
	if (b->target->tls == BACKEND_TLS_IMPLICIT) {
		start_tls(b);
		return;
	}
	begin_dialogue(b);
}

static void
on_writable(void *arg)
{
	struct backend *b = arg;
	int error;

	if (b->at != AT_CONNECT) {
		backend_flush(b);
		return;
	}
	error = socket_error(b->stream->fd);
	if (error != 0)
		backend_fail(b, BACKEND_CONNECT, "connect failed: %s",
			     strerror(error));
	else
		on_connected(b);
}

/* A certificate that is not valid will not be so in a second. */
static void
on_secured(void *arg, struct err *e)
{
	struct backend *b = arg;

	if (e != NULL) {
		backend_fail(b, err_kind(e) == ERR_CONFIG ?
					BACKEND_REMOTE_CONFIG :
					BACKEND_CONNECT,
			     "TLS handshake failed: %s", err_text(e));
		err_free(&e);
		return;
	}
	b->secured = true;
	if (b->target->tls == BACKEND_TLS_IMPLICIT) {
		begin_dialogue(b);
		return;
	}
	b->at = AT_DIALOGUE;
	b->proto->backend_secured(b);
	if (b->at == AT_DIALOGUE)
		backend_flush(b);
}

static const struct stream_owner stream_events = {
	.readable = on_readable,
	.writable = on_writable,
	.ready = on_secured,
};

static void
attempt(void *arg)
{
	struct backend *b = arg;
	int fd;

	buf_clear(&b->in);
	buf_clear(&b->out);
	if (b->state != NULL)
		mem_wipe(b->state, b->proto->backend_state);
	backend_sasl_reset(b);
	b->secured = b->wants_tls = false;
	b->at = AT_CONNECT;
	fd = socket_connect(backend_address(b), &b->target->source_ip);
	if (fd < 0) {
		backend_fail(b, BACKEND_CONNECT, "connect failed: %s",
			     strerror(errno));
		return;
	}
	stream_open(b->stream, b->core->loop, fd, &stream_events, b);
	/* A server that speaks first wakes us when it is there; a connection
	   that is refused does too. That saves a call, and a turn. */
	stream_want(b->stream, speaks_first(b) ? WANT_WRITE : WANT_READ);
	loop_timer_start(&b->step, b->target->connect_timeout_ms);
}

/* connect_timeout is over, or the pause before the next attempt. */
static void
on_step(void *arg)
{
	struct backend *b = arg;

	if (b->at == AT_PAUSE)
		attempt(b);
	else if (b->at == AT_CONNECT && !is_connected(b))
		backend_fail(b, BACKEND_CONNECT,
			     "connect failed: Connection timed out");
}

static void
on_deadline(void *arg)
{
	struct backend *b = arg;

	log_attempt(b, true, "Login timed out");
	end_badly(b, b->words_n > 0 ? VERDICT_BACKEND_TEMPFAIL :
				      VERDICT_BACKEND_DOWN);
}

/* ---- for the owner ----------------------------------------------------- */

struct backend *
backend_start(struct core *core, const struct proto *proto,
	      struct stream *stream, const struct target *target,
	      const struct forward *forward, const struct backend_owner *owner,
	      void *arg, const struct log *log)
{
	struct backend *b = mem_zalloc(sizeof(*b));

	b->core = core;
	b->proto = proto;
	b->stream = stream;
	b->target = target;
	b->forward = forward;
	b->owner = owner;
	b->arg = arg;
	b->log = *log;
	b->started_ms = clock_now_ms();
	b->state = mem_zalloc(proto->backend_state);
	buf_init(&b->in, MAX_INPUT);
	buf_init(&b->out, MAX_OUTPUT);
	b->next.run = attempt;
	b->next.arg = b;
	loop_timer_init(&b->deadline, core->loop, on_deadline, b);
	loop_timer_init(&b->step, core->loop, on_step, b);
	loop_timer_init(&b->sasl.work, core->loop, backend_sasl_work, b);
	loop_timer_start(&b->deadline, target->login_timeout_ms);
	/* Not from within the owner's call: the first attempt may fail. */
	b->at = AT_PAUSE;
	loop_later(core->loop, &b->next);
	return b;
}

void
backend_abandon(struct backend *b)
{
	if (b == NULL || b->at == AT_END)
		return;
	stop(b);
	stream_close(b->stream);
}

void
backend_free(struct backend **b)
{
	if (*b == NULL)
		return;
	backend_abandon(*b);
	buf_free(&(*b)->in);
	buf_free(&(*b)->out);
	arena_free(&(*b)->arena);
	mem_wipe((*b)->state, (*b)->proto->backend_state);
	free((*b)->state);
	free((*b)->words);
	free(*b);
	*b = NULL;
}
