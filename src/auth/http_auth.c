#include "auth/http_auth.h"

#include "base/base64.h"

/* No delay that a server asks for is longer. */
#define MAX_WAIT_MS (60 * 1000)
/* What nginx reads of a reply, and no more. */
#define NGINX_MAX_REPLY 1024
/* A refused token's words, decoded. */
#define MAX_TOKEN_ERROR 4096

/* ---- the request ------------------------------------------------------- */

bool
http_auth_escape(struct slice s, struct buf *out)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c == '%') {
			buf_add_char(out, '%');
			buf_add_char(out, hex[c >> 4]);
			buf_add_char(out, hex[c & 15]);
		} else {
			buf_add_char(out, (char)c);
		}
	}
	return buf_ok(out);
}

static bool
is_clean(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return false;
	}
	return true;
}

/* A value with a control character in it would be another header (nginx had that:
   CVE-2026-28753): the header is left out. */
static void
add(struct buf *out, struct slice name, struct slice value)
{
	if (is_clean(value))
		BUF_ADD(out, name, SL(": "), value, SL("\r\n"));
}

static void
add_if(struct buf *out, struct slice name, struct slice value)
{
	if (value.n > 0)
		add(out, name, value);
}

static void
add_escaped(struct buf *out, struct slice name, struct slice value)
{
	BUF_ADD(out, name, SL(": "));
	http_auth_escape(value, out);
	buf_add(out, SL("\r\n"));
}

static void
add_number(struct buf *out, struct slice name, uint64_t n)
{
	BUF_ADD(out, name, SL(": "));
	buf_add_u64(out, n);
	buf_add(out, SL("\r\n"));
}

/* What nginx calls the way a client proves itself. */
static struct slice
method_of(const struct auth_request *r)
{
	const struct mechanism *m = mechanism_find(r->mechanism);

	if (r->lookup_only || m == NULL)
		return SL("none");
	switch (m->kind) {
	case MECHANISM_CRAM:
		return SL("cram-md5");
	case MECHANISM_CERTIFICATE:
		return SL("external");
	case MECHANISM_TOKEN:
		return slice_eq(m->name, SL("XOAUTH2")) ? SL("xoauth2") :
							  SL("oauthbearer");
	case MECHANISM_PASSWORD:
	case MECHANISM_SCRAM:
	case MECHANISM_OTHER:
		break;
	}
	return SL("plain");
}

/* A certificate's owner may say a name; nginx hands on that. */
static struct slice
user_of(const struct auth_request *r)
{
	if (r->lookup_only)
		return SL("");
	if (r->proof == AUTH_PROOF_CERTIFICATE && r->authzid.n > 0)
		return r->authzid;
	return r->user;
}

static struct slice
pass_of(const struct auth_request *r)
{
	if (r->lookup_only)
		return SL("");
	return r->proof == AUTH_PROOF_EXCHANGE ? r->response : r->password;
}

static bool
is_smtp(const struct auth_request *r)
{
	return !slice_eq(r->service, SL("imap")) &&
	       !slice_eq(r->service, SL("pop3"));
}

static void
add_haproxy(struct buf *out, const struct auth_request *r)
{
	char text[ADDR_IP_TEXT];

	if (r->haproxy_source.family == ADDR_NONE)
		return;
	add(out, SL("Proxy-Protocol-Addr"),
	    slice_of(addr_ip_text(&r->haproxy_source, text)));
	add_number(out, SL("Proxy-Protocol-Port"), r->haproxy_source.port);
	add(out, SL("Proxy-Protocol-Server-Addr"),
	    slice_of(addr_ip_text(&r->haproxy_destination, text)));
	add_number(out, SL("Proxy-Protocol-Server-Port"),
		   r->haproxy_destination.port);
}

/* Whole commands; of a delivery that has none there is the recipient. */
static void
add_smtp(struct buf *out, const struct auth_request *r, struct arena *a)
{
	struct slice to = r->smtp_to;

	if (!r->lookup_only)
		return;
	if (to.n == 0)
		to = arena_printf(a, "RCPT TO:<%.*s>", SL_FMT(r->user));
	add(out, SL("Auth-SMTP-Helo"), r->smtp_helo);
	add(out, SL("Auth-SMTP-From"), r->smtp_from);
	add(out, SL("Auth-SMTP-To"), to);
}

static void
add_tls(const struct auth_conf *conf, const struct auth_request *r,
	struct buf *out)
{
	const struct auth_tls *t = &r->tls;

