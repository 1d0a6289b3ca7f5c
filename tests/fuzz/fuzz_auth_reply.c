/* What servers that are asked about users may answer: headers as nginx has them, JSON,
   and lines of Dovecot's auth protocol. */
#include "fuzz.h"

#include "auth/dovecot_line.h"
#include "auth/http_auth.h"
#include "base/tab_escape.h"

/* Dovecot may say a line end in a field; where a field is used, it is refused. */
static void
check(const struct auth_answer *a)
{
	require(a->result <= AUTH_TEMPFAIL);
	require(!a->has_delay || (a->delay_ms >= 0 && a->delay_ms <= 60000));
	require(!slice_has(a->code, '\r') && !slice_has(a->code, '\n'));
	for (size_t i = 0; i < a->fields.n; i++) {
		require(!slice_has(a->fields.v[i].value, '\r'));
		require(!slice_has(a->fields.v[i].value, '\n'));
		require(!slice_has(a->fields.v[i].value, '\0'));
	}
}

static void
read_http(struct slice all, bool compat, int status)
{
	const struct auth_conf conf = { .nginx_compat = compat };
	const struct auth_request r = { .service = SL("imap"),
					.user = SL("jane") };
	struct arena a = { 0 };
	struct auth_answer answer;
	int64_t wait_ms = -1;
	const char *why = NULL;

	switch (http_auth_read(&conf, &r, status, all, &a, &answer, &wait_ms,
			       &why)) {
	case HTTP_AUTH_ANSWER:
		check(&answer);
		break;
	case HTTP_AUTH_WAIT:
		require(wait_ms > 0 && wait_ms <= 60000);
		break;
	case HTTP_AUTH_BROKEN:
		require(why != NULL);
		break;
	}
	arena_free(&a);
}

static void
read_json(struct slice all)
{
	const struct auth_request r = { .user = SL("jane") };
	struct arena a = { 0 };
	struct auth_answer answer;
	int64_t wait_ms = -1;
	const char *why = NULL;

	switch (http_auth_read_json(&r, 200, all, &a, &answer, &wait_ms,
				    &why)) {
	case HTTP_AUTH_ANSWER:
		check(&answer);
		break;
	case HTTP_AUTH_WAIT:
		require(wait_ms > 0 && wait_ms <= 60000);
		break;
	case HTTP_AUTH_BROKEN:
		require(why != NULL);
		break;
	}
	arena_free(&a);
}

static void
read_dovecot(struct slice all)
{
	struct arena a = { 0 };
	struct dovecot_reply r;
	struct buf out;

	if (dovecot_read_reply(all, &a, &r))
		require(r.answer.result <= AUTH_TEMPFAIL);
	buf_init(&out, 2 * all.n + 16);
	require(tab_escape(all, &out));
	require(slice_eq(tab_unescape(buf_slice(&out), &a), all));
	buf_free(&out);
	arena_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice all = { (const char *)data, size };

	read_http(all, false, 200);
	read_http(all, true, 0);
	read_json(all);
	read_dovecot(all);
	return 0;
}
