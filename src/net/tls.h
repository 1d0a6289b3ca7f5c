/* TLS, over OpenSSL, as a layer of a stream.

   A struct tls holds what many connections share: certificates or authorities,
   and how they are used. Making one reads no files: texts come from whoever may
   read them (see tls_material.h). Connections keep what they were started with
   alive, so a tls may be freed, or replaced by a newer one, at any time. */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "base/arena.h"
#include "conf/settings.h"
#include "net/stream.h"

struct tls;

/* The most octets that one record brings (RFC 8446 section 5.1). */
#define TLS_RECORD (16 * 1024)

void tls_free(struct tls **tls);

/* ---- towards clients --------------------------------------------------- */

/* One certificate: the PEM texts of its two files. */
struct tls_pair {
	struct slice cert, key, key_password;
	struct slice name;	/* what errors call it: the file's name */
};

/* The keys that session tickets are sealed with; shared by all workers. Lives
   as long as the process. */
#define TLS_TICKET_KEY 80	/* 16 name, 32 AES-256, 32 HMAC-SHA256 */
struct tls_tickets {
	unsigned char current[TLS_TICKET_KEY], previous[TLS_TICKET_KEY];
	bool has_current, has_previous;
};

/* client_ca is the PEM text of conf->client_ca, where certificates are asked for.
   tickets may be NULL: no session is resumed. Errors name the file and say what
   is wrong with it: a key of another certificate, a certificate that ended. */
struct err *tls_server_make(const struct tls_conf *conf,
			    const struct tls_pair *pairs, size_t count,
			    struct slice client_ca,
			    const struct tls_tickets *tickets,
			    struct tls **tls_out)
	__attribute__((warn_unused_result));

/* Starts the server's side of a handshake on st. */
void tls_accept(const struct tls *tls, struct stream *st);

/* ---- towards backends -------------------------------------------------- */

struct tls_client_conf {
	bool verify;
	struct slice ca;		/* PEM; needed to verify */
	struct slice cert, key;		/* PEM; empty: none is shown */
	struct slice name;		/* what errors call it */
};

struct err *tls_client_make(const struct tls_client_conf *conf,
			    struct tls **tls_out)
	__attribute__((warn_unused_result));

/* Starts the client's side of a handshake on st. host is who must be there: a
   name (sent as SNI) or an address; longer than 255 octets it is nobody. */
struct err *tls_connect(const struct tls *tls, struct stream *st,
			struct slice host)
	__attribute__((warn_unused_result));

/* ---- about a connection whose handshake is over ------------------------ */

bool tls_is_on(const struct stream *st);

/* "TLSv1.3" and "TLS_AES_256_GCM_SHA384"; static texts, empty without TLS. */
const char *tls_version(const struct stream *st);
const char *tls_cipher(const struct stream *st);

/* The name the client asked for (SNI), or NULL; borrowed from the stream. */
const char *tls_server_name(const struct stream *st);

bool tls_was_resumed(const struct stream *st);

/* What the client showed of itself. Texts are in the arena it is read to; those
   that a certificate does not have are empty. */
struct tls_peer {
	bool asked;		/* it was asked for a certificate */
	bool shown;
	bool valid;		/* it comes from an authority of ours */
	const char *why;	/* if it does not */
	struct slice subject, issuer;	/* as RFC 2253 has it: "CN=jane" */
	struct slice serial;		/* hexadecimal digits, capitals */
	struct slice fingerprint;	/* SHA-1, hexadecimal digits, small */
	struct slice cn, email;
	struct slice pem;
};

void tls_peer_read(const struct stream *st, struct arena *a,
		   struct tls_peer *out);

/* What can be told of a connection that nobody in between has another one of
   (RFC 5056). */
enum tls_binding {
	TLS_BINDING_EXPORTER,	/* RFC 9266 */
	TLS_BINDING_UNIQUE,	/* RFC 5929 section 3; not of TLS 1.3 */
	TLS_BINDING_END_POINT,	/* RFC 5929 section 4 */
	TLS_BINDINGS,
};
#define TLS_BINDING_MAX 64	/* a hash, or a Finished message */

/* "tls-exporter" */
const char *tls_binding_name(enum tls_binding kind);
/* Of our side as the server. Returns the octets written; 0: there is none. */
size_t tls_binding(const struct stream *st, enum tls_binding kind,
		   char out[TLS_BINDING_MAX]);

#endif
