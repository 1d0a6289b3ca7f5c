/* What the log says of a session, in Dovecot's words (spec:
   dovecot-login-proxy.md section 12). */
#include "base/clock.h"
#include "core/session_private.h"

static void
add_context(const void *arg, struct log_context *out)
{
	const struct session *s = arg;
	bool tls = session_has_tls(s);

	log_context_add(out, (struct log_field)F_NAMED("user", s->user));
	log_context_add(out, (struct log_field)F_TEXT("method", s->method));
	log_context_add(out, (struct log_field)F_IP("rip", &s->remote));
	log_context_add(out, (struct log_field)F_IP("lip", &s->local));
	if (!addr_same_ip(&s->remote, &s->real_remote))
		log_context_add(out, (struct log_field)F_IP("real_rip",
							    &s->real_remote));
	log_context_add(out, (struct log_field)F_FLAG(
				     "secured", tls ? SL("TLS") :
						s->trusted ? SL("secured") :
							     SL("")));
	log_context_add(out,
			(struct log_field)F_NAMED("session", s->session_id));
}

struct log
session_log(const struct session *s)
{
	return (struct log){ .service = s->listener->proto->service,
			     .context = add_context, .arg = s };
}

void
session_log_login(struct session *s)
{
	const struct login *l = s->login;
	const struct target *t = &l->finder.target;
	struct log log = session_log(s);
	uint64_t took = (uint64_t)(clock_now_ms() - l->asked_ms);
	bool renamed = !slice_eq(t->identity.user, s->user);

	LOG(&log, EV_SESSION_LOGIN,
	    F_TEXT("tls", slice_of(tls_version(&s->client))));
	LOG(&log, EV_PROXY_STARTED, F_TEXT("name", s->user),
	    F_ADDR("to", &s->server_addr), F_TEXT("host", t->host),
	    F_TEXT("backend", t->name),
	    F_TEXT("destuser", renamed ? t->identity.user : SL("")),
	    F_TEXT("master", t->identity.master), F_MS("took", took),
	    F_COUNT("reconnects", backend_reconnects(l->backend)));
}

static void
log_relay_end(struct session *s, const char *trouble)
{
	struct log log = session_log(s);
	const struct relay *r = &s->relay;
	int64_t idle = (clock_now_ms() - r->active_ms) / 1000;
	bool by_client = s->why == CLOSE_RELAY_CLIENT ||
			 s->why == CLOSE_CLIENT_QUIT ||
			 s->why == CLOSE_CLIENT_GONE ||
			 s->why == CLOSE_CLIENT_BROKEN;
	bool by_server = s->why == CLOSE_RELAY_SERVER;
	const char *why = by_client || by_server ?
				  trouble :
				  close_reason_row((enum close_reason)s->why)
					  ->text;

	LOG(&log, EV_PROXY_ENDED, F_TEXT("name", s->user),
	    F_ADDR("to", &s->server_addr), F_TEXT("backend", s->backend_name),
	    F_TEXT("side", by_client ? SL("client") :
			   by_server ? SL("server") :
				       SL("proxy")),
	    F_TEXT("why", slice_of(why)), F_COUNT("idle", (uint64_t)idle),
	    F_COUNT("in", s->login_octets + r->up.octets),
	    F_COUNT("out", r->down.octets));
}

/* "auth failed, 2 attempts in 5 secs": what fail2ban looks for. */
static void
describe_attempts(const struct session *s, struct buf *out)
{
	const struct login *l = s->login;
	unsigned long long secs =
		(unsigned long long)(clock_now_ms() - s->opened_ms) / 1000;

	if (l->attempts == 0 && l->successes == 0)
		buf_addf(out, "no auth attempts in %llu secs", secs);
	else if (l->attempts == 0)
		buf_addf(out, "internal failure, %u successful auths",
			 l->successes);
	else if (l->last == VERDICT_CLEARTEXT_REFUSED)
		buf_addf(out, "tried to use disallowed plaintext auth");
	else if (l->last == VERDICT_BACKEND_DENIED)
		buf_addf(out, "proxy dest auth failed");
	else
		buf_addf(out, "auth failed, %u attempts in %llu secs",
			 l->attempts, secs);
}

void
session_log_end(struct session *s, const char *trouble)
{
	struct log log = session_log(s);
	struct buf attempts;

	if (s->presence.serial != 0) {
		log_relay_end(s, trouble);
		return;
	}
	if (!log_wants(EV_SESSION_ENDED))
		return;
	buf_init(&attempts, 256);
	if (s->listener->proto->auth_done != NULL)
		describe_attempts(s, &attempts);
	LOG(&log, EV_SESSION_ENDED,
	    F_TEXT("why",
		   slice_of(close_reason_row((enum close_reason)s->why)->text)),
	    F_TEXT("attempts", buf_slice(&attempts)));
	buf_free(&attempts);
}
