/* IMAP towards the client, until the user is in. */
#include "imap/imap_private.h"

static struct imap_server *
imap(const struct session *s)
{
	return session_state(s);
}

void
imap_reply(struct session *s, struct slice tag, struct slice text)
{
	BUF_ADD(session_out(s), tag.n > 0 ? tag : SL("*"), SL(" "), text,
		SL("\r\n"));
}

/* ---- capability -------------------------------------------------------- */

void
imap_add_capability(struct session *s, struct buf *out)
{
	struct slice name;
	size_t at = 0;

	buf_add(out, session_settings(s)->imap.capability);
	if (session_offers_starttls(s))
		buf_add(out, SL(" STARTTLS"));
	if (!session_may_login(s))
		buf_add(out, SL(" LOGINDISABLED"));
	while (session_next_mechanism(s, &at, &name))
		BUF_ADD(out, SL(" AUTH="), name);
}

void
imap_greet(struct session *s)
{
	struct buf *out = session_out(s);

	buf_add(out, SL("* OK [CAPABILITY "));
	imap_add_capability(s, out);
	BUF_ADD(out, SL("] "), session_listener(s)->greeting, SL("\r\n"));
}

void
imap_tls_ready(struct session *s)
{
	/* What was asked or told in the clear counts no more. */
	*imap(s) = (struct imap_server){ .invited = 0 };
}

/* ---- commands ---------------------------------------------------------- */

static const struct slice no_such_command =
	SL("BAD Error in IMAP command received by server.");

static void
run_capability(struct session *s, const struct imap_command *cmd)
{
	struct buf *out = session_out(s);

	imap(s)->asked_capability = true;
	buf_add(out, SL("* CAPABILITY "));
	imap_add_capability(s, out);
	buf_add(out, SL("\r\n"));
	imap_reply(s, cmd->tag, SL("OK Pre-login capabilities listed, "
				   "post-login capabilities have more."));
}

static void
run_noop(struct session *s, const struct imap_command *cmd)
{
	imap_reply(s, cmd->tag, SL("OK NOOP completed."));
}

static void
run_logout(struct session *s, const struct imap_command *cmd)
{
	buf_add(session_out(s), SL("* BYE Logging out\r\n"));
	imap_reply(s, cmd->tag, SL("OK Logout completed."));
	session_close(s, CLOSE_CLIENT_QUIT);
}

/* Nothing can be enabled yet, and some clients try (RFC 5161 section 3.1). */
static void
run_enable(struct session *s, const struct imap_command *cmd)
{
	buf_add(session_out(s), SL("* ENABLED\r\n"));
	imap_reply(s, cmd->tag,
		   SL("OK ENABLE ignored in non-authenticated state."));
}

static void
run_starttls(struct session *s, const struct imap_command *cmd)
{
	if (session_has_tls(s)) {
		imap_reply(s, cmd->tag, SL("BAD TLS is already active."));
		return;
	}
	if (!session_offers_starttls(s)) {
		imap_reply(s, cmd->tag, SL("BAD TLS is not available here."));
		return;
	}
	imap_reply(s, cmd->tag, SL("OK Begin TLS negotiation now."));
	session_starttls(s);
}

static void
keep_tag(struct session *s, const struct imap_command *cmd, bool by_login)
{
	struct imap_server *server = imap(s);

	server->by_login = by_login;
	memcpy(server->tag, cmd->tag.p, cmd->tag.n);
	server->tag_n = cmd->tag.n;
}

static void
refuse_arguments(struct session *s, const struct imap_command *cmd)
{
	imap_reply(s, cmd->tag, no_such_command);
	session_bad_command(s);
}

static void
run_login(struct session *s, const struct imap_command *cmd)
{
	struct arena *a = session_arena(s);

	if (cmd->arg_count != 2 || !imap_arg_is_astring(&cmd->args[0]) ||
	    !imap_arg_is_astring(&cmd->args[1])) {
		refuse_arguments(s, cmd);
		return;
	}
	keep_tag(s, cmd, true);
	session_login(s, imap_arg_value(&cmd->args[0], a),
		      imap_arg_value(&cmd->args[1], a));
}

/* An initial response is an atom of base64, or "=" (RFC 4959 section 3). */
static void
run_authenticate(struct session *s, const struct imap_command *cmd)
{
	bool has_initial = cmd->arg_count == 2;

	if (cmd->arg_count < 1 || cmd->arg_count > 2 ||
	    cmd->args[0].kind != IMAP_ARG_ATOM ||
	    (has_initial && !imap_arg_is_astring(&cmd->args[1]))) {
		refuse_arguments(s, cmd);
		return;
	}
	keep_tag(s, cmd, false);
	session_sasl_begin(s, cmd->args[0].text, has_initial,
			   has_initial ? cmd->args[1].text :
					 (struct slice){ 0 });
}

