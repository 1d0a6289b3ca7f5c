/* The content of a message: to all backends at once, at the pace of the slowest,
   and kept by none of us (spec: smtp-proxying.md sections 10 and 11). */
#include <utlist.h>

#include "smtp/smtp_private.h"

/* Octets of a message that is refused which are still read, so that the client
   hears why; one that goes on longer is hung up on. */
#define MAX_SWALLOW (64u << 20)

/* ---- its backends -------------------------------------------------------------- */

/* Calls each for the connections that the message goes to, as long as they are
   in this state. */
static void
each_conn(struct smtp_mail *mail, enum smtp_data_at data,
	  void (*each)(struct smtp_conn *c))
{
	struct smtp_conn *c, *next;

	DL_FOREACH_SAFE(mail->server->conns, c, next) {
		if (c->mail == mail && c->data == data)
			each(c);
	}
}

static bool
any_conn(const struct smtp_mail *mail, enum smtp_data_at data)
{
	const struct smtp_conn *c;

	DL_FOREACH(mail->server->conns, c) {
		if (c->mail == mail && c->data == data)
			return true;
	}
	return false;
}

static bool
any_full(const struct smtp_mail *mail)
{
	const struct smtp_conn *c;

	DL_FOREACH(mail->server->conns, c) {
		if (c->mail == mail && smtp_conn_is_full(c))
			return true;
	}
	return false;
}

static void
write_all(struct smtp_mail *mail, struct slice piece)
{
	struct smtp_conn *c, *next;

	DL_FOREACH_SAFE(mail->server->conns, c, next) {
		if (c->mail == mail && c->data == SMTP_DATA_FLOWS)
			smtp_conn_write(c, piece);
	}
}

/* ---- the end ------------------------------------------------------------------- */

static void
log_final(const struct smtp_rcpt *r)
{
	struct log log = session_log(r->mail->session);
	char class = r->final.p[0];

	LOG(&log, EV_SMTP_RCPT, F_NAMED("to", r->given),
	    F_TEXT("how", class == '2' ? SL("Sent") :
			  class == '4' ? SL("Deferred") :
					 SL("Refused")),
	    F_NAMED("from", r->mail->sender), F_TEXT("reply", r->final),
	    F_TEXT("backend", r->target->name),
	    F_COUNT("size", r->mail->content.octets));
}

/* The message is over. Submission has no use without the user's server. */
static void
finish(struct smtp_mail *mail)
{
	struct smtp_server *server = mail->server;
	struct session *s = mail->session;

	session_expect_bulk(s, false);
	smtp_mail_free(&server->mail);
	smtp_forget_xforward(server);
	if (server->protocol == PROTOCOL_SUBMISSION && server->user_conn == NULL)
		session_close_saying(s, CLOSE_RELAY_SERVER,
				     SL("Backend connection closed"));
	else
		session_resume(s);
}

/* Of several answers the one that loses nothing: try again, else no, else yes. */
static struct slice
worst_final(const struct smtp_mail *mail)
{
	struct slice worst = { 0 };

	for (const struct smtp_rcpt *r = mail->first; r != NULL; r = r->next) {
		if (r->at != SMTP_RCPT_ACCEPTED)
			continue;
		if (worst.n == 0 || r->final.p[0] == '4' ||
		    (r->final.p[0] == '5' && worst.p[0] == '2'))
			worst = r->final;
	}
	return worst;
}

static bool
all_final(const struct smtp_mail *mail)
{
	for (const struct smtp_rcpt *r = mail->first; r != NULL; r = r->next) {
		if (r->at == SMTP_RCPT_ACCEPTED && r->final.n == 0)
			return false;
	}
	return true;
}

/* LMTP: an answer for each recipient that was accepted, in order (RFC 2033 section
   4.2), as soon as it is known. True once all were given. */
static bool
say_finals_in_order(struct smtp_mail *mail)
{
	struct smtp_rcpt *r;

	for (r = mail->unsaid; r != NULL; r = r->next) {
		if (r->at != SMTP_RCPT_ACCEPTED)
			continue;
		if (r->final.n == 0)
			break;
		smtp_say(mail->session, r->final);
		log_final(r);
	}
	mail->unsaid = r;
	return r == NULL;
}

