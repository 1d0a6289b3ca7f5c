#include "unit_pki.h"

#include <check.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#define DAY (24L * 60 * 60)

static long serial;

static EVP_PKEY *
make_key(enum unit_key kind)
{
	/* 2048 bits are what OpenSSL's default level asks for. */
	EVP_PKEY *key = kind == UNIT_KEY_RSA ? EVP_RSA_gen(2048) :
					       EVP_EC_gen("P-256");

	ck_assert_ptr_nonnull(key);
	return key;
}

static void
add_extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	ck_assert_ptr_nonnull(ext);
	ck_assert_int_eq(X509_add_ext(x, ext, -1), 1);
	X509_EXTENSION_free(ext);
}

static void
set_name(X509 *x, const char *text)
{
	X509_NAME *name = X509_get_subject_name(x);

	ck_assert_int_eq(X509_NAME_add_entry_by_txt(
				 name, "CN", MBSTRING_ASC,
				 (const unsigned char *)text, -1, -1, 0), 1);
}

static void
keep_pem(struct buf *out, BIO *bio)
{
	char *p;
	long n = BIO_get_mem_data(bio, &p);

	buf_init(out, 16 * 1024);
	ck_assert(buf_add(out, (struct slice){ p, (size_t)n }));
	BIO_free(bio);
}

static void
write_pem(struct unit_cert *c)
{
	BIO *cert = BIO_new(BIO_s_mem()), *key = BIO_new(BIO_s_mem());

	ck_assert_int_eq(PEM_write_bio_X509(cert, c->x509), 1);
	ck_assert_int_eq(PEM_write_bio_PrivateKey(key, c->key, NULL, NULL, 0,
						  NULL, NULL), 1);
	keep_pem(&c->cert_pem, cert);
	keep_pem(&c->key_pem, key);
}

void
unit_cert_make(struct unit_cert *c, enum unit_key kind, const char *names,
	       int days, const struct unit_cert *issuer)
{
	const struct unit_cert *by = issuer == NULL ? c : issuer;
	X509 *x = X509_new();

	c->x509 = x;
	c->key = make_key(kind);
	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(x), -30 * DAY);
	X509_gmtime_adj(X509_getm_notAfter(x), days * DAY);
	set_name(x, names);
	X509_set_issuer_name(x, X509_get_subject_name(by->x509));
	X509_set_pubkey(x, c->key);
	add_extension(x, NID_subject_alt_name, names);
	if (issuer == NULL || strncmp(names, "DNS:ca", 6) == 0)
		add_extension(x, NID_basic_constraints, "critical,CA:TRUE");
	ck_assert_int_ne(X509_sign(x, by->key, EVP_sha256()), 0);
	write_pem(c);
}

struct buf
unit_cert_encrypted_key(const struct unit_cert *c, struct slice password)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct buf pem;

	ck_assert_int_eq(PEM_write_bio_PrivateKey(
				 bio, c->key, EVP_aes_256_cbc(),
				 (const unsigned char *)password.p,
				 (int)password.n, NULL, NULL), 1);
	keep_pem(&pem, bio);
	return pem;
}

void
unit_cert_free(struct unit_cert *c)
{
	X509_free(c->x509);
	EVP_PKEY_free(c->key);
	buf_free(&c->cert_pem);
	buf_free(&c->key_pem);
}
