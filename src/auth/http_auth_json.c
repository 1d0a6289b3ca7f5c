/* The JSON form: an object each way, for lookup servers that know usher. */
#include <jansson.h>

#include "auth/http_auth.h"

/* As in the other form. */
#define MAX_WAIT_MS (60 * 1000)

/* ---- the request ------------------------------------------------------- */

bool
http_auth_write_json_headers(const struct auth_conf *conf, struct slice host,
			     struct buf *out)
{
	BUF_ADD(out, SL("Host: "), host, SL("\r\n"),
		SL("Content-Type: application/json\r\n"));
	for (size_t i = 0; i < conf->headers.n; i++)
		BUF_ADD(out, conf->headers.v[i].name, SL(": "),
			conf->headers.v[i].value, SL("\r\n"));
	return buf_ok(out);
}

/* Octets that are no UTF-8 cannot be said in JSON: false. */
static bool
set_text(json_t *o, const char *key, struct slice s)
{
	json_t *text;

	if (s.n == 0)
		return true;
	text = json_stringn(s.p, s.n);
	return text != NULL && json_object_set_new(o, key, text) == 0;
}

static void
set_addr(json_t *o, const char *ip, const char *port, const struct addr *a)
{
	char text[ADDR_IP_TEXT];

	if (a->family == ADDR_NONE)
		return;
	json_object_set_new(o, ip, json_string(addr_ip_text(a, text)));
	if (a->port > 0)
		json_object_set_new(o, port, json_integer(a->port));
}

static bool
set_vars(json_t *o, const char *key, const struct vars *vars)
{
	json_t *inner = json_object();
	bool good = true;

	for (size_t i = 0; i < vars->n; i++) {
		json_t *text = json_stringn(vars->v[i].value.p,
					    vars->v[i].value.n);

		good = good && text != NULL &&
		       json_object_setn_new(inner, vars->v[i].name.p,
					    vars->v[i].name.n, text) == 0;
	}
	if (vars->n == 0) {
		json_decref(inner);
		return true;
	}
	return json_object_set_new(o, key, inner) == 0 && good;
}

static bool
set_tls(json_t *o, const struct auth_tls *t)
{
	json_t *inner;
	bool good;

	if (!t->on)
		return true;
	inner = json_object();
	good = set_text(inner, "version", t->version) &&
	       set_text(inner, "cipher", t->cipher) &&
	       set_text(inner, "verify", t->verify) &&
	       set_text(inner, "subject", t->subject) &&
	       set_text(inner, "issuer", t->issuer) &&
	       set_text(inner, "serial", t->serial) &&
	       set_text(inner, "fingerprint", t->fingerprint);
	return json_object_set_new(o, "tls", inner) == 0 && good;
}

static bool
fill(json_t *o, const struct auth_request *r)
{
	const char *secret = r->proof == AUTH_PROOF_TOKEN ? "token" :
							    "password";

	json_object_set_new(o, "attempt", json_integer(r->attempt));
	json_object_set_new(o, "secured", json_boolean(r->secured));
	json_object_set_new(o, "lookup_only", json_boolean(r->lookup_only));
	set_addr(o, "client_ip", "client_port", &r->remote);
	set_addr(o, "local_ip", "local_port", &r->local);
	set_addr(o, "real_client_ip", "real_client_port", &r->real_remote);
	return set_text(o, "protocol", r->service) &&
	       set_text(o, "mechanism", r->mechanism) &&
	       set_text(o, "user", r->user) &&
	       set_text(o, "authzid", r->authzid) &&
	       set_text(o, secret, r->password) &&
	       set_text(o, "salt", r->salt) &&
	       (r->salt.n == 0 || set_text(o, "digest", r->response)) &&
	       set_text(o, "session", r->session) &&
	       set_text(o, "server_name", r->local_name) &&
	       set_text(o, "smtp_helo", r->smtp_helo) &&
	       set_text(o, "smtp_from", r->smtp_from) &&
	       set_text(o, "smtp_to", r->smtp_to) &&
	       set_text(o, "client_host", r->client_host) &&
	       set_tls(o, &r->tls) &&
	       set_vars(o, "client_id", &r->client_id) &&
	       set_vars(o, "forward", &r->forward);
}

static int
add_piece(const char *p, size_t n, void *arg)
{
	return buf_add(arg, (struct slice){ p, n }) ? 0 : -1;
}

bool
http_auth_write_json(const struct auth_request *r, struct buf *out)
{
	json_t *o = json_object();
	bool good = fill(o, r) &&
		    json_dump_callback(o, add_piece, out, JSON_COMPACT) == 0;

	json_decref(o);
	return good;
}

