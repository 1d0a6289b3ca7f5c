/* The client's certificate. */
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "net/tls.h"
#include "net/tls_private.h"

/* A copy of what was written to bio, which is freed. */
static struct slice
take(BIO *bio, struct arena *a)
{
	struct slice s = { 0 };
	char *p;
	long n = BIO_get_mem_data(bio, &p);

	if (n > 0)
		s = arena_copy(a, (struct slice){ p, (size_t)n });
	BIO_free(bio);
	return s;
}

static struct slice
name_text(const X509_NAME *name, struct arena *a)
{
	BIO *bio = BIO_new(BIO_s_mem());

	X509_NAME_print_ex(bio, name, 0,
			   XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
	return take(bio, a);
}

static struct slice
serial_text(const X509 *cert, struct arena *a)
{
	BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
	char *hex = n == NULL ? NULL : BN_bn2hex(n);
	struct slice s = arena_copy(a, slice_of(hex));

	OPENSSL_free(hex);
	BN_free(n);
	return s;
}

static struct slice
fingerprint_text(const X509 *cert, struct arena *a)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int n = 0;
	char *p;

	X509_digest(cert, EVP_sha1(), digest, &n);
	p = arena_alloc(a, 2 * n + 1);
	for (unsigned int i = 0; i < n; i++) {
		p[2 * i] = hex[digest[i] >> 4];
		p[2 * i + 1] = hex[digest[i] & 15];
	}
	return (struct slice){ p, 2 * n };
}

static struct slice
pem_text(X509 *cert, struct arena *a)
{
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio_X509(bio, cert);
	return take(bio, a);
}

/* As UTF-8, and without anything that could end it early. */
static struct slice
string_text(const ASN1_STRING *string, struct arena *a)
{
	unsigned char *text = NULL;
	int n = string == NULL ? -1 : ASN1_STRING_to_UTF8(&text, string);
	struct slice s = { 0 };

	if (n > 0)
		s = arena_copy(a, (struct slice){ (char *)text, (size_t)n });
	OPENSSL_free(text);
	return slice_has(s, '\0') ? (struct slice){ 0 } : s;
}

static struct slice
common_name(const X509 *cert, struct arena *a)
{
	const X509_NAME *name = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);

	if (at < 0)
		return (struct slice){ 0 };
	return string_text(X509_NAME_ENTRY_get_data(
				   X509_NAME_get_entry(name, at)), a);
}

static struct slice
first_email(const X509 *cert, struct arena *a)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name,
						NULL, NULL);
	struct slice s = { 0 };

	for (int i = 0; s.n == 0 && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type == GEN_EMAIL)
			s = string_text(name->d.rfc822Name, a);
	}
	GENERAL_NAMES_free(names);
	return s;
}

void
tls_peer_read(const struct stream *st, struct arena *a, struct tls_peer *out)
{
	SSL *ssl = st->state;
	X509 *cert;
	long result;

	*out = (struct tls_peer){ .asked = false };
	if (!tls_is_on(st) || SSL_get_verify_mode(ssl) == SSL_VERIFY_NONE)
		return;
	out->asked = true;
	cert = SSL_get0_peer_certificate(ssl);
	if (cert == NULL)
		return;
	result = SSL_get_verify_result(ssl);
	out->shown = true;
	out->valid = result == X509_V_OK;
	out->why = X509_verify_cert_error_string(result);
	out->subject = name_text(X509_get_subject_name(cert), a);
	out->issuer = name_text(X509_get_issuer_name(cert), a);
	out->serial = serial_text(cert, a);
	out->fingerprint = fingerprint_text(cert, a);
	out->pem = pem_text(cert, a);
	out->cn = common_name(cert, a);
	out->email = first_email(cert, a);
}
