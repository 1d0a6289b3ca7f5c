#include "unit.h"

#include "auth/auth.h"
#include "auth/sasl_client.h"
#include "temp_dir.h"

static struct temp_dir dir;
static struct auth_chain *chain;
static const struct auth_env env = { .key = SL("0123456789abcdef"),
				     .username_format = SL("%u") };
static struct auth_conf confs[3];
static void *items[3] = { &confs[0], &confs[1], &confs[2] };
static struct arena arena;

/* The last answer, copied. */
static struct auth_answer got;
static int answers;

static void
setup(void)
{
	temp_dir_make(&dir);
	memset(confs, 0, sizeof(confs));
	for (size_t i = 0; i < 3; i++) {
		confs[i].scheme = SL("PLAIN");
		confs[i].username_format = SL("%u");
		confs[i].result_failure = AUTH_CONTINUE;
		confs[i].result_internalfail = AUTH_CONTINUE;
	}
	answers = 0;
}

static void
teardown(void)
{
	auth_chain_free(&chain);
	arena_free(&arena);
	temp_dir_remove(&dir);
}

static struct auth_conf *
driver(size_t i, enum auth_driver_kind kind)
{
	confs[i].driver = (int)kind;
	return &confs[i];
}

static void
passwd_file(size_t i, const char *name, struct slice text)
{
	temp_dir_write(&dir, name, text);
	driver(i, AUTH_DRIVER_PASSWD_FILE)->path = temp_dir_path(&dir, name);
}

static void
make_chain(size_t n)
{
	const struct conf_list list = { .v = items, .n = n };

	ck_assert_ptr_null(auth_chain_make(&list, &env, &chain));
}

static void
on_answer(void *arg, const struct auth_answer *answer)
{
	(void)arg;
	answers++;
	got = *answer;
}

static enum auth_result
ask(const struct auth_request *r)
{
	struct auth_request asked = *r;
	struct auth_lookup lookup;

	if (asked.mechanism.n == 0)
		asked.mechanism = SL("PLAIN");
	auth_ask(chain, &lookup, &asked, &arena, NULL, on_answer, NULL);
	return got.result;
}

static enum auth_result
login(struct slice user, struct slice password)
{
	const struct auth_request r = { .user = user, .password = password };

	return ask(&r);
}

static enum auth_result
delivery(struct slice user)
{
	const struct auth_request r = { .user = user, .lookup_only = true };

	return ask(&r);
}

static struct slice
field(struct slice name)
{
	const struct var *v = vars_find(&got.fields, name);

	return v == NULL ? SL("(none)") : v->value;
}

START_TEST(the_first_driver_that_knows_the_user_answers)
{
	passwd_file(0, "a", SL("ann:{PLAIN}one::::::host=192.0.2.1\n"));
	passwd_file(1, "b", SL("ann:{PLAIN}two::::::host=192.0.2.2\n"
			       "bob:{PLAIN}two::::::host=192.0.2.3\n"));
	make_chain(2);
	ck_assert_int_eq(login(SL("ann"), SL("one")), AUTH_OK);
	assert_slice(field(SL("host")), SL("192.0.2.1"));
	ck_assert_int_eq(login(SL("ann"), SL("two")), AUTH_OK);
	assert_slice(field(SL("host")), SL("192.0.2.2"));
	ck_assert_int_eq(login(SL("bob"), SL("two")), AUTH_OK);
	ck_assert_int_eq(login(SL("bob"), SL("one")), AUTH_DENIED);
	ck_assert_int_eq(login(SL("eve"), SL("one")), AUTH_DENIED);
	ck_assert_int_eq(answers, 5);
}
END_TEST

START_TEST(a_driver_that_failed_makes_no_out_of_reach)
{
	passwd_file(0, "a", SL("ann:{NO-SUCH-SCHEME}one\n"));
	passwd_file(1, "b", SL("bob:{PLAIN}two\n"));
	make_chain(2);
	ck_assert_int_eq(login(SL("ann"), SL("one")), AUTH_TEMPFAIL);
	ck_assert_int_eq(login(SL("bob"), SL("one")), AUTH_DENIED);
}
END_TEST

START_TEST(default_fields_fill_gaps_and_override_fields_win)
{
	struct auth_conf *c = &confs[0];

	passwd_file(0, "a", SL("ann:{PLAIN}x::::::host=192.0.2.1 port=1\n"));
	vars_set(&c->default_fields, &arena, SL("port"), SL("2"));
	vars_set(&c->default_fields, &arena, SL("ssl"), SL("yes"));
	vars_set(&c->override_fields, &arena, SL("host"), SL("192.0.2.9"));
	make_chain(1);
	ck_assert_int_eq(login(SL("ann"), SL("x")), AUTH_OK);
	assert_slice(field(SL("port")), SL("1"));
	assert_slice(field(SL("ssl")), SL("yes"));
	assert_slice(field(SL("host")), SL("192.0.2.9"));
}
END_TEST

