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
	{ "oauth2", AUTH_DRIVER_OAUTH2 },
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
		       "and others. oauth2: tokens of OAuth, judged by their signature "
		       "or by their provider.",
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
		.only = "passwd-file oauth2",
		CONF_AT(auth_conf, username_format),
		.dovecot = "auth_username_format",
		.doc = "What is looked up: %u is the user's name, %n the part before "
		       "the @, %d the part behind it; %Lu, %Ln, %Ld the same in lower "
		       "case. With oauth2, what the name in the token is turned "
		       "into.",
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
		.key = "keys_file", .type = CONF_TEXT, .only = "oauth2",
		CONF_AT(auth_conf, keys_file),
		.sample = "/etc/usher/oauth-keys.json",
		.dovecot = "oauth2_local_validation",
		.doc = "The public keys that tokens (JWT) are signed with: a JWK set, "
		       "or PEM; RS256, ES256 and EdDSA. It is read again when it "
		       "changes.",
	},
	{
		.key = "jwks_url", .type = CONF_TEXT, .only = "oauth2",
		CONF_AT(auth_conf, jwks_url),
		.sample = "https://login.example.org/keys",
		.doc = "The same, from the provider: fetched at the start, every "
		       "jwks_refresh, and when a token is signed with a key that is "
		       "not there.",
	},
	{
		.key = "jwks_refresh", .type = CONF_DURATION, .def = "10m",
		.min = "10s", .max = "7d", .only = "oauth2",
		CONF_AT(auth_conf, jwks_refresh),
		.doc = "How often the keys are fetched again.",
	},
	{
		.key = "introspection_url", .type = CONF_TEXT, .only = "oauth2",
		CONF_AT(auth_conf, introspection_url),
		.sample = "https://login.example.org/introspect",
		.dovecot = "oauth2_introspection_url",
		.doc = "Where the provider says what a token is worth (RFC 7662). "
		       "Asked about tokens that are no JWT; about all where there are "
		       "no keys, or with always_introspect.",
	},
	{
		.key = "always_introspect", .type = CONF_BOOL, .def = "no",
		.only = "oauth2",
		CONF_AT(auth_conf, always_introspect),
		.doc = "Ask about tokens with a good signature, too: they may have "
		       "been revoked.",
	},
	{
		.key = "client_id", .type = CONF_TEXT, .only = "oauth2",
		CONF_AT(auth_conf, client_id), .sample = "usher",
		.dovecot = "oauth2_client_id",
		.doc = "Who usher is to the provider that is asked.",
	},
	{
		.key = "client_secret", .type = CONF_SECRET, .only = "oauth2",
		CONF_AT(auth_conf, client_secret),
		.sample = "\"usher's secret there\"",
		.dovecot = "oauth2_client_secret",
		.doc = "Its password there.",
	},
	{
		.key = "issuer", .type = CONF_TEXT, .only = "oauth2",
		CONF_AT(auth_conf, issuer),
		.sample = "https://login.example.org",
		.dovecot = "oauth2_issuers",
		.doc = "Who must have given a token out (iss). Not set: anybody whose "
		       "key is known.",
	},
	{
		.key = "audience", .type = CONF_TEXTS, .only = "oauth2",
		CONF_AT(auth_conf, audience), .sample = "[mail]",
		.doc = "Whom a token must be for (aud): one of these. Not set: "
		       "anybody.",
	},
	{
		.key = "scope", .type = CONF_TEXTS, .only = "oauth2",
		CONF_AT(auth_conf, scope), .sample = "[mail]",
		.dovecot = "oauth2_scope",
		.doc = "What a token must grant: all of these.",
	},
	{
		.key = "username_claim", .type = CONF_TEXT, .def = "email",
		.only = "oauth2",
		CONF_AT(auth_conf, username_claim),
		.dovecot = "oauth2_username_attribute",
		.doc = "Which claim of a token is the user's name. It must be the name "
		       "that the client gives, if it gives one.",
	},
	{
		.key = "leeway", .type = CONF_DURATION, .def = "10s",
		.max = "10m", .only = "oauth2",
		CONF_AT(auth_conf, leeway),
		.doc = "How far the provider's clock may be off.",
	},
	{
		.key = "openid_configuration_url", .type = CONF_TEXT,
		.only = "oauth2",
		CONF_AT(auth_conf, openid_configuration_url),
		.sample = "https://login.example.org/.well-known/openid-configuration",
		.dovecot = "oauth2_openid_configuration_url",
		.doc = "Told to clients whose token is refused, so that they find out "
		       "where to get another (OAUTHBEARER).",
	},
	{
		.key = "timeout", .type = CONF_DURATION, .def = "10s",
		.min = "100ms", .max = "5m", .only = "http dovecot oauth2",
		CONF_AT(auth_conf, timeout),
		.dovecot = "auth_http_timeout (nginx)",
		.doc = "How long an answer may take. Then the client gets a temporary "
		       "failure.",
	},
	{
		.key = "max_connections", .type = CONF_COUNT, .def = "32",
		.min = "1", .max = "1000", .only = "http oauth2",
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
		.key = "verify", .type = CONF_BOOL, .def = "yes",
		.only = "http oauth2",
		CONF_AT(auth_conf, verify),
		.doc = "Whether the certificate of an https server must be valid, and "
		       "be for its name.",
	},
	{
		.key = "ca_file", .type = CONF_TEXT, .only = "http oauth2",
		CONF_AT(auth_conf, ca_file),
		.sample = "/etc/usher/tls/lookup-ca.pem",
		.doc = "A PEM file: the authorities it may come from. Not set: the "
		       "system's. The auth processes must be able to read it.",
	},
	{
		.key = "client_cert", .type = CONF_TEXT, .only = "http oauth2",
		CONF_AT(auth_conf, client_cert),
		.sample = "/etc/usher/tls/lookup-client.pem",
		.doc = "A PEM file: the certificate usher shows to the server.",
	},
	{
		.key = "client_key", .type = CONF_TEXT, .only = "http oauth2",
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
	if (a->nginx_compat && a->format == AUTH_FORMAT_JSON)
		conf_complain(c, &a->nginx_compat,
			      "nginx_compat: has no meaning with format: json");
}

