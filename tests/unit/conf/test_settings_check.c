#include "unit.h"

#include "conf/conf_text.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define BACKENDS "director: { backends: [ { name: a, host: h } ] }\n"
#define CERTIFICATE "tls: { certificates: [ { cert: c, key: k } ] }\n"
#define REST CONF_TEXT_LISTENER CONF_TEXT_AUTH

/* Settings that are right each for itself, and what is wrong between them.
   Lines count from the front, so what a row is about stands there. */
static const struct {
	const char *text, *said;
} rows[] = {
	/* Listeners. */
	{ CONF_TEXT_AUTH,
	  "0:0: listeners: there are none, so nobody could connect; name one, "
	  "as conf.d/20-listeners.yaml shows\n" },
	{ "listeners:\n- { name: a, protocol: imap, address: [], tls: off }\n"
	  CONF_TEXT_AUTH,
	  "2:5: listeners: address is empty; a needs one such as \"*:143\"\n" },
	{ "listeners:\n- { name: a, protocol: imap, address: '*:1',\n"
	  "    tls: required, allow_cleartext: yes }\n"
	  CERTIFICATE CONF_TEXT_AUTH,
	  "3:20: allow_cleartext: yes contradicts tls: required; one of them "
	  "must go\n" },
	{ "listeners:\n- { name: a, protocol: imap, address: '*:1',\n"
	  "    tls: implicit }\n" CONF_TEXT_AUTH,
	  "3:5: tls: a needs a certificate, and tls.certificates has none; "
	  "give one, or set tls: off\n" },
	/* A default has no place: its listener has. */
	{ "listeners:\n- { protocol: imap, name: a, address: '*:1' }\n"
	  CONF_TEXT_AUTH,
	  "2:3: tls: a needs a certificate, and tls.certificates has none; "
	  "give one, or set tls: off\n" },
	{ "listeners:\n- { name: a, protocol: imap, address: '*:1', tls: off,\n"
	  "    haproxy: yes }\n" CONF_TEXT_AUTH,
	  "3:5: haproxy: yes, but haproxy_trusted_networks is empty, so nobody "
	  "could connect; name the balancers there\n" },
	{ "listeners:\n- { name: a, protocol: imap, address: '*:1', tls: off }\n"
	  "- { name: a, protocol: imap, address: '*:2', tls: off }\n"
	  CONF_TEXT_AUTH,
	  "3:5: name: another listener is called a already; each needs a name "
	  "of its own\n" },
	{ "listeners:\n- { name: a, protocol: imap, address: '*:1', tls: off }\n"
	  "- { name: b, protocol: imap, address: '127.0.0.1:1', tls: off }\n"
	  CONF_TEXT_AUTH,
	  "3:30: address: a listens there already; each needs its own\n" },
	{ "listeners:\n- { name: a, protocol: imap, address: '[::1]:1', tls: off }\n"
	  "- { name: b, protocol: imap, address: ['*:2', '[::1]:1'], tls: off }\n"
	  CONF_TEXT_AUTH,
	  "3:30: address: a listens there already; each needs its own\n" },
	{ "listeners:\n- { name: a, protocol: imap, address: ['*:1', '[::1]:1'],\n"
	  "    tls: off }\n" CONF_TEXT_AUTH,
	  "2:30: address: [::1]:1 is there already; each can stand once\n" },
	{ "listeners:\n- { name: a, protocol: imap, address: '127.0.0.1:1', tls: off }\n"
	  "- { name: b, protocol: imap, address: '127.0.0.2:1', tls: off }\n"
	  CONF_TEXT_AUTH, "" },

	/* Before the login. */
	{ "login: { username_format: '%Ld@%y' }\n" REST,
	  "1:10: username_format: \"%Ld@%y\" is not text with %u, %n, %d, %Lu, "
	  "%Ln or %Ld in it\n" },
	{ "login: { username_format: jane }\n" REST,
	  "1:10: username_format: \"jane\" is the same for every user; it takes "
	  "%Lu or another part of the name\n" },
	{ "auth:\n- { driver: passwd-file, path: x, only_protocols: [http] }\n"
	  CONF_TEXT_LISTENER BACKENDS,
	  "2:35: only_protocols: \"http\" is no protocol; imap is one\n" },
	{ "auth:\n- { driver: passthrough, only_protocols: imap }\n"
	  "- { driver: passthrough }\n" CONF_TEXT_LISTENER BACKENDS, "" },
	{ "login: { mechanisms: [PLAIN, plain] }\n" REST,
	  "1:10: mechanisms: \"plain\" is no name of a SASL mechanism; PLAIN "
	  "is one\n" },

	/* Lookups. */
	{ CONF_TEXT_LISTENER,
	  "0:0: auth: there is no driver, so nobody could log in; name one, as "
	  "conf.d/40-auth.yaml shows\n" },
	{ "auth:\n- { driver: passwd-file, path: x, username_format: '%x' }\n"
	  CONF_TEXT_LISTENER BACKENDS,
	  "2:35: username_format: \"%x\" is not text with %u, %n, %d, %Lu, %Ln "
	  "or %Ld in it\n" },
	{ "auth:\n- driver: passthrough\n- { driver: passwd-file, path: x }\n"
	  CONF_TEXT_LISTENER BACKENDS,
	  "2:3: driver: this one answers for every user, so those after it would "
	  "never be asked; it must be the last\n" },
	{ "auth:\n- { driver: static, password: x }\n- { driver: passthrough }\n"
	  CONF_TEXT_LISTENER BACKENDS, "" },
	{ "auth:\n- { driver: passthrough }\n" CONF_TEXT_LISTENER,
	  "2:5: driver: this one gives no host, and director.backends is empty; "
	  "name a host or backends\n" },
	{ "auth: [ { driver: passthrough, default_fields: { host: h } } ]\n"
	  CONF_TEXT_LISTENER, "" },
	{ "auth: [ { driver: passthrough, override_fields: { host: h } } ]\n"
	  CONF_TEXT_LISTENER, "" },

	/* Backends. */
	{ "director: { username_hash: all }\n" REST,
	  "1:13: username_hash: \"all\" is the same for every user, so all "
	  "would be on one backend; it takes %Lu or another part of the name\n" },
	{ "director: { username_hash: '%q' }\n" REST,
	  "1:13: username_hash: \"%q\" is not text with %u, %n, %d, %Lu, %Ln or "
	  "%Ld in it\n" },
	{ "director:\n  backends:\n  - { name: a, host: '' }\n" REST,
	  "3:16: host: is empty; it takes an address or a name\n" },
	{ "director:\n  backends:\n"
	  "  - { name: a, host: h, client_cert: x }\n" REST,
	  "3:7: director.backends: a has one of client_cert and client_key; it "
	  "needs both or neither\n" },
	{ "director:\n  backends:\n  - { name: a, host: h }\n"
	  "  - { host: g, name: a }\n" REST,
	  "4:16: name: another backend is called a already; each needs a name "
	  "of its own\n" },
	{ "director:\n  backends: [ { name: a, host: h, weight: 0 },\n"
	  "    { name: b, host: h, weight: 0 } ]\n" REST,
	  "2:3: backends: every weight is 0, so no user could be placed; one "
	  "must be more\n" },
	{ "director:\n  backends:\n"
	  "  - { name: a, host: h, send_proxy: v1, send_identity: yes }\n" REST,
	  "3:25: send_proxy: cannot go with send_identity: yes; one of them "
	  "must go\n" },
	{ "director:\n"
	  "  backend_defaults: { send_proxy: v2, send_identity: yes }\n" REST,
	  "2:23: send_proxy: cannot go with send_identity: yes; one of them "
	  "must go\n" },

	{ "director:\n  backend_defaults: { send_proxy: v2 }\n  backends:\n"
	  "  - { host: h, name: a, send_identity: yes }\n" REST,
	  "4:5: send_proxy: cannot go with send_identity: yes; one of them must "
	  "go\n" },

	/* Forwarding. */
	{ "forward:\n  variables: { twenty-one-characters: x }\n" REST,
	  "2:3: variables: the name \"twenty-one-characters\" must have 1 to 20 "
	  "characters, without blanks, quotes and '='\n" },
	{ "forward: { variables: { a=b: x } }\n" REST,
	  "1:12: variables: the name \"a=b\" must have 1 to 20 characters, "
	  "without blanks, quotes and '='\n" },
	{ "forward: { variables: { '': x } }\n" REST,
	  "1:12: variables: the name \"\" must have 1 to 20 characters, without "
	  "blanks, quotes and '='\n" },
	{ "forward: { variables: { twenty-characters-yy: x } }\n" REST, "" },

	/* What belongs to another word. */
	{ "log: { target: stderr, path: /x }\n" REST,
	  "1:24: path: has no meaning with target: stderr; it belongs to "
	  "file\n" },
	{ "log: { target: file }\n" REST,
	  "1:8: log: path is missing; it takes a text\n" },
	{ "forward: { ttl: 1 }\n" REST,
	  "1:17: ttl: \"1\" is not a whole number from 2 to 255\n" },
};