	if (!t->on)
		return;
	add(out, SL("Auth-SSL"), SL("on"));
	add_if(out, SL("Auth-SSL-Protocol"), t->version);
	add_if(out, SL("Auth-SSL-Cipher"), t->cipher);
	add_if(out, SL("Auth-SSL-Verify"), t->verify);
	add_if(out, SL("Auth-SSL-Subject"), t->subject);
	add_if(out, SL("Auth-SSL-Issuer"), t->issuer);
	add_if(out, SL("Auth-SSL-Serial"), t->serial);
	add_if(out, SL("Auth-SSL-Fingerprint"), t->fingerprint);
	if (conf->pass_client_cert && t->pem.n > 0)
		add_escaped(out, SL("Auth-SSL-Cert"), t->pem);
}

/* What nginx does not say, behind all that it does. */
static void
add_more(struct buf *out, const struct auth_request *r)
{
	char text[ADDR_IP_TEXT];

	add_if(out, SL("Auth-Mechanism"), r->mechanism);
	add_if(out, SL("Auth-Session"), r->session);
	add_if(out, SL("Auth-SSL-Server-Name"), r->local_name);
	if (r->local.family == ADDR_NONE)
		return;
	add(out, SL("Auth-Local-IP"),
	    slice_of(addr_ip_text(&r->local, text)));
	add_number(out, SL("Auth-Local-Port"), r->local.port);
}

static void
add_configured(const struct auth_conf *conf, struct buf *out)
{
	for (size_t i = 0; i < conf->headers.n; i++)
		add(out, conf->headers.v[i].name, conf->headers.v[i].value);
}

/* In nginx's order (section 3). */
static void
add_facts(const struct auth_request *r, struct buf *out)
{
	char text[ADDR_IP_TEXT];
	struct slice method = method_of(r);

	add(out, SL("Auth-Method"), method);
	add_escaped(out, SL("Auth-User"), user_of(r));
	add_escaped(out, SL("Auth-Pass"), pass_of(r));
	if (r->salt.n > 0)
		add(out, SL("Auth-Salt"), r->salt);
	add(out, SL("Auth-Protocol"), is_smtp(r) ? SL("smtp") : r->service);
	add_number(out, SL("Auth-Login-Attempt"),
		   r->attempt > 0 ? r->attempt : 1);
	add(out, SL("Client-IP"), slice_of(addr_ip_text(&r->remote, text)));
	if (is_smtp(r))
		add_if(out, SL("Client-Host"),
		       is_clean(r->client_host) ? r->client_host :
						  SL("[UNAVAILABLE]"));
}

bool
http_auth_write_headers(const struct auth_conf *conf,
			const struct auth_request *r, struct slice host,
			struct buf *out)
{
	struct arena a = { 0 };

	add(out, SL("Host"), host);
	add_facts(r, out);
	add_haproxy(out, r);
	add_smtp(out, r, &a);
	add_tls(conf, r, out);
	add_configured(conf, out);
	if (!conf->nginx_compat)
		add_more(out, r);
	arena_free(&a);
	return buf_ok(out);
}

/* ---- the reply --------------------------------------------------------- */

/* The headers that mean something; the last of a name counts. */
struct reply {
	struct slice status, server, port, user, pass, wait, code, tag, sasl;
	bool has_status, has_pass;
};

static bool
is_name(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '-'))
			return false;
	}
	return s.n > 0;
}

