/* A lookup server that is asked by HTTP: nginx's auth_http, or JSON (http_auth.h).
   Several URLs are one service: the next is asked where one is not there. */
#include "auth/auth.h"
#include "auth/http_auth.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/http_client.h"

/* A request: name and password with every octet escaped, a certificate, and what
   else there is. */
#define MAX_HEADERS (128 * 1024)
/* So many failures of a server in a row, and it is left alone for a while. */
#define FAILURES 5
#define REST_MS (5 * 1000)
/* A server that says "wait" is asked again so often, and so long. */
#define MAX_WAITS 30
#define MAX_WAITING_MS (60 * 1000)

static const struct log auth_log = { .service = "auth" };

struct server {
	struct slice url;
	unsigned failures;	/* in a row */
	int64_t rests_until_ms;
};

struct http_driver {
	const struct auth_conf *conf;
	struct loop *loop;
	struct http_client *client;
	struct http_tls tls;
	struct server *servers;
	size_t count;
};

/* One question to it; in the lookup's arena. */
struct question {
	struct http_driver *driver;
	struct auth_lookup *lookup;
	struct http_call *call;
	size_t at, tried;	/* the server that is asked; how many were */
	unsigned waits;
	int64_t began_ms;
	struct loop_timer timer;
};

/* ---- servers ----------------------------------------------------------- */

static bool
rests(const struct server *s)
{
	return s->failures >= FAILURES && clock_now_ms() < s->rests_until_ms;
}

/* It is asked again when it has rested, by one question first. */
static void
note_failure(struct server *s, const char *why)
{
	if (++s->failures < FAILURES)
		return;
	if (s->failures == FAILURES)
		LOG(&auth_log, EV_LOOKUP_SERVER_DOWN, F_TEXT("url", s->url),
		    F_TEXT("what", slice_of(why)));
	s->rests_until_ms = clock_now_ms() + REST_MS;
}

static void
note_success(struct server *s)
{
	if (s->failures >= FAILURES)
		LOG(&auth_log, EV_LOOKUP_SERVER_UP, F_TEXT("url", s->url));
	s->failures = 0;
}

/* The next server that is worth a try; false: there is none. */
static bool
next_server(struct question *q)
{
	struct http_driver *d = q->driver;

	while (q->tried < d->count) {
		q->at = q->tried++;
		if (!rests(&d->servers[q->at]))
			return true;
	}
	return false;
}

/* ---- answers ----------------------------------------------------------- */

static void
fail(struct question *q, const char *why)
{
	const struct auth_answer failure = {
		.result = AUTH_TEMPFAIL, .user = q->lookup->request->user };

	LOG(&auth_log, EV_LOOKUP_FAILED,
	    F_NAMED("user", q->lookup->request->user),
	    F_TEXT("url", q->driver->servers[q->at].url),
	    F_TEXT("what", slice_of(why)));
	auth_lookup_answer(q->lookup, &failure);
}

static void ask(struct question *q);

static void
on_waited(void *arg)
{
	struct question *q = arg;

	q->tried = 0;
	if (next_server(q))
		ask(q);
	else
		fail(q, "no server is there any more");
}

static void
wait(struct question *q, int64_t ms)
{
	if (++q->waits > MAX_WAITS ||
	    clock_now_ms() - q->began_ms + ms > MAX_WAITING_MS) {
		fail(q, "it says WAIT for too long");
		return;
	}
	loop_timer_start(&q->timer, ms);
}

static enum http_auth_verdict
read_reply(struct question *q, const struct http_reply *reply,
	   struct auth_answer *answer, int64_t *wait_ms, const char **why)
{
	const struct auth_conf *conf = q->driver->conf;
	const struct auth_request *r = q->lookup->request;
	/* Without a status line all of it is the body. */
	struct slice headers = reply->headers.n > 0 ? reply->headers :
						      reply->body;

	if (conf->format == AUTH_FORMAT_JSON)
		return http_auth_read_json(r, reply->status, reply->body,
					   q->lookup->arena, answer, wait_ms,
					   why);
	return http_auth_read(conf, r, reply->status, headers,
			      q->lookup->arena, answer, wait_ms, why);
}

static void
on_reply(struct question *q, const struct http_reply *reply)
{
	struct auth_answer answer;
	const char *why = NULL;
	int64_t wait_ms = 0;

	switch (read_reply(q, reply, &answer, &wait_ms, &why)) {
	case HTTP_AUTH_ANSWER:
		note_success(&q->driver->servers[q->at]);
		auth_lookup_answer(q->lookup, &answer);
		return;
	case HTTP_AUTH_WAIT:
		note_success(&q->driver->servers[q->at]);
		wait(q, wait_ms);
		return;
	case HTTP_AUTH_BROKEN:
		break;
	}
	note_failure(&q->driver->servers[q->at], why);
	fail(q, why);
}

