#include "unit.h"

#include "auth/auth.h"
#include "temp_dir.h"

static struct temp_dir dir;
static struct auth_chain *chain;
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

	ck_assert_ptr_null(auth_chain_make(&list, NULL, &chain));
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
	};
	Suite *suite = suite_create("auth_chain");
	TCase *tcase = tcase_create("auth_chain");

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite;
}
