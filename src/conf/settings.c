/* The tables behind usher.yaml(5). */
#include "conf/settings.h"

#include <stdarg.h>
#include <syslog.h>
#include <unistd.h>

#include "base/mem.h"
#include "conf/conf_dump.h"
#include "conf/settings_check.h"
#include "conf/settings_tables.h"

#ifndef USHER_RUN_DIR
#define USHER_RUN_DIR "/run/usher"
#endif

/* ---- listeners --------------------------------------------------------- */

static const struct conf_word protocols[] = {
	{ "imap", PROTOCOL_IMAP },
	{ "pop3", PROTOCOL_POP3 },
	{ "submission", PROTOCOL_SUBMISSION },
	{ "lmtp", PROTOCOL_LMTP },
	{ "smtp", PROTOCOL_SMTP },
	{ NULL, 0 },
};

static const struct conf_word listener_tls_words[] = {
	{ "off", LISTENER_TLS_OFF },
	{ "starttls", LISTENER_TLS_STARTTLS },
	{ "required", LISTENER_TLS_REQUIRED },
	{ "implicit", LISTENER_TLS_IMPLICIT },
	{ NULL, 0 },
};

static const struct conf_field listener_rows[] = {
	{
		.key = "name", .type = CONF_TEXT, .required = true,
		CONF_AT(listener_conf, name), .sample = "imap-inside",
		.dovecot = "inet_listener",
		.doc = "What the log calls this listener.",
	},
	{
		.key = "protocol", .type = CONF_ENUM, .required = true,
		CONF_AT(listener_conf, protocol), .words = protocols,
		.sample = "imap",
		.dovecot = "protocol",
		.doc = "What is spoken here.",
	},
	{
		.key = "address", .type = CONF_ENDPOINTS, .required = true,
		CONF_AT(listener_conf, address), .sample = "[\"10.1.0.1:1143\"]",
		.dovecot = "listen",
		.doc = "Where to listen. \"*:143\" is port 143 of every address, "
		       "IPv4 and IPv6.",
	},
	{
		.key = "tls", .type = CONF_ENUM, .def = "starttls",
		CONF_AT(listener_conf, tls), .words = listener_tls_words,
		.dovecot = "ssl",
		.doc = "off: never. starttls: offered. required: offered, and "
		       "nobody logs in without it, trusted networks included. "
		       "implicit: from the first octet, as on port 993.",
	},
	{
		.key = "haproxy", .type = CONF_BOOL, .def = "no",
		CONF_AT(listener_conf, haproxy),
		.dovecot = "haproxy",
		.doc = "Every connection must begin with a PROXY protocol header, "
		       "version 1 or 2, and come from haproxy_trusted_networks. "
		       "Others are closed without a word.",
	},
	{
		.key = "allow_cleartext", .type = CONF_BOOL, .def = "no",
		CONF_AT(listener_conf, allow_cleartext),
		.dovecot = "auth_allow_cleartext",
		.doc = "As login.allow_cleartext, for this listener; that setting "
		       "is the default.",
	},
	{
		.key = "greeting", .type = CONF_TEXT,
		CONF_AT(listener_conf, greeting),
		.sample = "mail.example.org ready.",
		.dovecot = "login_greeting",
		.doc = "As login.greeting, for this listener; that setting is the "
		       "default.",
	},
	{
		.key = "login_trusted_networks", .type = CONF_NETS,
		CONF_AT(listener_conf, login_trusted_networks),
		.sample = "[10.1.0.0/16]",
		.dovecot = "login_trusted_networks",
		.doc = "As the setting of that name at the top level, for this "
		       "listener; that setting is the default.",
	},
	{
		.key = "routes", .type = CONF_TEXTS, .only = "smtp lmtp",
		CONF_AT(listener_conf, routes), .sample = "[inbound]",
		.doc = "The tables of routes that say where a recipient goes, in "
		       "order; see ROUTES. Whom they do not name goes where the "
		       "lookups and the director say.",
	},
	{
		.key = "max_message_size", .type = CONF_SIZE,
		.only = "smtp lmtp submission",
		CONF_AT(listener_conf, max_message_size), .sample = "50M",
		.dovecot = "submission_max_mail_size",
		.doc = "As smtp.max_message_size and the like, for this listener; "
		       "that setting is the default.",
	},
};

static const struct conf_table listener_table = {
	.name = "listeners", .size = sizeof(struct listener_conf),
	CONF_FIELDS(listener_rows), .selector = "protocol",
	.doc = "Where clients connect, and what is spoken there.",
	.check = settings_check_listener,
};

/* ---- before the login -------------------------------------------------- */

static const struct conf_field login_rows[] = {
	{
		.key = "greeting", .type = CONF_TEXT, .def = "usher ready.",
		CONF_AT(login_conf, greeting),
		.dovecot = "login_greeting",
		.doc = "The words of the greeting, behind what the protocol "
		       "prescribes.",
	},
	{
		.key = "allow_cleartext", .type = CONF_BOOL, .def = "no",
		CONF_AT(login_conf, allow_cleartext),
		.dovecot = "auth_allow_cleartext",
		.doc = "Whether a password may cross a connection without TLS. "
		       "Clients from login_trusted_networks may in any case, unless "
		       "the listener says tls: required.",
	},
	{
		.key = "username_format", .type = CONF_TEXT, .def = "%u",
		CONF_AT(login_conf, username_format),
		.sample = "\"%Lu\"",
		.dovecot = "auth_username_format",
		.doc = "What the name a client gives is turned into before "
		       "anything is looked up: %u is the name, %n the part before "
		       "the @, %d the part behind it; %Lu, %Ln, %Ld the same in lower "
		       "case. An exchange that is carried to the backend has the name "
		       "as the client gave it.",
	},
	{
		.key = "mechanisms", .type = CONF_TEXTS, .def = "PLAIN LOGIN",
		CONF_AT(login_conf, mechanisms),
		.dovecot = "auth_mechanisms",
		.doc = "The SASL mechanisms that are offered, in this order: PLAIN, "
		       "LOGIN.",
	},
	{
		.key = "failure_delay", .type = CONF_DURATION, .def = "2s",
		.max = "1m",
		CONF_AT(login_conf, failure_delay),
		.dovecot = "auth_failure_delay",
		.doc = "How long the answer to a failed login waits.",
	},
	{
		.key = "max_attempts", .type = CONF_COUNT, .def = "10",
		.min = "1", .max = "1000",
		CONF_AT(login_conf, max_attempts),
		.doc = "Failed logins after which the connection is closed.",
	},
	{
		.key = "max_bad_commands", .type = CONF_COUNT, .def = "3",
		.min = "1", .max = "1000",
		CONF_AT(login_conf, max_bad_commands),
		.doc = "Commands that make no sense after which the connection is "
		       "closed; in POP3, in a row.",
	},
	{
		.key = "timeout", .type = CONF_DURATION, .def = "3m",
		.min = "1s", .max = "1h",
		CONF_AT(login_conf, timeout),
		.doc = "How long a client may stay without having logged in, from "
		       "its connecting on. Commands do not extend it.",
	},
};

