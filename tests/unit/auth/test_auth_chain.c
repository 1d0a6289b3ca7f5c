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
	struct auth_lookup lookup;

	auth_ask(chain, &lookup, r, &arena, on_answer, NULL);
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
	};
	Suite *suite = suite_create("auth_chain");
	TCase *tcase = tcase_create("auth_chain");

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite;
}
