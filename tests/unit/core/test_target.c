/* spec/dovecot-login-proxy.md section 1.1. */
#include "unit.h"

#include "conf/conf_text.h"
#include "core/target.h"

static struct core core;
static struct arena arena;
static struct target target;

static void
setup(void)
{
	core = (struct core){ .tls_clients = tls_clients_make() };
}

static void
teardown(void)
{
	mail_hosts_free(&core.hosts);
	tls_clients_free(&core.tls_clients);
	settings_free((struct settings **)&core.settings);
	arena_free(&arena);
}

/* director is what stands within its section. */
static void
configure(const char *director)
{
	struct buf text;

	buf_init(&text, 10000);
	buf_addf(&text, CONF_TEXT_LISTENER CONF_TEXT_AUTH "director: { %s }\n",
		 director);
	core.settings = conf_text_settings(buf_slice(&text));
	core.hosts = mail_hosts_make(&core.settings->director);
	buf_free(&text);
}

#define ONE_BACKEND "backends: [ { name: a, host: 192.0.2.1 } ]"

/* fields: as Dovecot's auth protocol has them, with TABs between. */
static struct err *
try_find(enum protocol protocol, const char *fields)
{
	struct slice rest = slice_of(fields), field, name;
	struct vars vars = { 0 };
	struct route *route = arena_alloc(&arena, sizeof(*route));
	const struct auth_request request = { .user = SL("jane"),
					      .password = SL("secret") };
	const struct target_wish wish = { .protocol = protocol,
					  .route = route, .request = &request,
					  .user = SL("jane") };

	while (slice_cut(&rest, '\t', &field)) {
		slice_cut(&field, '=', &name);
		vars_set(&vars, &arena, name, field);
	}
	ck_assert_ptr_null(route_read(&vars, &arena, route));
	return target_find(&core, &wish, &arena, &target);
}

static void
find(enum protocol protocol, const char *fields)
{
	struct err *e = try_find(protocol, fields);

	ck_assert_msg(e == NULL, "%s", e == NULL ? "" : err_text(e));
}

static void
refuse(const char *fields, enum err_kind kind, const char *text)
{
	struct err *e = try_find(PROTOCOL_IMAP, fields);

	ck_assert_ptr_nonnull(e);
	ck_assert_int_eq(err_kind(e), kind);
	ck_assert_str_eq(err_text(e), text);
	err_free(&e);
}

/* Addresses and ports, with blanks between. */
static void
assert_addrs(const char *want)
{
	struct buf got;
	char text[ADDR_TEXT];

	buf_init(&got, 2000);
	for (size_t i = 0; i < target.addr_count; i++)
		buf_addf(&got, "%s%s", i == 0 ? "" : " ",
			 addr_text(&target.addrs[i], text));
	assert_slice(buf_slice(&got), slice_of(want));
	buf_free(&got);
}

/* ---- where ------------------------------------------------------------- */

START_TEST(without_a_host_the_placement_decides)
{
	configure(ONE_BACKEND);
	find(PROTOCOL_IMAP, "");
	assert_slice(target.name, SL("a"));
	assert_slice(target.host, SL("192.0.2.1"));
	assert_addrs("192.0.2.1:143");
	refuse("director_tag=gold", ERR_BUSY, "no backend with tag gold takes users");
}
END_TEST

START_TEST(where_nobody_takes_users_nobody_goes)
{
	configure("backends: [ { name: a, host: 192.0.2.1, tag: ssd } ]");
	refuse("", ERR_BUSY, "no backend takes users");
}
END_TEST

START_TEST(a_host_may_be_a_backend_by_name_or_by_address)
{
	configure("backends: [ { name: a, host: 192.0.2.1, imap: 1143, "
		  "tls: starttls, verify: no } ]");
	find(PROTOCOL_IMAP, "host=a");
	assert_addrs("192.0.2.1:1143");
	ck_assert_int_eq(target.tls, BACKEND_TLS_STARTTLS);
	find(PROTOCOL_IMAP, "host=192.0.2.1");
	assert_slice(target.name, SL("a"));
	assert_addrs("192.0.2.1:1143");
	/* Another one is spoken to as the defaults have it. */
	find(PROTOCOL_IMAP, "host=192.0.2.2");
	assert_slice(target.name, SL("192.0.2.2"));
	assert_addrs("192.0.2.2:143");
	ck_assert_int_eq(target.tls, BACKEND_TLS_OFF);
}
END_TEST

