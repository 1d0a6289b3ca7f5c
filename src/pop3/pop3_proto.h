/* POP3 (RFC 1939, 2449, 2595, 5034) until the user is in: its verbs and replies
   towards clients, and its dialogue with a backend. */
#ifndef POP3_POP3_PROTO_H
#define POP3_POP3_PROTO_H

#include "core/proto.h"

extern const struct proto pop3_proto;

#endif