static const struct conf_table login_table = {
	.name = "login", .size = sizeof(struct login_conf),
	CONF_FIELDS(login_rows),
	.doc = "What holds for a client until it has logged in, in every "
	       "protocol.",
};

/* ---- IMAP -------------------------------------------------------------- */

static const struct conf_field imap_rows[] = {
	{
		.key = "capability", .type = CONF_TEXT,
		.def = "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+",
		CONF_AT(imap_conf, capability),
		.dovecot = "imap_capability",
		.doc = "What is listed before the login, without STARTTLS, "
		       "LOGINDISABLED and AUTH=, which come by themselves. After the "
		       "login clients see the backend's own list.",
	},
	{
		.key = "id_send", .type = CONF_VARS,
		CONF_AT(imap_conf, id_send), .sample = "{ name: usher }",
		.dovecot = "imap_id_send",
		.doc = "What the ID command is answered with. Empty: name \"usher\".",
	},
	{
		.key = "id_retain", .type = CONF_BOOL, .def = "no",
		CONF_AT(imap_conf, id_retain),
		.dovecot = "imap_id_retain",
		.doc = "Pass on to the backend what the client said of itself with "
		       "ID, up to 256 octets of it, in front of the forwarded "
		       "identity.",
	},
};

static const struct conf_table imap_table = {
	.name = "imap", .size = sizeof(struct imap_conf),
	CONF_FIELDS(imap_rows),
	.doc = "What only IMAP has.",
};

/* ---- submission, LMTP, SMTP --------------------------------------------- */

static const struct conf_word bare_newline_words[] = {
	{ "reject", BARE_NEWLINE_REJECT },
	{ "normalize", BARE_NEWLINE_NORMALIZE },
	{ NULL, 0 },
};

static const struct conf_word received_words[] = {
	{ "auto", RECEIVED_AUTO },
	{ "always", RECEIVED_ALWAYS },
	{ "never", RECEIVED_NEVER },
	{ NULL, 0 },
};

/* The rows that the three share, with what differs. */
#define SMTP_ROWS(bare, received_def, sync, idle)                            \
	{                                                                    \
		.key = "max_message_size", .type = CONF_SIZE, .def = "0",    \
		CONF_AT(smtp_conf, max_message_size),                        \
		.dovecot = "submission_max_mail_size",                       \
		.doc = "The largest message that is taken. 0: any that the " \
		       "backend takes.",                                     \
	},                                                                   \
	{                                                                    \
		.key = "max_recipients", .type = CONF_COUNT, .def = "1000",  \
		.min = "100", .max = "100000",                               \
		CONF_AT(smtp_conf, max_recipients),                          \
		.dovecot = "submission_max_recipients",                      \
		.doc = "Recipients of one message; the next are told to be " \
		       "sent with another (452 4.5.3).",                     \
	},                                                                   \
	{                                                                    \
		.key = "max_bad_commands", .type = CONF_COUNT, .def = "10",  \
		.min = "1", .max = "1000",                                   \
		CONF_AT(smtp_conf, max_bad_commands),                        \
		.doc = "Commands that make no sense after which the "        \
		       "connection is closed.",                              \
	},                                                                   \
	{                                                                    \
		.key = "bare_newline", .type = CONF_ENUM, .def = bare,       \
		CONF_AT(smtp_conf, bare_newline),                            \
		.words = bare_newline_words,                                 \
		.doc = "What becomes of a message with a line end that is "  \
		       "not CR LF, which servers read in different ways "    \
		       "(SMTP smuggling). reject: 550 5.5.2. normalize: LF " \
		       "alone becomes CR LF, CR alone a blank. The end of "  \
		       "the message is CR LF . CR LF in either case.",       \
	},                                                                   \
	{                                                                    \
		.key = "strict_sync", .type = CONF_BOOL, .def = sync,        \
		CONF_AT(smtp_conf, strict_sync),                             \
		.doc = "Hang up on clients that do not wait where they "     \
		       "must: before the greeting, behind EHLO, HELO and "   \
		       "DATA (554 5.5.0). Behind STARTTLS and AUTH nobody "  \
		       "may be ahead.",                                      \
	},                                                                   \
	{                                                                    \
		.key = "hop_limit", .type = CONF_COUNT, .def = "100",        \
		.min = "10", .max = "1000",                                  \
		CONF_AT(smtp_conf, hop_limit),                               \
		.dovecot = "hopcount_limit (Postfix)",                       \
		.doc = "Received header fields; a message with more is in a "\
		       "loop and is refused (554 5.4.6).",                   \
	},                                                                   \
	{                                                                    \
		.key = "received", .type = CONF_ENUM, .def = received_def,   \
		CONF_AT(smtp_conf, received), .words = received_words,       \
		.dovecot = "lmtp_add_received_header",                       \
		.doc = "Whether a Received header field is put in front of " \
		       "the message. auto: if the backend was not told who " \
		       "the client is, and so cannot write it.",             \
	},                                                                   \
	{                                                                    \
		.key = "extensions", .type = CONF_TEXTS,                     \
		.def = "8BITMIME CHUNKING",                                  \
		CONF_AT(smtp_conf, extensions),                              \
		.dovecot = "submission_backend_capabilities",                \
		.doc = "Offered besides PIPELINING, SIZE, "                  \
		       "ENHANCEDSTATUSCODES, STARTTLS and AUTH: 8BITMIME, "  \
		       "CHUNKING, DSN, SMTPUTF8. Name the last two only if " \
		       "every backend has them: what they promise the "      \
		       "backend must keep.",                                 \
	},                                                                   \
	{                                                                    \
		.key = "recipient_delimiter", .type = CONF_TEXT, .def = "+", \
		CONF_AT(smtp_conf, recipient_delimiter),                     \
		.dovecot = "recipient_delimiter",                            \
		.doc = "Characters of which the first that stands in the "   \
		       "local part of a recipient ends the user's name. The "\
		       "backend gets the whole address.",                    \
	},                                                                   \
	{                                                                    \
		.key = "idle_timeout", .type = CONF_DURATION, .def = idle,   \
		.min = "1s", .max = "1h",                                    \
		CONF_AT(smtp_conf, idle_timeout),                            \
		.doc = "How long a client may be silent, between commands "  \
		       "and within a message.",                              \
	}