static struct slice
trim_blanks(struct slice s)
{
	while (s.n > 0 && s.p[0] == ' ')
		s = slice_skip(s, 1);
	while (s.n > 0 && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

static void
take(struct reply *r, struct slice name, struct slice value)
{
	const struct {
		struct slice name;
		struct slice *at;
	} rows[] = {
		{ SL("Auth-Status"), &r->status },
		{ SL("Auth-Server"), &r->server },
		{ SL("Auth-Port"), &r->port },
		{ SL("Auth-User"), &r->user },
		{ SL("Auth-Pass"), &r->pass },
		{ SL("Auth-Wait"), &r->wait },
		{ SL("Auth-Error-Code"), &r->code },
		{ SL("Auth-Tag"), &r->tag },
		{ SL("Auth-Error-SASL"), &r->sasl },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!slice_eq_nocase(rows[i].name, name))
			continue;
		*rows[i].at = value;
		if (rows[i].at == &r->status)
			r->has_status = true;
		if (rows[i].at == &r->pass)
			r->has_pass = true;
	}
}

/* Lines up to the first empty one; LF alone ends a line. NULL, or what is wrong. */
static const char *
read_lines(struct slice text, struct reply *r)
{
	struct slice line, name;

	while (slice_cut(&text, '\n', &line)) {
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (line.n == 0)
			break;
		if (!slice_has(line, ':'))
			return "a line of its reply is no header";
		slice_cut(&line, ':', &name);
		if (!is_name(name))
			return "a header of its reply has no name";
		/* Not a client's or a backend's business to see. */
		if (slice_has(line, '\0') || slice_has(line, '\r'))
			return "a header of its reply has a NUL or CR in it";
		take(r, name, trim_blanks(line));
	}
	return NULL;
}

static bool
read_wait(const struct reply *r, int64_t *ms_out)
{
	uint64_t seconds;

	if (!slice_to_u64(r->wait, UINT32_MAX, &seconds) || seconds == 0)
		return false;
	*ms_out = seconds > MAX_WAIT_MS / 1000 ? MAX_WAIT_MS :
						 (int64_t)seconds * 1000;
	return true;
}

static void
set(struct auth_answer *answer, struct arena *a, struct slice name,
    struct slice value)
{
	if (value.n > 0)
		vars_set(&answer->fields, a, name, value);
}

/* nginx knows addresses only; we resolve names, and a backend's own name is one
   of them. */
static const char *
read_success(const struct auth_conf *conf, const struct reply *r,
	     struct arena *a, struct auth_answer *answer)
{
	struct addr address;

	if (conf->nginx_compat &&
	    (!addr_parse_ip(r->server, &address) || r->port.n == 0))
		return "its reply has no address and port (Auth-Server, "
		       "Auth-Port)";
	set(answer, a, SL("host"), r->server);
	set(answer, a, SL("port"), r->port);
	set(answer, a, SL("director_tag"), r->tag);
	set(answer, a, SL("destuser"), r->user);
	if (r->has_pass)
		vars_set(&answer->fields, a, SL("pass"), r->pass);
	answer->result = AUTH_OK;
	return NULL;
}

/* Words that mean: not now. A code of SMTP says so, too. */
static bool
is_temporary(const struct reply *r)
{
	return slice_starts(r->code, SL("4")) ||
	       slice_starts_nocase(r->status, SL("temporar"));
}

/* An error text is the client's to hear as it is. Strictly speaking it also has a
   code, where it does not bring its own. */
static struct slice
words_of(const struct auth_conf *conf, const struct auth_request *req,
	 const struct reply *r, enum auth_result result, struct arena *a)
{
	const char *code = "";

	if (!conf->nginx_compat && !slice_starts(r->status, SL("["))) {
		if (slice_eq(req->service, SL("imap")))
			code = result == AUTH_TEMPFAIL ?
				       "[UNAVAILABLE] " :
				       "[AUTHENTICATIONFAILED] ";
		else if (slice_eq(req->service, SL("pop3")))
			code = result == AUTH_TEMPFAIL ? "[SYS/TEMP] " :
							 "[AUTH] ";
	}
	return arena_printf(a, "%s%.*s", code, SL_FMT(r->status));
}

static struct slice
token_error(const struct reply *r, struct arena *a)
{
	struct slice text = { 0 };
	struct buf json;

	buf_init(&json, MAX_TOKEN_ERROR);
	if (r->sasl.n > 0 && base64_decode(r->sasl, &json))
		text = arena_copy(a, buf_slice(&json));
	buf_free(&json);
	return text;
}

static void
read_refusal(const struct auth_conf *conf, const struct auth_request *req,
	     const struct reply *r, struct arena *a, struct auth_answer *answer)
{
	answer->result = is_temporary(r) ? AUTH_TEMPFAIL : AUTH_DENIED;
	answer->reason = words_of(conf, req, r, answer->result, a);
	answer->verbatim = true;
	answer->code = arena_copy(a, r->code);
	answer->token_error = token_error(r, a);
	answer->has_delay = true;
	answer->hang_up = !read_wait(r, &answer->delay_ms);
}

enum http_auth_verdict
http_auth_read(const struct auth_conf *conf, const struct auth_request *req,
	       int status, struct slice headers, struct arena *a,
	       struct auth_answer *answer_out, int64_t *wait_out,
	       const char **why_out)
{
	struct reply r = { .has_status = false };
	struct auth_answer answer = { .user = req->user };

	*why_out = NULL;
	if (!conf->nginx_compat && (status < 200 || status > 299))
		*why_out = "its status is not 2xx";
	else if (conf->nginx_compat && headers.n > NGINX_MAX_REPLY)
		*why_out = "its reply is longer than 1024 octets";
	else
		*why_out = read_lines(headers, &r);
	if (*why_out == NULL && !r.has_status && !conf->nginx_compat)
		*why_out = "its reply has no Auth-Status";
	if (*why_out != NULL)
		return HTTP_AUTH_BROKEN;
	if (slice_eq(r.status, SL("WAIT"))) {
		if (!read_wait(&r, wait_out))
			*wait_out = 1000;
		return HTTP_AUTH_WAIT;
	}
	if (!r.has_status || slice_eq(r.status, SL("OK")))
		*why_out = read_success(conf, &r, a, &answer);
	else
		read_refusal(conf, req, &r, a, &answer);
	*answer_out = answer;
	return *why_out == NULL ? HTTP_AUTH_ANSWER : HTTP_AUTH_BROKEN;
}
