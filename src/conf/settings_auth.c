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

static const struct conf_field auth_rows[] = {
	{
		.key = "driver", .type = CONF_ENUM, .required = true,
		CONF_AT(auth_conf, driver), .words = auth_drivers,
		.sample = "passwd-file",
		.dovecot = "passdb driver",
		.doc = "passthrough: nothing is looked up; the user's name and "
		       "password go to the user's backend, which judges them. "
		       "static: the same fields for every user. passwd-file: a file "
		       "in the format of Dovecot's.",
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


static void
check_auth(struct conf_check *c, void *members)
{
	struct auth_conf *a = members;

	check_protocols(c, a);
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
