/* The table of one lookup driver (usher.yaml(5), AUTH), and what has to be right
   between its settings. */
#include "base/user_format.h"
#include "conf/settings.h"
#include "conf/settings_check.h"
#include "conf/settings_tables.h"

static const struct conf_word auth_drivers[] = {
	{ "passthrough", AUTH_DRIVER_PASSTHROUGH },
	{ "static", AUTH_DRIVER_STATIC },
	{ "passwd-file", AUTH_DRIVER_PASSWD_FILE },
	{ "http", AUTH_DRIVER_HTTP },
	{ "dovecot", AUTH_DRIVER_DOVECOT },
	{ NULL, 0 },
};

static const struct conf_word rules[] = {
	{ "return-ok", AUTH_RETURN_OK },
	{ "return", AUTH_RETURN },
	{ "return-fail", AUTH_RETURN_FAIL },
	{ "continue-ok", AUTH_CONTINUE_OK },
	{ "continue", AUTH_CONTINUE },
	{ "continue-fail", AUTH_CONTINUE_FAIL },
	{ NULL, 0 },
};

static const struct conf_word skips[] = {
	{ "never", AUTH_SKIP_NEVER },
	{ "authenticated", AUTH_SKIP_AUTHENTICATED },
	{ "unauthenticated", AUTH_SKIP_UNAUTHENTICATED },
	{ NULL, 0 },
};

static const struct conf_word formats[] = {
	{ "nginx", AUTH_FORMAT_NGINX },
	{ "json", AUTH_FORMAT_JSON },
	{ NULL, 0 },
};

