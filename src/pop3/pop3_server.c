/* POP3 towards the client, until the user is in (spec: dovecot-login-proxy.md
   section 13, "small POP3 facts"). */
#include "pop3/pop3_private.h"

static struct pop3_server *
pop3(const struct session *s)
{
	return session_state(s);
}

static void
agree(struct session *s, struct slice text)
{
	BUF_ADD(session_out(s), SL("+OK"), text.n > 0 ? SL(" ") : SL(""), text,
		SL("\r\n"));
}

void
pop3_refuse(struct session *s, struct slice text)
{
	BUF_ADD(session_out(s), SL("-ERR "), text, SL("\r\n"));
}

void
pop3_greet(struct session *s)
{
	BUF_ADD(session_out(s),
		session_is_trusted(s) ? SL("+OK [XCLIENT] ") : SL("+OK "),
		session_listener(s)->greeting, SL("\r\n"));
}

void
pop3_tls_ready(struct session *s)
{
	/* A name said in the clear counts no more. */
	pop3(s)->has_user = false;
}

/* ---- commands ---------------------------------------------------------- */

static void
add_mechanisms(struct session *s, struct slice front, struct slice back)
{
	struct slice name;
	size_t at = 0;

	while (session_next_mechanism(s, &at, &name))
		BUF_ADD(session_out(s), front, name, back);
}

/* RFC 2449 section 5. What needs a login is the backend's to list after it; what
   is listed here is what every backend of ours has. */
static void
run_capa(struct session *s, struct slice args)
{
	struct buf *out = session_out(s);

	(void)args;
	buf_add(out, SL("+OK\r\nCAPA\r\nTOP\r\nUIDL\r\nRESP-CODES\r\n"
			"PIPELINING\r\nAUTH-RESP-CODE\r\n"));
	if (session_offers_starttls(s))
		buf_add(out, SL("STLS\r\n"));
	if (session_may_login(s))
		buf_add(out, SL("USER\r\n"));
	buf_add(out, SL("SASL"));
		add_mechanisms(s, SL(" "), SL(""));
	buf_add(out, SL("\r\n.\r\n"));
}

static void
run_noop(struct session *s, struct slice args)
{
	(void)args;
	agree(s, SL(""));
}

static void
run_quit(struct session *s, struct slice args)
{
	(void)args;
	agree(s, SL("Logging out"));
	session_close(s, CLOSE_CLIENT_QUIT);
}

/* RFC 2595 section 4. */
static void
run_stls(struct session *s, struct slice args)
{
	(void)args;
	if (session_has_tls(s)) {
		pop3_refuse(s, SL("TLS is already active."));
	} else if (!session_offers_starttls(s)) {
		pop3_refuse(s, SL("TLS is not available here."));
	} else {
		agree(s, SL("Begin TLS negotiation now."));
		session_starttls(s);
	}
}

/* The last name counts; whether there is such a user nobody learns here. */
static void
run_user(struct session *s, struct slice args)
{
	struct pop3_server *server = pop3(s);

	if (!session_may_login(s)) {
		pop3_refuse(s, SL("[AUTH] Plaintext authentication disallowed "
				  "on non-secure (SSL/TLS) connections."));
		return;
	}
	if (args.n > 0)
		memcpy(server->user, args.p, args.n);
	server->user_n = args.n;
	server->has_user = true;
	agree(s, SL(""));
}

/* Everything behind the blank is the password, blanks included. */
static void
run_pass(struct session *s, struct slice args)
{
	struct pop3_server *server = pop3(s);

	if (!server->has_user && session_may_login(s)) {
		pop3_refuse(s, SL("No username given."));
		return;
	}
	server->has_user = server->by_auth = false;
	session_login(s, (struct slice){ server->user, server->user_n }, args);
}

/* RFC 5034 section 4; alone it lists mechanisms, one a line. */
static void
run_auth(struct session *s, struct slice args)
{
	struct slice mechanism, initial;

	if (!slice_cut_word(&args, &mechanism)) {
		agree(s, SL(""));
		add_mechanisms(s, SL(""), SL("\r\n"));
		buf_add(session_out(s), SL(".\r\n"));
		return;
	}
	initial = slice_trim(args);
	pop3(s)->by_auth = true;
	session_sasl_begin(s, mechanism, initial.n > 0, initial);
}

