/* TLS of a play, in place of net/tls.c and net/tls_clients.c: a layer whose
   handshake is a line of its own in each direction, and that passes octets as
   they are. Octets in the clear where a handshake belongs break it, as they
   would the real one. */
#ifndef TESTS_UNIT_PLAY_TLS_H
#define TESTS_UNIT_PLAY_TLS_H

#include "base/buf.h"

/* Begins a handshake; then comes a name (the client's SNI), or
   PLAY_TLS_BAD_CERTIFICATE, and LF. */
#define PLAY_TLS_HELLO SL("\026TLS ")
#define PLAY_TLS_BAD_CERTIFICATE SL("!")

/* What clients get. Static: tls_free() leaves it alone. */
struct tls *play_tls(void);

#endif
