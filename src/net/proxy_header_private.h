/* What the readers and the writer of PROXY headers share. */
#ifndef NET_PROXY_HEADER_PRIVATE_H
#define NET_PROXY_HEADER_PRIVATE_H

#include "net/proxy_header.h"

/* The twelve octets that begin version 2. No server of a text protocol takes
   them for a command, and most hang up on them. */
#define V2_SIGNATURE SL("\r\n\r\n\0\r\nQUIT\n")

enum {
	V2_FIXED = 16,		/* signature, command, family, length */

	V2_COMMAND = 12,	/* where it stands: version 2 and command */
	V2_LOCAL = 0x20,
	V2_PROXY = 0x21,

	V2_FAMILY = 13,		/* where it stands: family and transport */
	V2_UNSPEC = 0x00,
	V2_TCP4 = 0x11,
	V2_UDP4 = 0x12,
	V2_TCP6 = 0x21,
	V2_UDP6 = 0x22,
	V2_UNIX_STREAM = 0x31,
	V2_UNIX_DGRAM = 0x32,
	V2_TRANSPORT = 0x0f,	/* the half octet of the transport */
	V2_DGRAM = 0x02,

	V2_LENGTH = 14,		/* where it stands: octets after V2_FIXED */

	/* Octets of the addresses: two of 4 or 16 and two ports, or two paths
	   of 108. */
	V2_IP4_SIZE = 12,
	V2_IP6_SIZE = 36,
	V2_UNIX_SIZE = 216,
};

/* TLVs: a type, two octets of length, the value. */
enum {
	TLV_HEAD = 3,

	TLV_ALPN = 0x01,
	TLV_AUTHORITY = 0x02,
	TLV_CRC32C = 0x03,
	TLV_UNIQUE_ID = 0x05,
	TLV_SSL = 0x20,

	/* Inside TLV_SSL, behind one octet of flags and four of verification
	   result. */
	TLV_SSL_FIXED = 5,
	TLV_SSL_VERSION = 0x21,
	TLV_SSL_CN = 0x22,
	TLV_SSL_CIPHER = 0x23,

	SSL_USED = 0x01,
	SSL_CERT_CONN = 0x02,	/* a certificate on this connection */
	SSL_CERT_SESS = 0x04,	/* one in the TLS session it resumes */
};

/* True if in and want are the same as far as both go. */
static inline bool
agrees(struct slice in, struct slice want)
{
	return slice_starts(in, want) || slice_starts(want, in);
}

/* True if s may be looked up and passed on as a host name. */
bool proxy_header_is_name(struct slice s);

/* As proxy_header_parse(), for a header that begins as this version does. */
enum proxy_header_parse proxy_header_parse_v2(struct slice in,
					      struct proxy_header *out,
					      size_t *used_out,
					      const char **why_out);

#endif
