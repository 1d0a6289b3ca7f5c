#include "unit.h"

#include "auth/http_auth.h"

static struct arena arena;
static struct auth_conf conf;
static struct buf out;

static void
setup(void)
{
	conf = (struct auth_conf){ .nginx_compat = true };
	buf_init(&out, 64 * 1024);
}

static void
teardown(void)
{
	buf_free(&out);
	arena_free(&arena);
}

static bool
has(struct slice part)
{
	return memmem(out.p, out.n, part.p, part.n) != NULL;
}

static struct auth_request
request(void)
{
	struct auth_request r = { .service = SL("imap"),
				  .mechanism = SL("PLAIN"),
				  .user = SL("us er%x@d"),
				  .password = SL("pw\r\nX: y"),
				  .attempt = 2 };

	ck_assert(addr_parse_ip(SL("2001:db8::7"), &r.remote));
	return r;
}

static struct slice
headers_of(const struct auth_request *r)
{
	buf_clear(&out);
	ck_assert(http_auth_write_headers(&conf, r, SL("auth.example"), &out));
	return buf_slice(&out);
}

START_TEST(a_password_is_asked_about_as_nginx_does)
{
	struct auth_request r = request();

	assert_slice(headers_of(&r),
		     SL("Host: auth.example\r\n"
			"Auth-Method: plain\r\n"
			"Auth-User: us%20er%25x@d\r\n"
			"Auth-Pass: pw%0D%0AX:%20y\r\n"
			"Auth-Protocol: imap\r\n"
			"Auth-Login-Attempt: 2\r\n"
			"Client-IP: 2001:db8::7\r\n"));
}
END_TEST

START_TEST(a_digest_has_its_salt)
{
	struct auth_request r = request();

	r.mechanism = SL("CRAM-MD5");
	r.proof = AUTH_PROOF_EXCHANGE;
	r.response = SL("b913a602c7eda7a495b4e6e7334d3890");
	r.salt = SL("<1.2@usher>");
	r.service = SL("pop3");
	assert_slice(headers_of(&r),
		     SL("Host: auth.example\r\n"
			"Auth-Method: cram-md5\r\n"
			"Auth-User: us%20er%25x@d\r\n"
			"Auth-Pass: b913a602c7eda7a495b4e6e7334d3890\r\n"
			"Auth-Salt: <1.2@usher>\r\n"
			"Auth-Protocol: pop3\r\n"
			"Auth-Login-Attempt: 2\r\n"
			"Client-IP: 2001:db8::7\r\n"));
}
END_TEST

START_TEST(a_certificate_and_tls_are_told)
{
	struct auth_request r = request();

	r.mechanism = SL("EXTERNAL");
	r.proof = AUTH_PROOF_CERTIFICATE;
	r.user = SL("alice");
	r.password = SL("");
	r.tls = (struct auth_tls){
		.on = true, .version = SL("TLSv1.2"),
		.cipher = SL("ECDHE-RSA-AES256-GCM-SHA384"),
		.verify = SL("SUCCESS"), .subject = SL("O=Ex ample,CN=alice"),
		.issuer = SL("CN=ca"), .serial = SL("0AFF"),
		.fingerprint = SL("ab"), .pem = SL("-----\nAA\n") };
	vars_set(&conf.headers, &arena, SL("X-Key"), SL("a b"));
	conf.pass_client_cert = true;
	assert_slice(headers_of(&r),
		     SL("Host: auth.example\r\n"
			"Auth-Method: external\r\n"
			"Auth-User: alice\r\n"
			"Auth-Pass: \r\n"
			"Auth-Protocol: imap\r\n"
			"Auth-Login-Attempt: 2\r\n"
			"Client-IP: 2001:db8::7\r\n"
			"Auth-SSL: on\r\n"
			"Auth-SSL-Protocol: TLSv1.2\r\n"
			"Auth-SSL-Cipher: ECDHE-RSA-AES256-GCM-SHA384\r\n"
			"Auth-SSL-Verify: SUCCESS\r\n"
			"Auth-SSL-Subject: O=Ex ample,CN=alice\r\n"
			"Auth-SSL-Issuer: CN=ca\r\n"
			"Auth-SSL-Serial: 0AFF\r\n"
			"Auth-SSL-Fingerprint: ab\r\n"
			"Auth-SSL-Cert: -----%0AAA%0A\r\n"
			"X-Key: a b\r\n"));
}
END_TEST