START_TEST(what_does_not_go_together_is_said_where_it_was_set)
{
	struct buf said;

	buf_init(&said, 10000);
	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_clear(&said);
		conf_text_problems(slice_of(rows[i].text), &said);
		assert_slice(buf_slice(&said), slice_of(rows[i].said));
	}
	buf_free(&said);
}
END_TEST

START_TEST(a_variable_too_long_for_any_backend_is_said_so)
{
	struct buf text, said;

	for (int n = 1024; n <= 1025; n++) {
		buf_init(&text, 10000);
		buf_init(&said, 1000);
		buf_add(&text, SL(REST "forward:\n  variables: { a: "));
		for (int i = 0; i < n; i++)
			buf_add_char(&text, 'x');
		buf_add(&text, SL(" }\n"));
		conf_text_problems(buf_slice(&text), &said);
		assert_slice(buf_slice(&said),
			     n == 1024 ? SL("") :
			     SL("4:3: variables: the value of a has 1025 octets; "
				"1024 is the most a backend takes\n"));
		buf_free(&text);
		buf_free(&said);
	}
}
END_TEST

Suite *
suite_settings_check(void)
{
	const TTest *const tests[] = {
		what_does_not_go_together_is_said_where_it_was_set,
		a_variable_too_long_for_any_backend_is_said_so,
	};

	return suite_of("settings_check", tests, COUNT(tests));
}
