/* What is said to a backend, and what of its answers is said to the client. */
#include <time.h>

#include "base/clock.h"
#include "core/forward_list.h"
#include "smtp/smtp_private.h"
#include "smtp/smtp_xtext.h"

/* A reply to the client: the backend's words, cut, with address and codes. */
#define MAX_REPLY (SMTP_MAX_REPLY_TEXT + SMTP_MAX_PATH + 64)
/* Octets of XRCPTFORWARD's list: the lookup it becomes at the backend has a line
   of 1024 (spec: dovecot-forwarding.md section 7.3). */
#define MAX_RCPT_VARIABLES 800
/* Added to a SIZE when a Received field is. */
#define RECEIVED_SIZE 1024

/* ---- commands -------------------------------------------------------------- */

static bool
has(const struct smtp_conn *c, enum smtp_cap cap)
{
	return smtp_caps_have(&c->caps, cap);
}

static void
add_param(struct buf *out, struct slice name, struct slice value)
{
	if (value.p != NULL)
		BUF_ADD(out, SL(" "), name, SL("="), value);
}

static bool
adds_received(const struct smtp_conn *c)
{
	switch ((enum received)c->server->conf->received) {
	case RECEIVED_ALWAYS:
		return true;
	case RECEIVED_NEVER:
		return false;
	case RECEIVED_AUTO:
		break;
	}
	return !c->told;
}

void
smtp_write_mail(const struct smtp_conn *c, const struct smtp_mail *mail,
		struct buf *out)
{
	BUF_ADD(out, SL("MAIL FROM:<"), mail->sender, SL(">"));
	if (mail->size > 0 && has(c, SMTP_CAP_SIZE)) {
		buf_add(out, SL(" SIZE="));
		buf_add_u64(out, mail->size +
				 (adds_received(c) ? RECEIVED_SIZE : 0));
	}
	if (has(c, SMTP_CAP_8BITMIME))
		add_param(out, SL("BODY"), mail->body);
	if (mail->utf8 && has(c, SMTP_CAP_SMTPUTF8))
		buf_add(out, SL(" SMTPUTF8"));
	if (has(c, SMTP_CAP_DSN)) {
		add_param(out, SL("RET"), mail->ret);
		add_param(out, SL("ENVID"), mail->envid);
	}
	if (has(c, SMTP_CAP_AUTH))
		add_param(out, SL("AUTH"), mail->auth);
	buf_add(out, SL("\r\n"));
}

/* The variables that fit, in xtext; nothing if there are none. */
static void
add_variables(const struct vars *v, struct buf *out)
{
	struct buf list;
	size_t n = v->n;

	buf_init(&list, MAX_RCPT_VARIABLES);
	while (n > 0 && !forward_list_write(v, n, &list)) {
		buf_clear(&list);
		n--;
	}
	if (n > 0) {
		buf_add(out, SL(" XRCPTFORWARD="));
		smtp_xtext_encode(buf_slice(&list), out);
	}
	buf_free(&list);
}

/* Dovecot's LMTP takes ORCPT without announcing DSN (spec:
   smtp-xclient-xforward.md section 8.2). */
static void
add_orcpt(const struct smtp_conn *c, const struct smtp_rcpt *r, struct buf *out)
{
	bool takes = has(c, SMTP_CAP_DSN) || has(c, SMTP_CAP_XRCPTFORWARD);

	if (!takes)
		return;
	if (r->orcpt.p != NULL) {
		add_param(out, SL("ORCPT"), r->orcpt);
	} else if (!slice_eq(r->address, r->given)) {
		buf_add(out, SL(" ORCPT=rfc822;"));
		smtp_xtext_encode(r->given, out);
	}
}

void
smtp_write_rcpt(const struct smtp_conn *c, const struct smtp_rcpt *r,
		struct buf *out)
{
	BUF_ADD(out, SL("RCPT TO:<"), r->address, SL(">"));
	if (has(c, SMTP_CAP_DSN))
		add_param(out, SL("NOTIFY"), r->notify);
	add_orcpt(c, r, out);
	if (has(c, SMTP_CAP_XRCPTFORWARD) && c->target.send_identity)
		add_variables(&r->variables, out);
	buf_add(out, SL("\r\n"));
}

/* ---- Received --------------------------------------------------------------- */

static void
add_clean(struct slice s, struct buf *out)
{
	static const struct slice odd = SL("()<>\\\"");

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool bad = c <= 0x20 || c >= 0x7f || slice_has(odd, c);

		buf_add_char(out, bad ? '?' : c);
	}
}