START_TEST(a_delivery_has_commands_and_no_name)
{
	struct auth_request r = request();

	r.service = SL("smtp");
	r.mechanism = SL("");
	r.lookup_only = true;
	r.smtp_helo = SL("me");
	r.smtp_from = SL("MAIL FROM:<a@b> SIZE=10");
	r.smtp_to = SL("RCPT TO:<c@d> NOTIFY=NEVER");
	r.client_host = SL("evil\r\nAuth-User: root");
	assert_slice(headers_of(&r),
		     SL("Host: auth.example\r\n"
			"Auth-Method: none\r\n"
			"Auth-User: \r\n"
			"Auth-Pass: \r\n"
			"Auth-Protocol: smtp\r\n"
			"Auth-Login-Attempt: 2\r\n"
			"Client-IP: 2001:db8::7\r\n"
			"Client-Host: [UNAVAILABLE]\r\n"
			"Auth-SMTP-Helo: me\r\n"
			"Auth-SMTP-From: MAIL FROM:<a@b> SIZE=10\r\n"
			"Auth-SMTP-To: RCPT TO:<c@d> NOTIFY=NEVER\r\n"));
	r.service = SL("lmtp");
	r.smtp_to = SL("");
	r.client_host = SL("mx.example");
	headers_of(&r);
	ck_assert(has(SL("Client-Host: mx.example\r\n")));
	ck_assert(has(SL("RCPT TO:<us er%x@d>\r\n")));
}
END_TEST

/* Whatever it is made of, a header is one line. */
START_TEST(no_value_is_another_header)
{
	static const struct slice evil = SL("a\r\nAuth-User: root\n\rX\177");
	struct auth_request r = request();
	struct slice rest, line;

	conf.nginx_compat = false;
	r.user = r.password = r.session = r.local_name = evil;
	r.client_host = r.smtp_helo = r.smtp_from = r.smtp_to = evil;
	r.tls = (struct auth_tls){ .on = true, .version = evil,
				   .verify = evil, .subject = evil,
				   .issuer = evil };
	for (int i = 0; i < 2; i++) {
		size_t users = 0;

		r.lookup_only = i == 1;
		r.service = i == 1 ? SL("smtp") : SL("imap");
		rest = headers_of(&r);
		while (slice_cut(&rest, '\n', &line)) {
			ck_assert(line.n > 1 && line.p[line.n - 1] == '\r');
			line.n--;
			ck_assert(!slice_has(line, '\r'));
			ck_assert(!slice_has(line, '\0'));
			users += slice_starts_nocase(line, SL("Auth-User:"));
		}
		ck_assert_uint_eq(users, 1);
	}
}
END_TEST

/* ---- replies ----------------------------------------------------------- */

static struct auth_answer answer;
static int64_t wait_ms;
static const char *why;

static enum http_auth_verdict
read_reply(int status, struct slice headers)
{
	static const struct auth_request r = { .service = SL("imap"),
					       .user = SL("jane") };
	struct slice in = exact_copy(headers, headers.n);
	enum http_auth_verdict verdict;

	answer = (struct auth_answer){ .result = AUTH_EXPIRED };
	verdict = http_auth_read(&conf, &r, status, in, &arena, &answer,
				 &wait_ms, &why);
	free_copy(in);
	return verdict;
}

static struct slice
field(struct slice name)
{
	const struct var *v = vars_find(&answer.fields, name);

	return v == NULL ? SL("(none)") : v->value;
}

#define OK_REPLY "Auth-Status: OK\r\nAuth-Server: 198.51.100.4\r\n" \
		 "Auth-Port: 143\r\n"

START_TEST(ok_says_where)
{
	for (int compat = 0; compat < 2; compat++) {
		conf.nginx_compat = compat;
		ck_assert_int_eq(read_reply(200, SL(OK_REPLY "\r\n")),
				 HTTP_AUTH_ANSWER);
		ck_assert_int_eq(answer.result, AUTH_OK);
		assert_slice(field(SL("host")), SL("198.51.100.4"));
		assert_slice(field(SL("port")), SL("143"));
		assert_slice(field(SL("pass")), SL("(none)"));
		ck_assert_int_eq(
			read_reply(200, SL(OK_REPLY
					   "auth-user:  bob \nAUTH-PASS:"
					   "secret%20x\nAuth-Pass: m p\n"
					   "X-Unknown: 1\n\nAuth-User: no")),
			HTTP_AUTH_ANSWER);
		assert_slice(field(SL("destuser")), SL("bob"));
		assert_slice(field(SL("pass")), SL("m p"));
	}
}
END_TEST

