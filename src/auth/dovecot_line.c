#include "auth/dovecot_line.h"

#include "base/base64.h"
#include "base/tab_escape.h"

/* A forwarded list, escaped twice. */
#define MAX_FORWARD (4 * DOVECOT_MAX_CLIENT_LINE)
#define MAX_CHALLENGE (16 * 1024)

/* ---- taking lines apart ------------------------------------------------ */

bool
dovecot_param(struct slice *rest, struct arena *a, struct slice *out)
{
	struct slice raw;

	if (!slice_cut(rest, '\t', &raw))
		return false;
	*out = tab_unescape(raw, a);
	return true;
}

bool
dovecot_field(struct slice *rest, struct arena *a, struct var *out)
{
	struct slice param;

	do {
		if (!dovecot_param(rest, a, &param))
			return false;
	} while (param.n == 0);
	out->value = param;
	slice_cut(&out->value, '=', &out->name);
	return true;
}

/* ---- questions --------------------------------------------------------- */

static void
add(struct buf *out, struct slice key, struct slice value)
{
	if (value.n == 0)
		return;
	BUF_ADD(out, SL("\t"), key, SL("="));
	tab_escape(value, out);
}

static void
add_number(struct buf *out, struct slice key, uint64_t n)
{
	if (n == 0)
		return;
	BUF_ADD(out, SL("\t"), key, SL("="));
	buf_add_u64(out, n);
}

static void
add_addr(struct buf *out, struct slice ip, struct slice port,
	 const struct addr *a)
{
	char text[ADDR_IP_TEXT];

	if (a->family == ADDR_NONE)
		return;
	add(out, ip, slice_of(addr_ip_text(a, text)));
	add_number(out, port, a->port);
}

/* Only what differs (section 4.1). */
static void
add_real(struct buf *out, const struct auth_request *r)
{
	if (!addr_eq(&r->remote, &r->real_remote))
		add_addr(out, SL("real_rip"), SL("real_rport"),
			 &r->real_remote);
	if (!addr_eq(&r->local, &r->real_local))
		add_addr(out, SL("real_lip"), SL("real_lport"),
			 &r->real_local);
}

/* "name" "value" pairs, as IMAP's ID has them. */
static void
add_client_id(struct buf *out, const struct vars *id)
{
	struct buf text;

	buf_init(&text, 1024);	/* 256 octets of names and values, quoted */
	for (size_t i = 0; i < id->n; i++)
		BUF_ADD(&text, i > 0 ? SL(" ") : SL(""), SL("\""),
			id->v[i].name, SL("\" \""), id->v[i].value, SL("\""));
	add(out, SL("client_id"), buf_slice(&text));
	buf_free(&text);
}

/* Escaped once as elements of a list, and once more as a parameter. Never an
   element without '=': some Dovecots take it for a field of their own. */
static void
add_forward(struct buf *out, const struct vars *forward, size_t count)
{
	struct buf list;

	buf_init(&list, MAX_FORWARD);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(&list, '\t');
		tab_escape(forward->v[i].name, &list);
		buf_add_char(&list, '=');
		tab_escape(forward->v[i].value, &list);
	}
	add(out, SL("forward_fields"), buf_slice(&list));
	buf_free(&list);
}

static void
add_client(struct buf *out, const struct auth_request *r, size_t forwarded)
{
	add(out, SL("session"), r->session);
	add_addr(out, SL("lip"), SL("lport"), &r->local);
	add_addr(out, SL("rip"), SL("rport"), &r->remote);
	add_real(out, r);
	add(out, SL("local_name"), r->local_name);
	add_client_id(out, &r->client_id);
	add_forward(out, &r->forward, forwarded);
}

bool
dovecot_write_auth(const struct auth_request *r, unsigned id,
		   struct slice mechanism, const struct slice *resp,
		   struct buf *out)
{
	size_t before = out->n;

	buf_addf(out, "AUTH\t%u\t", id);
	tab_escape(mechanism, out);
	add(out, SL("service"), r->service);
	/* We keep guessers out by ourselves, by their own addresses. */
	buf_add(out, SL("\tno-penalty"));
	if (r->secured)
		buf_add(out, r->tls.on ? SL("\tsecured=tls") : SL("\tsecured"));
	if (r->proof == AUTH_PROOF_CERTIFICATE) {
		buf_add(out, SL("\tvalid-client-cert"));
		add(out, SL("cert_username"), r->user);
	}
	add_client(out, r, r->forward.n);
	if (resp != NULL) {
		buf_add(out, SL("\tresp="));
		base64_encode(*resp, out);
	}
	buf_add_char(out, '\n');
	return buf_ok(out) && out->n - before <= DOVECOT_MAX_CLIENT_LINE;
}

