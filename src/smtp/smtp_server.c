/* SMTP, LMTP and submission towards the client: commands, one after the other
   (spec: smtp-proxying.md sections 4, 5, 8.1, 16). */
#include <utlist.h>

#include "core/relay.h"
#include "smtp/smtp_private.h"

struct smtp_server *
smtp_server_of(const struct session *s)
{
	return session_state(s);
}

void
smtp_say(struct session *s, struct slice reply)
{
	BUF_ADD(session_out(s), reply, SL("\r\n"));
}

static const struct smtp_conf *
conf_of(const struct session *s)
{
	const struct settings *settings = session_settings(s);

	switch ((enum protocol)session_listener(s)->protocol) {
	case PROTOCOL_LMTP:
		return &settings->lmtp;
	case PROTOCOL_SMTP:
		return &settings->smtp;
	case PROTOCOL_SUBMISSION:
	case PROTOCOL_IMAP:
	case PROTOCOL_POP3:
		break;
	}
	return &settings->submission;
}

/* ---- greeting and goodbye -------------------------------------------------- */

void
smtp_add_banner(struct session *s, struct buf *out)
{
	bool esmtp = smtp_server_of(s)->protocol != PROTOCOL_LMTP;

	BUF_ADD(out, SL("220 "), session_hostname(s),
		esmtp ? SL(" ESMTP ") : SL(" LMTP "),
		session_listener(s)->greeting, SL("\r\n"));
}

void
smtp_greet(struct session *s)
{
	struct smtp_server *server = smtp_server_of(s);

	server->session = s;
	server->conf = conf_of(s);
	server->protocol = (enum protocol)session_listener(s)->protocol;
	if (server->protocol != PROTOCOL_SUBMISSION)
		session_limit_idle(s, server->conf->idle_timeout);
	if (server->conf->strict_sync && session_has_input(s)) {
		smtp_out_of_sync(s);
		return;
	}
	smtp_add_banner(s, session_out(s));
}

/* RFC 3207 section 4.2: what was learnt in the clear is forgotten. */
static void
tls_ready(struct session *s)
{
	struct smtp_server *server = smtp_server_of(s);

	server->greeted = server->extended = false;
	server->helo_n = 0;
	if (!server->helo_claimed)
		session_forward(s)->helo = (struct slice){ 0 };
	smtp_forget_xforward(server);
}

static struct slice
bye_code(enum close_reason why)
{
	switch (why) {
	case CLOSE_LOGIN_TIMEOUT:
	case CLOSE_RELAY_SERVER:
		return SL("421 4.4.2 ");
	case CLOSE_SHUTDOWN:
	case CLOSE_KICKED:
	case CLOSE_BUG:
		return SL("421 4.3.2 ");
	case CLOSE_BAD_COMMANDS:
	case CLOSE_TOO_MANY_LOGINS:
	case CLOSE_REFUSED:
	case CLOSE_INPUT_TOO_LONG:
	case CLOSE_CLIENT_QUIT:
	case CLOSE_CLIENT_GONE:
	case CLOSE_CLIENT_BROKEN:
	case CLOSE_TLS_FAILED:
	case CLOSE_HAPROXY_PEER:
	case CLOSE_HAPROXY_HEADER:
	case CLOSE_HAPROXY_TIMEOUT:
	case CLOSE_RELAY_CLIENT:
	case CLOSE_REASON_COUNT:
		break;
	}
	return SL("421 4.7.0 ");
}

void
smtp_say_bye(const struct session *s, enum close_reason why, struct slice words,
	     struct buf *out)
{
	/* Nothing of ours may stand in the middle of a message: what looks like
	   an answer would be taken for the answer to it. */
	BUF_ADD(out, bye_code(why), session_hostname(s), SL(" "), words,
		SL("\r\n"));
}

static bool
is_busy(const struct session *s)
{
	return smtp_server_of(s)->mail != NULL;
}

static void
ended(struct session *s)
{
	struct smtp_server *server = smtp_server_of(s);
	struct smtp_conn *c, *next;

	if (server->session == NULL)
		return;		/* it ended before it was greeted */
	smtp_mail_free(&server->mail);
	smtp_forget_xforward(server);
	DL_FOREACH_SAFE(server->conns, c, next)
		smtp_conn_free(&c);
	loop_forget(session_core(s)->loop, &server->sweep);
}

/* ---- complaints ------------------------------------------------------------ */

void
smtp_bad_command(struct session *s, struct slice reply)
{
	struct smtp_server *server = smtp_server_of(s);

	smtp_say(s, reply);
	if (++server->bad_commands >= server->conf->max_bad_commands)
		session_close_saying(s, CLOSE_BAD_COMMANDS,
				     SL("Too many invalid commands."));
}

