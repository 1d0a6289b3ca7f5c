/* What a backend's answers, or their want, mean for the message under way. */
#include <utlist.h>

#include "smtp/smtp_conn_private.h"

static const struct slice lost_code = SL("451 4.4.2");

static bool
is_ours(const struct smtp_conn *c, const struct smtp_rcpt *r)
{
	return r->conn == c;
}

/* ---- no more of it ------------------------------------------------------------- */

/* Whoever of its recipients has no answer gets this one. One that was accepted is
   told at the end. */
static void
fail_rcpts(struct smtp_conn *c, struct slice code, struct slice words)
{
	struct smtp_mail *mail = c->mail;

	for (struct smtp_rcpt *r = mail->first; r != NULL; r = r->next) {
		struct slice reply;

		if (!is_ours(c, r))
			continue;
		reply = smtp_own_reply(mail, r, code, words);
		if (r->at == SMTP_RCPT_ASKED)
			smtp_rcpt_refuse(r, reply);
		else if (r->final.n == 0)
			r->final = reply;
		r->conn = NULL;
	}
}

/* The message goes on without this backend. */
static void
leave_in_trouble(struct smtp_conn *c, struct slice code, struct slice words)
{
	struct smtp_mail *mail = c->mail;

	if (mail->reply.n == 0)
		mail->reply = smtp_own_reply(mail, NULL, code, words);
	fail_rcpts(c, code, words);
	c->mail = NULL;
	smtp_conn_close(c);
	smtp_mail_settle(mail);
}

/* The user's own connection: without it the session has no use. */
static void
lose_session(struct smtp_conn *c)
{
	smtp_conn_close(c);
	session_close_saying(c->session, CLOSE_RELAY_SERVER,
			     SL("Backend connection lost"));
}

static void
log_loss(struct smtp_conn *c, const char *why)
{
	struct log log = session_log(c->session);

	LOG(&log, EV_SMTP_BACKEND_LOST, F_TEXT("backend", c->target.name),
	    F_TEXT("what", slice_of(why)));
}

void
smtp_conn_lost(struct smtp_conn *c, const char *why)
{
	struct smtp_mail *mail = c->mail;
	bool users = c->server->user_conn == c;

	if (c->at == SMTP_CONN_GONE)
		return;
	/* One that stood ready may have been let go by the backend just as it
	   was wanted: nothing was done with the message yet. */
	if (mail != NULL && c->used && !c->heard && !users &&
	    c->data == SMTP_DATA_NONE) {
		smtp_conn_reopen(c);
		return;
	}
	if (mail != NULL || users)
		log_loss(c, why);
	if (mail != NULL)
		leave_in_trouble(c, lost_code, slice_of(why));
	if (users)
		lose_session(c);
	else
		smtp_conn_close(c);
}

/* A refusal in the backend's own words, "554 5.7.1 Client host rejected". */
static void
split_words(struct slice words, struct slice *code, struct slice *text)
{
	struct slice rest = words, first, second;

	if (slice_cut_word(&rest, &first) && slice_cut_word(&rest, &second)) {
		size_t n = (size_t)(second.p - words.p) + second.n;

		*code = slice_first(words, n);
		*text = slice_trim(rest);
	}
}

void
smtp_conn_unusable(struct smtp_conn *c, enum verdict_kind kind,
		   struct slice words)
{
	struct smtp_mail *mail = c->mail;
	struct slice code = SL("451 4.4.1"), text = SL("Backend unavailable");
	struct smtp_dead *dead;

	if (kind == VERDICT_BACKEND_CONFIG)
		code = SL("451 4.3.5");
	if (verdict_is_backends(kind))
		split_words(words, &code, &text);
	if (mail == NULL) {
		smtp_conn_close(c);
		return;
	}
	dead = arena_alloc(&mail->arena, sizeof(*dead));
	dead->next = mail->dead;
	dead->code = arena_copy(&mail->arena, code);
	dead->words = arena_copy(&mail->arena, text);
	for (struct smtp_rcpt *r = mail->first; r != NULL; r = r->next) {
		if (is_ours(c, r))
			dead->target = r->target;
	}
	if (dead->target != NULL)
		mail->dead = dead;
	leave_in_trouble(c, dead->code, dead->words);
}

