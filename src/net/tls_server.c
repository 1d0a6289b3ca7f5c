/* What connections from clients share: certificates by name, and tickets. */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "net/tls.h"
#include "net/tls_private.h"

/* One set of names and the context with its certificates: two of them if there
   is an RSA and an ECDSA one. */
struct named {
	X509 *cert;		/* knows its own names */
	SSL_CTX *ctx;
};

/* Belongs to the default context, which every connection keeps alive. */
struct names {
	struct named *v;
	size_t n;
	struct slice client_ca;	/* while they are being made */
	const struct tls_tickets *tickets;
};

static void
names_free(struct names *names)
{
	/* The first context holds these names; it is being freed already. */
	for (size_t i = 0; i < names->n; i++) {
		X509_free(names->v[i].cert);
		if (i > 0)
			SSL_CTX_free(names->v[i].ctx);
	}
	free(names->v);
	free(names);
}

static void
on_context_free(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int idx,
		long argl, void *argp)
{
	(void)parent;
	(void)ad;
	(void)idx;
	(void)argl;
	(void)argp;
	if (ptr != NULL)
		names_free(ptr);
}

/* Where a context keeps its names. Made once a process. */
static int
names_index(void)
{
	static int index = -1;

	if (index < 0)
		index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL,
						 on_context_free);
	return index;
}

/* Where a context keeps the tickets' keys; after SNI a connection may stand on
   any of the set. */
static int
tickets_index(void)
{
	static int index = -1;

	if (index < 0)
		index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	return index;
}

/* ---- SNI --------------------------------------------------------------- */

static bool
covers(X509 *cert, const char *name)
{
	return X509_check_host(cert, name, 0, 0, NULL) == 1;
}

/* The certificate for the name the client asked for; the first for a name that
   nobody has, as every server does. */
static int
on_server_name(SSL *ssl, int *alert, void *arg)
{
	const struct names *names =
		SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), names_index());
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert;
	(void)arg;
	if (name == NULL || names == NULL)
		return SSL_TLSEXT_ERR_NOACK;
	for (size_t i = 0; i < names->n; i++) {
		if (!covers(names->v[i].cert, name))
			continue;
		if (i > 0)
			SSL_set_SSL_CTX(ssl, names->v[i].ctx);
		return SSL_TLSEXT_ERR_OK;
	}
	return SSL_TLSEXT_ERR_NOACK;
}

/* ---- tickets ----------------------------------------------------------- */

/* RFC 5077 section 4: a key name, an IV, AES, and a HMAC over it all. */
static int
use_ticket_key(const unsigned char *key, unsigned char *iv,
	       EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, bool seal)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
						 (char *)"SHA256", 0),
		OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY,
						  (void *)(key + 48), 32),
		OSSL_PARAM_construct_end(),
	};

	return EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, key + 16, iv,
				 seal) == 1 &&
	       EVP_MAC_CTX_set_params(mac, params) == 1;
}

static int
seal_ticket(const struct tls_tickets *t, unsigned char name[16],
	    unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
	if (!t->has_current || RAND_bytes(iv, 16) != 1)
		return 0;	/* no ticket for this one */
	memcpy(name, t->current, 16);
	return use_ticket_key(t->current, iv, cipher, mac, true) ? 1 : -1;
}

/* 1: good. 2: good, and to be replaced. 0: not one of ours. A client of TLS 1.3 uses
   a ticket once (RFC 8446 appendix C.4): without another it would begin from nothing
   every other time. */
static int
open_ticket(const SSL *ssl, const struct tls_tickets *t,
	    const unsigned char name[16], unsigned char *iv,
	    EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
	int good = SSL_version(ssl) == TLS1_3_VERSION ? 2 : 1;

	if (t->has_current && memcmp(name, t->current, 16) == 0)
		return use_ticket_key(t->current, iv, cipher, mac, false) ?
			       good : -1;
	if (t->has_previous && memcmp(name, t->previous, 16) == 0)
		return use_ticket_key(t->previous, iv, cipher, mac, false) ?
			       2 : -1;
	return 0;
}

static int
on_ticket_key(SSL *ssl, unsigned char name[16], unsigned char *iv,
	      EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int seal)
{
	const struct tls_tickets *tickets =
		SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), tickets_index());

	if (tickets == NULL)
		return 0;
	return seal ? seal_ticket(tickets, name, iv, cipher, mac) :
		      open_ticket(ssl, tickets, name, iv, cipher, mac);
}

/* ---- making ------------------------------------------------------------ */

static struct err *
use_lists(SSL_CTX *ctx, const struct tls_conf *conf)
{
	if (conf->ciphers.n > 0 &&
	    SSL_CTX_set_cipher_list(ctx, conf->ciphers.p) != 1)
		return tls_error("use tls.ciphers", conf->ciphers);
	if (conf->ciphersuites.n > 0 &&
	    SSL_CTX_set_ciphersuites(ctx, conf->ciphersuites.p) != 1)
		return tls_error("use tls.ciphersuites", conf->ciphersuites);
	if (conf->groups.n > 0 &&
	    SSL_CTX_set1_groups_list(ctx, conf->groups.p) != 1)
		return tls_error("use tls.groups", conf->groups);
	return NULL;
}

static void
use_tickets(SSL_CTX *ctx, const struct tls_tickets *tickets)
{
	static const unsigned char where[] = "usher";

	/* What a worker keeps of a session would be of no use to the others. */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_session_id_context(ctx, where, sizeof(where) - 1);
	if (tickets == NULL)
		SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
	else
		SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_ticket_key);
	SSL_CTX_set_ex_data(ctx, tickets_index(), (void *)tickets);
	/* Clients open more than one connection at once, and use a ticket once. */
	SSL_CTX_set_num_tickets(ctx, tickets == NULL ? 0 : 2);
}