START_TEST(allow_nets_bind_a_login_to_where_it_comes_from)
{
	struct auth_request r = { .user = SL("ann"), .password = SL("x") };

	passwd_file(0, "a", SL("ann:{PLAIN}x::::::allow_nets=192.0.2.0/24\n"));
	make_chain(1);
	ck_assert(addr_parse_ip(SL("192.0.2.7"), &r.remote));
	ck_assert_int_eq(ask(&r), AUTH_OK);
	ck_assert(addr_parse_ip(SL("198.51.100.7"), &r.remote));
	ck_assert_int_eq(ask(&r), AUTH_DENIED);
}
END_TEST

START_TEST(a_lookup_for_a_delivery_judges_no_password_and_no_network)
{
	passwd_file(0, "a", SL("ann:{PLAIN}x::::::host=192.0.2.1 "
			       "allow_nets=192.0.2.0/24 user=anna\n"
			       "bob:{NO-SUCH-SCHEME}x\n"));
	make_chain(1);
	ck_assert_int_eq(delivery(SL("ann")), AUTH_OK);
	assert_slice(field(SL("host")), SL("192.0.2.1"));
	assert_slice(got.user, SL("anna"));
	ck_assert_int_eq(delivery(SL("bob")), AUTH_OK);
	ck_assert_int_eq(delivery(SL("eve")), AUTH_DENIED);
}
END_TEST

START_TEST(static_has_one_password_for_all_and_asks_none_for_a_delivery)
{
	struct auth_conf *c = driver(0, AUTH_DRIVER_STATIC);

	c->password = SL("{PLAIN}x");
	vars_set(&c->fields, &arena, SL("host"), SL("192.0.2.1"));
	make_chain(1);
	ck_assert_int_eq(login(SL("ann"), SL("x")), AUTH_OK);
	ck_assert_int_eq(login(SL("ann"), SL("y")), AUTH_DENIED);
	ck_assert_int_eq(delivery(SL("ann")), AUTH_OK);
	assert_slice(field(SL("host")), SL("192.0.2.1"));
}
END_TEST

START_TEST(passthrough_leaves_acting_for_another_to_the_backend)
{
	const struct auth_request r = { .user = SL("root"),
					.authzid = SL("ann"),
					.password = SL("x") };

	driver(0, AUTH_DRIVER_PASSTHROUGH);
	make_chain(1);
	ck_assert_int_eq(ask(&r), AUTH_OK);
	assert_slice(got.user, SL("ann"));
	assert_slice(field(SL("master")), SL("root"));
	ck_assert_int_eq(login(SL("ann"), SL("x")), AUTH_OK);
	assert_slice(got.user, SL("ann"));
	assert_slice(field(SL("master")), SL("(none)"));
}
END_TEST

START_TEST(who_judges_the_password_lets_nobody_act_for_another)
{
	const struct auth_request r = { .user = SL("root"),
					.authzid = SL("ann"),
					.password = SL("x") };

	passwd_file(0, "a", SL("root:{PLAIN}x\n"));
	make_chain(1);
	ck_assert_int_eq(ask(&r), AUTH_NOT_AUTHORIZED);
}
END_TEST

/* ---- Dovecot's results ------------------------------------------------- */

/* Two files: ann is in both with different passwords, bob in the second. */
static void
two_files(void)
{
	passwd_file(0, "a", SL("ann:{PLAIN}one::::::host=192.0.2.1 port=1\n"));
	passwd_file(1, "b", SL("ann:{PLAIN}two::::::host=192.0.2.2 ssl=yes\n"
			       "bob:{PLAIN}two::::::host=192.0.2.3\n"));
}

START_TEST(return_fail_keeps_others_from_being_asked)
{
	two_files();
	confs[0].result_failure = AUTH_RETURN_FAIL;
	make_chain(2);
	ck_assert_int_eq(login(SL("ann"), SL("one")), AUTH_OK);
	ck_assert_int_eq(login(SL("ann"), SL("two")), AUTH_DENIED);
	ck_assert_int_eq(login(SL("bob"), SL("two")), AUTH_DENIED);
}
END_TEST

