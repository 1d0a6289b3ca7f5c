/* Reads version 2 of the PROXY protocol: sixteen octets, the addresses, TLVs.
   All numbers are big-endian. */
#include <netinet/in.h>

#include "net/proxy_header_private.h"

static uint8_t
octet(struct slice s, size_t at)
{
	return (uint8_t)s.p[at];
}

static uint16_t
u16(struct slice s, size_t at)
{
	return (uint16_t)(octet(s, at) << 8 | octet(s, at + 1));
}

static uint32_t
u32(struct slice s, size_t at)
{
	return (uint32_t)u16(s, at) << 16 | u16(s, at + 2);
}

/* ---- addresses ----------------------------------------------------------- */

static struct addr
ip4(struct slice s, size_t ip_at, size_t port_at)
{
	struct addr a = { .family = ADDR_V4, .port = u16(s, port_at) };

	memcpy(a.ip, s.p + ip_at, 4);
	return a;
}

/* By way of the socket address, which makes IPv4 of ::ffff:a.b.c.d. */
static struct addr
ip6(struct slice s, size_t ip_at, size_t port_at)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };

	memcpy(&sin6.sin6_addr, s.p + ip_at, 16);
	memcpy(&sin6.sin6_port, s.p + port_at, 2);
	return addr_from_sockaddr((const struct sockaddr *)&sin6);
}

static void
read_tcp4(struct slice block, struct proxy_header *h)
{
	h->source = ip4(block, 0, 8);
	h->destination = ip4(block, 4, 10);
}

static void
read_tcp6(struct slice block, struct proxy_header *h)
{
	h->source = ip6(block, 0, 32);
	h->destination = ip6(block, 16, 34);
}

/* Padded with NUL to 108 octets. An abstract name, which begins with NUL, is
   not shown. */
static void
read_unix(struct slice block, struct proxy_header *h)
{
	struct slice path = slice_first(block, V2_UNIX_SIZE / 2);

	path = slice_first(path, slice_index(path, '\0'));
	if (slice_is_printable(path))
		h->unix_path = path;
	h->local = true;
}

/* No mail client comes by datagram, so fixed_fault() turns those away; with
   LOCAL the family is ignored, but it must be one that exists. */
static const struct family {
	uint8_t code;
	uint8_t size;
	void (*read)(struct slice block, struct proxy_header *h);
} families[] = {
	{ V2_UNSPEC,	  0,		NULL },
	{ V2_TCP4,	  V2_IP4_SIZE,	read_tcp4 },
	{ V2_TCP6,	  V2_IP6_SIZE,	read_tcp6 },
	{ V2_UNIX_STREAM, V2_UNIX_SIZE, read_unix },
	{ V2_UDP4,	  V2_IP4_SIZE,	NULL },
	{ V2_UDP6,	  V2_IP6_SIZE,	NULL },
	{ V2_UNIX_DGRAM,  V2_UNIX_SIZE, NULL },
};

static const struct family *
family_find(uint8_t code)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		if (families[i].code == code)
			return &families[i];
	}
	return NULL;
}

/* ---- TLVs ---------------------------------------------------------------- */

/* Takes one TLV off the front of *rest. False if it runs past the end. */
static bool
tlv_cut(struct slice *rest, uint8_t *type_out, struct slice *value_out)
{
	if (rest->n < TLV_HEAD || rest->n - TLV_HEAD < u16(*rest, 1))
		return false;
	*type_out = octet(*rest, 0);
	*value_out = slice_first(slice_skip(*rest, TLV_HEAD), u16(*rest, 1));
	*rest = slice_skip(*rest, TLV_HEAD + value_out->n);
	return true;
}

/* CRC-32C (Castagnoli), reflected. Bit by bit: a header has some 150 octets,
   and few senders add a sum. */
static uint32_t
crc32c_add(uint32_t crc, struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		crc ^= octet(s, i);
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ ((crc & 1) == 0 ? 0 : 0x82f63b78);
	}
	return crc;
}

/* True if sum, the four octets inside header, is the header's checksum. It was
   made with those four being zero. */
static bool
sum_fits(struct slice header, struct slice sum)
{
	size_t at = (size_t)(sum.p - header.p);
	uint32_t crc;

	if (sum.n != 4)
		return false;
	crc = crc32c_add(UINT32_MAX, slice_first(header, at));
	crc = crc32c_add(crc, SL("\0\0\0\0"));
	crc = crc32c_add(crc, slice_skip(header, at + 4));
	return ~crc == u32(sum, 0);
}

static struct slice
printable_start(struct slice s)
{
	size_t n = 0;

	while (n < s.n && slice_is_printable((struct slice){ s.p + n, 1 }))
		n++;
	return slice_first(s, n);
}

/* HAProxy sets the flags of a certificate whether it could verify it or not;
   only a result of 0 says that it could. */
