#include "unit.h"

#include "core/trust.h"

START_TEST(identity_is_believed_from_the_networks_of_the_listener)
{
	struct addr_net nets[2];
	struct listener_conf l = { .login_trusted_networks = { nets, 2 } };
	struct addr a;

	ck_assert(addr_net_parse(SL("192.0.2.0/24"), &nets[0]));
	ck_assert(addr_net_parse(SL("2001:db8::1"), &nets[1]));
	ck_assert(addr_parse_ip(SL("192.0.2.255"), &a));
	ck_assert(trust_identity(&l, &a));
	ck_assert(addr_parse_ip(SL("2001:db8::1"), &a));
	ck_assert(trust_identity(&l, &a));
	ck_assert(addr_parse_ip(SL("192.0.3.1"), &a));
	ck_assert(!trust_identity(&l, &a));
	l.login_trusted_networks.n = 0;
	ck_assert(addr_parse_ip(SL("127.0.0.1"), &a));
	ck_assert(!trust_identity(&l, &a));
}
END_TEST

static const struct {
	int tls;
	bool allow, trusted, has_tls, may;
} rows[] = {
	{ LISTENER_TLS_STARTTLS, false, false, false, false },
	{ LISTENER_TLS_STARTTLS, false, false, true, true },
	{ LISTENER_TLS_STARTTLS, false, true, false, true },
	{ LISTENER_TLS_STARTTLS, true, false, false, true },
	{ LISTENER_TLS_OFF, false, false, false, false },
	{ LISTENER_TLS_OFF, true, false, false, true },
	{ LISTENER_TLS_OFF, false, true, false, true },
	{ LISTENER_TLS_REQUIRED, false, true, false, false },
	{ LISTENER_TLS_REQUIRED, true, true, false, false },
	{ LISTENER_TLS_REQUIRED, false, false, true, true },
	{ LISTENER_TLS_IMPLICIT, false, false, true, true },
};

START_TEST(a_password_may_cross_or_not)
{
	const struct listener_conf l = { .tls = rows[_i].tls,
					 .allow_cleartext = rows[_i].allow };

	ck_assert_int_eq(trust_cleartext(&l, rows[_i].trusted,
					 rows[_i].has_tls), rows[_i].may);
}
END_TEST

Suite *
suite_trust(void)
{
	Suite *suite = suite_create("trust");
	TCase *all = tcase_create("trust");

	tcase_add_test(all,
		       identity_is_believed_from_the_networks_of_the_listener);
	tcase_add_loop_test(all, a_password_may_cross_or_not, 0,
			    (int)(sizeof(rows) / sizeof(rows[0])));
	suite_add_tcase(suite, all);
	return suite;
}