void
smtp_out_of_sync(struct session *s)
{
	struct log log = session_log(s);

	LOG(&log, EV_SMTP_SYNC, F_TEXT("where", smtp_server_of(s)->greeted ?
						 SL("behind a command") :
						 SL("before the greeting")));
	smtp_say(s, SL("554 5.5.0 Error: SMTP protocol synchronization"));
	session_close(s, CLOSE_BAD_COMMANDS);
}

/* ---- commands that need no file of their own -------------------------------- */

static void
run_noop(struct session *s, const struct smtp_command *cmd)
{
	struct smtp_conn *users = smtp_server_of(s)->user_conn;

	(void)cmd;
	/* Whether the user's server is still there shows early that way. */
	if (users != NULL && users->steps == NULL)
		smtp_conn_noop(users);
	smtp_say(s, SL("250 2.0.0 OK"));
}

static void
run_rset(struct session *s, const struct smtp_command *cmd)
{
	struct smtp_server *server = smtp_server_of(s);

	(void)cmd;
	smtp_mail_free(&server->mail);
	smtp_forget_xforward(server);
	smtp_say(s, SL("250 2.0.0 OK"));
}

static void
run_quit(struct session *s, const struct smtp_command *cmd)
{
	(void)cmd;
	smtp_say(s, SL("221 2.0.0 Bye"));
	session_close(s, CLOSE_CLIENT_QUIT);
}

/* Whether there is such a user nobody learns here. */
static void
run_vrfy(struct session *s, const struct smtp_command *cmd)
{
	(void)cmd;
	smtp_say(s, SL("252 2.5.2 Cannot VRFY user, but will accept message and "
		       "attempt delivery"));
}

static void
run_help(struct session *s, const struct smtp_command *cmd)
{
	(void)cmd;
	smtp_say(s, SL("214 2.0.0 See RFC 5321"));
}

static void
run_obsolete(struct session *s, const struct smtp_command *cmd)
{
	(void)cmd;
	smtp_bad_command(s, SL("502 5.5.1 Unsupported command"));
}

/* Words that came with the command were said in the clear by who knows whom:
   without an answer that would let the handshake begin, nobody can believe that
   they were said inside (spec: smtp-proxying.md section 8.1). */
static void
run_starttls(struct session *s, const struct smtp_command *cmd)
{
	if (smtp_server_of(s)->mail != NULL) {
		smtp_bad_command(s, SL("503 5.5.1 MAIL transaction in progress"));
	} else if (session_has_tls(s)) {
		smtp_bad_command(s, SL("554 5.5.1 TLS already active"));
	} else if (!session_offers_starttls(s)) {
		smtp_bad_command(s, SL("502 5.5.1 TLS is not available here"));
	} else if (cmd->followed) {
		smtp_out_of_sync(s);
	} else {
		smtp_say(s, SL("220 2.0.0 Ready to start TLS"));
		session_starttls(s);
	}
}

/* RFC 4954 section 4. */
static void
run_auth(struct session *s, const struct smtp_command *cmd)
{
	struct smtp_server *server = smtp_server_of(s);
	struct slice args = cmd->args, mechanism, initial;

	if (!server->greeted || server->mail != NULL)
		smtp_bad_command(s, SL("503 5.5.1 EHLO first, and no message "
				       "under way"));
	else if (server->user_conn != NULL)
		smtp_bad_command(s, SL("503 5.5.1 Already authenticated"));
	else if (cmd->followed)
		smtp_out_of_sync(s);
	else if (!slice_cut_word(&args, &mechanism))
		smtp_bad_command(s, SL("501 5.5.4 Missing SASL mechanism"));
	else if (!slice_cut_word(&args, &initial))
		session_sasl_begin(s, mechanism, false, (struct slice){ 0 });
	else if (slice_trim(args).n > 0)
		smtp_bad_command(s, SL("501 5.5.4 Invalid parameters"));
	else
		session_sasl_begin(s, mechanism, true, initial);
}

/* ---- the table --------------------------------------------------------------- */

enum {
	ON_SUBMISSION = 1,
	ON_LMTP = 2,
	ON_SMTP = 4,
	ON_ALL = ON_SUBMISSION | ON_LMTP | ON_SMTP,
	BARE = 8,		/* takes no arguments */
	IN_CLEAR = 16,		/* also where TLS is required and not there */
	WAITS_FOR_NOBODY = 32,	/* RCPT and MAIL, whose answers may overlap */
	ENDS_GROUP = 64,	/* a client has to wait for the answer */
};