START_TEST(continue_ok_adds_fields_and_judges_no_second_password)
{
	two_files();
	confs[0].result_success = AUTH_CONTINUE_OK;
	make_chain(2);
	ck_assert_int_eq(login(SL("ann"), SL("one")), AUTH_OK);
	assert_slice(field(SL("host")), SL("192.0.2.2"));
	assert_slice(field(SL("port")), SL("1"));
	assert_slice(field(SL("ssl")), SL("yes"));
	ck_assert_int_eq(login(SL("bob"), SL("one")), AUTH_DENIED);
}
END_TEST

START_TEST(continue_leaves_the_judgement_to_the_next_and_keeps_the_fields)
{
	two_files();
	confs[0].result_success = AUTH_CONTINUE;
	make_chain(2);
	ck_assert_int_eq(login(SL("ann"), SL("one")), AUTH_DENIED);
	confs[1].result_failure = AUTH_RETURN;
	ck_assert_int_eq(login(SL("ann"), SL("one")), AUTH_DENIED);
	confs[1].result_success = AUTH_RETURN_OK;
	vars_set(&confs[0].override_fields, &arena, SL("port"), SL("9"));
	passwd_file(0, "a", SL("ann:{PLAIN}two\n"));
	auth_chain_free(&chain);
	make_chain(2);
	ck_assert_int_eq(login(SL("ann"), SL("two")), AUTH_OK);
	assert_slice(field(SL("port")), SL("9"));
	assert_slice(field(SL("host")), SL("192.0.2.2"));
}
END_TEST

START_TEST(return_lets_what_was_said_before_count)
{
	two_files();
	confs[0].result_success = AUTH_CONTINUE_OK;
	confs[1].result_failure = AUTH_RETURN;
	confs[1].result_success = AUTH_RETURN;
	make_chain(2);
	ck_assert_int_eq(login(SL("ann"), SL("one")), AUTH_OK);
	ck_assert_int_eq(login(SL("bob"), SL("two")), AUTH_DENIED);
}
END_TEST

START_TEST(skip_goes_by_what_was_said_before)
{
	two_files();
	confs[0].result_success = AUTH_CONTINUE_OK;
	confs[1].skip = AUTH_SKIP_AUTHENTICATED;
	make_chain(2);
	ck_assert_int_eq(login(SL("ann"), SL("one")), AUTH_OK);
	assert_slice(field(SL("host")), SL("192.0.2.1"));
	ck_assert_int_eq(login(SL("bob"), SL("two")), AUTH_OK);
	confs[1].skip = AUTH_SKIP_UNAUTHENTICATED;
	ck_assert_int_eq(login(SL("bob"), SL("two")), AUTH_DENIED);
	ck_assert_int_eq(login(SL("ann"), SL("one")), AUTH_OK);
	assert_slice(field(SL("host")), SL("192.0.2.2"));
}
END_TEST

START_TEST(a_failure_can_be_the_end)
{
	passwd_file(0, "a", SL("ann:{NO-SUCH-SCHEME}one\n"));
	passwd_file(1, "b", SL("ann:{PLAIN}two\n"));
	confs[0].result_internalfail = AUTH_RETURN_FAIL;
	make_chain(2);
	ck_assert_int_eq(login(SL("ann"), SL("two")), AUTH_TEMPFAIL);
	confs[0].result_internalfail = AUTH_CONTINUE;
	ck_assert_int_eq(login(SL("ann"), SL("two")), AUTH_OK);
}
END_TEST

START_TEST(only_some_protocols_and_mechanisms_get_to_a_driver)
{
	static struct slice imap = SL("imap"), plain = SL("PLAIN");
	struct auth_request r = { .service = SL("pop3"), .user = SL("ann"),
				  .password = SL("one") };

	two_files();
	confs[0].only_protocols = (struct conf_texts){ &imap, 1 };
	confs[1].only_mechanisms = (struct conf_texts){ &plain, 1 };
	make_chain(2);
	ck_assert_int_eq(ask(&r), AUTH_DENIED);
	r.service = SL("imap");
	ck_assert_int_eq(ask(&r), AUTH_OK);
	r.password = SL("two");
	ck_assert_int_eq(ask(&r), AUTH_OK);
	r.mechanism = SL("LOGIN");
	ck_assert_int_eq(ask(&r), AUTH_DENIED);
}
END_TEST