/* ---- answers --------------------------------------------------------------------- */

static void
on_mail(struct smtp_conn *c, const struct smtp_reply *r)
{
	struct smtp_mail *mail = c->mail;
	struct slice reply;

	if (mail == NULL)
		return;
	reply = smtp_pass_reply(mail, NULL, r);
	if (!smtp_is_ok(r->code))
		c->mail_refusal = reply;
	if (mail->reply.n == 0)
		mail->reply = reply;
	smtp_mail_settle(mail);
}

/* What MAIL got, for a recipient. */
static struct slice
mail_refusal_for(struct smtp_conn *c, const struct smtp_rcpt *rcpt)
{
	struct slice code = { 0 }, text = { 0 };

	split_words(c->mail_refusal, &code, &text);
	return smtp_own_reply(c->mail, rcpt, code, text);
}

static void
on_rcpt(struct smtp_conn *c, struct smtp_rcpt *rcpt, const struct smtp_reply *r)
{
	if (c->mail == NULL || rcpt == NULL)
		return;
	if (c->mail_refusal.n > 0) {
		smtp_rcpt_refuse(rcpt, mail_refusal_for(c, rcpt));
	} else if (smtp_is_ok(r->code)) {
		c->accepted++;
		smtp_rcpt_accept(rcpt, smtp_pass_reply(c->mail, rcpt, r));
	} else {
		smtp_rcpt_refuse(rcpt, smtp_pass_reply(c->mail, rcpt, r));
	}
	if (rcpt->at == SMTP_RCPT_REFUSED)
		rcpt->conn = NULL;
	smtp_mail_settle(c->mail);
}

/* The final word on a recipient, or on all of them. */
static void
set_finals(struct smtp_conn *c, struct smtp_rcpt *only,
	   const struct smtp_reply *reply)
{
	struct smtp_rcpt *r = only != NULL ? only : c->mail->first;

	for (; r != NULL; r = only != NULL ? NULL : r->next) {
		if (is_ours(c, r) && r->at == SMTP_RCPT_ACCEPTED &&
		    r->final.n == 0)
			r->final = smtp_pass_reply(c->mail, r, reply);
	}
}

static void
on_data(struct smtp_conn *c, const struct smtp_reply *r)
{
	struct smtp_mail *mail = c->mail;

	if (mail == NULL)
		return;
	if (r->code == 354) {
		c->data = SMTP_DATA_FLOWS;
	} else {
		c->data = SMTP_DATA_NONE;
		set_finals(c, NULL, r);
		smtp_conn_leave(c);
	}
	smtp_data_go_on(mail);
}

static void
on_end(struct smtp_conn *c, struct smtp_rcpt *rcpt, const struct smtp_reply *r)
{
	struct smtp_mail *mail = c->mail;

	if (mail == NULL)
		return;
	set_finals(c, smtp_conn_is_lmtp(c) ? rcpt : NULL, r);
	if (c->steps == NULL) {
		c->data = SMTP_DATA_NONE;
		c->mail = NULL;
		c->used = true;
		smtp_conn_watch(c);
	}
	smtp_data_go_on(mail);
}

static void
on_xforward(struct smtp_conn *c, const struct smtp_reply *r)
{
	if (smtp_is_ok(r->code))
		return;
	if (c->target.smtp_identity == SMTP_IDENTITY_XFORWARD)
		smtp_conn_lost(c, "XFORWARD refused");
	else
		log_loss(c, "XFORWARD refused");
}