START_TEST(strict_and_lenient_part_where_nginx_is_careless)
{
	static const struct {
		int status;
		struct slice headers;
		bool strict, compat;
	} rows[] = {
		{ 0, SL(OK_REPLY "\r\n"), false, true },
		{ 500, SL(OK_REPLY "\r\n"), false, true },
		{ 200, SL("Auth-Server: 198.51.100.4\r\nAuth-Port: 143\r\n"),
		  false, true },
		{ 200, SL("Auth-Status: OK\r\nAuth-Server: localhost\r\n"
			  "Auth-Port: 143\r\n"), true, false },
		{ 200, SL("Auth-Status: OK\r\n"), true, false },
		{ 200, SL("Auth-Status: OK\r\nAuth-Server: 198.51.100.4\r\n"),
		  true, false },
		{ 200, SL("\r\n"), false, false },
		{ 200, SL(""), false, false },
		{ 200, SL(OK_REPLY "no header\r\n"), false, false },
		{ 200, SL(OK_REPLY "no name: x\r\n"), false, false },
		{ 200, SL(OK_REPLY "Auth-Pass: a\0b\r\n"), false, false },
		{ 200, SL(OK_REPLY "Auth-Pass: a\rb\r\n"), false, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int compat = 0; compat < 2; compat++) {
			bool good = compat ? rows[i].compat : rows[i].strict;
			enum http_auth_verdict verdict;

			conf.nginx_compat = compat;
			verdict = read_reply(rows[i].status, rows[i].headers);
			ck_assert_msg((verdict == HTTP_AUTH_ANSWER &&
				       answer.result == AUTH_OK) == good,
				      "row %zu, compat %d", i, compat);
			ck_assert(good || why != NULL);
		}
	}
}
END_TEST

START_TEST(nginx_reads_no_more_than_1024_octets)
{
	struct buf text;

	buf_init(&text, 4096);
	buf_add(&text, SL(OK_REPLY "X-Long: "));
	while (text.n < 1100)
		buf_add_char(&text, 'x');
	buf_add(&text, SL("\r\n"));
	conf.nginx_compat = false;
	ck_assert_int_eq(read_reply(200, buf_slice(&text)), HTTP_AUTH_ANSWER);
	conf.nginx_compat = true;
	ck_assert_int_eq(read_reply(200, buf_slice(&text)), HTTP_AUTH_BROKEN);
	buf_free(&text);
}
END_TEST

START_TEST(an_error_text_is_the_clients)
{
	ck_assert_int_eq(read_reply(200, SL("Auth-Status: Invalid login\r\n"
					    "Auth-Wait: 3\r\n")),
			 HTTP_AUTH_ANSWER);
	ck_assert_int_eq(answer.result, AUTH_DENIED);
	assert_slice(answer.reason, SL("Invalid login"));
	ck_assert(answer.verbatim && answer.has_delay && !answer.hang_up);
	ck_assert_int_eq(answer.delay_ms, 3000);
	/* "ok" is one, too. */
	ck_assert_int_eq(read_reply(200, SL("Auth-Status: ok\r\n")),
			 HTTP_AUTH_ANSWER);
	ck_assert_int_eq(answer.result, AUTH_DENIED);
	assert_slice(answer.reason, SL("ok"));
	ck_assert(answer.hang_up && answer.delay_ms == 0);
	conf.nginx_compat = false;
	read_reply(200, SL("Auth-Status: Invalid login\r\nAuth-Wait: x\r\n"));
	assert_slice(answer.reason, SL("[AUTHENTICATIONFAILED] Invalid login"));
	ck_assert(answer.hang_up);
	read_reply(200, SL("Auth-Status: [LIMIT] too much\r\n"));
	assert_slice(answer.reason, SL("[LIMIT] too much"));
	read_reply(200, SL("Auth-Status: Temporary server problem\r\n"
			   "Auth-Error-Code: 451 4.3.0\r\n"));
	ck_assert_int_eq(answer.result, AUTH_TEMPFAIL);
	assert_slice(answer.reason, SL("[UNAVAILABLE] Temporary server "
				       "problem"));
	assert_slice(answer.code, SL("451 4.3.0"));
	read_reply(200, SL("Auth-Status: bad token\r\n"
			   "Auth-Error-SASL: eyJhIjoxfQ==\r\n"));
	assert_slice(answer.token_error, SL("{\"a\":1}"));
}
END_TEST

