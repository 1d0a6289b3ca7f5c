/* Tokens of OAuth (XOAUTH2, OAUTHBEARER): judged by their signature, with keys from a
   file or from the provider, or by asking the provider (RFC 7662), or both. */
#include <utlist.h>

#include "auth/auth.h"
#include "auth/jwt.h"
#include "auth/key_file.h"
#include "auth/oauth_message.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/user_format.h"
#include "net/http_client.h"

/* A token we do not know the key of makes us fetch the set, but not more often:
   anybody can make up a key's name. */
#define REFETCH_MS (5 * 1000)
/* The answer about a token. */
#define MAX_REPLY (64 * 1024)
#define MAX_NAME (32 * 1024)
#define MAX_REQUEST (64 * 1024)

static const struct log auth_log = { .service = "auth" };

struct oauth2;

struct question {
	struct question *prev, *next;	/* while it waits for keys */
	struct oauth2 *driver;
	struct auth_lookup *lookup;
	struct http_call *call;		/* the introspection */
	bool waits;			/* in the list */
	bool refetched;			/* the keys are as new as can be */
};

struct oauth2 {
	const struct auth_conf *conf;
	struct loop *loop;
	struct http_client *client;
	struct http_tls tls;
	struct key_file *file;		/* NULL: keys come from a URL, or none do */
	struct jwks *fetched;
	struct http_call *fetching;
	int64_t fetched_ms;		/* when it was last tried; 0: never */
	struct loop_timer refresh;
	struct question *waiting;
};

/* ---- answers ----------------------------------------------------------- */

static struct slice
refusal_of(const struct question *q)
{
	const struct auth_conf *conf = q->driver->conf;
	const struct auth_request *r = q->lookup->request;
	struct slice scope = conf->scope.n > 0 ? conf->scope.v[0] : SL("");
	struct slice text = { 0 };
	struct buf json;

	buf_init(&json, 4096);	/* settings, and a few words */
	if (oauth_error_write(slice_eq(r->mechanism, SL("OAUTHBEARER")) ?
				      OAUTH_BEARER :
				      OAUTH_XOAUTH2,
			      SL("invalid_token"), scope,
			      conf->openid_configuration_url, &json))
		text = arena_copy(q->lookup->arena, buf_slice(&json));
	buf_free(&json);
	return text;
}

static void
answer(struct question *q, enum auth_result result, struct slice user)
{
	struct auth_answer a = { .result = result, .user = user };

	if (result == AUTH_DENIED)
		a.token_error = refusal_of(q);
	auth_lookup_answer(q->lookup, &a);
}

static void
deny(struct question *q, const char *why)
{
	LOG(&auth_log, EV_TOKEN_REFUSED,
	    F_NAMED("user", q->lookup->request->user),
	    F_TEXT("session", q->lookup->request->session),
	    F_TEXT("what", slice_of(why)));
	answer(q, AUTH_DENIED, q->lookup->request->user);
}

static void
fail(struct question *q, struct slice url, const char *why)
{
	LOG(&auth_log, EV_LOOKUP_FAILED,
	    F_NAMED("user", q->lookup->request->user), F_TEXT("url", url),
	    F_TEXT("what", slice_of(why)));
	answer(q, AUTH_TEMPFAIL, q->lookup->request->user);
}

/* The name in the token is who it is. If the client gave one, it must be that. */
static void
conclude(struct question *q, struct slice claimed)
{
	const struct auth_request *r = q->lookup->request;
	struct buf name;

	buf_init(&name, MAX_NAME);
	if (!user_format_expand(q->driver->conf->username_format, claimed,
				&name))
		deny(q, "the user's name is too long");
	else if (r->user.n > 0 && !slice_eq(buf_slice(&name), r->user))
		deny(q, "it is somebody else's token");
	else
		answer(q, AUTH_OK, arena_copy(q->lookup->arena,
					      buf_slice(&name)));
	buf_free(&name);
}

static struct jwt_rules
rules_of(const struct oauth2 *d)
{
	return (struct jwt_rules){
		.issuer = d->conf->issuer,
		.audience = d->conf->audience,
		.scope = d->conf->scope,
		.username_claim = d->conf->username_claim,
		.now_s = clock_wall_us() / 1000000,
		.leeway_s = d->conf->leeway / 1000,
	};
}

/* ---- asking the provider ----------------------------------------------- */