static void
on_step(struct smtp_conn *c, const struct smtp_reply *r)
{
	struct smtp_step step = *c->steps;

	if (step.extra > 0) {
		c->steps->extra--;
		on_xforward(c, r);
		return;
	}
	smtp_conn_pop(c);
	switch (step.kind) {
	case SMTP_STEP_MAIL:
		on_mail(c, r);
		return;
	case SMTP_STEP_RCPT:
		on_rcpt(c, step.rcpt, r);
		return;
	case SMTP_STEP_DATA:
		on_data(c, r);
		return;
	case SMTP_STEP_END:
		on_end(c, step.rcpt, r);
		return;
	case SMTP_STEP_RSET:
	case SMTP_STEP_NOOP:
		return;
	}
}

/* Nobody asked; in the middle of a message it is the backend's last word on it. */
static void
on_unasked(struct smtp_conn *c, const struct smtp_reply *r)
{
	if (c->mail != NULL && c->data == SMTP_DATA_FLOWS && r->code >= 400)
		set_finals(c, NULL, r);
	smtp_conn_lost(c, r->code == 421 ? "Backend is closing" :
					   "Backend said what nobody asked");
}

/* 421 answers the oldest command, and goes for all others. */
static void
on_reply(struct smtp_conn *c, const struct smtp_reply *r)
{
	if (c->steps == NULL || !c->steps->sent) {
		on_unasked(c, r);
		return;
	}
	c->heard = true;
	on_step(c, r);
	if (r->code == 421 && c->at == SMTP_CONN_OPEN)
		smtp_conn_lost(c, "Backend is closing");
}

size_t
smtp_conn_input(struct smtp_conn *c, struct slice in)
{
	struct smtp_reply r;
	size_t used = 0;

	switch (smtp_reply_read(in, &r, &used)) {
	case SMTP_REPLY_DONE:
		on_reply(c, &r);
		return used;
	case SMTP_REPLY_MORE:
		return 0;
	case SMTP_REPLY_BROKEN:
		break;
	}
	smtp_conn_lost(c, "Backend does not speak SMTP");
	return 0;
}

/* ---- for the message --------------------------------------------------------------- */

void
smtp_conn_join(struct smtp_conn *c, struct smtp_mail *mail)
{
	c->mail = mail;
	c->heard = false;
	c->accepted = 0;
	c->data = SMTP_DATA_NONE;
	c->mail_refusal = (struct slice){ 0 };
	if (c->xforward)
		smtp_forward_now(c->server, &c->forward);
	smtp_conn_push(c, SMTP_STEP_MAIL, NULL);
}

void
smtp_conn_leave(struct smtp_conn *c)
{
	c->mail = NULL;
	smtp_conn_forget_steps(c);
	if (c->at != SMTP_CONN_OPEN) {
		smtp_conn_close(c);
	} else if (c->data != SMTP_DATA_NONE) {
		smtp_conn_abort(c);
	} else {
		c->used = true;
		smtp_conn_push(c, SMTP_STEP_RSET, NULL);
	}
}

void
smtp_conn_ask_rcpt(struct smtp_conn *c, struct smtp_rcpt *r)
{
	smtp_conn_push(c, SMTP_STEP_RCPT, r);
}

void
smtp_conn_ask_data(struct smtp_conn *c)
{
	c->data = SMTP_DATA_ASKED;
	smtp_conn_push(c, SMTP_STEP_DATA, NULL);
}

void
smtp_conn_noop(struct smtp_conn *c)
{
	smtp_conn_push(c, SMTP_STEP_NOOP, NULL);
}

void
smtp_conn_end_data(struct smtp_conn *c)
{
	c->data = SMTP_DATA_SENT;
	if (!smtp_conn_is_lmtp(c)) {
		smtp_conn_push(c, SMTP_STEP_END, NULL);
		return;
	}
	for (struct smtp_rcpt *r = c->mail->first; r != NULL; r = r->next) {
		if (is_ours(c, r) && r->at == SMTP_RCPT_ACCEPTED)
			smtp_conn_push(c, SMTP_STEP_END, r);
	}
}

/* A message without an end is no message: the backend forgets it. */
void
smtp_conn_abort(struct smtp_conn *c)
{
	c->mail = NULL;
	smtp_conn_forget_steps(c);
	smtp_conn_close(c);
}