static const struct conf_field submission_rows[] = {
	SMTP_ROWS("normalize", "auto", "no", "10m"),
};

static const struct conf_table submission_table = {
	.name = "submission", .size = sizeof(struct smtp_conf),
	CONF_FIELDS(submission_rows),
	.doc = "What only submission has.",
	.check = settings_check_smtp,
};

static const struct conf_field lmtp_rows[] = {
	SMTP_ROWS("normalize", "auto", "no", "5m"),
};

static const struct conf_table lmtp_table = {
	.name = "lmtp", .size = sizeof(struct smtp_conf),
	CONF_FIELDS(lmtp_rows),
	.doc = "What only LMTP has.",
	.check = settings_check_smtp,
};

static const struct conf_field smtp_rows[] = {
	SMTP_ROWS("reject", "auto", "yes", "5m"),
	{
		.key = "several_to_lmtp", .type = CONF_BOOL, .def = "no",
		CONF_AT(smtp_conf, several_to_lmtp),
		.doc = "A backend that speaks LMTP answers for each recipient by "
		       "itself, and an SMTP client can be told one answer only. no: "
		       "such a message is taken for one recipient at a time, the "
		       "others are asked to come again (452 4.5.3). yes: for several; "
		       "if the backend's answers differ, the client is told the worst, "
		       "and will bring the message again to those who have it.",
	},
};

static const struct conf_table smtp_table = {
	.name = "smtp", .size = sizeof(struct smtp_conf),
	CONF_FIELDS(smtp_rows),
	.doc = "What only SMTP has: mail that other servers bring.",
	.check = settings_check_smtp,
};

/* ---- routes --------------------------------------------------------------- */

static const struct conf_field route_rows[] = {
	{
		.key = "table", .type = CONF_TEXT,
		CONF_AT(route_conf, table), .sample = "inbound",
		.doc = "For listeners whose routes name this table. Without it: for "
		       "every SMTP and LMTP listener, behind the tables it names.",
	},
	{
		.key = "match", .type = CONF_TEXT, CONF_AT(route_conf, match),
		.sample = "\"@example.org\"",
		.doc = "Whom it is about: local@domain, @domain for everybody "
		       "there, @.domain for everybody in its subdomains, local@ for an "
		       "address without a domain, or a name that other routes lead "
		       "to. Letters compare without case.",
	},
	{
		.key = "to", .type = CONF_TEXT, CONF_AT(route_conf, to),
		.sample = "\"joe@example.org\"",
		.doc = "Another address, local@domain or @domain, or a name: looked "
		       "up again from the first route on, at most 16 times.",
	},
	{
		.key = "relay", .type = CONF_TEXT, CONF_AT(route_conf, relay),
		.sample = "\"10.1.0.20:25\"",
		.doc = "Hand over by SMTP: to a backend's name, to an address or host "
		       "with or without a port, or to director: the user's backend.",
	},
	{
		.key = "lmtp", .type = CONF_TEXT, CONF_AT(route_conf, lmtp),
		.sample = "director",
		.doc = "The same by LMTP.",
	},
	{
		.key = "reject", .type = CONF_TEXT, CONF_AT(route_conf, reject),
		.sample = "\"550 5.1.1 User unknown\"",
		.doc = "Refuse, with a code, 4xx or 5xx, and words. Empty: 550 5.1.1 "
		       "User unknown.",
	},
	{
		.key = "file", .type = CONF_TEXT, CONF_AT(route_conf, file),
		.sample = "/etc/usher/routes",
		.doc = "In place of match and where to: a file with routes, a line "
		       "each, as in \"@example.org lmtp:director\"; see ROUTE FILES. "
		       "It is read again when it changes.",
	},
};

static const struct conf_table route_table = {
	.name = "routes", .size = sizeof(struct route_conf),
	CONF_FIELDS(route_rows),
	.doc = "Where the recipients of SMTP and LMTP listeners go. The first "
	       "route that matches counts; an entry has match and one of to, "
	       "relay, lmtp and reject, or file alone.",
};

/* ---- TLS --------------------------------------------------------------- */

static const struct conf_field certificate_rows[] = {
	{
		.key = "cert", .type = CONF_TEXT, .required = true,
		CONF_AT(certificate_conf, cert),
		.sample = "/etc/usher/tls/mail.pem",
		.dovecot = "ssl_server_cert_file",
		.doc = "A PEM file: the certificate, then what links it to its "
		       "authority.",
	},
	{
		.key = "key", .type = CONF_TEXT, .required = true,
		CONF_AT(certificate_conf, key),
		.sample = "/etc/usher/tls/mail.key",
		.dovecot = "ssl_server_key_file",
		.doc = "A PEM file: its private key. Read by the supervisor, before "
		       "the workers drop their privileges; root alone need be able "
		       "to read it.",
	},
	{
		.key = "key_password", .type = CONF_SECRET,
		CONF_AT(certificate_conf, key_password),
		.sample = "\"what it is encrypted with\"",
		.dovecot = "ssl_server_key_password",
		.doc = "What the key file is encrypted with, if it is.",
	},
};

static const struct conf_table certificate_table = {
	.name = "tls.certificates", .size = sizeof(struct certificate_conf),
	CONF_FIELDS(certificate_rows),
	.doc = "Certificates. A client that names a server (SNI) gets the one "
	       "that has this name; others get the first. Two for the same "
	       "names, one RSA and one ECDSA, may stand side by side.",
};

static const struct conf_word tls_versions[] = {
	{ "TLSv1.2", TLS_1_2 },
	{ "TLSv1.3", TLS_1_3 },
	{ NULL, 0 },
};

static const struct conf_word client_certificate_words[] = {
	{ "no", CLIENT_CERTIFICATES_NO },
	{ "request", CLIENT_CERTIFICATES_REQUEST },
	{ "require", CLIENT_CERTIFICATES_REQUIRE },
	{ NULL, 0 },
};

