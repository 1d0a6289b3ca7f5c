/* The header that SCRAM and OAUTHBEARER messages begin with (RFC 5801 section 4):
   "n,a=jane," - whether the client binds to the channel, and whom it acts as. */
#ifndef AUTH_GS2_H
#define AUTH_GS2_H

#include "base/arena.h"
#include "base/buf.h"

enum gs2_binding {
	GS2_NONE,	/* "n": the client cannot */
	GS2_UNUSED,	/* "y": it can, and believes that the server cannot */
	GS2_USED,	/* "p=name" */
};

/* Slices borrow from the message, but for authzid. */
struct gs2 {
	enum gs2_binding binding;
	struct slice binding_name;	/* "tls-exporter" */
	struct slice authzid;		/* decoded; may be empty */
	struct slice text;		/* the header as it stands, both commas */
};

/* Takes a header off the front of *message. False if there is none. */
bool gs2_read(struct slice *message, struct arena *a, struct gs2 *out);

/* A name as it stands in such messages: ',' and '=' are written as "=2C" and
   "=3D" (RFC 5802 section 5.1). False if s is not that. */
bool gs2_name_read(struct slice s, struct arena *a, struct slice *name_out);
bool gs2_name_write(struct slice name, struct buf *out);

#endif