static const struct {
	struct slice name;
	void (*run)(struct session *s, const struct imap_command *cmd);
} verbs[] = {
	{ SL("CAPABILITY"), run_capability },	  /* RFC 9051 6.1.1 */
	{ SL("NOOP"), run_noop },		  /* RFC 9051 6.1.2 */
	{ SL("LOGOUT"), run_logout },		  /* RFC 9051 6.1.3 */
	{ SL("STARTTLS"), run_starttls },	  /* RFC 9051 6.2.1 */
	{ SL("AUTHENTICATE"), run_authenticate }, /* RFC 9051 6.2.2 */
	{ SL("LOGIN"), run_login },		  /* RFC 9051 6.2.3 */
	{ SL("ENABLE"), run_enable },		  /* RFC 9051 6.3.1 */
	{ SL("ID"), imap_run_id },		  /* RFC 2971 */
};

static void
run(struct session *s, const struct imap_command *cmd)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (slice_eq_nocase(verbs[i].name, cmd->name)) {
			verbs[i].run(s, cmd);
			return;
		}
	}
	refuse_arguments(s, cmd);
}

/* ---- input ------------------------------------------------------------- */

static size_t
sasl_input(struct session *s, struct slice in)
{
	struct slice line;
	size_t used = 0;

	switch (imap_parse_sasl_line(in, &line, &used)) {
	case IMAP_PARSE_DONE:
		session_sasl_line(s, line);
		return used;
	case IMAP_PARSE_MORE:
		return 0;
	case IMAP_PARSE_LITERAL:
	case IMAP_PARSE_BAD:
	case IMAP_PARSE_TOO_LONG:
		break;
	}
	session_close_saying(s, CLOSE_INPUT_TOO_LONG,
			     SL("Authentication response too large"));
	return 0;
}

static void
refuse(struct session *s, const struct imap_command *cmd)
{
	struct buf text;

	buf_init(&text, 1024);
	BUF_ADD(&text, SL("BAD "), cmd->problem);
	imap_reply(s, cmd->tag, buf_slice(&text));
	buf_free(&text);
	session_bad_command(s);
}

size_t
imap_client_input(struct session *s, struct slice in)
{
	struct imap_server *server = imap(s);
	struct imap_command cmd;
	size_t used = 0;

	if (session_in_sasl(s))
		return sasl_input(s, in);
	for (;;) {
		switch (imap_parse_command(in, server->invited, &cmd, &used)) {
		case IMAP_PARSE_LITERAL:
			/* Some send it without waiting: look again. */
			server->invited = used;
			buf_add(session_out(s), SL("+ OK\r\n"));
			continue;
		case IMAP_PARSE_MORE:
			return 0;
		case IMAP_PARSE_DONE:
			server->invited = 0;
			run(s, &cmd);
			return used;
		case IMAP_PARSE_BAD:
			server->invited = 0;
			refuse(s, &cmd);
			return used;
		case IMAP_PARSE_TOO_LONG:
			session_close_saying(s, CLOSE_INPUT_TOO_LONG,
					     cmd.problem);
			return 0;
		}
	}
}

void
imap_sasl_challenge(struct session *s, struct slice base64)
{
	BUF_ADD(session_out(s), SL("+ "), base64, SL("\r\n"));
}

static void
say_bye(const struct session *s, enum close_reason why, struct slice words,
	struct buf *out)
{
	(void)s;
	(void)why;
	BUF_ADD(out, SL("* BYE "), words, SL("\r\n"));
}

const struct proto imap_proto = {
	.name = "imap",
	.service = "imap-login",
	.bad_commands_bye = "Too many invalid IMAP commands.",
	.max_input = IMAP_MAX_COMMAND,
	.session_state = sizeof(struct imap_server),
	.backend_state = sizeof(struct imap_client),
	.greet = imap_greet,
	.client_input = imap_client_input,
	.sasl_challenge = imap_sasl_challenge,
	.auth_done = imap_auth_done,
	.tls_ready = imap_tls_ready,
	.say_bye = say_bye,
	.backend_connected = imap_backend_connected,
	.backend_input = imap_backend_input,
	.backend_secured = imap_backend_secured,
	.backend_stage = imap_backend_stage,
};