/* Whoever is only asked is let in with a certificate of no worth, too: what it is
   worth is told later. */
static int
on_verify_any(int ok, X509_STORE_CTX *store)
{
	(void)ok;
	(void)store;
	return 1;
}

static struct err *
ask_for_certificates(SSL_CTX *ctx, const struct tls_conf *conf,
		     struct slice client_ca)
{
	STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null();
	BIO *bio = BIO_new_mem_buf(client_ca.p, (int)client_ca.n);
	X509 *cert;
	int found = 0;

	while (bio != NULL &&
	       (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), cert);
		sk_X509_NAME_push(names,
				  X509_NAME_dup(X509_get_subject_name(cert)));
		X509_free(cert);
		found++;
	}
	ERR_clear_error();	/* the end of the text is no error */
	BIO_free(bio);
	SSL_CTX_set_client_CA_list(ctx, names);
	if (conf->client_certificates == CLIENT_CERTIFICATES_REQUIRE)
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER |
					SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	else
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, on_verify_any);
	return found > 0 ? NULL :
			   err_new(ERR_CONFIG, "%.*s: no certificate in it",
				   SL_FMT(conf->client_ca));
}

static struct err *
make_context(const struct tls_conf *conf, struct slice client_ca,
	     const struct tls_tickets *tickets, SSL_CTX **ctx_out)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	struct err *e;

	if (ctx == NULL)
		return tls_error("create", SL("TLS context"));
	tls_context_basics(ctx);
	if (conf->min_version == TLS_1_3)
		SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
	if (conf->prefer_server_ciphers)
		SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE |
					 SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_dh_auto(ctx, 1);
	SSL_CTX_set_tlsext_servername_callback(ctx, on_server_name);
	use_tickets(ctx, tickets);
	e = use_lists(ctx, conf);
	if (e == NULL && conf->client_certificates != CLIENT_CERTIFICATES_NO)
		e = ask_for_certificates(ctx, conf, client_ca);
	if (e != NULL) {
		SSL_CTX_free(ctx);
		return e;
	}
	*ctx_out = ctx;
	return NULL;
}

/* The subject's alternative names in their DER form: equal octets are equal
   names. */
static bool
same_names(X509 *a, X509 *b)
{
	int at = X509_get_ext_by_NID(a, NID_subject_alt_name, -1);
	int bt = X509_get_ext_by_NID(b, NID_subject_alt_name, -1);

	if (at < 0 || bt < 0)
		return at < 0 && bt < 0 &&
		       X509_NAME_cmp(X509_get_subject_name(a),
				     X509_get_subject_name(b)) == 0;
	return ASN1_OCTET_STRING_cmp(
		       X509_EXTENSION_get_data(X509_get_ext(a, at)),
		       X509_EXTENSION_get_data(X509_get_ext(b, bt))) == 0;
}

static bool
same_key_type(X509 *a, X509 *b)
{
	return EVP_PKEY_get_base_id(X509_get0_pubkey(a)) ==
	       EVP_PKEY_get_base_id(X509_get0_pubkey(b));
}

/* The entry that cert belongs beside: same names, another kind of key. */
static struct named *
find_sibling(struct names *names, X509 *cert)
{
	for (size_t i = 0; i < names->n; i++) {
		if (same_names(names->v[i].cert, cert) &&
		    !same_key_type(names->v[i].cert, cert))
			return &names->v[i];
	}
	return NULL;
}

static struct err *
add_pair(struct names *names, const struct tls_conf *conf,
	 const struct tls_pair *pair)
{
	struct named *at;
	X509 *cert = NULL;
	struct err *e = tls_first_certificate(pair->cert, pair->name, &cert);

	if (e != NULL)
		return e;
	at = find_sibling(names, cert);
	if (at == NULL) {
		at = &names->v[names->n];
		e = make_context(conf, names->client_ca, names->tickets,
				 &at->ctx);
		if (e == NULL) {
			at->cert = cert;
			cert = NULL;
			names->n++;
		}
	}
	X509_free(cert);
	if (e != NULL)
		return e;
	return tls_context_pair(at->ctx, pair->cert, pair->key,
				pair->key_password, pair->name);
}

struct err *
tls_server_make(const struct tls_conf *conf, const struct tls_pair *pairs,
		size_t count, struct slice client_ca,
		const struct tls_tickets *tickets, struct tls **tls_out)
{
	struct names *names = mem_zalloc(sizeof(*names));
	struct err *e = NULL;

	names->v = mem_zalloc_array(count, sizeof(*names->v));
	names->tickets = tickets;
	names->client_ca = client_ca;
	for (size_t i = 0; i < count && e == NULL; i++)
		e = add_pair(names, conf, &pairs[i]);
	if (e != NULL || names->n == 0) {
		if (names->n > 0)
			SSL_CTX_free(names->v[0].ctx);
		names_free(names);
		return e != NULL ? e : err_new(ERR_CONFIG, "no certificate");
	}
	/* SNI is settled on the first context: it owns the set. */
	SSL_CTX_set_ex_data(names->v[0].ctx, names_index(), names);
	*tls_out = mem_zalloc(sizeof(**tls_out));
	(*tls_out)->ctx = names->v[0].ctx;
	return NULL;
}