static const struct conf_word certificate_usernames[] = {
	{ "cn", CERTIFICATE_CN },
	{ "email", CERTIFICATE_EMAIL },
	{ NULL, 0 },
};

static const struct conf_field tls_rows[] = {
	{
		.key = "certificates", .type = CONF_LIST,
		CONF_AT(tls_conf, certificates), .table = &certificate_table,
		.sample = "\n- { cert: /etc/usher/tls/mail.pem, "
			  "key: /etc/usher/tls/mail.key }",
		.dovecot = "ssl_server",
		.doc = "See below.",
	},
	{
		.key = "reload_interval", .type = CONF_DURATION, .def = "10s",
		.min = "1s", .max = "1d",
		CONF_AT(tls_conf, reload_interval),
		.doc = "How often the certificate files are looked at. Changed ones "
		       "are used for new connections; if they cannot be, the log "
		       "says so and the old ones stay.",
	},
	{
		.key = "min_version", .type = CONF_ENUM, .def = "TLSv1.2",
		CONF_AT(tls_conf, min_version), .words = tls_versions,
		.dovecot = "ssl_min_protocol",
		.doc = "The oldest version a client may use.",
	},
	{
		.key = "ciphers", .type = CONF_TEXT,
		.def = "ECDHE+AESGCM+AES128:ECDHE+AESGCM:ECDHE+CHACHA20:"
		       "DHE+AESGCM:!aNULL",
		CONF_AT(tls_conf, ciphers),
		.dovecot = "ssl_cipher_list",
		.doc = "The TLS 1.2 ciphers, as openssl-ciphers(1) has them.",
	},
	{
		.key = "ciphersuites", .type = CONF_TEXT,
		.def = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
		       "TLS_CHACHA20_POLY1305_SHA256",
		CONF_AT(tls_conf, ciphersuites),
		.dovecot = "ssl_cipher_suites",
		.doc = "The TLS 1.3 cipher suites.",
	},
	{
		.key = "groups", .type = CONF_TEXT,
		CONF_AT(tls_conf, groups), .sample = "X25519:P-256",
		.dovecot = "ssl_curve_list",
		.doc = "The groups for the key exchange. Not set: OpenSSL's.",
	},
	{
		.key = "prefer_server_ciphers", .type = CONF_BOOL, .def = "yes",
		CONF_AT(tls_conf, prefer_server_ciphers),
		.dovecot = "ssl_server_prefer_ciphers",
		.doc = "Choose by our order of ciphers instead of the client's; "
		       "but ChaCha20 for a client that puts it first, as one "
		       "without AES in its processor does.",
	},
	{
		.key = "session_tickets", .type = CONF_BOOL, .def = "yes",
		CONF_AT(tls_conf, session_tickets),
		.doc = "Whether clients may resume a TLS session. Tickets are good "
		       "with every worker, and after a reload.",
	},
	{
		.key = "ticket_rotation", .type = CONF_DURATION, .def = "6h",
		.min = "1s", .max = "7d",
		CONF_AT(tls_conf, ticket_rotation),
		.doc = "How often the key that tickets are sealed with is changed. "
		       "The one before it is still accepted, so a ticket lives up "
		       "to twice as long.",
	},
	{
		.key = "client_certificates", .type = CONF_ENUM, .def = "no",
		CONF_AT(tls_conf, client_certificates),
		.words = client_certificate_words,
		.dovecot = "ssl_server_request_client_cert",
		.doc = "Whether clients are asked for a certificate. request: one "
		       "that is valid lets its owner log in with EXTERNAL; without "
		       "one, or with another, a client logs in as ever. require: "
		       "nobody connects by TLS without a valid one.",
	},
	{
		.key = "client_ca", .type = CONF_TEXT,
		CONF_AT(tls_conf, client_ca),
		.sample = "/etc/usher/tls/clients-ca.pem",
		.dovecot = "ssl_server_ca_file",
		.doc = "A PEM file: the authorities that clients' certificates must "
		       "come from.",
	},
	{
		.key = "certificate_username", .type = CONF_ENUM, .def = "cn",
		CONF_AT(tls_conf, certificate_username),
		.words = certificate_usernames,
		.dovecot = "ssl_server_cert_username_field",
		.doc = "Which name of a client's certificate is the user's: cn, the "
		       "subject's common name; email, the first address among its "
		       "alternative names.",
	},
	{
		.key = "certificate_users", .type = CONF_VARS,
		CONF_AT(tls_conf, certificate_users),
		.sample = "{ \"CN=Jane Doe,O=Example\": jane }",
		.doc = "Whose certificate it is, where no name in it says so: its "
		       "subject as RFC 2253 writes it, or its SHA-1 fingerprint in "
		       "hexadecimal digits, and the user. Looked at first.",
	},
};

static const struct conf_table tls_table = {
	.name = "tls", .size = sizeof(struct tls_conf), CONF_FIELDS(tls_rows),
	.doc = "TLS towards clients. TLS towards backends is set with each "
	       "backend.",
	.check = settings_check_tls,
};

/* ---- backends ---------------------------------------------------------- */

static const struct conf_word backend_tls_words[] = {
	{ "off", BACKEND_TLS_OFF },
	{ "starttls", BACKEND_TLS_STARTTLS },
	{ "implicit", BACKEND_TLS_IMPLICIT },
	{ NULL, 0 },
};

static const struct conf_word send_proxy_words[] = {
	{ "no", SEND_PROXY_NO },
	{ "v1", SEND_PROXY_V1 },
	{ "v2", SEND_PROXY_V2 },
	{ NULL, 0 },
};

static const struct conf_word smtp_identity_words[] = {
	{ "auto", SMTP_IDENTITY_AUTO },
	{ "xclient", SMTP_IDENTITY_XCLIENT },
	{ "xforward", SMTP_IDENTITY_XFORWARD },
	{ NULL, 0 },
};

/* The rows that a backend and the defaults of all backends share. at(m) is the
   place of a struct backend_access's member m. */