START_TEST(addresses_come_in_the_order_they_are_tried)
{
	struct addr known[2];

	configure("backends: [ { name: a, host: mail.example.com } ]");
	refuse("", ERR_BUSY, "the address of mail.example.com is not known");
	ck_assert(addr_parse_ip(SL("192.0.2.1"), &known[0]));
	ck_assert(addr_parse_ip(SL("2001:db8::1"), &known[1]));
	mail_hosts_set_addrs(core.hosts, SL("a"), SL("mail.example.com"), known,
			     2);
	find(PROTOCOL_IMAP, "");
	assert_addrs("192.0.2.1:143 [2001:db8::1]:143");
	find(PROTOCOL_IMAP, "host=a\thostip=192.0.2.7");
	assert_addrs("192.0.2.7:143");
	assert_slice(target.host, SL("mail.example.com"));
	find(PROTOCOL_IMAP, "host=elsewhere\thostip=192.0.2.7"
			    "\thostips=192.0.2.8, nonsense,2001:db8::9");
	assert_addrs("192.0.2.7:143 192.0.2.8:143 [2001:db8::9]:143");
	find(PROTOCOL_IMAP, "host=2001:db8::2\tport=1143");
	assert_addrs("[2001:db8::2]:1143");
	refuse("host=elsewhere", ERR_BUSY, "the address of elsewhere is not known");
}
END_TEST

START_TEST(more_addresses_than_are_of_use_are_left_out)
{
	struct buf fields;

	configure(ONE_BACKEND);
	buf_init(&fields, 1000);
	buf_add(&fields, SL("host=x\thostip=192.0.2.1\thostips="));
	for (int i = 0; i < 30; i++)
		buf_addf(&fields, "192.0.3.%d,", i);
	buf_add_char(&fields, '\0');
	find(PROTOCOL_IMAP, fields.p);
	ck_assert_uint_eq(target.addr_count, RESOLVER_MAX_ADDRS);
	buf_free(&fields);
}
END_TEST

static const struct {
	enum protocol protocol;
	const char *fields, *addr;
} ports[] = {
	{ PROTOCOL_IMAP, "", "192.0.2.1:143" },
	{ PROTOCOL_IMAP, "ssl=any-cert", "192.0.2.1:993" },
	{ PROTOCOL_IMAP, "starttls=any-cert", "192.0.2.1:143" },
	{ PROTOCOL_IMAP, "ssl=any-cert\tport=1", "192.0.2.1:1" },
	{ PROTOCOL_POP3, "", "192.0.2.1:110" },
	{ PROTOCOL_POP3, "ssl=any-cert", "192.0.2.1:995" },
	{ PROTOCOL_SUBMISSION, "", "192.0.2.1:587" },
	{ PROTOCOL_SUBMISSION, "ssl=any-cert", "192.0.2.1:465" },
	{ PROTOCOL_LMTP, "", "192.0.2.1:24" },
	{ PROTOCOL_LMTP, "protocol=smtp", "192.0.2.1:25" },
	{ PROTOCOL_SMTP, "", "192.0.2.1:25" },
	{ PROTOCOL_SMTP, "protocol=lmtp", "192.0.2.1:24" },
	{ PROTOCOL_IMAP, "protocol=lmtp", "192.0.2.1:143" },
};

START_TEST(each_protocol_has_its_ports)
{
	configure(ONE_BACKEND);
	find(ports[_i].protocol, ports[_i].fields);
	assert_addrs(ports[_i].addr);
}
END_TEST

/* ---- how --------------------------------------------------------------- */

START_TEST(a_lookup_knows_better_about_tls)
{
	configure("backend_defaults: { tls: implicit, ca_file: /ca }, "
		  ONE_BACKEND);
	refuse("", ERR_CONFIG, "/ca could not be read");
	find(PROTOCOL_IMAP, "starttls=any-cert");
	ck_assert_int_eq(target.tls, BACKEND_TLS_STARTTLS);
	ck_assert(!target.tls_files.verify);
	find(PROTOCOL_IMAP, "ssl=no\tstarttls=any-cert");
	ck_assert_int_eq(target.tls, BACKEND_TLS_STARTTLS);
	refuse("ssl=yes", ERR_CONFIG, "/ca could not be read");
}
END_TEST

START_TEST(what_a_backend_is_told_and_how_long_it_has)
{
	configure("backend_defaults: { connect_timeout: 2s, login_timeout: 9s, "
		  "max_reconnects: 7, send_proxy: v2 }, " ONE_BACKEND);
	find(PROTOCOL_IMAP, "");
	ck_assert_int_eq(target.connect_timeout_ms, 2000);
	ck_assert_int_eq(target.login_timeout_ms, 9000);
	ck_assert_uint_eq(target.max_reconnects, 7);
	ck_assert_int_eq(target.send_proxy, SEND_PROXY_V2);
	/* One or the other. */
	ck_assert(!target.send_identity);
	ck_assert(!target.nopipelining);
	find(PROTOCOL_IMAP, "proxy_not_trusted\tproxy_timeout=3"
			    "\tsource_ip=192.0.2.200\tproxy_nopipelining");
	ck_assert_int_eq(target.send_proxy, SEND_PROXY_NO);
	ck_assert_int_eq(target.login_timeout_ms, 3000);
	ck_assert_int_eq(target.source_ip.family, ADDR_V4);
	ck_assert(target.nopipelining);
}
END_TEST

