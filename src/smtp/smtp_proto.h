/* SMTP, LMTP and submission, for the process that serves them. */
#ifndef SMTP_SMTP_PROTO_H
#define SMTP_SMTP_PROTO_H

#include "core/proto.h"

extern const struct proto submission_proto, lmtp_proto, smtp_proto;

#endif