/* One answer for all. */
static bool
say_one_final(struct smtp_mail *mail)
{
	if (!all_final(mail))
		return false;
	smtp_say(mail->session, worst_final(mail));
	for (const struct smtp_rcpt *r = mail->first; r != NULL; r = r->next) {
		if (r->at == SMTP_RCPT_ACCEPTED)
			log_final(r);
	}
	return true;
}

static void
say_finals(struct smtp_mail *mail)
{
	bool lmtp = mail->server->protocol == PROTOCOL_LMTP;

	if (lmtp ? say_finals_in_order(mail) : say_one_final(mail))
		finish(mail);
	else
		session_resume(mail->session);
}

/* ---- refusing ------------------------------------------------------------------ */

/* Nobody gets it: backends see no end of data. What the client still sends is
   passed over, and then it hears why. */
static void
refuse(struct smtp_mail *mail, struct slice code, struct slice words)
{
	struct log log = session_log(mail->session);

	each_conn(mail, SMTP_DATA_FLOWS, smtp_conn_abort);
	mail->at = SMTP_MAIL_REFUSED;
	mail->refusal = smtp_own_reply(mail, NULL, code, words);
	for (struct smtp_rcpt *r = mail->first; r != NULL; r = r->next) {
		r->conn = NULL;
		if (r->at == SMTP_RCPT_ACCEPTED)
			r->final = smtp_own_reply(mail, r, code, words);
	}
	smtp_content_forgive(&mail->content);
	LOG(&log, EV_SMTP_REFUSED, F_TEXT("reply", mail->refusal),
	    F_NAMED("from", mail->sender));
}

static void
refuse_bare(struct smtp_mail *mail, struct slice what)
{
	struct slice host = session_hostname(mail->session);

	refuse(mail, SL("550 5.5.2"),
	       arena_printf(&mail->arena, "%.*s Error: bare <%.*s> received",
			    SL_FMT(host), SL_FMT(what)));
}

static void
check_limits(struct smtp_mail *mail)
{
	const struct smtp_content *c = &mail->content;
	uint64_t max = smtp_max_size(mail->session);

	if (mail->at != SMTP_MAIL_CONTENT)
		return;
	if (max > 0 && c->octets > max)
		refuse(mail, SL("552 5.3.4"),
		       SL("Message size exceeds fixed limit"));
	else if (c->hops > mail->server->conf->hop_limit)
		refuse(mail, SL("554 5.4.6"), SL("Too many hops"));
}

/* ---- beginning ----------------------------------------------------------------- */

static void
ask_or_leave(struct smtp_conn *c)
{
	if (c->accepted > 0)
		smtp_conn_ask_data(c);
	else
		smtp_conn_leave(c);
}

void
smtp_data_begin(struct smtp_mail *mail, bool chunked)
{
	bool strict = mail->server->conf->bare_newline == BARE_NEWLINE_REJECT;

	mail->at = SMTP_MAIL_ASKED;
	mail->chunked = chunked;
	mail->unsaid = mail->first;
	smtp_content_begin(&mail->content, chunked, strict);
	each_conn(mail, SMTP_DATA_NONE, ask_or_leave);
	session_hold(mail->session);
	smtp_data_go_on(mail);
}

static void
put_received(struct smtp_conn *c)
{
	struct buf text;

	buf_init(&text, 4 * 1024);
	smtp_write_received(c, c->mail, &text);
	if (text.n > 0)
		smtp_conn_write(c, buf_slice(&text));
	buf_free(&text);
}

static void end_chunk(struct session *s);

/* A chunk of no octets is at its end already. */
static void
go_on_reading(struct smtp_mail *mail)
{
	const struct smtp_server *server = mail->server;

	if (server->chunk_open && server->chunk_left == 0)
		end_chunk(mail->session);
	else
		session_resume(mail->session);
}

/* No backend takes it. To DATA that is said at once, in one line; a chunk has to
   be read first. */