static void
check_one_url(struct conf_check *c, const char *key, const struct slice *url)
{
	if (url->n > 0 && !is_url(*url))
		conf_complain(c, url, "%s: \"%.*s\" is not http://..., https://... or "
			      "unix:PATH:/URI", key, SL_FMT(*url));
}

static void
check_oauth2(struct conf_check *c, const struct auth_conf *a)
{
	check_one_url(c, "jwks_url", &a->jwks_url);
	check_one_url(c, "introspection_url", &a->introspection_url);
	if (a->keys_file.n > 0 && a->jwks_url.n > 0)
		conf_complain(c, &a->jwks_url,
			      "jwks_url: cannot go with keys_file; one of them must "
			      "go");
	if (a->keys_file.n == 0 && a->jwks_url.n == 0 &&
	    a->introspection_url.n == 0)
		conf_complain(c, &a->driver,
			      "driver: oauth2 needs keys_file, jwks_url or "
			      "introspection_url to judge tokens by");
	if (a->always_introspect && a->introspection_url.n == 0)
		conf_complain(c, &a->always_introspect,
			      "always_introspect: needs introspection_url");
	if (a->username_claim.n == 0)
		conf_complain(c, &a->username_claim,
			      "username_claim: is empty; email is one");
}

static void
check_auth(struct conf_check *c, void *members)
{
	struct auth_conf *a = members;

	check_protocols(c, a);
	if (a->driver == AUTH_DRIVER_HTTP)
		check_http(c, a);
	if (a->driver == AUTH_DRIVER_OAUTH2)
		check_oauth2(c, a);
	if ((a->client_cert.n > 0) != (a->client_key.n > 0))
		conf_complain(c, &a->client_cert,
			      "client_cert: goes with client_key; both or neither");
	if ((a->driver == AUTH_DRIVER_PASSWD_FILE ||
	     a->driver == AUTH_DRIVER_OAUTH2) &&
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