static void
add_date(struct buf *out)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri",
					"Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May",
					  "Jun", "Jul", "Aug", "Sep", "Oct",
					  "Nov", "Dec" };
	time_t now = (time_t)(clock_wall_us() / 1000000);
	struct tm tm;

	gmtime_r(&now, &tm);
	buf_addf(out, "%s, %d %s %d %02d:%02d:%02d +0000", days[tm.tm_wday],
		 tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour,
		 tm.tm_min, tm.tm_sec);
}

/* RFC 5321 section 4.4. The recipient is named only if there is but one: the
   others are nobody's business. */
void
smtp_write_received(const struct smtp_conn *c, const struct smtp_mail *mail,
		    struct buf *out)
{
	const struct forward *f = &c->forward;
	char ip[ADDR_IP_TEXT];

	if (!adds_received(c))
		return;
	buf_add(out, SL("Received: from "));
	add_clean(slice_or(f->helo, SL("unknown")), out);
	BUF_ADD(out, SL(" ("), slice_or(f->client_name.n > 0 &&
					f->client_name.p[0] != '[' ?
						f->client_name : SL(""),
					SL("unknown")),
		f->client.family == ADDR_V6 ? SL(" [IPv6:") : SL(" ["),
		slice_of(addr_ip_text(&f->client, ip)),
		SL("])\r\n\tby "), session_hostname(mail->session),
		SL(" (usher) with "), smtp_transport(c->server), SL(" id "));
	add_clean(f->session_id, out);
	if (mail->count == 1) {
		buf_add(out, SL("\r\n\tfor <"));
		add_clean(mail->first->address, out);
		buf_add_char(out, '>');
	}
	buf_add(out, SL(";\r\n\t"));
	add_date(out);
	buf_add(out, SL("\r\n"));
}

/* ---- replies ---------------------------------------------------------------- */

/* LMTP's replies name whom they are about, as Dovecot's do. */
static void
add_rcpt(const struct smtp_mail *mail, const struct smtp_rcpt *r,
	 struct slice text, struct buf *out)
{
	struct buf name;

	if (r == NULL || mail->server->protocol != PROTOCOL_LMTP)
		return;
	buf_init(&name, SMTP_MAX_PATH + 2);
	BUF_ADD(&name, SL("<"), r->given, SL(">"));
	if (!slice_starts(text, buf_slice(&name)))
		BUF_ADD(out, buf_slice(&name), SL(" "));
	buf_free(&name);
}

struct slice
smtp_own_reply(struct smtp_mail *mail, const struct smtp_rcpt *r,
	       struct slice code, struct slice words)
{
	struct buf text;
	struct slice reply;

	buf_init(&text, MAX_REPLY);
	BUF_ADD(&text, code, SL(" "));
	add_rcpt(mail, r, words, &text);
	buf_add(&text, words);
	reply = arena_copy(&mail->arena, buf_slice(&text));
	buf_free(&text);
	return reply;
}

/* What says most where a backend gave no enhanced code (RFC 3463). */
static struct slice
usual_enhanced(const struct smtp_rcpt *r, unsigned code)
{
	bool rcpt = r != NULL && r->at == SMTP_RCPT_ASKED;

	if (code / 100 == 2)
		return rcpt ? SL("2.1.5") : r == NULL ? SL("2.1.0") : SL("2.0.0");
	if (code / 100 == 4)
		return SL("4.0.0");
	return rcpt && code == 550 ? SL("5.1.1") : SL("5.0.0");
}

struct slice
smtp_pass_reply(struct smtp_mail *mail, const struct smtp_rcpt *r,
		const struct smtp_reply *reply)
{
	unsigned code = reply->code == 421 ? 451 : reply->code;
	struct buf front, words;
	struct slice result;

	if (code / 100 == 3)
		return smtp_own_reply(mail, r, SL("451 4.5.0"),
				      SL("Backend answered out of turn"));
	buf_init(&front, 64);
	buf_init(&words, MAX_REPLY);
	buf_addf(&front, "%u ", code);
	buf_add(&front, slice_or(reply->enhanced, usual_enhanced(r, code)));
	smtp_reply_words(reply, &words);
	result = smtp_own_reply(mail, r, buf_slice(&front), buf_slice(&words));
	buf_free(&front);
	buf_free(&words);
	return result;
}