#define ACCESS_ROWS(at_member)                                               \
	{                                                                    \
		.key = "tls", .type = CONF_ENUM, .def = "off",               \
		at_member(tls), .words = backend_tls_words,                  \
		.dovecot = "ssl, starttls",                                  \
		.doc = "Whether TLS is spoken with the backend: off, with "  \
		       "STARTTLS, or implicit, from the first octet.",       \
	},                                                                   \
	{                                                                    \
		.key = "verify", .type = CONF_BOOL, .def = "yes",            \
		at_member(verify),                                           \
		.dovecot = "ssl=any-cert",                                   \
		.doc = "Whether the backend's certificate must be valid, and " \
		       "be for the backend's host. With no, anybody between "\
		       "usher and the backend can read the passwords; the "  \
		       "log says so at every start.",                        \
	},                                                                   \
	{                                                                    \
		.key = "ca_file", .type = CONF_TEXT, at_member(ca_file),     \
		.sample = "/etc/usher/tls/backends-ca.pem",                  \
		.dovecot = "ssl_client_ca_file",                             \
		.doc = "A PEM file: the authorities the backend's "          \
		       "certificate may come from. Not set: the system's.",  \
	},                                                                   \
	{                                                                    \
		.key = "client_cert", .type = CONF_TEXT,                     \
		at_member(client_cert),                                      \
		.sample = "/etc/usher/tls/client.pem",                       \
		.dovecot = "ssl_client_cert_file",                           \
		.doc = "A PEM file: the certificate usher shows to the "     \
		       "backend.",                                           \
	},                                                                   \
	{                                                                    \
		.key = "client_key", .type = CONF_TEXT,                      \
		at_member(client_key),                                       \
		.sample = "/etc/usher/tls/client.key",                       \
		.dovecot = "ssl_client_key_file",                            \
		.doc = "A PEM file: its private key.",                       \
	},                                                                   \
	{                                                                    \
		.key = "imap", .type = CONF_COUNT, .def = "143",             \
		.min = "1", .max = "65535", at_member(imap_port),            \
		.doc = "The backend's IMAP port.",                           \
	},                                                                   \
	{                                                                    \
		.key = "imaps", .type = CONF_COUNT, .def = "993",            \
		.min = "1", .max = "65535", at_member(imaps_port),           \
		.doc = "The same with tls: implicit.",                       \
	},                                                                   \
	{                                                                    \
		.key = "pop3", .type = CONF_COUNT, .def = "110",             \
		.min = "1", .max = "65535", at_member(pop3_port),            \
		.doc = "The backend's POP3 port.",                           \
	},                                                                   \
	{                                                                    \
		.key = "pop3s", .type = CONF_COUNT, .def = "995",            \
		.min = "1", .max = "65535", at_member(pop3s_port),           \
		.doc = "The same with tls: implicit.",                       \
	},                                                                   \
	{                                                                    \
		.key = "submission", .type = CONF_COUNT, .def = "587",       \
		.min = "1", .max = "65535", at_member(submission_port),      \
		.doc = "The backend's submission port.",                     \
	},                                                                   \
	{                                                                    \
		.key = "submissions", .type = CONF_COUNT, .def = "465",      \
		.min = "1", .max = "65535", at_member(submissions_port),     \
		.doc = "The same with tls: implicit.",                       \
	},                                                                   \
	{                                                                    \
		.key = "lmtp", .type = CONF_COUNT, .def = "24",              \
		.min = "1", .max = "65535", at_member(lmtp_port),            \
		.doc = "The backend's LMTP port.",                           \
	},                                                                   \
	{                                                                    \
		.key = "smtp", .type = CONF_COUNT, .def = "25",              \
		.min = "1", .max = "65535", at_member(smtp_port),            \
		.doc = "The backend's SMTP port.",                           \
	},                                                                   \
	{                                                                    \
		.key = "connect_timeout", .type = CONF_DURATION, .def = "5s",\
		.min = "100ms", .max = "5m", at_member(connect_timeout),     \
		.doc = "How long one address of the backend may take to "    \
		       "accept a connection before the next is tried.",      \
	},                                                                   \
	{                                                                    \
		.key = "login_timeout", .type = CONF_DURATION, .def = "30s", \
		.min = "100ms", .max = "10m", at_member(login_timeout),      \
		.dovecot = "login_proxy_timeout",                            \
		.doc = "How long logging a user in to the backend may take, "\
		       "from connecting to the backend's final answer, "     \
		       "reconnects included.",                               \
	},                                                                   \
	{                                                                    \
		.key = "command_timeout", .type = CONF_DURATION,             \
		.def = "4m", .min = "100ms", .max = "1h",                    \
		at_member(command_timeout),                                  \
		.doc = "How long the backend may take to answer a command "  \
		       "of SMTP or LMTP.",                                   \
	},                                                                   \
	{                                                                    \
		.key = "data_timeout", .type = CONF_DURATION,                \
		.def = "150s", .min = "100ms", .max = "1h",                  \
		at_member(data_timeout),                                     \
		.doc = "How long the backend may take no octet of a "        \
		       "message.",                                           \
	},                                                                   \
	{                                                                    \
		.key = "reply_timeout", .type = CONF_DURATION,               \
		.def = "570s", .min = "100ms", .max = "1h",                  \
		at_member(reply_timeout),                                    \
		.doc = "How long the backend may take to answer the end of " \
		       "a message. Giving up early makes duplicates: the "   \
		       "client will bring it again.",                        \
	},                                                                   \
	{                                                                    \
		.key = "max_reconnects", .type = CONF_COUNT, .def = "3",     \
		.max = "100", at_member(max_reconnects),                     \
		.dovecot = "login_proxy_max_reconnects",                     \
		.doc = "How many more times, a second apart, a backend is "  \
		       "tried that refuses or drops the connection, before " \
		       "the client gets a temporary failure.",               \
	},                                                                   \
	{                                                                    \
		.key = "send_proxy", .type = CONF_ENUM, .def = "no",         \
		at_member(send_proxy), .words = send_proxy_words,            \
		.doc = "Begin the connection with a PROXY protocol header "  \
		       "that names the client. For backends that can take "  \
		       "neither ID nor XCLIENT; never both: see "            \
		       "send_identity.",                                     \
	},                                                                   \
	{                                                                    \
		.key = "send_identity", .type = CONF_BOOL, .def = "yes",     \
		at_member(send_identity),                                    \
		.dovecot = "proxy_not_trusted (the opposite)",               \
		.doc = "Tell the backend who the client is, with IMAP ID or "\
		       "XCLIENT. The backend must have usher's address in its "       \
		       "login_trusted_networks to believe it.",              \
	},                                                                   \
	{                                                                    \
		.key = "smtp_identity", .type = CONF_ENUM, .def = "auto",    \
		at_member(smtp_identity), .words = smtp_identity_words,      \
		.doc = "How SMTP and LMTP backends are told: with XCLIENT, " \
		       "which makes them treat the connection as the "       \
		       "client's, or XFORWARD, which only their log shows. " \
		       "auto: XCLIENT if they offer it, else XFORWARD. A "   \
		       "backend that does not offer what is named here is "  \
		       "not used.",                                          \
	}

