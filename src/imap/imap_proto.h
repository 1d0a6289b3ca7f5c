/* IMAP (RFC 9051, RFC 3501) until the user is in: its verbs and replies towards
   clients, and its dialogue with a backend. */
#ifndef IMAP_IMAP_PROTO_H
#define IMAP_IMAP_PROTO_H

#include "core/proto.h"

extern const struct proto imap_proto;

#endif
