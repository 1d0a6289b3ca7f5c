#include "net/proxy_header_private.h"

/* Every TLV has its own maximum, so the longest header is shorter than the
   shortest limit of any receiver and nothing need ever be left out for size. */
_Static_assert(V2_FIXED + V2_IP6_SIZE +
	       TLV_HEAD + PROXY_HEADER_AUTHORITY_MAX +
	       TLV_HEAD + PROXY_HEADER_UNIQUE_ID_MAX +
	       TLV_HEAD + TLV_SSL_FIXED +
	       TLV_HEAD + PROXY_HEADER_TLS_VERSION_MAX
	       <= PROXY_HEADER_SEND_MAX, "a full header fits everywhere");

static bool
both_known(const struct addr *source, const struct addr *destination)
{
	return source->family != ADDR_NONE && destination->family != ADDR_NONE;
}

static bool
has_client(const struct proxy_header *h)
{
	return !h->local && both_known(&h->source, &h->destination);
}

/* A header has one family for both ends. */
static bool
is_v4(const struct addr *source, const struct addr *destination)
{
	return source->family == ADDR_V4 && destination->family == ADDR_V4;
}

static struct addr
mapped(const struct addr *a)
{
	struct addr v6 = { .family = ADDR_V6, .port = a->port };

	if (a->family == ADDR_V6)
		return *a;
	v6.ip[10] = v6.ip[11] = 0xff;
	memcpy(v6.ip + 12, a->ip, 4);
	return v6;
}

/* ---- version 1 ----------------------------------------------------------- */

bool
proxy_header_write_v1(const struct proxy_header *h,
		      const struct addr *own_source,
		      const struct addr *own_destination, struct buf *out)
{
	bool client = has_client(h), v4;
	struct addr source = client ? h->source : *own_source;
	struct addr destination = client ? h->destination : *own_destination;
	char from[ADDR_IP_TEXT], to[ADDR_IP_TEXT];

	if (!both_known(&source, &destination))
		return false;
	v4 = is_v4(&source, &destination);
	if (!v4) {
		source = mapped(&source);
		destination = mapped(&destination);
	}
	return buf_addf(out, "PROXY TCP%c %s %s %u %u\r\n", v4 ? '4' : '6',
			addr_ip_text(&source, from),
			addr_ip_text(&destination, to),
			(unsigned)source.port, (unsigned)destination.port);
}

/* ---- version 2 ----------------------------------------------------------- */

static void
put_u16(char *p, size_t n)
{
	p[0] = (char)(n >> 8);
	p[1] = (char)(n & 0xff);
}

/* The fixed part without its length, and the addresses. */
static struct slice
write_ends(char out[V2_FIXED + V2_IP6_SIZE], const struct proxy_header *h)
{
	bool v4 = is_v4(&h->source, &h->destination);
	struct addr source = v4 ? h->source : mapped(&h->source);
	struct addr destination = v4 ? h->destination : mapped(&h->destination);
	size_t n = v4 ? 4 : 16;
	char *p = out + V2_FIXED;

	memcpy(out, V2_SIGNATURE.p, V2_SIGNATURE.n);
	out[V2_COMMAND] = V2_PROXY;
	out[V2_FAMILY] = v4 ? V2_TCP4 : V2_TCP6;
	memcpy(p, source.ip, n);
	memcpy(p + n, destination.ip, n);
	put_u16(p + 2 * n, source.port);
	put_u16(p + 2 * n + 2, destination.port);
	return (struct slice){ out, V2_FIXED + 2 * n + 4 };
}

/* What goes before a value; nothing before an empty one. */
static struct slice
tlv_head(char out[TLV_HEAD], char type, size_t value_n)
{
	out[0] = type;
	put_u16(out + 1, value_n);
	return (struct slice){ out, value_n == 0 ? 0 : TLV_HEAD };
}

static struct slice
up_to(struct slice s, size_t max)
{
	return s.n <= max ? s : (struct slice){ NULL, 0 };
}

/* The TLV of TLS up to its version's text: the client used TLS, and no
   certificate of it was verified. */
static struct slice
tls_head(char out[2 * TLV_HEAD + TLV_SSL_FIXED], bool used, size_t version_n)
{
	struct slice inner;

	if (!used)
		return (struct slice){ NULL, 0 };
	inner = tlv_head(out + TLV_HEAD + TLV_SSL_FIXED, TLV_SSL_VERSION,
			 version_n);
	tlv_head(out, TLV_SSL, TLV_SSL_FIXED + inner.n + version_n);
	memcpy(out + TLV_HEAD, "\1\0\0\0\1", TLV_SSL_FIXED);
	return (struct slice){ out, TLV_HEAD + TLV_SSL_FIXED + inner.n };
}

static bool
write_proxy(const struct proxy_header *h, struct buf *out)
{
	char ends[V2_FIXED + V2_IP6_SIZE], authority_head[TLV_HEAD];
	char id_head[TLV_HEAD], ssl_head[2 * TLV_HEAD + TLV_SSL_FIXED];
	size_t authority_n = proxy_header_is_name(h->authority) ?
				     h->authority.n : 0;
	struct slice id = up_to(h->unique_id, PROXY_HEADER_UNIQUE_ID_MAX);
	struct slice version = up_to(h->tls.version, h->tls.used ?
				     PROXY_HEADER_TLS_VERSION_MAX : 0);
	struct slice pieces[] = {
		write_ends(ends, h),
		tlv_head(authority_head, TLV_AUTHORITY, authority_n),
		slice_first(h->authority, authority_n),
		tlv_head(id_head, TLV_UNIQUE_ID, id.n),
		id,
		tls_head(ssl_head, h->tls.used, version.n),
		version,
	};
	size_t count = sizeof(pieces) / sizeof(pieces[0]), n = 0;

	for (size_t i = 0; i < count; i++)
		n += pieces[i].n;
	put_u16(ends + V2_LENGTH, n - V2_FIXED);
	return buf_add_all(out, pieces, count);
}

bool
proxy_header_write_v2(const struct proxy_header *h, struct buf *out)
{
	if (!has_client(h))
		return BUF_ADD(out, V2_SIGNATURE, SL("\x20\0\0\0"));
	return write_proxy(h, out);
}
