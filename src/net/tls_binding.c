/* Channel bindings: what both ends of one TLS connection know, and nobody else. */
#include <openssl/evp.h>

#include "net/tls.h"
#include "net/tls_private.h"

static const char *const names[TLS_BINDINGS] = {
	[TLS_BINDING_EXPORTER] = "tls-exporter",
	[TLS_BINDING_UNIQUE] = "tls-unique",
	[TLS_BINDING_END_POINT] = "tls-server-end-point",
};

const char *
tls_binding_name(enum tls_binding kind)
{
	return names[kind];
}

/* RFC 9266 section 2. Below TLS 1.3 it is unique only with the extended master
   secret. */
static size_t
exporter(SSL *ssl, unsigned char *out)
{
	static const char label[] = "EXPORTER-Channel-Binding";
	const size_t size = 32;

	if (SSL_version(ssl) < TLS1_3_VERSION &&
	    SSL_get_extms_support(ssl) != 1)
		return 0;
	return SSL_export_keying_material(ssl, out, size, label,
					  sizeof(label) - 1, NULL, 0, 1) == 1 ?
		       size : 0;
}

/* The first Finished message of the handshake: the client's, but the server's
   when a session is resumed. */
static size_t
unique(SSL *ssl, unsigned char *out)
{
	size_t n;

	if (SSL_version(ssl) >= TLS1_3_VERSION ||
	    SSL_get_extms_support(ssl) != 1)
		return 0;
	n = SSL_session_reused(ssl) ?
		    SSL_get_finished(ssl, out, TLS_BINDING_MAX) :
		    SSL_get_peer_finished(ssl, out, TLS_BINDING_MAX);
	return n <= TLS_BINDING_MAX ? n : 0;
}

/* The certificate's hash, by its own signature's hash; MD5 and SHA-1 count as
   SHA-256. */
static size_t
end_point(SSL *ssl, unsigned char *out)
{
	X509 *cert = SSL_get_certificate(ssl);
	const EVP_MD *md = EVP_sha256();
	unsigned int n = 0;
	int digest;

	if (cert == NULL)
		return 0;
	if (X509_get_signature_info(cert, &digest, NULL, NULL, NULL) == 1 &&
	    digest != NID_undef && digest != NID_md5 && digest != NID_sha1 &&
	    EVP_get_digestbynid(digest) != NULL)
		md = EVP_get_digestbynid(digest);
	return X509_digest(cert, md, out, &n) == 1 ? n : 0;
}

size_t
tls_binding(const struct stream *st, enum tls_binding kind,
	    char out[TLS_BINDING_MAX])
{
	unsigned char *p = (unsigned char *)out;

	if (!tls_is_on(st))
		return 0;
	switch (kind) {
	case TLS_BINDING_EXPORTER:
		return exporter(st->state, p);
	case TLS_BINDING_UNIQUE:
		return unique(st->state, p);
	case TLS_BINDING_END_POINT:
		return end_point(st->state, p);
	case TLS_BINDINGS:
		break;
	}
	return 0;
}
