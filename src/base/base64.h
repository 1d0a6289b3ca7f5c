/* Base64 with the standard alphabet and padding (RFC 4648 section 4), as SASL
   wants it (RFC 4954 section 4, RFC 9051 section 9 "base64"). */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"

/* Appends the coded form of s. False if it does not fit. */
bool base64_encode(struct slice s, struct buf *out);

/* Appends what s stands for. False, with out as it was, unless every octet of s
   belongs there: whole quartets, padding only at the end, unused bits zero. */
bool base64_decode(struct slice s, struct buf *out);

/* The same of what JSON Web Tokens are made of: '-' and '_' for '+' and '/', and no
   padding (RFC 4648 section 5). */
bool base64url_decode(struct slice s, struct buf *out);

#endif
