/* The PROXY protocol, versions 1 and 2: what a balancer in front of us says
   about the end client, and what we say to a backend that takes neither XCLIENT
   nor ID.

   Source: "The PROXY protocol" of the HAProxy project, 2026-04-27; where it
   leaves a choice, or where Postfix, Dovecot and nginx differ, the reason stands
   beside the code. Everything here is pure: slices in, octets and verdicts out.
   Who may send a header, how long it may take and what is logged about it are
   the listener's business. */
#ifndef NET_PROXY_HEADER_H
#define NET_PROXY_HEADER_H

#include "base/addr.h"
#include "base/buf.h"

enum {
	/* Octets of a version 1 line with its CR LF; section 2.1. */
	PROXY_HEADER_V1_MAX = 107,
	/* Octets of a version 2 header that we read; nginx reads as many. */
	PROXY_HEADER_MAX = 4096,
	/* Octets of any header that we write; Postfix reads no more. */
	PROXY_HEADER_SEND_MAX = 536,

	PROXY_HEADER_AUTHORITY_MAX = 255,	/* a DNS name */
	PROXY_HEADER_UNIQUE_ID_MAX = 128,	/* section 2.2.5 */
	/* "TLSv1.3" with room to spare; for what we write. */
	PROXY_HEADER_TLS_VERSION_MAX = 16,
};

/* How the end client came to the balancer. Without TLS all of it is empty. */
struct proxy_header_tls {
	bool used;
	bool cert_verified;		/* the client's certificate */
	struct slice version;		/* "TLSv1.3" */
	struct slice cipher;
	struct slice cert_name;		/* subject CN; only if cert_verified */
};

/* All of it is the sender's word and worth as much as the sender. The slices
   are empty when the header does not say; unless noted they hold any octets. */
struct proxy_header {
	/* The sender speaks for nobody, or for somebody without an IP address:
	   the ends of the connection itself count, source and destination are
	   ADDR_NONE. */
	bool local;
	struct addr source;		/* the end client; port 0 is unknown */
	struct addr destination;	/* where it connected to; likewise */
	struct slice unix_path;		/* the end client's socket; printable */
	struct slice alpn;		/* protocol name, "imap" */
	struct slice authority;		/* SNI; letters, digits, '.', '_', '-' */
	struct slice unique_id;		/* as far as it is printable */
	struct proxy_header_tls tls;
};

enum proxy_header_parse {
	PROXY_HEADER_DONE,	/* a header in *out, *used_out octets eaten */
	PROXY_HEADER_MORE,	/* not all of it is here yet; nothing eaten */
	PROXY_HEADER_BAD,	/* cannot become a header; *why_out says why */
};

/* Reads a header of either version from the front of in; the first octet says
   which. The slices in *out borrow from in. Never looks past in.n nor past the
   header's last octet, keeps no state between calls, and does not allocate.

   Asks for more only while what is here may still begin a header: a line is
   judged field by field, a version 2 header at each octet of its fixed part,
   its TLVs once they are all here. So no more than PROXY_HEADER_MAX octets are
   ever asked for. *why_out is static text for the log. */
enum proxy_header_parse proxy_header_parse(struct slice in,
					   struct proxy_header *out,
					   size_t *used_out,
					   const char **why_out);

/* Both write one whole header or nothing; false if it does not fit. It must
   leave in one write of its own, first on the connection: Postfix, Dovecot and
   nginx drop a connection whose header comes in pieces.

   An IPv4 and an IPv6 end are both written as IPv6 (::ffff:a.b.c.d); reading it
   gives the two as they were. An unknown port is written as 0, which Dovecot
   takes in version 2 only: it hangs up on a line with port 0. */

/* The line of version 1, at most 104 octets. Where h is local, or does not know
   both ends, it names the ends of the connection to the backend instead:
   Postfix refuses UNKNOWN. False also if those are not known either. Of h only
   local, source and destination are said. */
bool proxy_header_write_v1(const struct proxy_header *h,
			   const struct addr *own_source,
			   const struct addr *own_destination,
			   struct buf *out);

/* The header of version 2, at most PROXY_HEADER_SEND_MAX octets. Where h is
   local, or does not know both ends, it is LOCAL and says nothing else.
   authority, unique_id, tls.used and tls.version are sent if set and within
   their maximum (and authority only if it is a name); the rest of h is not: a
   certificate that another verified is not ours to vouch for. */
bool proxy_header_write_v2(const struct proxy_header *h, struct buf *out);

#endif