static const struct conf_field auth_rows[] = {
	{
		.key = "driver", .type = CONF_ENUM, .required = true,
		CONF_AT(auth_conf, driver), .words = auth_drivers,
		.sample = "passwd-file",
		.dovecot = "passdb driver",
		.doc = "passthrough: nothing is looked up; the user's name and "
		       "password go to the user's backend, which judges them. "
		       "static: the same fields for every user. passwd-file: a file "
		       "in the format of Dovecot's. http: a server that is asked by "
		       "HTTP, as nginx's mail proxy asks it, or in JSON. dovecot: a Dovecot "
		       "auth server, with whatever passdbs it has: SQL, LDAP, PAM "
		       "and others.",
	},
	{
		.key = "path", .type = CONF_TEXT, .required = true,
		.only = "passwd-file",
		CONF_AT(auth_conf, path), .sample = "/etc/usher/users",
		.dovecot = "passwd_file_path",
		.doc = "The file. It is read again when it changes.",
	},
	{
		.key = "scheme", .type = CONF_TEXT, .def = "CRYPT",
		.only = "passwd-file static",
		CONF_AT(auth_conf, scheme),
		.dovecot = "passdb_default_password_scheme",
		.doc = "The scheme of passwords that have no {SCHEME} in front.",
	},
	{
		.key = "username_format", .type = CONF_TEXT, .def = "%u",
		.only = "passwd-file",
		CONF_AT(auth_conf, username_format),
		.dovecot = "auth_username_format",
		.doc = "What is looked up: %u is the user's name, %n the part before "
		       "the @, %d the part behind it; %Lu, %Ln, %Ld the same in lower "
		       "case.",
	},
	{
		.key = "password", .type = CONF_SECRET, .only = "static",
		CONF_AT(auth_conf, password),
		.sample = "\"{PLAIN}the password of all\"",
		.dovecot = "passdb_static_password",
		.doc = "The password of every user, with its scheme, {PLAIN} or "
		       "another. Not set: any password is taken here, and goes to the "
		       "backend, which judges it.",
	},
	{
		.key = "fields", .type = CONF_VARS, .only = "static",
		CONF_AT(auth_conf, fields),
		.sample = "{ host: 10.1.0.11, proxy_mech: PLAIN }",
		.dovecot = "fields",
		.doc = "The fields of the answer: host, port, ssl, starttls, user, "
		       "pass, master and the others of LOOKUP FIELDS.",
	},
	{
		.key = "url", .type = CONF_TEXTS, .required = true, .only = "http",
		CONF_AT(auth_conf, url),
		.sample = "[\"http://127.0.0.1:9000/auth\"]",
		.dovecot = "auth_http (nginx)",
		.doc = "Where to ask: http://, https://, or unix:PATH:/URI for a "
		       "UNIX socket. Of several, the next is asked when one cannot "
		       "be reached; one that failed five times in a row is left alone "
		       "for five seconds.",
	},
	{
		.key = "format", .type = CONF_ENUM, .def = "nginx",
		.only = "http",
		CONF_AT(auth_conf, format), .words = formats,
		.doc = "nginx: headers both ways, as nginx's auth_http has them. "
		       "json: an object both ways; see LOOKUPS BY HTTP.",
	},
	{
		.key = "nginx_compat", .type = CONF_BOOL, .def = "no",
		.only = "http",
		CONF_AT(auth_conf, nginx_compat),
		.doc = "Be as lenient, and as strict, as nginx: the reply's HTTP "
		       "status does not count, a reply without Auth-Status is an OK, "
		       "Auth-Server must be an address, the reply may have 1024 octets, "
		       "and every question is a connection and HTTP/1.0. Otherwise "
		       "a reply that is not 2xx, or has no Auth-Status, is a temporary "
		       "failure.",
	},
	{
		.key = "headers", .type = CONF_VARS, .only = "http",
		CONF_AT(auth_conf, headers),
		.sample = "{ X-Auth-Key: \"a shared secret\" }",
		.dovecot = "auth_http_header (nginx)",
		.doc = "Headers that every question has besides its own.",
	},
	{
		.key = "pass_client_cert", .type = CONF_BOOL, .def = "no",
		.only = "http",
		CONF_AT(auth_conf, pass_client_cert),
		.dovecot = "auth_http_pass_client_cert (nginx)",
		.doc = "Send the client's certificate, in PEM.",
	},
	{
		.key = "socket", .type = CONF_TEXT, .required = true,
		.only = "dovecot",
		CONF_AT(auth_conf, socket),
		.sample = "/run/dovecot/auth-usher",
		.doc = "Where Dovecot's auth server listens: a path, or HOST:PORT. It "
		       "must be a listener whose name does not end in -login, -master "
		       "or -userdb.",
	},
	{
		.key = "master_socket", .type = CONF_TEXT, .only = "dovecot",
		CONF_AT(auth_conf, master_socket),
		.sample = "/run/dovecot/usher-master",
		.dovecot = "auth_master_socket",
		.doc = "The same for questions without a password: where mail for a "
		       "user goes. A listener whose name ends in -master. Needed for "
		       "LMTP and SMTP.",
	},
	{
		.key = "timeout", .type = CONF_DURATION, .def = "10s",
		.min = "100ms", .max = "5m", .only = "http dovecot",
		CONF_AT(auth_conf, timeout),
		.dovecot = "auth_http_timeout (nginx)",
		.doc = "How long an answer may take. Then the client gets a temporary "
		       "failure.",
	},
	{
		.key = "max_connections", .type = CONF_COUNT, .def = "32",
		.min = "1", .max = "1000", .only = "http",
		CONF_AT(auth_conf, max_connections),
		.doc = "Connections to one server, of each auth process. Questions "
		       "beyond them wait their turn.",
	},
	{
		.key = "max_reply", .type = CONF_SIZE, .def = "16k", .min = "1k",
		.max = "1M", .only = "http",
		CONF_AT(auth_conf, max_reply),
		.doc = "The longest reply that is read.",
	},
	{
		.key = "verify", .type = CONF_BOOL, .def = "yes", .only = "http",
		CONF_AT(auth_conf, verify),
		.doc = "Whether the certificate of an https server must be valid, and "
		       "be for its name.",
	},
	{
		.key = "ca_file", .type = CONF_TEXT, .only = "http",
		CONF_AT(auth_conf, ca_file),
		.sample = "/etc/usher/tls/lookup-ca.pem",
		.doc = "A PEM file: the authorities it may come from. Not set: the "
		       "system's. The auth processes must be able to read it.",
	},
	{
		.key = "client_cert", .type = CONF_TEXT, .only = "http",
		CONF_AT(auth_conf, client_cert),
		.sample = "/etc/usher/tls/lookup-client.pem",
		.doc = "A PEM file: the certificate usher shows to the server.",
	},
	{
		.key = "client_key", .type = CONF_TEXT, .only = "http",
		CONF_AT(auth_conf, client_key),
		.sample = "/etc/usher/tls/lookup-client.key",
		.doc = "A PEM file: its private key.",
	},
	{
		.key = "default_fields", .type = CONF_VARS,
		CONF_AT(auth_conf, default_fields),
		.sample = "{ proxy_timeout: 10s }",
		.dovecot = "default_fields",
		.doc = "Fields the answer gets if the lookup did not give them.",
	},
	{
		.key = "override_fields", .type = CONF_VARS,
		CONF_AT(auth_conf, override_fields),
		.sample = "{ starttls: any-cert }",
		.dovecot = "override_fields",
		.doc = "Fields the answer gets whatever the lookup said.",
	},
	{
		.key = "only_protocols", .type = CONF_TEXTS,
		CONF_AT(auth_conf, only_protocols), .sample = "[imap, pop3]",
		.dovecot = "protocol",
		.doc = "The protocols this driver is asked for. Not set: all.",
	},
	{
		.key = "only_mechanisms", .type = CONF_TEXTS,
		CONF_AT(auth_conf, only_mechanisms),
		.sample = "[PLAIN, LOGIN]",
		.dovecot = "mechanisms",
		.doc = "The SASL mechanisms this driver is asked for. Not set: all "
		       "it can serve.",
	},
	{
		.key = "skip", .type = CONF_ENUM, .def = "never",
		CONF_AT(auth_conf, skip), .words = skips,
		.dovecot = "skip",
		.doc = "Do not ask this driver if one before it has said yes "
		       "(authenticated), or if none has (unauthenticated).",
	},
	{
		.key = "result_success", .type = CONF_ENUM, .def = "return-ok",
		CONF_AT(auth_conf, result_success), .words = rules,
		.dovecot = "result_success",
		.doc = "What comes of this driver's yes. return-ok: it counts, and "
		       "nobody else is asked. return-fail: it is a no. return: what "
		       "the drivers before this one said counts. continue-ok: it "
		       "counts, and those after it are asked for further fields; they "
		       "judge no password any more. continue-fail: it is a no so far; "
		       "the next is asked. continue: nothing is decided; the next is "
		       "asked, and the fields stay.",
	},
	{
		.key = "result_failure", .type = CONF_ENUM, .def = "continue",
		CONF_AT(auth_conf, result_failure), .words = rules,
		.dovecot = "result_failure",
		.doc = "The same for its no: no such user, or a wrong password. A "
		       "user who may not log in, or whose password has expired, is "
		       "refused whatever stands here.",
	},
	{
		.key = "result_internalfail", .type = CONF_ENUM,
		.def = "continue",
		CONF_AT(auth_conf, result_internalfail), .words = rules,
		.dovecot = "result_internalfail",
		.doc = "The same for a driver that cannot say. If nobody says yes "
		       "after that, the client gets a temporary failure.",
	},
};

