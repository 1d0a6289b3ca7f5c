/* The PROXY header as a layer: it holds a stream until the header is read, to
   its last octet and no further, and then makes way for TLS or the protocol. */
#ifndef NET_STREAM_PROXY_H
#define NET_STREAM_PROXY_H

#include "net/proxy_header.h"
#include "net/stream.h"

/* Puts the layer on st; the stream's ready() tells the end. The time it may
   take is its owner's to watch. */
void stream_proxy_begin(struct stream *st);

/* Whether any octet of a header came. */
bool stream_proxy_has_begun(const struct stream *st);

/* What the header said; borrowed until stream_pop(). */
const struct proxy_header *stream_proxy_facts(const struct stream *st);

#endif