START_TEST(wait_is_bounded)
{
	ck_assert_int_eq(read_reply(200, SL("Auth-Status: WAIT\r\n"
					    "Auth-Wait: 5\r\n")),
			 HTTP_AUTH_WAIT);
	ck_assert_int_eq(wait_ms, 5000);
	ck_assert_int_eq(read_reply(200, SL("Auth-Status: WAIT\r\n"
					    "Auth-Wait: 0\r\n")),
			 HTTP_AUTH_WAIT);
	ck_assert_int_eq(wait_ms, 1000);
	ck_assert_int_eq(read_reply(200, SL("Auth-Status: no\r\n"
					    "Auth-Wait: 4000000000\r\n")),
			 HTTP_AUTH_ANSWER);
	ck_assert_int_eq(answer.delay_ms, 60000);
}
END_TEST

/* ---- JSON -------------------------------------------------------------- */

START_TEST(json_says_what_there_is_to_say)
{
	struct auth_request r = request();

	r.password = SL("s\"\\");
	ck_assert(http_auth_write_json(&r, &out));
	assert_slice(buf_slice(&out),
		     SL("{\"attempt\":2,\"secured\":false,\"lookup_only\":false,"
			"\"client_ip\":\"2001:db8::7\",\"protocol\":\"imap\","
			"\"mechanism\":\"PLAIN\",\"user\":\"us er%x@d\","
			"\"password\":\"s\\\"\\\\\"}"));
	r.user = SL("\377");
	ck_assert(!http_auth_write_json(&r, &out));
}
END_TEST

static enum http_auth_verdict
read_json(struct slice body)
{
	static const struct auth_request r = { .service = SL("imap"),
					       .user = SL("jane") };
	struct slice in = exact_copy(body, body.n);
	enum http_auth_verdict verdict = http_auth_read_json(
		&r, 200, in, &arena, &answer, &wait_ms, &why);

	free_copy(in);
	return verdict;
}

START_TEST(json_answers_have_every_field)
{
	ck_assert_int_eq(
		read_json(SL("{\"result\":\"ok\",\"user\":\"joe\",\"fields\":"
			     "{\"host\":\"a\",\"port\":143,\"proxy\":true,"
			     "\"nologin\":false,\"forward_x\":\"1\"}}")),
		HTTP_AUTH_ANSWER);
	ck_assert_int_eq(answer.result, AUTH_OK);
	assert_slice(answer.user, SL("joe"));
	assert_slice(field(SL("host")), SL("a"));
	assert_slice(field(SL("port")), SL("143"));
	assert_slice(field(SL("proxy")), SL("yes"));
	assert_slice(field(SL("nologin")), SL("(none)"));
	assert_slice(field(SL("forward_x")), SL("1"));
	ck_assert_int_eq(read_json(SL("{\"result\":\"denied\",\"reason\":\"no\","
				      "\"wait\":1.5}")), HTTP_AUTH_ANSWER);
	ck_assert_int_eq(answer.result, AUTH_DENIED);
	assert_slice(answer.reason, SL("no"));
	ck_assert_int_eq(answer.delay_ms, 1500);
	ck_assert_int_eq(read_json(SL("{\"result\":\"wait\",\"wait\":2}")),
			 HTTP_AUTH_WAIT);
	ck_assert_int_eq(wait_ms, 2000);
}
END_TEST

START_TEST(other_json_is_no_answer)
{
	static const struct slice bad[] = {
		SL(""), SL("{"), SL("[]"), SL("\"ok\""), SL("{}"),
		SL("{\"result\":true}"), SL("{\"result\":\"OK\"}"),
		SL("{\"result\":\"ok\",\"fields\":[]}"),
		SL("{\"result\":\"ok\",\"fields\":{\"host\":[]}}"),
		SL("{\"result\":\"ok\",\"fields\":{\"pass\":\"a\\r\\nb\"}}"),
		SL("{\"result\":\"ok\",\"fields\":{\"pass\":\"a\\u0000b\"}}"),
		SL("{\"result\":\"ok\",\"result\":\"ok\"}"),
		SL("{\"result\":\"ok\"} x"),
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(read_json(bad[i]) == HTTP_AUTH_BROKEN, "%.*s",
			      SL_FMT(bad[i]));
}
END_TEST

Suite *
suite_http_auth(void)
{
	const TTest *const tests[] = {
		a_password_is_asked_about_as_nginx_does,
		a_digest_has_its_salt,
		a_certificate_and_tls_are_told,
		a_delivery_has_commands_and_no_name,
		no_value_is_another_header,
		ok_says_where,
		strict_and_lenient_part_where_nginx_is_careless,
		nginx_reads_no_more_than_1024_octets,
		an_error_text_is_the_clients,
		wait_is_bounded,
		json_says_what_there_is_to_say,
		json_answers_have_every_field,
		other_json_is_no_answer,
	};
	Suite *suite = suite_create("http_auth");
	TCase *tcase = tcase_create("http_auth");

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite;
}