static void
nobody_takes_it(struct smtp_mail *mail)
{
	struct slice reply = worst_final(mail);

	if (!mail->chunked) {
		smtp_say(mail->session, reply);
		finish(mail);
		return;
	}
	mail->at = SMTP_MAIL_REFUSED;
	mail->refusal = reply;
	go_on_reading(mail);
}

static void
let_it_flow(struct smtp_mail *mail)
{
	mail->at = SMTP_MAIL_CONTENT;
	each_conn(mail, SMTP_DATA_FLOWS, put_received);
	if (!mail->chunked)
		smtp_say(mail->session,
			 SL("354 End data with <CR><LF>.<CR><LF>"));
	session_expect_bulk(mail->session, true);
	go_on_reading(mail);
}

void
smtp_data_go_on(struct smtp_mail *mail)
{
	switch (mail->at) {
	case SMTP_MAIL_ENVELOPE:
	case SMTP_MAIL_REFUSED:
		return;
	case SMTP_MAIL_ASKED:
		if (any_conn(mail, SMTP_DATA_ASKED))
			return;
		if (any_conn(mail, SMTP_DATA_FLOWS))
			let_it_flow(mail);
		else
			nobody_takes_it(mail);
		return;
	case SMTP_MAIL_CONTENT:
		if (!any_full(mail))
			session_resume(mail->session);
		return;
	case SMTP_MAIL_ENDING:
		say_finals(mail);
		return;
	}
}

/* ---- the content ----------------------------------------------------------------- */

/* The client's last octet is here. */
static void
end_content(struct smtp_mail *mail)
{
	struct slice end;

	session_expect_bulk(mail->session, false);
	if (mail->at == SMTP_MAIL_CONTENT &&
	    !smtp_content_finish(&mail->content, &end))
		refuse_bare(mail, SL("CR"));
	if (mail->at == SMTP_MAIL_CONTENT) {
		write_all(mail, end);
		each_conn(mail, SMTP_DATA_FLOWS, smtp_conn_end_data);
	}
	mail->at = SMTP_MAIL_ENDING;
	session_hold(mail->session);
	say_finals(mail);
}

/* Takes content off the front of in; *end_out says if it ended there. */
static size_t
take_content(struct smtp_mail *mail, struct slice in, bool *end_out)
{
	size_t done = 0;

	while (!*end_out) {
		struct slice piece;
		size_t used = 0;

		switch (smtp_content_next(&mail->content, slice_skip(in, done),
					  &piece, &used)) {
		case SMTP_CONTENT_PIECE:
			if (mail->at == SMTP_MAIL_CONTENT && piece.n > 0)
				write_all(mail, piece);
			check_limits(mail);
			break;
		case SMTP_CONTENT_MORE:
			return done;
		case SMTP_CONTENT_END:
			*end_out = true;
			break;
		case SMTP_CONTENT_BARE_LF:
			refuse_bare(mail, SL("LF"));
			break;
		case SMTP_CONTENT_BARE_CR:
			refuse_bare(mail, SL("CR"));
			break;
		}
		done += used;
	}
	return done;
}

/* True if the client goes on and on with a message that nobody gets. */
static bool
is_too_much(const struct smtp_mail *mail)
{
	uint64_t max = smtp_max_size(mail->session);

	return mail->at == SMTP_MAIL_REFUSED &&
	       mail->content.octets > max &&
	       mail->content.octets - max > MAX_SWALLOW;
}

static size_t
data_input(struct smtp_mail *mail, struct slice in)
{
	struct session *s = mail->session;
	bool end = false;
	size_t done = take_content(mail, in, &end);

	if (is_too_much(mail))
		session_close(s, CLOSE_INPUT_TOO_LONG);
	else if (end)
		end_content(mail);
	else if (any_full(mail))
		session_hold(s);
	return done;
}

/* ---- chunks ---------------------------------------------------------------------- */

/* The last chunk of a message that failed before: LMTP has an answer for each
   recipient there, too. */
static void
end_failed(struct smtp_mail *mail)
{
	for (struct smtp_rcpt *r = mail->first; r != NULL; r = r->next) {
		if (r->at == SMTP_RCPT_ACCEPTED)
			r->final = smtp_own_reply(mail, r, SL("503 5.5.1"),
						  SL("Previous chunk failed"));
	}
	end_content(mail);
}

