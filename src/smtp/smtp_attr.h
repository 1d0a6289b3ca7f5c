/* The attributes of XCLIENT and XFORWARD: their names, how a client sends them,
   and what is sent to a backend (spec: smtp-xclient-xforward.md). Pure. */
#ifndef SMTP_SMTP_ATTR_H
#define SMTP_SMTP_ATTR_H

#include "base/arena.h"
#include "base/buf.h"
#include "core/forward.h"

/* Octets of a value, still coded, as Postfix has it (section 1.5); FORWARD may
   be as long as a command. */
#define SMTP_MAX_ATTR_VALUE 255

enum smtp_attr {
	SMTP_ATTR_NAME,
	SMTP_ATTR_ADDR,
	SMTP_ATTR_PORT,
	SMTP_ATTR_PROTO,
	SMTP_ATTR_HELO,
	SMTP_ATTR_LOGIN,
	SMTP_ATTR_SESSION,
	SMTP_ATTR_CLIENT_TRANSPORT,
	SMTP_ATTR_TTL,
	SMTP_ATTR_TIMEOUT,
	SMTP_ATTR_DESTNAME,
	SMTP_ATTR_DESTADDR,
	SMTP_ATTR_DESTPORT,
	SMTP_ATTR_FORWARD,
	SMTP_ATTR_REVERSE_NAME,
	SMTP_ATTR_SOURCE,
	SMTP_ATTR_IDENT,
	SMTP_ATTRS,		/* how many there are; and no such name */
};

#define SMTP_ATTR_BIT(attr) (1u << (attr))

/* The attribute of that name, in any case; SMTP_ATTRS if there is none. */
enum smtp_attr smtp_attr_find(struct slice name);

/* A list of names with blanks, as EHLO has them, as a set of bits. */
unsigned smtp_attrs_read(struct slice names);

/* Appends the names of a set, each with a blank in front, in the order of the
   enum. */
void smtp_attrs_write(unsigned attrs, struct buf *out);

/* Takes the next "NAME=value" off the front of *args; the value is decoded and in
   a, or empty. False at the end, or when what is there is none: *args is not empty
   then. A name that is not known gives SMTP_ATTRS. */
bool smtp_attr_next(struct slice *args, struct arena *a,
		    enum smtp_attr *attr_out, struct slice *name_out,
		    struct slice *value_out);

/* "[UNAVAILABLE]" or "[TEMPUNAVAIL]". */
bool smtp_attr_is_unavailable(struct slice value);

/* "192.0.2.1", "IPV6:2001:db8::1", "2001:db8::1". */
bool smtp_attr_read_ip(struct slice value, struct addr *addr_out);

/* Appends XCLIENT commands, a line each, with what the backend takes (section 4).
   bare_ipv6: without the prefix that old LMTP servers do not know. *left_out
   counts variables that no command has room for. */
void smtp_write_xclient(const struct forward *f, unsigned attrs, bool bare_ipv6,
			struct buf *out, size_t *left_out);

/* Appends XFORWARD commands, a line each, and returns how many (section 6).
   protocol is how the client brought it: "ESMTPSA". */
size_t smtp_write_xforward(const struct forward *f, unsigned attrs,
			   struct slice protocol, struct buf *out);

#endif
