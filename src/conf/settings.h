/* Everything an operator can set. What each member means, its default and its
   bounds stand in the tables of settings.c, and so in usher.yaml(5). */
#ifndef CONF_SETTINGS_H
#define CONF_SETTINGS_H

#include "base/arena.h"
#include "base/log_sink.h"
#include "conf/conf_field.h"
#include "conf/conf_load.h"

/* ---- towards clients --------------------------------------------------- */

enum protocol {
	PROTOCOL_IMAP,
	PROTOCOL_POP3,
	PROTOCOL_SUBMISSION,
	PROTOCOL_LMTP,
	PROTOCOL_SMTP,
};

enum listener_tls {
	LISTENER_TLS_OFF,	/* never */
	LISTENER_TLS_STARTTLS,	/* offered */
	LISTENER_TLS_REQUIRED,	/* no login before it, from anyone */
	LISTENER_TLS_IMPLICIT,	/* from the first octet */
};

struct listener_conf {
	struct slice name;
	int protocol;			/* enum protocol */
	struct conf_endpoints address;
	int tls;			/* enum listener_tls */
	bool haproxy;
	bool allow_cleartext;
	struct slice greeting;
	struct addr_nets login_trusted_networks;
	struct conf_texts routes;	/* tables of struct route_conf */
	uint64_t max_message_size;	/* octets; 0: no limit */
};

struct login_conf {
	struct slice greeting;
	bool allow_cleartext;
	struct slice username_format;
	struct conf_texts mechanisms;
	int64_t failure_delay;
	uint64_t max_attempts;
	uint64_t max_bad_commands;
	int64_t timeout;
};

struct imap_conf {
	struct slice capability;
	struct vars id_send;
	bool id_retain;
};

enum bare_newline { BARE_NEWLINE_REJECT, BARE_NEWLINE_NORMALIZE };
enum received { RECEIVED_AUTO, RECEIVED_ALWAYS, RECEIVED_NEVER };

/* What SMTP, LMTP and submission have alike, each with values of its own. */
struct smtp_conf {
	uint64_t max_message_size;	/* octets; 0: no limit */
	uint64_t max_recipients;
	uint64_t max_bad_commands;
	uint64_t hop_limit;
	struct conf_texts extensions;
	struct slice recipient_delimiter;
	int bare_newline;		/* enum bare_newline */
	int received;			/* enum received */
	bool strict_sync;
	bool several_to_lmtp;		/* SMTP listeners only */
	int64_t idle_timeout;
};

/* p is NULL in what was not said. */
struct route_conf {
	struct slice table, match, to, relay, lmtp, reject, file;
};

/* ---- TLS towards clients ----------------------------------------------- */

enum tls_version { TLS_1_2, TLS_1_3 };
struct certificate_conf {
	struct slice cert, key, key_password;
};

enum client_certificates {
	CLIENT_CERTIFICATES_NO,
	CLIENT_CERTIFICATES_REQUEST,
	CLIENT_CERTIFICATES_REQUIRE,
};
enum certificate_username { CERTIFICATE_CN, CERTIFICATE_EMAIL };

struct tls_conf {
	struct conf_list certificates;	/* struct certificate_conf */
	int64_t reload_interval;
	int min_version;		/* enum tls_version */
	struct slice ciphers, ciphersuites, groups;
	bool prefer_server_ciphers;
	bool session_tickets;
	int64_t ticket_rotation;
	int client_certificates;	/* enum client_certificates */
	struct slice client_ca;
	int certificate_username;	/* enum certificate_username */
	struct vars certificate_users;
};

/* ---- lookups ----------------------------------------------------------- */

enum auth_driver_kind {
	AUTH_DRIVER_PASSTHROUGH,
	AUTH_DRIVER_STATIC,
	AUTH_DRIVER_PASSWD_FILE,
	AUTH_DRIVER_HTTP,
	AUTH_DRIVER_DOVECOT,
	AUTH_DRIVER_OAUTH2,
};

enum auth_format { AUTH_FORMAT_NGINX, AUTH_FORMAT_JSON };

/* What a driver's answer means for those after it; as Dovecot's result_success,
   result_failure and result_internalfail. */
enum auth_rule {
	AUTH_RETURN_OK,
	AUTH_RETURN,
	AUTH_RETURN_FAIL,
	AUTH_CONTINUE_OK,
	AUTH_CONTINUE,
	AUTH_CONTINUE_FAIL,
};

enum auth_skip {
	AUTH_SKIP_NEVER,
	AUTH_SKIP_AUTHENTICATED,
	AUTH_SKIP_UNAUTHENTICATED,
};

