/* What a backend is told of the client, in XCLIENT or XFORWARD commands. */
#include "base/base64.h"
#include "core/forward_list.h"
#include "smtp/smtp_attr.h"
#include "smtp/smtp_xtext.h"

/* Octets of a command without its line end (RFC 5321 section 4.5.3.1.4). */
#define MAX_COMMAND 510
/* Octets behind XCLIENT that Dovecot's submission service takes, seen (section
   1.5); only FORWARD can be that long. */
#define MAX_LONE_FORWARD 1025
/* Octets behind XFORWARD, as Postfix counts them (section 6.2). */
#define MAX_XFORWARD 498
/* A list of variables that fits into MAX_LONE_FORWARD in base64 has fewer. */
#define MAX_LIST 1024

#define UNAVAILABLE SL("[UNAVAILABLE]")

/* Commands that are filled one after the other. */
struct writer {
	struct buf *out;
	struct slice verb;
	unsigned attrs;		/* what the backend takes */
	size_t room;		/* of a command */
	size_t begun;		/* where the present one begins in out; SIZE_MAX:
				   there is none */
	size_t count;
};

static void
end_command(struct writer *w)
{
	if (w->begun == SIZE_MAX)
		return;
	buf_add(w->out, SL("\r\n"));
	w->begun = SIZE_MAX;
}

/* Sees to it that n more octets fit into the present command. */
static void
make_room(struct writer *w, size_t n)
{
	if (w->begun != SIZE_MAX && w->out->n - w->begun + n > w->room)
		end_command(w);
	if (w->begun != SIZE_MAX)
		return;
	w->begun = w->out->n;
	w->count++;
	buf_add(w->out, w->verb);
}

static bool
takes(const struct writer *w, enum smtp_attr attr)
{
	return (w->attrs & SMTP_ATTR_BIT(attr)) != 0;
}

static void
add_coded(struct writer *w, enum smtp_attr attr, struct slice coded)
{
	struct buf text;

	buf_init(&text, MAX_LONE_FORWARD + 64);
	smtp_attrs_write(SMTP_ATTR_BIT(attr), &text);
	BUF_ADD(&text, SL("="), coded);
	make_room(w, text.n);
	buf_add(w->out, buf_slice(&text));
	buf_free(&text);
}

/* A value that would be too long is not told. */
static void
add(struct writer *w, enum smtp_attr attr, struct slice value)
{
	struct buf coded;

	if (!takes(w, attr) || value.n == 0)
		return;
	buf_init(&coded, SMTP_MAX_ATTR_VALUE);
	if (!smtp_xtext_encode(value, &coded)) {
		buf_clear(&coded);
		buf_add(&coded, UNAVAILABLE);
	}
	add_coded(w, attr, buf_slice(&coded));
	buf_free(&coded);
}

static void
add_or_unavailable(struct writer *w, enum smtp_attr attr, struct slice value)
{
	add(w, attr, slice_or(value, UNAVAILABLE));
}

static void
add_number(struct writer *w, enum smtp_attr attr, uint64_t n)
{
	struct buf digits;

	buf_init(&digits, 32);
	if (n > 0)
		buf_add_u64(&digits, n);
	add(w, attr, buf_slice(&digits));
	buf_free(&digits);
}

static void
add_ip(struct writer *w, enum smtp_attr attr, const struct addr *a, bool bare)
{
	char ip[ADDR_IP_TEXT];
	struct buf text;

	buf_init(&text, 64);
	if (a->family == ADDR_V6 && !bare)
		buf_add(&text, SL("IPV6:"));
	if (a->family != ADDR_NONE)
		buf_add(&text, slice_of(addr_ip_text(a, ip)));
	add_or_unavailable(w, attr, buf_slice(&text));
	buf_free(&text);
}

static void
add_port(struct writer *w, enum smtp_attr attr, const struct addr *a)
{
	if (a->port == 0)
		add(w, attr, UNAVAILABLE);
	else
		add_number(w, attr, a->port);
}

/* The first count variables in base64 and xtext, if that fits. */
static bool
code_variables(const struct vars *v, size_t count, struct buf *coded)
{
	struct buf list, base64;
	bool fits;

	buf_init(&list, MAX_LIST);
	buf_init(&base64, 2 * MAX_LIST);
	buf_clear(coded);
	fits = forward_list_write(v, count, &list) &&
	       base64_encode(buf_slice(&list), &base64) &&
	       smtp_xtext_encode(buf_slice(&base64), coded);
	buf_free(&list);
	buf_free(&base64);
	return fits;
}

