/* The ID that tells a backend who the client is (spec: dovecot-forwarding.md
   section 4.1), in the order Dovecot 2.3 has it; what 2.4 adds is known to ID
   keys alone, and ignored where it is not. */
#include "imap/imap_id.h"
#include "imap/imap_private.h"

struct writer {
	struct buf *out;
	size_t nonsync_max;
	bool good, first;
};

static void
add_pair(struct writer *w, struct slice key, struct slice value)
{
	if (!w->first)
		buf_add_char(w->out, ' ');
	w->first = false;
	w->good = w->good && imap_write_string(w->out, key, w->nonsync_max) &&
		  buf_add_char(w->out, ' ') &&
		  imap_write_string(w->out, value, w->nonsync_max);
}

static void
add_key(struct writer *w, enum imap_id_key key, struct slice value)
{
	if (value.n > 0)
		add_pair(w, imap_id_key_name(key), value);
}

static void
add_number(struct writer *w, enum imap_id_key key, uint64_t n)
{
	struct buf digits;

	if (n == 0)
		return;
	buf_init(&digits, 32);
	buf_add_u64(&digits, n);
	add_key(w, key, buf_slice(&digits));
	buf_free(&digits);
}

static void
add_addr(struct writer *w, enum imap_id_key ip, enum imap_id_key port,
	 const struct addr *a)
{
	char text[ADDR_IP_TEXT];

	add_key(w, ip, slice_of(addr_ip_text(a, text)));
	add_number(w, port, a->port);
}

static void
add_variables(struct writer *w, const struct vars *variables)
{
	struct buf key;

	buf_init(&key, IMAP_ID_MAX_KEY);
	for (size_t i = 0; i < variables->n; i++) {
		buf_clear(&key);
		if (BUF_ADD(&key, imap_id_key_name(IMAP_ID_FORWARD),
			    variables->v[i].name))
			add_pair(w, buf_slice(&key), variables->v[i].value);
	}
	buf_free(&key);
}

bool
imap_write_id(const struct backend *b, size_t nonsync_max, struct buf *out)
{
	const struct forward *f = backend_forward(b);
	struct writer w = { out, nonsync_max, true, true };

	buf_add(out, SL("I ID ("));
	for (size_t i = 0; i < f->client_id.n; i++)
		add_pair(&w, f->client_id.v[i].name, f->client_id.v[i].value);
	add_key(&w, IMAP_ID_SESSION_ID, f->session_id);
	add_addr(&w, IMAP_ID_ORIGINATING_IP, IMAP_ID_ORIGINATING_PORT,
		 &f->client);
	add_addr(&w, IMAP_ID_CONNECTED_IP, IMAP_ID_CONNECTED_PORT,
		 &f->connected);
	add_number(&w, IMAP_ID_PROXY_TTL, forward_next_ttl(f));
	add_key(&w, IMAP_ID_CLIENT_TRANSPORT,
		f->client_tls ? SL("TLS") : SL("insecure"));
	add_key(&w, IMAP_ID_CONNECTED_NAME, f->connected_name);
	add_variables(&w, &f->variables);
	return buf_add(out, SL(")\r\n")) && w.good && buf_ok(out);
}