static bool
read_tls(struct slice value, struct proxy_header_tls *tls_out)
{
	struct proxy_header_tls tls = { 0 };
	struct slice rest, field;
	uint8_t flags, type;

	if (value.n < TLV_SSL_FIXED)
		return false;
	flags = octet(value, 0);
	tls.used = (flags & SSL_USED) != 0;
	tls.cert_verified = tls.used && u32(value, 1) == 0 &&
			    (flags & (SSL_CERT_CONN | SSL_CERT_SESS)) != 0;
	rest = slice_skip(value, TLV_SSL_FIXED);
	while (rest.n > 0) {
		if (!tlv_cut(&rest, &type, &field))
			return false;
		if (type == TLV_SSL_VERSION && tls.used)
			tls.version = field;
		else if (type == TLV_SSL_CIPHER && tls.used)
			tls.cipher = field;
		else if (type == TLV_SSL_CN && tls.cert_verified)
			tls.cert_name = field;
	}
	*tls_out = tls;
	return true;
}

/* Unknown types, custom and experimental ones among them, are passed over. Of
   several of one type the last counts. */
static const char *
read_tlv(uint8_t type, struct slice value, struct proxy_header *h)
{
	switch (type) {
	case TLV_ALPN:
		h->alpn = value;
		break;
	case TLV_AUTHORITY:
		if (proxy_header_is_name(value))
			h->authority = value;
		break;
	case TLV_UNIQUE_ID:
		if (value.n <= PROXY_HEADER_UNIQUE_ID_MAX)
			h->unique_id = printable_start(value);
		break;
	case TLV_SSL:
		if (!read_tls(value, &h->tls))
			return "a truncated TLS TLV";
		break;
	}
	return NULL;
}

/* Of several checksums the first counts; another is covered by it like any
   octets. */
static const char *
read_tlvs(struct slice header, struct slice rest, struct proxy_header *h)
{
	bool sum_seen = false;
	struct slice value;
	const char *why;
	uint8_t type;

	while (rest.n > 0) {
		if (!tlv_cut(&rest, &type, &value))
			return "a truncated TLV";
		if (type == TLV_CRC32C && !sum_seen) {
			if (!sum_fits(header, value))
				return "a wrong checksum";
			sum_seen = true;
		}
		why = read_tlv(type, value, h);
		if (why != NULL)
			return why;
	}
	return NULL;
}

/* ---- the header ---------------------------------------------------------- */

/* What is wrong with the sixteen octets, as far as they are here. */
static const char *
fixed_fault(struct slice in)
{
	const struct family *family = NULL;
	bool proxy = false;

	if (!agrees(in, V2_SIGNATURE))
		return "no PROXY header";
	if (in.n > V2_COMMAND) {
		proxy = octet(in, V2_COMMAND) == V2_PROXY;
		if (!proxy && octet(in, V2_COMMAND) != V2_LOCAL)
			return "neither LOCAL nor PROXY of version 2";
	}
	if (in.n > V2_FAMILY) {
		family = family_find(octet(in, V2_FAMILY));
		if (family == NULL)
			return "an unknown address family or transport";
		if (proxy && (family->code & V2_TRANSPORT) == V2_DGRAM)
			return "a datagram transport";
	}
	if (in.n < V2_FIXED)
		return NULL;
	if (u16(in, V2_LENGTH) > PROXY_HEADER_MAX - V2_FIXED)
		return "a header of more than 4096 octets";
	if (proxy && u16(in, V2_LENGTH) < family->size)
		return "a length too small for its addresses";
	return NULL;
}

/* Whoever speaks for nobody (LOCAL), or for somebody whose kind of address has
   no code (UNSPEC), says nothing behind the fixed part that we may use: section
   2.2 has it skipped. Checksums are not looked for there either. */
static const char *
read_header(struct slice header, struct proxy_header *h)
{
	const struct family *family = family_find(octet(header, V2_FAMILY));
	struct slice rest = slice_skip(header, V2_FIXED);

	if (octet(header, V2_COMMAND) == V2_LOCAL || family->read == NULL) {
		h->local = true;
		return NULL;
	}
	family->read(rest, h);
	return read_tlvs(header, slice_skip(rest, family->size), h);
}

enum proxy_header_parse
proxy_header_parse_v2(struct slice in, struct proxy_header *out,
		      size_t *used_out, const char **why_out)
{
	struct proxy_header h = { 0 };
	const char *why = fixed_fault(in);
	size_t used;

	if (why != NULL)
		goto bad;
	if (in.n < V2_FIXED || in.n - V2_FIXED < u16(in, V2_LENGTH))
		return PROXY_HEADER_MORE;
	used = V2_FIXED + u16(in, V2_LENGTH);
	why = read_header(slice_first(in, used), &h);
	if (why != NULL)
		goto bad;
	*out = h;
	*used_out = used;
	return PROXY_HEADER_DONE;
bad:
	*why_out = why;
	return PROXY_HEADER_BAD;
}