static const struct {
	struct slice name;
	unsigned how;
	void (*run)(struct session *s, const struct smtp_command *cmd);
} verbs[] = {
	{ SL("EHLO"), ON_SUBMISSION | ON_SMTP | IN_CLEAR | ENDS_GROUP,
	  smtp_run_ehlo },				/* RFC 5321 4.1.1.1 */
	{ SL("HELO"), ON_SUBMISSION | ON_SMTP | IN_CLEAR | ENDS_GROUP,
	  smtp_run_helo },
	{ SL("LHLO"), ON_LMTP | IN_CLEAR | ENDS_GROUP,
	  smtp_run_ehlo },				/* RFC 2033 4.1 */
	{ SL("MAIL"), ON_ALL, smtp_run_mail },		/* RFC 5321 4.1.1.2 */
	{ SL("RCPT"), ON_ALL | WAITS_FOR_NOBODY,
	  smtp_run_rcpt },				/* RFC 5321 4.1.1.3 */
	{ SL("DATA"), ON_ALL | BARE | ENDS_GROUP,
	  smtp_run_data },				/* RFC 5321 4.1.1.4 */
	{ SL("BDAT"), ON_ALL, smtp_run_bdat },		/* RFC 3030 2 */
	{ SL("RSET"), ON_ALL | BARE, run_rset },	/* RFC 5321 4.1.1.5 */
	{ SL("NOOP"), ON_ALL | IN_CLEAR, run_noop },	/* RFC 5321 4.1.1.9 */
	{ SL("QUIT"), ON_ALL | BARE | IN_CLEAR, run_quit },
	{ SL("VRFY"), ON_ALL, run_vrfy },		/* RFC 5321 3.5 */
	{ SL("HELP"), ON_ALL, run_help },
	{ SL("STARTTLS"), ON_ALL | BARE | IN_CLEAR,
	  run_starttls },				/* RFC 3207 4 */
	{ SL("AUTH"), ON_SUBMISSION | IN_CLEAR, run_auth }, /* RFC 4954 4 */
	{ SL("XCLIENT"), ON_ALL | IN_CLEAR, smtp_run_xclient },	/* Postfix */
	{ SL("XFORWARD"), ON_SMTP | ON_LMTP, smtp_run_xforward }, /* Postfix */
	{ SL("EXPN"), ON_ALL, run_obsolete },
	{ SL("ETRN"), ON_ALL, run_obsolete },
	{ SL("ATRN"), ON_ALL, run_obsolete },
	{ SL("SEND"), ON_ALL, run_obsolete },
	{ SL("SOML"), ON_ALL, run_obsolete },
	{ SL("SAML"), ON_ALL, run_obsolete },
	{ SL("TURN"), ON_ALL, run_obsolete },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static unsigned
here(const struct smtp_server *server)
{
	return server->protocol == PROTOCOL_LMTP ? ON_LMTP :
	       server->protocol == PROTOCOL_SMTP ? ON_SMTP :
						   ON_SUBMISSION;
}

static size_t
find_verb(const struct smtp_server *server, struct slice name)
{
	size_t i = 0;

	while (i < VERBS && ((verbs[i].how & here(server)) == 0 ||
			     !slice_eq_nocase(verbs[i].name, name)))
		i++;
	return i;
}

static void
run(struct session *s, size_t verb, const struct smtp_command *cmd)
{
	const struct smtp_server *server = smtp_server_of(s);
	unsigned how = verbs[verb].how;
	bool clear = session_listener(s)->tls == LISTENER_TLS_REQUIRED &&
		     !session_has_tls(s) && (how & IN_CLEAR) == 0;

	if (clear)
		smtp_bad_command(s, SL("530 5.7.0 Must issue a STARTTLS command "
				       "first"));
	else if ((how & BARE) != 0 && cmd->args.n > 0)
		smtp_bad_command(s, SL("501 5.5.4 Invalid parameters"));
	else if ((how & ENDS_GROUP) != 0 && cmd->followed &&
		 server->conf->strict_sync)
		smtp_out_of_sync(s);
	else
		verbs[verb].run(s, cmd);
}

/* ---- input --------------------------------------------------------------------- */

/* A line without end is passed over; *done is how far. */
static size_t
swallow(struct session *s, struct slice in)
{
	struct smtp_server *server = smtp_server_of(s);
	size_t end = slice_index(in, '\n');
	size_t used = end < in.n ? end + 1 : in.n;

	server->swallowed += used;
	server->swallowing = end == in.n;
	if (server->swallowed > SMTP_MAX_JUNK)
		session_close_saying(s, CLOSE_INPUT_TOO_LONG,
				     SL("Line too long."));
	return used;
}

static size_t
on_too_long(struct session *s, size_t used)
{
	struct smtp_server *server = smtp_server_of(s);

	server->swallowing = true;
	server->swallowed = used;
	if (session_in_sasl(s))
		session_sasl_line(s, SL("*"));
	else
		smtp_bad_command(s, SL("500 5.5.2 Line too long"));
	return used;
}

/* What no client of mail says. */
static void
on_foreign(struct session *s)
{
	struct log log = session_log(s);

	LOG(&log, EV_SMTP_REFUSED, F_TEXT("reply", SL("not SMTP")));
	smtp_say(s, SL("421 4.7.0 This is not a server of that kind."));
	session_close(s, CLOSE_BAD_COMMANDS);
}

static void
on_bare_lf(struct session *s)
{
	struct log log = session_log(s);

	LOG(&log, EV_SMTP_REFUSED, F_TEXT("reply", SL("bare LF")));
	smtp_say(s, SL("500 5.5.2 Error: bare <LF> received"));
	session_close(s, CLOSE_BAD_COMMANDS);
}

/* Returns false if the command has to wait for answers that are still to come. */
static bool
on_line(struct session *s, const struct smtp_line *line, bool followed)
{
	struct smtp_server *server = smtp_server_of(s);
	struct smtp_command cmd = smtp_command_of(line->text);
	size_t verb = find_verb(server, cmd.verb);
	bool waits = verb == VERBS || (verbs[verb].how & WAITS_FOR_NOBODY) == 0;

	cmd.followed = followed;
	server->again = false;
	if (waits && server->mail != NULL && smtp_mail_is_pending(server->mail)) {
		session_hold(s);
		return false;
	}
	if (line->bare_lf && server->conf->bare_newline == BARE_NEWLINE_REJECT)
		on_bare_lf(s);
	else if (verb < VERBS)
		run(s, verb, &cmd);
	else if (smtp_is_foreign(line->text))
		on_foreign(s);
	else
		smtp_bad_command(s, cmd.verb.n > 0 ?
				    SL("500 5.5.1 Unknown command") :
				    SL("500 5.5.2 Invalid command syntax"));
	return !server->again;
}

size_t
smtp_client_input(struct session *s, struct slice in)
{
	struct smtp_server *server = smtp_server_of(s);
	bool sasl = session_in_sasl(s);
	struct smtp_line line;
	size_t used = 0;

	if (server->swallowing)
		return swallow(s, in);
	if (smtp_data_is_next(server))
		return smtp_data_input(s, in);
	switch (smtp_parse_line(in, sasl ? SMTP_MAX_SASL : SMTP_MAX_COMMAND,
				&line, &used)) {
	case SMTP_PARSE_MORE:
		return 0;
	case SMTP_PARSE_TOO_LONG:
		return on_too_long(s, used);
	case SMTP_PARSE_DONE:
		break;
	}
	if (sasl)
		session_sasl_line(s, line.text);
	else if (!on_line(s, &line, used < in.n))
		return 0;
	return used;
}

static void
sasl_challenge(struct session *s, struct slice base64)
{
	BUF_ADD(session_out(s), SL("334 "), base64, SL("\r\n"));
}

/* ---- submission ------------------------------------------------------------------ */

static void
logged_in(struct session *s)
{
	struct smtp_server *server = smtp_server_of(s);

	session_limit_idle(s, server->conf->idle_timeout);
	smtp_conn_take(server);
}

#define SMTP_SERVER                                                     \
	.bad_commands_bye = "Too many invalid commands.",               \
	/* What a read brings while backends are slow to take it. */    \
	.max_input = 2 * RELAY_CHUNK,                                   \
	.session_state = sizeof(struct smtp_server),                    \
	.greet = smtp_greet,                                            \
	.client_input = smtp_client_input,                              \
	.tls_ready = tls_ready,                                         \
	.say_bye = smtp_say_bye,                                        \
	.is_busy = is_busy,                                             \
	.ended = ended,                                                 \
	.backend_connected = smtp_backend_connected,                    \
	.backend_input = smtp_backend_input,                            \
	.backend_secured = smtp_backend_secured,                        \
	.backend_stage = smtp_backend_stage,                            \
	.backend_state = sizeof(struct smtp_client)

const struct proto submission_proto = {
	.name = "submission",
	.service = "submission-login",
	SMTP_SERVER,
	.sasl_challenge = sasl_challenge,
	.auth_done = smtp_auth_done,
	.logged_in = logged_in,
};

const struct proto lmtp_proto = {
	.name = "lmtp",
	.service = "lmtp",
	SMTP_SERVER,
};

const struct proto smtp_proto = {
	.name = "smtp",
	.service = "smtp",
	SMTP_SERVER,
};
