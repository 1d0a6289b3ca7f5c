/* xtext (RFC 3461 section 4): how any octet travels in a parameter. */
#ifndef SMTP_SMTP_XTEXT_H
#define SMTP_SMTP_XTEXT_H

#include "base/arena.h"
#include "base/buf.h"

/* Appends s, with '+' and '=' and all that is not printable as "+XX". False if
   it does not fit. */
bool smtp_xtext_encode(struct slice s, struct buf *out);

/* What s stands for, in a. False if a '+' does not begin a pair of hex digits,
   or one of them stands for NUL. */
bool smtp_xtext_decode(struct slice s, struct arena *a, struct slice *out);

#endif