struct auth_conf {
	int driver;			/* enum auth_driver_kind */
	struct conf_texts only_protocols, only_mechanisms;
	int result_success, result_failure, result_internalfail;
					/* enum auth_rule */
	int skip;			/* enum auth_skip */
	struct slice path;
	struct slice scheme;
	struct slice username_format;
	struct slice password;
	struct vars fields, default_fields, override_fields;
	/* http */
	struct conf_texts url;
	int format;			/* enum auth_format */
	bool nginx_compat, pass_client_cert;
	struct vars headers;
	/* dovecot */
	struct slice socket, master_socket;
	/* oauth2 */
	struct slice keys_file, jwks_url, introspection_url;
	struct slice client_id, client_secret;
	int64_t jwks_refresh, leeway;
	bool always_introspect;
	struct slice issuer, username_claim, openid_configuration_url;
	struct conf_texts audience, scope;
	/* servers in general */
	int64_t timeout;
	uint64_t max_connections, max_reply;
	bool verify;
	struct slice ca_file, client_cert, client_key;
};

/* ---- backends ---------------------------------------------------------- */

enum backend_tls { BACKEND_TLS_OFF, BACKEND_TLS_STARTTLS, BACKEND_TLS_IMPLICIT };
enum send_proxy { SEND_PROXY_NO, SEND_PROXY_V1, SEND_PROXY_V2 };
enum smtp_identity { SMTP_IDENTITY_AUTO, SMTP_IDENTITY_XCLIENT,
		     SMTP_IDENTITY_XFORWARD };

/* How a backend is spoken to. */
struct backend_access {
	int tls;			/* enum backend_tls */
	bool verify;
	struct slice ca_file, client_cert, client_key;
	uint64_t imap_port, imaps_port;
	uint64_t pop3_port, pop3s_port;
	uint64_t submission_port, submissions_port;
	uint64_t lmtp_port, smtp_port;
	int64_t connect_timeout, login_timeout;
	int64_t command_timeout, data_timeout, reply_timeout;
	uint64_t max_reconnects;
	int send_proxy;			/* enum send_proxy */
	bool send_identity;
	int smtp_identity;		/* enum smtp_identity */
};

struct backend_conf {
	struct slice name, host, tag;
	uint64_t weight;
	struct backend_access access;
};

struct director_conf {
	struct slice username_hash;
	struct conf_list backends;	/* struct backend_conf */
	struct backend_access defaults;
	int64_t resolve_interval;
};

struct forward_conf {
	uint64_t ttl;
	struct vars variables;
};

/* ---- the house --------------------------------------------------------- */

struct log_conf {
	int target;			/* enum log_target */
	int format;			/* enum log_format */
	int level;			/* enum log_level */
	struct slice path, syslog_socket, ident;
	int facility;
};

struct process_conf {
	uint64_t workers, auth_processes;
	uint64_t max_sessions;
	struct slice user, group;
	bool sandbox;
	int64_t shutdown_timeout, retire_timeout;
};

struct admin_conf {
	struct slice socket, socket_group;
};

struct settings {
	struct arena arena;		/* owns all that follows */
	const struct conf_places *places;
	struct slice hostname;
	struct addr_nets login_trusted_networks;
	struct addr_nets haproxy_trusted_networks;
	int64_t haproxy_timeout;
	struct conf_list listeners;	/* struct listener_conf */
	struct login_conf login;
	struct imap_conf imap;
	struct smtp_conf submission, lmtp, smtp;
	struct conf_list routes;	/* struct route_conf */
	struct tls_conf tls;
	struct conf_list auth;		/* struct auth_conf */
	struct director_conf director;
	struct forward_conf forward;
	struct log_conf log;
	struct process_conf process;
	struct admin_conf admin;
};

extern const struct conf_table settings_table;

/* Gives settings read from path, or from text that settings_dump() made. They
   take what is in a; if there are problems, NULL comes back and the problems
   are in a, which the caller frees. */
struct settings *settings_load(const char *path, struct arena *a,
			       struct conf_problems *problems_out);
struct settings *settings_parse(struct slice text, struct arena *a,
				struct conf_problems *problems_out);
void settings_free(struct settings **s);

/* Appends a line "file:line:column: text" about a member (any address within s)
   that turned out wrong only now. */
void settings_complain(const struct settings *s, const void *member,
		       struct buf *out, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* How many workers there are to be. */
size_t settings_worker_count(const struct settings *s);

/* All of it, secrets too if asked: what a role is given to run with. */
void settings_dump(const struct settings *s, bool show_secrets,
		   struct buf *out);

/* The longest dump: certificates are not in it. */
#define SETTINGS_MAX_DUMP (8u << 20)

/* How the log is to be written; slices borrow from s. */
struct log_sink_conf settings_log_sink(const struct settings *s);

/* "imap" */
const char *protocol_name(enum protocol p);

#endif