/* ---- the reply --------------------------------------------------------- */

static const struct {
	const char *word;
	enum auth_result result;
} results[] = {
	{ "ok", AUTH_OK },
	{ "denied", AUTH_DENIED },
	{ "not-authorized", AUTH_NOT_AUTHORIZED },
	{ "disabled", AUTH_DISABLED },
	{ "expired", AUTH_EXPIRED },
	{ "tempfail", AUTH_TEMPFAIL },
};

static struct slice
text_of(json_t *o, const char *key, struct arena *a)
{
	json_t *v = json_object_get(o, key);
	struct slice s = { 0 };

	if (json_is_string(v))
		s = arena_copy(a, (struct slice){ json_string_value(v),
						  json_string_length(v) });
	/* Nothing that could end a line: it goes to clients and backends. */
	return slice_ends_line(s) ? (struct slice){ 0 } : s;
}

/* A field as Dovecot would have it: true is there, false is not, numbers are
   written out. */
static bool
read_field(struct vars *fields, struct arena *a, const char *name, json_t *v)
{
	struct slice value = { 0 };

	if (json_is_false(v) || json_is_null(v))
		return true;
	if (json_is_string(v))
		value = (struct slice){ json_string_value(v),
					json_string_length(v) };
	else if (json_is_integer(v))
		value = arena_printf(a, "%lld",
				     (long long)json_integer_value(v));
	else if (json_is_true(v))
		value = SL("yes");
	else
		return false;
	if (slice_ends_line(value) || slice_ends_line(slice_of(name)))
		return false;
	vars_set(fields, a, slice_of(name), value);
	return true;
}

static const char *
read_fields(json_t *o, struct arena *a, struct vars *fields)
{
	json_t *inner = json_object_get(o, "fields"), *v;
	const char *name;

	if (inner == NULL)
		return NULL;
	if (!json_is_object(inner))
		return "\"fields\" of its reply is no object";
	json_object_foreach(inner, name, v) {
		if (!read_field(fields, a, name, v))
			return "a field of its reply is no text";
	}
	return NULL;
}

static int64_t
read_wait(json_t *o)
{
	json_t *v = json_object_get(o, "wait");
	double seconds = json_is_number(v) ? json_number_value(v) : 0;

	if (!(seconds > 0))
		return 0;
	return seconds > MAX_WAIT_MS / 1000.0 ? MAX_WAIT_MS :
						(int64_t)(seconds * 1000);
}

static bool
read_result(struct slice word, enum auth_result *result_out)
{
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		if (slice_eq(slice_of(results[i].word), word)) {
			*result_out = results[i].result;
			return true;
		}
	}
	return false;
}

static enum http_auth_verdict
read_object(json_t *o, const struct auth_request *r, struct arena *a,
	    struct auth_answer *answer_out, int64_t *wait_out,
	    const char **why_out)
{
	struct auth_answer answer = { .user = r->user };
	struct slice word = text_of(o, "result", a), user;
	int64_t wait = read_wait(o);

	if (slice_eq(word, SL("wait"))) {
		*wait_out = wait > 0 ? wait : 1000;
		return HTTP_AUTH_WAIT;
	}
	*why_out = "its reply has no \"result\" that is known";
	if (!read_result(word, &answer.result))
		return HTTP_AUTH_BROKEN;
	*why_out = read_fields(o, a, &answer.fields);
	if (*why_out != NULL)
		return HTTP_AUTH_BROKEN;
	user = text_of(o, "user", a);
	if (user.n > 0)
		answer.user = user;
	answer.reason = text_of(o, "reason", a);
	answer.code = text_of(o, "smtp_code", a);
	answer.token_error = text_of(o, "token_error", a);
	answer.has_delay = wait > 0;
	answer.delay_ms = wait;
	answer.hang_up = json_is_true(json_object_get(o, "close"));
	*answer_out = answer;
	return HTTP_AUTH_ANSWER;
}

enum http_auth_verdict
http_auth_read_json(const struct auth_request *r, int status,
		    struct slice body, struct arena *a,
		    struct auth_answer *answer_out, int64_t *wait_out,
		    const char **why_out)
{
	enum http_auth_verdict verdict = HTTP_AUTH_BROKEN;
	json_t *o;

	if (status < 200 || status > 299) {
		*why_out = "its status is not 2xx";
		return HTTP_AUTH_BROKEN;
	}
	o = json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(o))
		verdict = read_object(o, r, a, answer_out, wait_out, why_out);
	else
		*why_out = "its reply is no JSON object";
	json_decref(o);
	return verdict;
}