#define AT_DEFAULTS(m) .at = offsetof(struct backend_access, m)
#define AT_BACKEND(m) .at = offsetof(struct backend_conf, access.m)

static const struct conf_field backend_default_rows[] = {
	ACCESS_ROWS(AT_DEFAULTS),
};

static const struct conf_table backend_default_table = {
	.name = "director.backend_defaults",
	.size = sizeof(struct backend_access),
	CONF_FIELDS(backend_default_rows),
	.doc = "What holds for every backend that does not say otherwise.",
};

static const struct conf_field backend_rows[] = {
	{
		.key = "name", .type = CONF_TEXT, .required = true,
		CONF_AT(backend_conf, name), .sample = "c",
		.doc = "What usherctl and the log call it.",
	},
	{
		.key = "host", .type = CONF_TEXT, .required = true,
		CONF_AT(backend_conf, host), .sample = "10.1.0.13",
		.dovecot = "director_mail_servers",
		.doc = "An address, or a name. Of a name with several addresses, "
		       "the next is tried when one cannot be reached.",
	},
	{
		.key = "weight", .type = CONF_COUNT, .def = "100", .max = "10000",
		CONF_AT(backend_conf, weight),
		.doc = "Its share of the users, against the other backends' "
		       "weights. With 0 it gets none.",
	},
	{
		.key = "tag", .type = CONF_TEXT, .def = "",
		CONF_AT(backend_conf, tag), .sample = "ssd",
		.dovecot = "director_tag",
		.doc = "Only users whose lookup gives the same director_tag come "
		       "here; without a tag, only users without one.",
	},
	ACCESS_ROWS(AT_BACKEND),
};

static const struct conf_table backend_table = {
	.name = "director.backends", .size = sizeof(struct backend_conf),
	CONF_FIELDS(backend_rows),
	.doc = "The servers that users live on. To name, host, weight and tag, "
	       "each may add what director.backend_defaults has.",
	.check = settings_check_backend,
};

static const struct conf_field director_rows[] = {
	{
		.key = "username_hash", .type = CONF_TEXT, .def = "%Lu",
		CONF_AT(director_conf, username_hash),
		.dovecot = "director_username_hash",
		.doc = "What of the user's name decides on the backend: %u, %n, %d, "
		       "with L for lower case. %Ld keeps the users of a domain "
		       "together.",
	},
	{
		.key = "resolve_interval", .type = CONF_DURATION, .def = "30s",
		.min = "1s", .max = "1d",
		CONF_AT(director_conf, resolve_interval),
		.doc = "How often the names of backends are resolved again.",
	},
	{
		.key = "backend_defaults", .type = CONF_SECTION,
		CONF_AT(director_conf, defaults),
		.table = &backend_default_table,
		.doc = "See below.",
	},
	{
		.key = "backends", .type = CONF_LIST,
		CONF_AT(director_conf, backends), .table = &backend_table,
		.inherit = "backend_defaults",
		.sample = "\n- { name: a, host: 10.1.0.11 }"
			  "\n- { name: b, host: 10.1.0.12 }",
		.dovecot = "director_mail_servers",
		.doc = "See below.",
	},
};

static const struct conf_table director_table = {
	.name = "director", .size = sizeof(struct director_conf),
	CONF_FIELDS(director_rows),
	.doc = "Which backend a user lives on, when the lookup gave no host: "
	       "always the same one, worked out from the name.",
	.check = settings_check_director,
};

/* ---- forwarding -------------------------------------------------------- */

static const struct conf_field forward_rows[] = {
	{
		.key = "ttl", .type = CONF_COUNT, .def = "5", .min = "2",
		.max = "255",
		CONF_AT(forward_conf, ttl),
		.dovecot = "LOGIN_PROXY_TTL",
		.doc = "How many proxies may stand between a client and its mail. "
		       "Each lowers the number by one; one that would forward 0 ends "
		       "the login instead, so that a loop stops.",
	},
	{
		.key = "variables", .type = CONF_VARS,
		CONF_AT(forward_conf, variables),
		.sample = "{ cluster: eu-1 }",
		.dovecot = "forward_*",
		.doc = "Variables for the backend, named without forward_. A "
		       "lookup's forward_NAME and then these replace what a trusted "
		       "proxy in front sent by the same name.",
	},
};

static const struct conf_table forward_table = {
	.name = "forward", .size = sizeof(struct forward_conf),
	CONF_FIELDS(forward_rows),
	.doc = "What the backend is told of the client, beyond its address.",
	.check = settings_check_forward,
};

/* ---- log --------------------------------------------------------------- */

static const struct conf_word log_targets[] = {
	{ "stderr", LOG_TO_STDERR },
	{ "file", LOG_TO_FILE },
	{ "syslog", LOG_TO_SYSLOG },
	{ NULL, 0 },
};

static const struct conf_word log_formats[] = {
	{ "dovecot", LOG_FORMAT_DOVECOT },
	{ "json", LOG_FORMAT_JSON },
	{ NULL, 0 },
};

static const struct conf_word log_levels[] = {
	{ "error", LEVEL_ERROR },
	{ "warn", LEVEL_WARN },
	{ "info", LEVEL_INFO },
	{ "debug", LEVEL_DEBUG },
	{ NULL, 0 },
};

static const struct conf_word facilities[] = {
	{ "mail", LOG_MAIL },	  { "daemon", LOG_DAEMON },
	{ "local0", LOG_LOCAL0 }, { "local1", LOG_LOCAL1 },
	{ "local2", LOG_LOCAL2 }, { "local3", LOG_LOCAL3 },
	{ "local4", LOG_LOCAL4 }, { "local5", LOG_LOCAL5 },
	{ "local6", LOG_LOCAL6 }, { "local7", LOG_LOCAL7 },
	{ NULL, 0 },
};