START_TEST(what_nobody_can_serve_is_known_without_asking)
{
	const struct conf_list list = { .v = items, .n = 1 };

	two_files();
	make_chain(1);
	ck_assert(auth_list_serves(&list, chain, SL("imap"), SL("PLAIN")));
	ck_assert(auth_list_serves(&list, NULL, SL("imap"), SL("plain")));
	ck_assert(!auth_list_serves(&list, chain, SL("imap"), SL("GSSAPI")));
	ck_assert(!auth_list_serves(&list, chain, SL("imap"), SL("X")));
	driver(0, AUTH_DRIVER_PASSTHROUGH);
	ck_assert(auth_list_serves(&list, NULL, SL("imap"),
				   SL("SCRAM-SHA-256")));
	ck_assert(!auth_list_serves(&list, NULL, SL("imap"),
				    SL("SCRAM-SHA-256-PLUS")));
	ck_assert(!auth_list_serves(&list, NULL, SL("imap"), SL("CRAM-MD5")));
}
END_TEST

/* ---- exchanges --------------------------------------------------------- */

static struct slice challenge;
static struct auth_lookup exchange;
static struct auth_request question;

static void
on_challenge(void *arg, struct slice text)
{
	(void)arg;
	challenge = arena_copy(&arena, text);
}

static void
begin_exchange(struct slice mechanism, struct slice user, struct slice first)
{
	question = (struct auth_request){
		.mechanism = mechanism, .proof = AUTH_PROOF_EXCHANGE,
		.user = user, .has_response = first.n > 0, .response = first };
	challenge = SL("(none)");
	answers = 0;
	auth_ask(chain, &exchange, &question, &arena, on_challenge, on_answer,
		 NULL);
}

/* As a client with that password does it. */
static enum auth_result
scram(struct slice mechanism, struct slice user, struct slice password)
{
	const struct sasl_client_identity id = { .user = user,
						 .password = password };
	struct sasl_client c;
	struct buf out;

	buf_init(&out, 4096);
	ck_assert(sasl_client_begin(&c, mechanism, &id));
	sasl_client_step(&c, SL(""), &out);
	begin_exchange(mechanism, user, arena_copy(&arena, buf_slice(&out)));
	while (answers == 0) {
		enum sasl_client_step step;

		buf_clear(&out);
		step = sasl_client_step(&c, challenge, &out);
		while (step == SASL_CLIENT_LATER)
			step = sasl_client_work(&c, &out);
		ck_assert_int_eq(step, SASL_CLIENT_SEND);
		auth_continue(&exchange, buf_slice(&out));
	}
	if (got.result == AUTH_OK)
		ck_assert(sasl_client_may_end(&c));
	sasl_client_free(&c);
	buf_free(&out);
	ck_assert_int_eq(answers, 1);
	return got.result;
}

START_TEST(scram_is_ended_from_what_is_stored)
{
	passwd_file(0, "a",
		    SL("ann:{PLAIN}pencil::::::host=192.0.2.1 pass=x\n"
		       "bob:{SCRAM-SHA-1}4096,QSXCR+Q6sek8bf92,"
		       "6dlGYMOdZcOPutkcNY8U2g7vK9Y=,"
		       "D+CSWLOshSulAsxiupA+qs2/fTE=\n"
		       "eve:{SHA256}x\n"));
	make_chain(1);
	ck_assert_int_eq(scram(SL("SCRAM-SHA-256"), SL("ann"), SL("pencil")),
			 AUTH_OK);
	assert_slice(field(SL("pass")), SL("x"));
	ck_assert_int_eq(scram(SL("SCRAM-SHA-1"), SL("ann"), SL("pencil")),
			 AUTH_OK);
	ck_assert_int_eq(scram(SL("SCRAM-SHA-1"), SL("bob"), SL("pencil")),
			 AUTH_OK);
	ck_assert_int_eq(scram(SL("SCRAM-SHA-1"), SL("bob"), SL("pen")),
			 AUTH_DENIED);
}
END_TEST

/* Each is asked as if it were there. */
START_TEST(who_does_not_exist_is_asked_all_the_same)
{
	struct slice salt[2];

	passwd_file(0, "a", SL("ann:{PLAIN}pencil\neve:{SHA256}x\n"));
	make_chain(1);
	ck_assert_int_eq(scram(SL("SCRAM-SHA-256"), SL("nobody"), SL("x")),
			 AUTH_DENIED);
	ck_assert_int_eq(scram(SL("SCRAM-SHA-256"), SL("eve"), SL("x")),
			 AUTH_DENIED);
	for (int i = 0; i < 2; i++) {
		begin_exchange(SL("SCRAM-SHA-256"), SL("nobody"),
			       SL("n,,n=nobody,r=abc"));
		salt[i] = slice_skip(challenge, slice_index(challenge, ','));
		auth_cancel(&exchange);
	}
	assert_slice(salt[0], salt[1]);
	ck_assert_int_eq(answers, 0);
}
END_TEST