static const struct {
	enum protocol protocol;
	const char *fields;
	struct slice user, master, password, mech;
} identities[] = {
	{ PROTOCOL_IMAP, "", SL("jane"), SL(""), SL("secret"), SL("") },
	{ PROTOCOL_IMAP, "destuser=j1\tpass=", SL("j1"), SL(""), SL(""), SL("") },
	{ PROTOCOL_IMAP, "master=boss\tpass=x", SL("jane"), SL("boss"), SL("x"),
	  SL("PLAIN") },
	{ PROTOCOL_IMAP, "master=boss\tproxy_mech=LOGIN", SL("jane"), SL("boss"),
	  SL("secret"), SL("LOGIN") },
	{ PROTOCOL_IMAP, "master=", SL("jane"), SL(""), SL("secret"), SL("") },
	{ PROTOCOL_SUBMISSION, "", SL("jane"), SL(""), SL("secret"),
	  SL("PLAIN") },
};

START_TEST(who_logs_in_there)
{
	configure(ONE_BACKEND);
	find(identities[_i].protocol, identities[_i].fields);
	assert_slice(target.identity.user, identities[_i].user);
	assert_slice(target.identity.master, identities[_i].master);
	assert_slice(target.identity.password, identities[_i].password);
	assert_slice(target.mech, identities[_i].mech);
}
END_TEST

START_TEST(a_loop_is_the_same_address_and_the_same_user)
{
	struct addr here;

	configure(ONE_BACKEND);
	find(PROTOCOL_IMAP, "hostips=192.0.2.8,192.0.2.9");
	ck_assert(addr_parse(SL("192.0.2.9:143"), &here));
	ck_assert(target_is_loop(&target, &here, SL("jane")));
	ck_assert(!target_is_loop(&target, &here, SL("joe")));
	here.port = 144;
	ck_assert(!target_is_loop(&target, &here, SL("jane")));
}
END_TEST

/* ---- without a lookup -------------------------------------------------- */

START_TEST(a_host_of_the_settings_or_an_address)
{
	const struct backend_conf *a;
	struct addr addr;

	configure("backend_defaults: { smtp: 2525 }, "
		  "backends: [ { name: a, host: 192.0.2.1, lmtp: 2424 } ]");
	a = CONF_ITEM(core.settings->director.backends, backend_conf, 0);
	ck_assert_ptr_null(target_of_host(&core, PROTOCOL_LMTP, a, NULL, &arena,
					  &target));
	assert_addrs("192.0.2.1:2424");
	assert_slice(target.name, SL("a"));
	ck_assert(addr_parse_ip(SL("192.0.2.7"), &addr));
	ck_assert_ptr_null(target_of_host(&core, PROTOCOL_SMTP, NULL, &addr,
					  &arena, &target));
	assert_addrs("192.0.2.7:2525");
	assert_slice(target.host, SL("192.0.2.7"));
	addr.port = 26;
	ck_assert_ptr_null(target_of_host(&core, PROTOCOL_SMTP, NULL, &addr,
					  &arena, &target));
	assert_addrs("192.0.2.7:26");
	ck_assert_uint_eq(target.mech.n, 0);
}
END_TEST

#define ROWS(rows) (int)(sizeof(rows) / sizeof((rows)[0]))

Suite *
suite_target(void)
{
	Suite *suite = suite_create("target");
	TCase *all = tcase_create("target");

	tcase_add_checked_fixture(all, setup, teardown);
	tcase_add_test(all, without_a_host_the_placement_decides);
	tcase_add_test(all, where_nobody_takes_users_nobody_goes);
	tcase_add_test(all, a_host_may_be_a_backend_by_name_or_by_address);
	tcase_add_test(all, addresses_come_in_the_order_they_are_tried);
	tcase_add_test(all, more_addresses_than_are_of_use_are_left_out);
	tcase_add_loop_test(all, each_protocol_has_its_ports, 0, ROWS(ports));
	tcase_add_test(all, a_lookup_knows_better_about_tls);
	tcase_add_test(all, what_a_backend_is_told_and_how_long_it_has);
	tcase_add_loop_test(all, who_logs_in_there, 0, ROWS(identities));
	tcase_add_test(all, a_loop_is_the_same_address_and_the_same_user);
	tcase_add_test(all, a_host_of_the_settings_or_an_address);
	suite_add_tcase(suite, all);
	return suite;
}
