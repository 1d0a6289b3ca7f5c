/* The message under way: who it is from and for, and the answers to MAIL and RCPT,
   which leave in the order of the commands though they come as backends have
   them. */
#include <utlist.h>

#include "base/mem.h"
#include "smtp/smtp_private.h"

struct smtp_mail *
smtp_mail_make(struct session *s)
{
	struct smtp_mail *mail = mem_zalloc(sizeof(*mail));

	mail->session = s;
	mail->server = smtp_server_of(s);
	mail->end = &mail->first;
	return mail;
}

void
smtp_mail_free(struct smtp_mail **mail_at)
{
	struct smtp_mail *mail = *mail_at;
	struct smtp_conn *c;

	if (mail == NULL)
		return;
	DL_FOREACH(mail->server->conns, c) {
		if (c->mail == mail)
			smtp_conn_leave(c);
	}
	for (struct smtp_rcpt *r = mail->first; r != NULL; r = r->next)
		smtp_rcpt_forget(r);
	arena_free(&mail->arena);
	free(mail);
	*mail_at = NULL;
}

bool
smtp_mail_is_pending(const struct smtp_mail *mail)
{
	return mail->at == SMTP_MAIL_ENVELOPE &&
	       (mail->reply.n == 0 || mail->pending > 0);
}

static bool
is_answered(const struct smtp_rcpt *r)
{
	return r->at == SMTP_RCPT_ACCEPTED || r->at == SMTP_RCPT_REFUSED;
}

/* Says what the client may hear now. */
static void
say_answers(struct smtp_mail *mail)
{
	struct smtp_rcpt *r;

	if (mail->reply.n == 0)
		return;
	if (!mail->said)
		smtp_say(mail->session, mail->reply);
	mail->said = true;
	for (r = mail->unsaid; r != NULL && is_answered(r); r = r->next)
		smtp_say(mail->session, r->reply);
	mail->unsaid = r;
}

void
smtp_mail_settle(struct smtp_mail *mail)
{
	if (mail->at != SMTP_MAIL_ENVELOPE) {
		smtp_data_go_on(mail);
		return;
	}
	say_answers(mail);
	session_resume(mail->session);
}