START_TEST(a_binding_that_was_taken_away_is_noticed)
{
	passwd_file(0, "a", SL("ann:{PLAIN}pencil\n"));
	make_chain(1);
	begin_exchange(SL("SCRAM-SHA-256-PLUS"), SL("ann"),
		       SL("n,,n=ann,r=abc"));
	ck_assert_int_eq(answers, 1);
	ck_assert_int_eq(got.result, AUTH_DENIED);
	begin_exchange(SL("SCRAM-SHA-256-PLUS"), SL("ann"),
		       SL("p=tls-exporter,,n=ann,r=abc"));
	ck_assert_int_eq(got.result, AUTH_DENIED);
	question.binding_offered = true;
	question.mechanism = SL("SCRAM-SHA-256");
	question.response = SL("y,,n=ann,r=abc");
	answers = 0;
	auth_ask(chain, &exchange, &question, &arena, on_challenge, on_answer,
		 NULL);
	ck_assert_int_eq(answers, 1);
	ck_assert_int_eq(got.result, AUTH_DENIED);
}
END_TEST

START_TEST(cram_md5_asks_before_it_knows_whom)
{
	passwd_file(0, "a", SL("bob:{PLAIN}x\n"));
	passwd_file(1, "b", SL("tim:{PLAIN}tanstaaftanstaaf::::::port=9\n"));
	make_chain(2);
	begin_exchange(SL("CRAM-MD5"), SL(""), SL(""));
	ck_assert(slice_starts(challenge, SL("<")));
	/* RFC 2195 section 2 has its challenge, so ours is put aside. */
	exchange.changed.salt =
		SL("<1896.697170952@postoffice.reston.mci.net>");
	auth_continue(&exchange, SL("tim b913a602c7eda7a495b4e6e7334d3890"));
	ck_assert_int_eq(got.result, AUTH_OK);
	assert_slice(got.user, SL("tim"));
	assert_slice(field(SL("port")), SL("9"));
	begin_exchange(SL("CRAM-MD5"), SL(""), SL(""));
	auth_continue(&exchange, SL("tim b913a602c7eda7a495b4e6e7334d3890"));
	ck_assert_int_eq(got.result, AUTH_DENIED);
	begin_exchange(SL("CRAM-MD5"), SL(""), SL(""));
	auth_continue(&exchange, SL("tim"));
	ck_assert_int_eq(got.result, AUTH_DENIED);
}
END_TEST

START_TEST(a_certificate_needs_no_password_and_a_known_name)
{
	struct auth_request r = { .mechanism = SL("EXTERNAL"),
				  .proof = AUTH_PROOF_CERTIFICATE,
				  .user = SL("ann") };

	passwd_file(0, "a", SL("ann:{SHA256}x::::::pass=y\n"));
	make_chain(1);
	ck_assert_int_eq(ask(&r), AUTH_OK);
	assert_slice(field(SL("pass")), SL("y"));
	r.authzid = SL("bob");
	ck_assert_int_eq(ask(&r), AUTH_NOT_AUTHORIZED);
	r.authzid = SL("");
	r.user = SL("bob");
	ck_assert_int_eq(ask(&r), AUTH_DENIED);
}
END_TEST

Suite *
suite_auth_chain(void)
{
	const TTest *const tests[] = {
		the_first_driver_that_knows_the_user_answers,
		a_driver_that_failed_makes_no_out_of_reach,
		default_fields_fill_gaps_and_override_fields_win,
		allow_nets_bind_a_login_to_where_it_comes_from,
		a_lookup_for_a_delivery_judges_no_password_and_no_network,
		static_has_one_password_for_all_and_asks_none_for_a_delivery,
		passthrough_leaves_acting_for_another_to_the_backend,
		who_judges_the_password_lets_nobody_act_for_another,
		return_fail_keeps_others_from_being_asked,
		continue_ok_adds_fields_and_judges_no_second_password,
		continue_leaves_the_judgement_to_the_next_and_keeps_the_fields,
		return_lets_what_was_said_before_count,
		skip_goes_by_what_was_said_before,
		a_failure_can_be_the_end,
		only_some_protocols_and_mechanisms_get_to_a_driver,
		what_nobody_can_serve_is_known_without_asking,
		scram_is_ended_from_what_is_stored,
		who_does_not_exist_is_asked_all_the_same,
		a_binding_that_was_taken_away_is_noticed,
		cram_md5_asks_before_it_knows_whom,
		a_certificate_needs_no_password_and_a_known_name,
	};
	Suite *suite = suite_create("auth_chain");
	TCase *tcase = tcase_create("auth_chain");

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite;
}