/* It proves a password that usher does not have: the backend's. In Dovecot's words,
   and no bad command: clients try. */
static void
run_apop(struct session *s, struct slice args)
{
	(void)args;
	pop3_refuse(s, SL("APOP not enabled."));
}

static const struct {
	struct slice word;
	void (*run)(struct session *s, struct slice args);
} verbs[] = {
	{ SL("CAPA"), run_capa },		/* RFC 2449 5 */
	{ SL("NOOP"), run_noop },
	{ SL("QUIT"), run_quit },		/* RFC 1939 5 */
	{ SL("STLS"), run_stls },		/* RFC 2595 4 */
	{ SL("USER"), run_user },		/* RFC 1939 7 */
	{ SL("PASS"), run_pass },		/* RFC 1939 7 */
	{ SL("AUTH"), run_auth },		/* RFC 5034 4 */
	{ SL("APOP"), run_apop },		/* RFC 1939 7 */
	{ SL("XCLIENT"), pop3_run_xclient },	/* Dovecot */
	{ SL("XOIP"), pop3_run_xoip },		/* Zimbra's nginx */
};

static void
run(struct session *s, const struct pop3_command *cmd)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (slice_eq_nocase(verbs[i].word, cmd->word)) {
			/* Seen: unlike in IMAP, Dovecot begins to count anew. */
			session_good_command(s);
			verbs[i].run(s, cmd->args);
			return;
		}
	}
	pop3_refuse(s, SL("Unknown command."));
	session_bad_command(s);
}

/* ---- input ------------------------------------------------------------- */

static void
refuse_length(struct session *s, bool sasl)
{
	if (sasl)
		session_close_saying(s, CLOSE_INPUT_TOO_LONG,
				     SL("Authentication response too large"));
	else
		session_close(s, CLOSE_INPUT_TOO_LONG);
}

size_t
pop3_client_input(struct session *s, struct slice in)
{
	bool sasl = session_in_sasl(s);
	struct pop3_command cmd;
	struct slice line;
	size_t used = 0;

	switch (pop3_parse_line(in, sasl ? POP3_MAX_SASL : POP3_MAX_COMMAND,
				&line, &used)) {
	case POP3_PARSE_MORE:
		return 0;
	case POP3_PARSE_TOO_LONG:
		refuse_length(s, sasl);
		return 0;
	case POP3_PARSE_DONE:
		break;
	}
	if (sasl) {
		session_sasl_line(s, line);
		return used;
	}
	cmd = pop3_command_of(line);
	if (cmd.args.n > POP3_MAX_ARGUMENTS)
		session_close(s, CLOSE_INPUT_TOO_LONG);
	else
		run(s, &cmd);
	return used;
}

void
pop3_sasl_challenge(struct session *s, struct slice base64)
{
	BUF_ADD(session_out(s), SL("+ "), base64, SL("\r\n"));
}

static void
say_bye(const struct session *s, enum close_reason why, struct slice words,
	struct buf *out)
{
	(void)s;
	(void)why;
	BUF_ADD(out, SL("-ERR "), words, SL("\r\n"));
}

const struct proto pop3_proto = {
	.name = "pop3",
	.service = "pop3-login",
	.bad_commands_bye = "Too many invalid bad commands.",
	.max_input = POP3_MAX_SASL + 2,
	.session_state = sizeof(struct pop3_server),
	.backend_state = sizeof(struct pop3_client),
	.greet = pop3_greet,
	.client_input = pop3_client_input,
	.sasl_challenge = pop3_sasl_challenge,
	.auth_done = pop3_auth_done,
	.tls_ready = pop3_tls_ready,
	.say_bye = say_bye,
	.backend_connected = pop3_backend_connected,
	.backend_input = pop3_backend_input,
	.backend_secured = pop3_backend_secured,
	.backend_stage = pop3_backend_stage,
};