/* Alone in a command it may be longer than other attributes. Variables that do
   not fit are left out, the last ones first. */
static void
add_variables(struct writer *w, const struct vars *v, size_t *left_out)
{
	struct buf coded;
	size_t n = v->n;

	*left_out = 0;
	if (!takes(w, SMTP_ATTR_FORWARD))
		return;
	buf_init(&coded, MAX_LONE_FORWARD - (sizeof(" FORWARD=") - 1));
	while (n > 0 && !code_variables(v, n, &coded))
		n--;
	if (n > 0)
		add_coded(w, SMTP_ATTR_FORWARD, buf_slice(&coded));
	*left_out = v->n - n;
	buf_free(&coded);
}

static size_t
coded_length(struct slice s)
{
	struct buf coded;
	size_t n;

	buf_init(&coded, 3 * MAX_LIST);
	smtp_xtext_encode(s, &coded);
	n = coded.n;
	buf_free(&coded);
	return n;
}

/* What Postfix forgets from one XCLIENT to the next stands together in the last
   one (section 4.3). A HELO that makes them too long is left to the EHLO that
   follows. */
static void
add_tail(struct writer *w, const struct forward *f, bool bare)
{
	size_t n = coded_length(f->login) + coded_length(f->helo) +
		   sizeof("XCLIENT LOGIN= PROTO=ESMTP HELO= ADDR=IPV6:") +
		   ADDR_IP_TEXT;

	if (n > MAX_COMMAND)
		w->attrs &= ~SMTP_ATTR_BIT(SMTP_ATTR_HELO);
	else if (w->begun != SIZE_MAX && w->out->n - w->begun + n > w->room)
		end_command(w);
	add(w, SMTP_ATTR_LOGIN, f->login);
	add(w, SMTP_ATTR_PROTO, f->smtp_proto);
	add_or_unavailable(w, SMTP_ATTR_HELO, f->helo);
	add_ip(w, SMTP_ATTR_ADDR, &f->client, bare);
}

void
smtp_write_xclient(const struct forward *f, unsigned attrs, bool bare_ipv6,
		   struct buf *out, size_t *left_out)
{
	struct writer w = { .out = out, .verb = SL("XCLIENT"), .attrs = attrs,
			    .room = MAX_COMMAND, .begun = SIZE_MAX };

	if (f->connected.family != ADDR_NONE) {
		add_ip(&w, SMTP_ATTR_DESTADDR, &f->connected, bare_ipv6);
		add_port(&w, SMTP_ATTR_DESTPORT, &f->connected);
	}
	add(&w, SMTP_ATTR_DESTNAME, f->connected_name);
	add_or_unavailable(&w, SMTP_ATTR_NAME, f->client_name);
	add(&w, SMTP_ATTR_SESSION, f->session_id);
	add(&w, SMTP_ATTR_CLIENT_TRANSPORT,
	    f->client_tls ? SL("TLS") : SL("insecure"));
	add_number(&w, SMTP_ATTR_TTL, forward_next_ttl(f));
	add_variables(&w, &f->variables, left_out);
	add_port(&w, SMTP_ATTR_PORT, &f->client);
	add_tail(&w, f, bare_ipv6);
	end_command(&w);
}

size_t
smtp_write_xforward(const struct forward *f, unsigned attrs,
		    struct slice protocol, struct buf *out)
{
	struct writer w = { .out = out, .verb = SL("XFORWARD"), .attrs = attrs,
			    .room = MAX_XFORWARD + sizeof("XFORWARD") - 1,
			    .begun = SIZE_MAX };

	add_or_unavailable(&w, SMTP_ATTR_NAME, f->client_name);
	add_ip(&w, SMTP_ATTR_ADDR, &f->client, false);
	add_port(&w, SMTP_ATTR_PORT, &f->client);
	add_or_unavailable(&w, SMTP_ATTR_HELO, f->helo);
	add_or_unavailable(&w, SMTP_ATTR_IDENT, f->session_id);
	add_or_unavailable(&w, SMTP_ATTR_PROTO, protocol);
	add(&w, SMTP_ATTR_SOURCE, SL("REMOTE"));
	end_command(&w);
	return w.count;
}