static void
on_done(void *arg, const struct http_reply *reply)
{
	struct question *q = arg;

	q->call = NULL;
	if (reply->outcome == HTTP_DONE) {
		on_reply(q, reply);
		return;
	}
	note_failure(&q->driver->servers[q->at], reply->why);
	if (reply->outcome == HTTP_NOT_SENT && next_server(q))
		ask(q);
	else
		fail(q, reply->why);
}

/* ---- questions --------------------------------------------------------- */

static bool
write_request(const struct question *q, struct buf *headers, struct buf *body)
{
	const struct auth_conf *conf = q->driver->conf;
	const struct auth_request *r = q->lookup->request;
	struct slice host = http_url_host(q->driver->servers[q->at].url);

	if (conf->format == AUTH_FORMAT_JSON)
		return http_auth_write_json_headers(conf, host, headers) &&
		       http_auth_write_json(r, body);
	return http_auth_write_headers(conf, r, host, headers);
}

static void
ask(struct question *q)
{
	struct http_driver *d = q->driver;
	struct buf headers, body;
	bool json = d->conf->format == AUTH_FORMAT_JSON;
	bool good;

	buf_init(&headers, MAX_HEADERS);
	buf_init(&body, MAX_HEADERS);
	good = write_request(q, &headers, &body);
	if (good)
		q->call = http_send(d->client,
				    &(struct http_request){
					    .url = d->servers[q->at].url,
					    .headers = buf_slice(&headers),
					    .body = buf_slice(&body),
					    .post = json,
					    .http10 = d->conf->nginx_compat,
					    .take_http09 =
						    d->conf->nginx_compat,
					    .timeout_ms = d->conf->timeout,
					    .max_reply =
						    (size_t)d->conf->max_reply,
					    .tls = &d->tls },
				    on_done, q);
	buf_free(&headers);
	buf_free(&body);
	if (!good)
		fail(q, "the question cannot be written down");
}

static void
lookup(void *state, const struct auth_conf *conf, struct auth_lookup *l)
{
	struct http_driver *d = state;
	struct question *q = arena_alloc(l->arena, sizeof(*q));

	(void)conf;
	q->driver = d;
	q->lookup = l;
	q->began_ms = clock_now_ms();
	loop_timer_init(&q->timer, d->loop, on_waited, q);
	l->driver_data = q;
	if (next_server(q))
		ask(q);
	else
		fail(q, "every server failed a moment ago");
}

static void
cancel(void *state, struct auth_lookup *l)
{
	struct question *q = l->driver_data;

	(void)state;
	loop_timer_stop(&q->timer);
	http_cancel(&q->call);
}

static bool
serves(const void *state, const struct auth_conf *conf,
       const struct mechanism *m)
{
	(void)state;
	if (m->kind == MECHANISM_SCRAM)
		return conf->format == AUTH_FORMAT_JSON && !m->binding;
	return m->kind != MECHANISM_OTHER;
}

/* ---- life -------------------------------------------------------------- */

static void
close_driver(void *state)
{
	struct http_driver *d = state;

	http_client_free(&d->client);
	free(d->servers);
	free(d);
}

static struct err *
open_driver(const struct auth_conf *conf, const struct auth_env *env,
	    void **state_out)
{
	struct http_driver *d = mem_zalloc(sizeof(*d));
	struct err *e = http_client_make(env->loop, env->resolver,
					 (size_t)conf->max_connections,
					 &d->client);

	if (e != NULL) {
		free(d);
		return e;
	}
	d->conf = conf;
	d->loop = env->loop;
	d->tls = (struct http_tls){ .no_verify = !conf->verify,
				    .ca_file = conf->ca_file,
				    .cert = conf->client_cert,
				    .key = conf->client_key };
	d->count = conf->url.n;
	d->servers = mem_zalloc_array(d->count, sizeof(*d->servers));
	for (size_t i = 0; i < d->count; i++)
		d->servers[i].url = conf->url.v[i];
	*state_out = d;
	return NULL;
}

const struct auth_driver_ops auth_driver_http = {
	.name = "http",
	.open = open_driver,
	.serves = serves,
	.lookup = lookup,
	.cancel = cancel,
	.close = close_driver,
};