/* RFC 3030 section 2: the answer to a chunk. */
static void
end_chunk(struct session *s)
{
	struct smtp_server *server = smtp_server_of(s);
	struct smtp_mail *mail = server->mail;
	char text[64];

	server->chunk_open = false;
	if (server->chunk_reply.n > 0 && server->chunk_last && mail != NULL &&
	    mail->accepted > 0 && server->protocol == PROTOCOL_LMTP) {
		server->chunk_reply = (struct slice){ 0 };
		end_failed(mail);
	} else if (server->chunk_reply.n > 0) {
		smtp_say(s, server->chunk_reply);
		server->chunk_reply = (struct slice){ 0 };
	} else if (mail == NULL) {
		return;	/* LMTP: nobody was accepted, nobody is answered */
	} else if (server->chunk_last) {
		end_content(mail);
	} else if (mail->at == SMTP_MAIL_REFUSED) {
		smtp_say(s, mail->refusal);
	} else {
		snprintf(text, sizeof(text), "250 2.0.0 %llu octets",
			 (unsigned long long)server->chunk_octets);
		smtp_say(s, slice_of(text));
	}
}

static size_t
chunk_input(struct session *s, struct slice in)
{
	struct smtp_server *server = smtp_server_of(s);
	struct smtp_mail *mail = server->mail;
	size_t done = in.n;
	bool end = false;

	if (in.n > server->chunk_left)
		done = (size_t)server->chunk_left;
	in = slice_first(in, done);
	if (server->chunk_reply.n == 0 && mail != NULL)
		done = take_content(mail, in, &end);
	server->chunk_left -= done;
	if (mail != NULL && is_too_much(mail))
		session_close(s, CLOSE_INPUT_TOO_LONG);
	else if (server->chunk_left == 0)
		end_chunk(s);
	else if (mail != NULL && any_full(mail))
		session_hold(s);
	return done;
}

/* What stands against taking a chunk; empty: nothing. */
static struct slice
objection(const struct smtp_server *server)
{
	const struct smtp_mail *mail = server->mail;

	if (!smtp_offers(server, SL("CHUNKING")))
		return SL("502 5.5.1 BDAT is not supported here");
	if (mail == NULL)
		return SL("503 5.5.1 MAIL and RCPT come first");
	if (mail->at == SMTP_MAIL_REFUSED)
		return SL("503 5.5.1 Previous chunk failed, RSET needed");
	if (mail->accepted == 0 && server->protocol != PROTOCOL_LMTP)
		return SL("554 5.5.1 No valid recipients");
	return (struct slice){ 0 };
}

/* The octets have to be read whatever becomes of them. */
void
smtp_data_chunk(struct session *s, uint64_t octets, bool last)
{
	struct smtp_server *server = smtp_server_of(s);
	struct smtp_mail *mail = server->mail;

	server->chunk_left = server->chunk_octets = octets;
	server->chunk_open = true;
	server->chunk_last = last;
	server->chunk_reply = objection(server);
	/* RFC 2033 section 4.2: an answer for each recipient, and there is
	   none. */
	if (server->chunk_reply.n == 0 && mail->accepted == 0) {
		if (!last || octets == 0)
			server->chunk_reply =
				SL("503 5.5.1 No valid recipients");
		smtp_mail_free(&server->mail);
	} else if (server->chunk_reply.n == 0 &&
		   mail->at == SMTP_MAIL_ENVELOPE) {
		smtp_data_begin(mail, true);
	}
	if (octets == 0 && server->chunk_open && !session_is_held(s))
		end_chunk(s);
}

bool
smtp_data_is_next(const struct smtp_server *server)
{
	const struct smtp_mail *mail = server->mail;

	if (server->chunk_left > 0)
		return true;
	return mail != NULL && !mail->chunked &&
	       (mail->at == SMTP_MAIL_CONTENT || mail->at == SMTP_MAIL_REFUSED);
}

size_t
smtp_data_input(struct session *s, struct slice in)
{
	struct smtp_server *server = smtp_server_of(s);

	if (server->chunk_left > 0)
		return chunk_input(s, in);
	return data_input(server->mail, in);
}
