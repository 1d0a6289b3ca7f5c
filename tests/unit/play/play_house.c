#include "play_house.h"

#include "base/log_sink.h"
#include "base/mem.h"
#include "conf/conf_text.h"
#include "play_loop.h"
#include "play_net.h"
#include "play_tls.h"

/* The log has no argument to hand us back. */
static struct play_house *the_house;

/* ---- lookups ----------------------------------------------------------- */

static const struct {
	struct slice name;
	enum auth_result result;
} results[] = {
	{ SL("OK"), AUTH_OK },
	{ SL("DENIED"), AUTH_DENIED },
	{ SL("NOT_AUTHORIZED"), AUTH_NOT_AUTHORIZED },
	{ SL("DISABLED"), AUTH_DISABLED },
	{ SL("EXPIRED"), AUTH_EXPIRED },
	{ SL("TEMPFAIL"), AUTH_TEMPFAIL },
};

static enum auth_result
result_of(struct slice name)
{
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		if (slice_eq(results[i].name, name))
			return results[i].result;
	}
	play_fail("there is no result %.*s", SL_FMT(name));
}

static void
add_field(struct auth_answer *a, struct arena *arena, struct slice field)
{
	struct slice name, value = field;

	if (!slice_cut(&value, '=', &name))
		play_fail("an answer's field is empty");
	if (slice_eq(name, SL("user")))
		a->user = value;
	else if (slice_eq(name, SL("reason")))
		a->reason = value;
	if (!slice_eq(name, SL("user")))
		vars_set(&a->fields, arena, name, value);
}

void
play_house_answer(struct play_house *house, struct play_question *q,
		  struct slice text)
{
	struct core_question *question = q->question;
	struct slice rest = arena_copy(question->arena, text), part = { 0 };
	struct auth_answer answer = { .result = AUTH_OK };

	(void)house;
	if (slice_cut(&rest, '\t', &part) && slice_eq(part, SL("CHALLENGE"))) {
		question->challenge(question->arg, rest);
		return;
	}
	if (part.n > 0)
		answer.result = result_of(part);
	answer.user = question->request->user;
	while (slice_cut(&rest, '\t', &part))
		add_field(&answer, question->arena, part);
	q->question = NULL;
	question->done(question->arg, &answer);
}

static void
describe(const struct auth_request *r, char *out, size_t size)
{
	if (r->proof == AUTH_PROOF_EXCHANGE)
		snprintf(out, size, "%.*s %.*s> %.*s", SL_FMT(r->mechanism),
			 SL_FMT(r->user), SL_FMT(r->response));
	else if (r->lookup_only)
		snprintf(out, size, "lookup %.*s", SL_FMT(r->user));
	else
		snprintf(out, size, "%.*s %.*s%s%.*s %.*s", SL_FMT(r->mechanism),
			 SL_FMT(r->user), r->authzid.n > 0 ? " as " : "",
			 SL_FMT(r->authzid), SL_FMT(r->password));
}

static void
ask(void *arg, struct core_question *question)
{
	struct play_house *house = arg;
	struct play_question *q = &house->questions[house->question_count];

	if (house->question_count == PLAY_QUESTIONS)
		play_fail("too many lookups for a play");
	house->question_count++;
	*q = (struct play_question){ .question = question };
	describe(question->request, q->text, sizeof(q->text));
	if (house->answer == NULL)
		return;
	q->seen = true;
	play_house_answer(house, q, slice_of(house->answer));
}

static struct play_question *
find(struct play_house *house, const struct core_question *question)
{
	for (size_t i = 0; i < house->question_count; i++) {
		if (house->questions[i].question == question)
			return &house->questions[i];
	}
	play_fail("usher goes on with a lookup that it did not ask");
}

/* The client's answer to a challenge is to be looked at as the question was. */
static void
proceed(void *arg, struct core_question *question, struct slice response)
{
	struct play_question *q = find(arg, question);

	snprintf(q->text, sizeof(q->text), "> %.*s", SL_FMT(response));
	q->seen = false;
}

static void
forget(void *arg, struct core_question *question)
{
	struct play_question *q = find(arg, question);

	q->question = NULL;
	q->forgotten = true;
}

/* ---- what the process is told ------------------------------------------ */

static void
entered(void *arg, const struct presence *p)
{
	struct play_house *house = arg;

	(void)p;
	house->present++;
}