/* application/x-www-form-urlencoded (RFC 6749 appendix B). */
static void
add_form(struct buf *out, struct slice s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || c == '-' || c == '.' ||
		    c == '_' || c == '~') {
			buf_add_char(out, (char)c);
		} else {
			buf_add_char(out, '%');
			buf_add_char(out, hex[c >> 4]);
			buf_add_char(out, hex[c & 15]);
		}
	}
}

/* RFC 6749 section 2.3.1. */
static void
add_authorization(const struct auth_conf *conf, struct buf *out)
{
	struct buf pair;

	if (conf->client_id.n == 0)
		return;
	buf_init(&pair, 4096);
	add_form(&pair, conf->client_id);
	buf_add_char(&pair, ':');
	add_form(&pair, conf->client_secret);
	buf_add(out, SL("Authorization: Basic "));
	base64_encode(buf_slice(&pair), out);
	buf_add(out, SL("\r\n"));
	buf_free(&pair);
}

static void
on_introspected(void *arg, const struct http_reply *reply)
{
	struct question *q = arg;
	struct slice url = q->driver->conf->introspection_url;
	struct jwt_rules rules = rules_of(q->driver);
	const char *why = NULL;
	struct slice user;

	q->call = NULL;
	if (reply->outcome != HTTP_DONE)
		fail(q, url, reply->why);
	else if (reply->status != 200)
		fail(q, url, "its status is not 200");
	else if (!jwt_is_active(reply->body, &why) && why != NULL)
		fail(q, url, why);
	else if (!jwt_is_active(reply->body, &why))
		deny(q, "its provider says that it is not active");
	else if (jwt_judge_claims(reply->body, &rules, q->lookup->arena, &user,
				  &why) == JWT_GOOD)
		conclude(q, user);
	else
		deny(q, why);
}

static void
introspect(struct question *q)
{
	struct oauth2 *d = q->driver;
	struct slice url = d->conf->introspection_url;
	struct buf headers, body;

	buf_init(&headers, MAX_REQUEST);
	buf_init(&body, MAX_REQUEST);
	BUF_ADD(&headers, SL("Host: "), http_url_host(url), SL("\r\n"),
		SL("Content-Type: application/x-www-form-urlencoded\r\n"));
	add_authorization(d->conf, &headers);
	buf_add(&body, SL("token="));
	add_form(&body, q->lookup->request->password);
	buf_add(&body, SL("&token_type_hint=access_token"));
	q->call = http_send(d->client,
			    &(struct http_request){
				    .url = url,
				    .headers = buf_slice(&headers),
				    .body = buf_slice(&body),
				    .post = true,
				    .timeout_ms = d->conf->timeout,
				    .max_reply = MAX_REPLY,
				    .tls = &d->tls },
			    on_introspected, q);
	buf_free(&headers);
	buf_free(&body);
}

/* ---- judging by signature ---------------------------------------------- */

static void judge(struct question *q);

static const struct jwks *
keys_of(const struct oauth2 *d)
{
	return d->file != NULL ? key_file_keys(d->file) : d->fetched;
}

static void
wait_for_keys(struct question *q)
{
	q->waits = true;
	DL_APPEND(q->driver->waiting, q);
}

static void
take_keys(struct oauth2 *d, const struct http_reply *reply)
{
	struct jwks *keys;
	struct err *e = NULL;
	const char *why = reply->why;

	if (reply->outcome == HTTP_DONE && reply->status != 200)
		why = "its status is not 200";
	if (why == NULL)
		e = jwks_read(reply->body, &keys);
	if (e != NULL)
		why = err_text(e);
	if (why != NULL) {
		LOG(&auth_log, EV_KEYS_BAD, F_TEXT("url", d->conf->jwks_url),
		    F_TEXT("what", slice_of(why)));
	} else {
		jwks_free(&d->fetched);
		d->fetched = keys;
	}
	err_free(&e);
}

static void
on_fetched(void *arg, const struct http_reply *reply)
{
	struct oauth2 *d = arg;

	d->fetching = NULL;
	take_keys(d, reply);
	loop_timer_start(&d->refresh, d->conf->jwks_refresh);
	while (d->waiting != NULL) {
		struct question *q = d->waiting;

		DL_DELETE(d->waiting, q);
		q->waits = false;
		q->refetched = true;
		judge(q);
	}
}

static void
fetch(struct oauth2 *d)
{
	struct slice url = d->conf->jwks_url;
	struct buf headers;

	if (d->fetching != NULL)
		return;
	d->fetched_ms = clock_now_ms();
	buf_init(&headers, 4096);
	BUF_ADD(&headers, SL("Host: "), http_url_host(url), SL("\r\n"));
	d->fetching = http_send(d->client,
				&(struct http_request){
					.url = url,
					.headers = buf_slice(&headers),
					.timeout_ms = d->conf->timeout,
					.max_reply = JWKS_MAX_TEXT,
					.tls = &d->tls },
				on_fetched, d);
	buf_free(&headers);
}