static bool
write_pass(const struct auth_request *r, unsigned id, size_t forwarded,
	   struct buf *out)
{
	size_t before = out->n;

	buf_addf(out, "PASS\t%u\t", id);
	tab_escape(r->user, out);
	add(out, SL("service"), r->service);
	add_client(out, r, forwarded);
	buf_add_char(out, '\n');
	if (buf_ok(out) && out->n - before <= DOVECOT_MAX_MASTER_LINE)
		return true;
	out->n = before;
	return false;
}

bool
dovecot_write_pass(const struct auth_request *r, unsigned id, struct buf *out,
		   size_t *left_out)
{
	size_t n = r->forward.n;

	while (!write_pass(r, id, n, out)) {
		if (n == 0)
			return false;
		n--;
	}
	*left_out = r->forward.n - n;
	return true;
}

/* ---- replies ----------------------------------------------------------- */

static const struct {
	struct slice word;
	enum dovecot_reply_kind kind;
} kinds[] = {
	{ SL("OK"), DOVECOT_OK },	{ SL("PASS"), DOVECOT_OK },
	{ SL("FAIL"), DOVECOT_FAIL },	{ SL("CONT"), DOVECOT_CONTINUE },
	{ SL("NOTFOUND"), DOVECOT_NOTFOUND },
};

static enum dovecot_reply_kind
kind_of(struct slice word)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (slice_eq(kinds[i].word, word))
			return kinds[i].kind;
	}
	return DOVECOT_OTHER;
}

/* Section 4.4. No code is a wrong user or password. */
static enum auth_result
result_of(struct slice code)
{
	static const struct {
		struct slice code;
		enum auth_result result;
	} rows[] = {
		{ SL("temp_fail"), AUTH_TEMPFAIL },
		{ SL("authz_fail"), AUTH_NOT_AUTHORIZED },
		{ SL("user_disabled"), AUTH_DISABLED },
		{ SL("pass_expired"), AUTH_EXPIRED },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (slice_eq(rows[i].code, code))
			return rows[i].result;
	}
	return AUTH_DENIED;
}

static void
read_ok(struct slice rest, struct arena *a, struct auth_answer *answer)
{
	struct var field;

	answer->result = AUTH_OK;
	while (dovecot_field(&rest, a, &field)) {
		if (slice_eq(field.name, SL("user")))
			answer->user = arena_copy(a, field.value);
		else if (slice_eq(field.name, SL("reason")))
			answer->reason = arena_copy(a, field.value);
		vars_set(&answer->fields, a, field.name, field.value);
	}
}

static void
read_fail(struct slice rest, struct arena *a, struct auth_answer *answer)
{
	struct var field;

	answer->result = AUTH_DENIED;
	while (dovecot_field(&rest, a, &field)) {
		if (slice_eq(field.name, SL("user")))
			answer->user = arena_copy(a, field.value);
		else if (slice_eq(field.name, SL("reason")))
			answer->reason = arena_copy(a, field.value);
		else if (slice_eq(field.name, SL("code")))
			answer->result = result_of(field.value);
		else if (slice_eq(field.name, SL("temp")))
			answer->result = AUTH_TEMPFAIL;
	}
}

static bool
read_challenge(struct slice rest, struct arena *a, struct slice *text_out)
{
	struct slice coded = { 0 };
	struct buf text;
	bool good;

	dovecot_param(&rest, a, &coded);
	buf_init(&text, MAX_CHALLENGE);
	good = base64_decode(coded, &text);
	*text_out = arena_copy(a, buf_slice(&text));
	buf_free(&text);
	return good;
}

bool
dovecot_read_reply(struct slice line, struct arena *a,
		   struct dovecot_reply *out)
{
	struct dovecot_reply r = { .kind = DOVECOT_OTHER };
	struct slice word, id;

	*out = r;
	if (!dovecot_param(&line, a, &word))
		return true;
	r.kind = kind_of(word);
	if (r.kind == DOVECOT_OTHER)
		return true;
	if (!dovecot_param(&line, a, &id) || !slice_to_u64(id, UINT32_MAX, &r.id))
		return false;
	if (r.kind == DOVECOT_OK)
		read_ok(line, a, &r.answer);
	else if (r.kind == DOVECOT_FAIL)
		read_fail(line, a, &r.answer);
	else if (r.kind == DOVECOT_CONTINUE &&
		 !read_challenge(line, a, &r.text))
		return false;
	*out = r;
	return true;
}