static bool
is_protocol(struct slice word)
{
	for (int i = 0; protocol_name((enum protocol)i) != NULL; i++) {
		if (slice_eq(slice_of(protocol_name((enum protocol)i)), word))
			return true;
	}
	return false;
}

static void
check_protocols(struct conf_check *c, const struct auth_conf *a)
{
	for (size_t i = 0; i < a->only_protocols.n; i++) {
		if (!is_protocol(a->only_protocols.v[i]))
			conf_complain(c, &a->only_protocols,
				      "only_protocols: \"%.*s\" is no protocol; "
				      "imap is one",
				      SL_FMT(a->only_protocols.v[i]));
	}
}


/* "http://name:80/x", "unix:/path:/x"; what the client of them takes is stricter
   yet. */
static bool
is_url(struct slice s)
{
	return (slice_starts(s, SL("http://")) ||
		slice_starts(s, SL("https://")) ||
		slice_starts(s, SL("unix:/"))) &&
	       slice_is_printable(s) && !slice_has(s, ' ') && s.n > 8;
}

static bool
is_header_value(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return false;
	}
	return true;
}

static bool
is_header_name(struct slice s)
{
	return s.n > 0 && slice_is_printable(s) && !slice_has(s, ' ') &&
	       !slice_has(s, ':');
}

static void
check_http(struct conf_check *c, const struct auth_conf *a)
{
	for (size_t i = 0; i < a->url.n; i++) {
		if (!is_url(a->url.v[i]))
			conf_complain(c, &a->url,
				      "url: \"%.*s\" is not http://..., https://... "
				      "or unix:PATH:/URI", SL_FMT(a->url.v[i]));
	}
	for (size_t i = 0; i < a->headers.n; i++) {
		if (!is_header_name(a->headers.v[i].name) ||
		    !is_header_value(a->headers.v[i].value))
			conf_complain(c, &a->headers,
				      "headers: \"%.*s\" cannot be a header's name, "
				      "or its value has control characters",
				      SL_FMT(a->headers.v[i].name));
	}
	if ((a->client_cert.n > 0) != (a->client_key.n > 0))
		conf_complain(c, &a->client_cert,
			      "client_cert: goes with client_key; both or neither");
	if (a->nginx_compat && a->format == AUTH_FORMAT_JSON)
		conf_complain(c, &a->nginx_compat,
			      "nginx_compat: has no meaning with format: json");
}

static void
check_auth(struct conf_check *c, void *members)
{
	struct auth_conf *a = members;

	check_protocols(c, a);
	if (a->driver == AUTH_DRIVER_HTTP)
		check_http(c, a);
	if (a->driver == AUTH_DRIVER_PASSWD_FILE &&
	    !user_format_valid(a->username_format))
		conf_complain(c, &a->username_format,
			      "username_format: \"%.*s\" is not text with %%u, %%n, "
			      "%%d, %%Lu, %%Ln or %%Ld in it",
			      SL_FMT(a->username_format));
}

const struct conf_table settings_auth_table = {
	.name = "auth", .size = sizeof(struct auth_conf),
	CONF_FIELDS(auth_rows), .selector = "driver",
	.doc = "Who a user is, and where the user goes: drivers that are asked in "
	       "this order until one knows the user, as Dovecot's passdbs are.",
	.check = check_auth,
};