static void
on_refresh(void *arg)
{
	fetch(arg);
}

/* True if newer keys are on their way to judge it by. */
static bool
may_refetch(const struct question *q)
{
	const struct oauth2 *d = q->driver;

	return d->conf->jwks_url.n > 0 && !q->refetched &&
	       (d->fetching != NULL || d->fetched == NULL ||
		clock_now_ms() - d->fetched_ms >= REFETCH_MS);
}

static void
refetch(struct question *q)
{
	wait_for_keys(q);
	fetch(q->driver);
}

static void
on_good(struct question *q, struct slice user)
{
	if (q->driver->conf->always_introspect)
		introspect(q);
	else
		conclude(q, user);
}

static void
judge(struct question *q)
{
	struct oauth2 *d = q->driver;
	struct jwt_rules rules = rules_of(d);
	const struct jwks *keys;
	const char *why = NULL;
	struct slice user;

	if (d->file != NULL)
		key_file_refresh(d->file);
	keys = keys_of(d);
	if (keys == NULL) {
		if (may_refetch(q))
			refetch(q);
		else
			fail(q, d->conf->jwks_url, "there are no keys");
		return;
	}
	switch (jwt_judge(q->lookup->request->password, keys, &rules,
			  q->lookup->arena, &user, &why)) {
	case JWT_GOOD:
		on_good(q, user);
		return;
	case JWT_OPAQUE:
		if (d->conf->introspection_url.n > 0)
			introspect(q);
		else
			deny(q, why);
		return;
	case JWT_NO_KEY:
		if (may_refetch(q))
			refetch(q);
		else
			deny(q, why);
		return;
	case JWT_WRONG:
		deny(q, why);
		return;
	}
}

static void
lookup(void *state, const struct auth_conf *conf, struct auth_lookup *l)
{
	struct question *q = arena_alloc(l->arena, sizeof(*q));
	const struct auth_answer nobody = { .result = AUTH_DENIED,
					    .user = l->request->user };

	q->driver = state;
	q->lookup = l;
	l->driver_data = q;
	/* Tokens know nothing of where mail goes. */
	if (l->request->lookup_only)
		auth_lookup_answer(l, &nobody);
	else if (conf->keys_file.n > 0 || conf->jwks_url.n > 0)
		judge(q);
	else
		introspect(q);
}

static void
cancel(void *state, struct auth_lookup *l)
{
	struct question *q = l->driver_data;

	(void)state;
	if (q->waits)
		DL_DELETE(q->driver->waiting, q);
	q->waits = false;
	http_cancel(&q->call);
}

static bool
serves(const void *state, const struct auth_conf *conf,
       const struct mechanism *m)
{
	(void)state;
	(void)conf;
	return m->kind == MECHANISM_TOKEN;
}

/* ---- life -------------------------------------------------------------- */

static void
close_driver(void *state)
{
	struct oauth2 *d = state;

	loop_timer_stop(&d->refresh);
	http_client_free(&d->client);
	key_file_free(&d->file);
	jwks_free(&d->fetched);
	free(d);
}

static struct err *
open_driver(const struct auth_conf *conf, const struct auth_env *env,
	    void **state_out)
{
	struct oauth2 *d = mem_zalloc(sizeof(*d));
	struct err *e = http_client_make(env->loop, env->resolver,
					 (size_t)conf->max_connections,
					 &d->client);

	if (e == NULL && conf->keys_file.n > 0)
		e = key_file_open(conf->keys_file.p, &d->file);
	if (e != NULL) {
		http_client_free(&d->client);
		free(d);
		return e;
	}
	d->conf = conf;
	d->loop = env->loop;
	d->tls = (struct http_tls){ .no_verify = !conf->verify,
				    .ca_file = conf->ca_file,
				    .cert = conf->client_cert,
				    .key = conf->client_key };
	loop_timer_init(&d->refresh, env->loop, on_refresh, d);
	if (conf->jwks_url.n > 0)
		fetch(d);
	*state_out = d;
	return NULL;
}

const struct auth_driver_ops auth_driver_oauth2 = {
	.name = "oauth2",
	.open = open_driver,
	.serves = serves,
	.lookup = lookup,
	.cancel = cancel,
	.close = close_driver,
};