static const struct conf_field log_rows[] = {
	{
		.key = "target", .type = CONF_ENUM, .def = "stderr",
		CONF_AT(log_conf, target), .words = log_targets,
		.dovecot = "log_path",
		.doc = "Where lines go.",
	},
	{
		.key = "path", .type = CONF_TEXT, .only = "file", .required = true,
		CONF_AT(log_conf, path), .sample = "/var/log/usher.log",
		.dovecot = "log_path",
		.doc = "The file, opened again after usherctl reload, SIGHUP or "
		       "SIGUSR1.",
	},
	{
		.key = "syslog_socket", .type = CONF_TEXT, .only = "syslog",
		.def = "/dev/log",
		CONF_AT(log_conf, syslog_socket),
		.doc = "Where syslogd listens.",
	},
	{
		.key = "ident", .type = CONF_TEXT, .only = "syslog",
		.def = "usher",
		CONF_AT(log_conf, ident),
		.dovecot = "instance_name",
		.doc = "The program's name in syslog. With dovecot, tools made for "
		       "its log (fail2ban among them) need no change.",
	},
	{
		.key = "facility", .type = CONF_ENUM, .only = "syslog",
		.def = "mail",
		CONF_AT(log_conf, facility), .words = facilities,
		.dovecot = "syslog_facility",
		.doc = "The syslog facility.",
	},
	{
		.key = "format", .type = CONF_ENUM, .def = "dovecot",
		CONF_AT(log_conf, format), .words = log_formats,
		.dovecot = "login_log_format",
		.doc = "dovecot: lines as Dovecot's login processes write them. "
		       "json: an object a line.",
	},
	{
		.key = "level", .type = CONF_ENUM, .def = "info",
		CONF_AT(log_conf, level), .words = log_levels,
		.dovecot = "log_debug",
		.doc = "error: somebody must act. warn: somebody may want to. info: "
		       "two or three lines a session. debug: each step.",
	},
};

static const struct conf_table log_table = {
	.name = "log", .size = sizeof(struct log_conf), CONF_FIELDS(log_rows),
	.selector = "target",
	.doc = "What is logged, and where. Passwords never are.",
};

/* ---- processes --------------------------------------------------------- */

static const struct conf_field process_rows[] = {
	{
		.key = "workers", .type = CONF_COUNT, .def = "0", .max = "256",
		CONF_AT(process_conf, workers),
		.doc = "Processes that serve clients. 0: one for each processor "
		       "core.",
	},
	{
		.key = "auth_processes", .type = CONF_COUNT, .def = "2",
		.min = "1", .max = "64",
		CONF_AT(process_conf, auth_processes),
		.doc = "Processes that look users up and check passwords.",
	},
	{
		.key = "max_sessions", .type = CONF_COUNT, .def = "0",
		.max = "1000000",
		CONF_AT(process_conf, max_sessions),
		.dovecot = "client_limit",
		.doc = "Sessions a worker may have at once; further clients wait in "
		       "the queue of the listening socket. 0: as many as its limit "
		       "of open files allows, two for each session.",
	},
	{
		.key = "user", .type = CONF_TEXT, .def = "usher",
		CONF_AT(process_conf, user),
		.dovecot = "default_login_user",
		.doc = "The user that workers, auth and director processes run as. "
		       "Only if usher was started as root; else they run as whoever "
		       "started it.",
	},
	{
		.key = "group", .type = CONF_TEXT,
		CONF_AT(process_conf, group), .sample = "usher",
		.doc = "Their group. Not set: the user's own.",
	},
	{
		.key = "sandbox", .type = CONF_BOOL, .def = "yes",
		CONF_AT(process_conf, sandbox),
		.doc = "Confine workers to the system calls they need, where the "
		       "kernel can.",
	},
	{
		.key = "shutdown_timeout", .type = CONF_DURATION, .def = "30s",
		.max = "1d",
		CONF_AT(process_conf, shutdown_timeout),
		.doc = "How long sessions may go on after SIGTERM. Idle ones are told "
		       "goodbye at once, the others as soon as they are idle, the "
		       "rest at the end.",
	},
	{
		.key = "retire_timeout", .type = CONF_DURATION, .def = "never",
		CONF_AT(process_conf, retire_timeout),
		.doc = "How long workers from before a reload may go on serving "
		       "their sessions.",
	},
};

static const struct conf_table process_table = {
	.name = "process", .size = sizeof(struct process_conf),
	CONF_FIELDS(process_rows),
	.doc = "usher's processes.",
};

/* ---- administration ---------------------------------------------------- */

static const struct conf_field admin_rows[] = {
	{
		.key = "socket", .type = CONF_TEXT,
		.def = USHER_RUN_DIR "/usherctl.sock",
		CONF_AT(admin_conf, socket),
		.doc = "The UNIX socket that usherctl speaks to.",
	},
	{
		.key = "socket_group", .type = CONF_TEXT,
		CONF_AT(admin_conf, socket_group), .sample = "adm",
		.doc = "A group whose members may use usherctl, besides root.",
	},
};

static const struct conf_table admin_table = {
	.name = "admin", .size = sizeof(struct admin_conf),
	CONF_FIELDS(admin_rows),
	.doc = "How operators reach usher.",
};

/* ---- all of it --------------------------------------------------------- */