static void
left(void *arg, const struct presence *p)
{
	struct play_house *house = arg;

	(void)p;
	house->present--;
}

static void
freed(void *arg)
{
	(void)arg;
}

static const struct core_ops ops = {
	.ask = ask,
	.proceed = proceed,
	.forget = forget,
	.entered = entered,
	.left = left,
	.freed = freed,
};

/* ---- the log ----------------------------------------------------------- */

static void
keep_line(enum log_event event, struct slice text)
{
	struct play_house *house = the_house;
	struct play_line *line = &house->lines[house->line_count];

	if (log_event_row(event)->level == LEVEL_DEBUG)
		return;
	if (house->line_count == PLAY_LOG_LINES)
		play_fail("too many log lines for a play");
	line->event = event;
	line->text = mem_strdup(text.p, text.n);
	house->line_count++;
}

/* ---- opening and closing ----------------------------------------------- */

static const char *
or(const char *text, const char *otherwise)
{
	return text == NULL ? otherwise : text;
}

static void
write_settings(const char *protocol, const struct play_settings *s,
	       struct buf *out)
{
	buf_addf(out, "hostname: proxy.example.com\n"
		 "listeners: [ { name: play, protocol: %s, address: '*:1', %s } ]\n"
		 "login: { %s }\n"
		 "tls: { certificates: [ { cert: /cert, key: /key } ] }\n"
		 "auth: [ { driver: passthrough } ]\n"
		 "director: { backends: [ %s ], backend_defaults: { %s } }\n"
		 "%s", protocol,
		 or(s->listener, "tls: off, allow_cleartext: yes"),
		 or(s->login, ""),
		 or(s->backends, "{ name: a, host: 192.0.2.1 }"),
		 or(s->access, ""), or(s->more, ""));
}

static bool
is_delivery(const struct listener_conf *l)
{
	return l->protocol == PROTOCOL_LMTP || l->protocol == PROTOCOL_SMTP;
}

static void
offer_mechanisms(struct play_house *house)
{
	struct vars offers = { 0 };
	struct arena a = { 0 };

	auth_offers(house->settings, NULL, &a, &offers);
	core_set_offers(&house->core, &offers);
	arena_free(&a);
}

struct settings *
play_house_settings(const struct proto *proto, const struct play_settings *s)
{
	struct settings *settings;
	struct buf text;

	buf_init(&text, 64 * 1024);	/* a list of long variables */
	write_settings(proto->name, s, &text);
	settings = conf_text_settings(buf_slice(&text));
	buf_free(&text);
	return settings;
}

void
play_house_open(struct play_house *house, const struct proto *proto,
		const struct settings *settings)
{
	*house = (struct play_house){ .settings = settings };
	the_house = house;
	log_sink_capture(keep_line);
	house->loop = loop_make();
	house->hosts = mail_hosts_make(&house->settings->director);
	core_init(&house->core, house->loop, house->settings, house->hosts, &ops,
		  house);
	house->core.tls = play_tls();
	offer_mechanisms(house);
	house->listener = (struct core_listener){
		.conf = CONF_ITEM(house->settings->listeners, listener_conf, 0),
		.proto = proto };
	house->routes = worker_routes_make(house->settings);
	if (is_delivery(house->listener.conf))
		worker_routes_use(house->routes, &house->listener);
}

void
play_house_end(struct play_house *house)
{
	core_free(&house->core);
	if (house->present != 0)
		play_fail("%zu users are said to be in after the end",
			  house->present);
	if (play_timers(house->loop) != 0)
		play_fail("%zu timers run after the end",
			  play_timers(house->loop));
	for (size_t i = 0; i < house->question_count; i++) {
		if (house->questions[i].question != NULL)
			play_fail("a lookup is not forgotten at the end");
	}
	for (size_t i = 0; play_net_connection(i) != NULL; i++) {
		if (!play_net_connection(i)->usher_closed)
			play_fail("connection %zu is open after the end", i);
	}
}

void
play_house_free(struct play_house *house)
{
	worker_routes_free(&house->routes);
	mail_hosts_free(&house->hosts);
	loop_free(&house->loop);
	log_sink_capture(NULL);
	for (size_t i = 0; i < house->line_count; i++)
		free(house->lines[i].text);
}