static const struct conf_field settings_rows[] = {
	{
		.key = "hostname", .type = CONF_TEXT, .fragment = "10-general",
		CONF_AT(settings, hostname), .sample = "mail.example.org",
		.dovecot = "hostname",
		.doc = "The name usher goes by towards clients and backends. Not "
		       "set: the system's.",
	},
	{
		.key = "login_trusted_networks", .type = CONF_NETS,
		.fragment = "10-general",
		CONF_AT(settings, login_trusted_networks),
		.sample = "[127.0.0.0/8, 10.1.0.0/16]",
		.dovecot = "login_trusted_networks",
		.doc = "Whose word about the client is believed: proxies and webmail "
		       "servers in front of usher. What others say with ID or "
		       "XCLIENT is ignored, or refused in SMTP. They may also log "
		       "in without TLS.",
	},
	{
		.key = "haproxy_trusted_networks", .type = CONF_NETS,
		.fragment = "10-general",
		CONF_AT(settings, haproxy_trusted_networks),
		.sample = "[10.1.0.2, 10.1.0.3]",
		.dovecot = "haproxy_trusted_networks",
		.doc = "Who may connect to listeners with haproxy: yes.",
	},
	{
		.key = "haproxy_timeout", .type = CONF_DURATION, .def = "3s",
		.min = "100ms", .max = "1m", .fragment = "10-general",
		CONF_AT(settings, haproxy_timeout),
		.dovecot = "haproxy_timeout",
		.doc = "How long the PROXY header may take to arrive.",
	},
	{
		.key = "listeners", .type = CONF_LIST, .fragment = "20-listeners",
		CONF_AT(settings, listeners), .table = &listener_table,
		.sample = "\n- { name: imap,  protocol: imap, address: [\"*:143\"], "
			  "tls: starttls }"
			  "\n- { name: imaps, protocol: imap, address: [\"*:993\"], "
			  "tls: implicit }"
			  "\n- { name: pop3,  protocol: pop3, address: [\"*:110\"], "
			  "tls: starttls }"
			  "\n- { name: submission, protocol: submission, "
			  "address: [\"*:587\"], tls: required }"
			  "\n- { name: lmtp, protocol: lmtp, address: [\"*:24\"], "
			  "tls: off }"
			  "\n- { name: mx, protocol: smtp, address: [\"*:25\"], "
			  "tls: starttls, routes: [inbound] }",
		.dovecot = "inet_listener",
		.doc = "See LISTENERS.",
	},
	{
		.key = "login", .type = CONF_SECTION, .fragment = "20-listeners",
		CONF_AT(settings, login), .table = &login_table,
		.doc = "See LOGIN.",
	},
	{
		.key = "imap", .type = CONF_SECTION, .fragment = "20-listeners",
		CONF_AT(settings, imap), .table = &imap_table,
		.doc = "See IMAP.",
	},
	{
		.key = "submission", .type = CONF_SECTION,
		.fragment = "25-smtp",
		CONF_AT(settings, submission), .table = &submission_table,
		.doc = "See SUBMISSION.",
	},
	{
		.key = "lmtp", .type = CONF_SECTION, .fragment = "25-smtp",
		CONF_AT(settings, lmtp), .table = &lmtp_table,
		.doc = "See LMTP.",
	},
	{
		.key = "smtp", .type = CONF_SECTION, .fragment = "25-smtp",
		CONF_AT(settings, smtp), .table = &smtp_table,
		.doc = "See SMTP.",
	},
	{
		.key = "routes", .type = CONF_LIST, .fragment = "26-routes",
		CONF_AT(settings, routes), .table = &route_table,
		.sample = "\n- { table: inbound, match: \"postmaster@example.org\", "
			  "to: \"joe@example.org\" }"
			  "\n- { table: inbound, match: \"@lists.example.org\", "
			  "relay: \"10.1.0.20:25\" }"
			  "\n- { table: inbound, match: \"@example.org\", "
			  "lmtp: director }",
		.doc = "See ROUTES.",
	},
	{
		.key = "tls", .type = CONF_SECTION, .fragment = "30-tls",
		CONF_AT(settings, tls), .table = &tls_table,
		.doc = "See TLS.",
	},
	{
		.key = "auth", .type = CONF_LIST, .fragment = "40-auth",
		CONF_AT(settings, auth), .table = &settings_auth_table,
		.sample = "\n- { driver: passwd-file, path: /etc/usher/users }"
			  "\n- { driver: passthrough }",
		.dovecot = "passdb",
		.doc = "See AUTH.",
	},
	{
		.key = "director", .type = CONF_SECTION, .fragment = "50-director",
		CONF_AT(settings, director), .table = &director_table,
		.doc = "See DIRECTOR.",
	},
	{
		.key = "forward", .type = CONF_SECTION, .fragment = "50-director",
		CONF_AT(settings, forward), .table = &forward_table,
		.doc = "See FORWARD.",
	},
	{
		.key = "log", .type = CONF_SECTION, .fragment = "60-log",
		CONF_AT(settings, log), .table = &log_table,
		.doc = "See LOG.",
	},
	{
		.key = "process", .type = CONF_SECTION, .fragment = "70-process",
		CONF_AT(settings, process), .table = &process_table,
		.doc = "See PROCESS.",
	},
	{
		.key = "admin", .type = CONF_SECTION, .fragment = "80-admin",
		CONF_AT(settings, admin), .table = &admin_table,
		.doc = "See ADMIN.",
	},
};

const struct conf_table settings_table = {
	.name = "usher.yaml", .size = sizeof(struct settings),
	CONF_FIELDS(settings_rows),
	.doc = "",
	.check = settings_check_all,
};

/* ---- loading ----------------------------------------------------------- */

/* The arena becomes the settings', or stays with its problems. */
static struct settings *
keep(struct settings *s, bool good, struct arena *a,
     const struct conf_problems *problems)
{
	if (!good) {
		free(s);
		return NULL;
	}
	s->places = problems->places;
	s->arena = *a;
	*a = (struct arena){ 0 };
	return s;
}

struct settings *
settings_load(const char *path, struct arena *a,
	      struct conf_problems *problems_out)
{
	struct settings *s = mem_zalloc(sizeof(*s));
	bool good = conf_load_file(&settings_table, path, a, s, problems_out);

	return keep(s, good, a, problems_out);
}

struct settings *
settings_parse(struct slice text, struct arena *a,
	       struct conf_problems *problems_out)
{
	struct settings *s = mem_zalloc(sizeof(*s));
	bool good = conf_load_text(&settings_table, "settings", text, a, s,
				   problems_out);

	return keep(s, good, a, problems_out);
}

void
settings_free(struct settings **s)
{
	if (*s == NULL)
		return;
	arena_free(&(*s)->arena);
	free(*s);
	*s = NULL;
}

void
settings_complain(const struct settings *s, const void *member,
		  struct buf *out, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		abort();	/* out of memory, as in mem.c */
	va_end(args);
	conf_place_write(s->places, member, out);
	BUF_ADD(out, slice_of(text), SL("\n"));
	free(text);
}

size_t
settings_worker_count(const struct settings *s)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (s->process.workers > 0)
		return (size_t)s->process.workers;
	return cores > 0 ? (size_t)cores : 1;
}

void
settings_dump(const struct settings *s, bool show_secrets, struct buf *out)
{
	conf_dump(&settings_table, s, show_secrets, out);
}

struct log_sink_conf
settings_log_sink(const struct settings *s)
{
	const struct log_conf *log = &s->log;
	bool syslog = log->target == LOG_TO_SYSLOG;

	return (struct log_sink_conf){
		.target = (enum log_target)log->target,
		.format = (enum log_format)log->format,
		.level = (enum log_level)log->level,
		.path = syslog ? log->syslog_socket : log->path,
		.ident = log->ident,
		.facility = log->facility,
	};
}

const char *
protocol_name(enum protocol p)
{
	return conf_word_of(protocols, (int)p);
}
