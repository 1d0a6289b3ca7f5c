/* Schemes made of a slow key derivation: PBKDF2, SCRAM's secrets, Argon2. */
#include <limits.h>
#include <openssl/evp.h>

#include "auth/scheme_private.h"
#include "auth/scram_private.h"
#include "base/base64.h"
#include "base/mem.h"
#include "base/secret.h"

#ifdef HAVE_ARGON2
#include <argon2.h>
#endif

/* Salts and keys, decoded. SCRAM's and PBKDF2's keys have 32 octets at most;
   nobody's salt, and no key of Argon2, is longer than this. */
#define MAX_PIECE 128

static const char too_dear[] = "checking it costs more than is allowed";
static const char no_digest[] = "OpenSSL lacks its digest";
static const char damaged[] = "not in the form of its scheme";

/* Splits s at sep into exactly count pieces. */
static bool
split(struct slice s, char sep, struct slice *pieces, size_t count)
{
	for (size_t i = 0; i + 1 < count; i++) {
		if (!slice_has(s, sep))
			return false;
		slice_cut(&s, sep, &pieces[i]);
	}
	pieces[count - 1] = s;
	return !slice_has(s, sep);
}

/* NULL with *rounds_out from least to the maximum, or why not. */
static const char *
read_rounds(struct slice s, uint64_t least, int *rounds_out)
{
	uint64_t n;

	_Static_assert(SCHEME_MAX_HMAC_ROUNDS <= INT_MAX, "an int for OpenSSL");
	if (!slice_to_u64(s, UINT64_MAX, &n) || n < least)
		return "a count of rounds that is no such thing";
	if (n > SCHEME_MAX_HMAC_ROUNDS)
		return too_dear;
	*rounds_out = (int)n;
	return NULL;
}

/* PBKDF2 (RFC 8018 section 5.2), which is also SCRAM's Hi (RFC 5802 section
   2.2). NULL, or why it cannot make a key of size octets, the digest's own. */
static const char *
derive(const char *digest, struct slice password, struct slice salt, int rounds,
       char key[EVP_MAX_MD_SIZE], size_t size)
{
	EVP_MD *md = EVP_MD_fetch(NULL, digest, NULL);
	const char *why = NULL;

	_Static_assert(SCHEME_MAX_PASSWORD <= INT_MAX, "an int for OpenSSL");
	if (md == NULL)
		why = no_digest;
	else if (size != (size_t)EVP_MD_get_size(md))
		why = "not as long as its key is";
	else if (PKCS5_PBKDF2_HMAC(password.p, (int)password.n,
				   (const unsigned char *)salt.p, (int)salt.n,
				   rounds, md, (int)size,
				   (unsigned char *)key) != 1)
		why = no_digest;
	EVP_MD_free(md);
	return why;
}

/* "$1$salt$rounds$key", the key in hex, the salt as it is. */
static enum scheme_verdict
pbkdf2_compare(const struct scheme *scheme, struct slice data,
	       struct slice password, struct buf *wanted, const char **why_out)
{
	struct slice piece[3];
	char key[EVP_MAX_MD_SIZE];
	enum scheme_verdict verdict;
	const char *why;
	int rounds;

	if (!slice_starts(data, SL("$1$")) ||
	    !split(slice_skip(data, 3), '$', piece, 3) ||
	    !scheme_unhex(piece[2], wanted))
		return scheme_broken(why_out, damaged);
	why = read_rounds(piece[1], 1, &rounds);
	if (why == NULL)
		why = derive(scheme->digest, password, piece[0], rounds, key,
			     wanted->n);
	if (why != NULL)
		return scheme_broken(why_out, why);
	verdict = scheme_judge(secret_eq((struct slice){ key, wanted->n },
					 buf_slice(wanted)));
	mem_wipe(key, sizeof(key));
	return verdict;
}

enum scheme_verdict
scheme_verify_pbkdf2(const struct scheme *scheme, struct slice data,
		     struct slice password, const char **why_out)
{
	enum scheme_verdict verdict;
	struct buf wanted;

	buf_init(&wanted, MAX_PIECE);
	verdict = pbkdf2_compare(scheme, data, password, &wanted, why_out);
	buf_free(&wanted);
	return verdict;
}

/* As Dovecot does it, the password is not prepared (RFC 4013) first, and the
   ServerKey is not looked at. */
enum scheme_verdict
scheme_verify_scram(const struct scheme *scheme, struct slice data,
		    struct slice password, const char **why_out)
{
	struct scram_secret kept, made;
	enum scheme_verdict verdict;
	const char *why = scram_secret_read(data, &kept);

	if (why == NULL && kept.key_n != scram_key_size(scheme->digest))
		why = "not as long as its key is";
	if (why == NULL)
		why = scram_secret_make(
			scheme->digest, password,
			(struct slice){ (const char *)kept.salt, kept.salt_n },
			kept.rounds, &made);
	if (why != NULL)
		return scheme_broken(why_out, why);
	verdict = scheme_judge(secret_eq(
		(struct slice){ (const char *)kept.stored_key, kept.key_n },
		(struct slice){ (const char *)made.stored_key, made.key_n }));
	mem_wipe(&kept, sizeof(kept));
	mem_wipe(&made, sizeof(made));
	return verdict;
}

#ifdef HAVE_ARGON2
/* "$argon2id$v=19$m=65536,t=3,p=1$salt$key", base64 without its padding. */
struct argon2_secret {
	argon2_type type;
	uint64_t kib, passes, lanes;
	struct buf salt, key;
};

static bool
base64_unpadded(struct slice s, struct buf *out)
{
	struct buf padded;
	bool decoded;

	buf_init(&padded, MAX_PIECE / 3 * 4 + 4);
	buf_add(&padded, s);
	while (buf_ok(&padded) && padded.n % 4 != 0)
		buf_add_char(&padded, '=');
	decoded = buf_ok(&padded) && base64_decode(buf_slice(&padded), out);
	buf_free(&padded);
	return decoded;
}

/* "m=65536" */
static bool
read_param(struct slice s, struct slice name, uint64_t *n_out)
{
	return slice_starts(s, name) &&
	       slice_to_u64(slice_skip(s, name.n), UINT32_MAX, n_out);
}

static bool
read_type(struct slice name, argon2_type *type_out)
{
	if (slice_eq(name, SL("argon2id")))
		*type_out = Argon2_id;
	else if (slice_eq(name, SL("argon2i")))
		*type_out = Argon2_i;
	else
		return false;
	return true;
}

/* NULL, or why not. Like Dovecot, takes version 19 (1.3) only. */
static const char *
argon2_read(struct slice data, struct argon2_secret *secret)
{
	struct slice piece[6], param[3];

	if (!split(data, '$', piece, 6) || piece[0].n > 0 ||
	    !read_type(piece[1], &secret->type) ||
	    !slice_eq(piece[2], SL("v=19")) ||
	    !split(piece[3], ',', param, 3) ||
	    !read_param(param[0], SL("m="), &secret->kib) ||
	    !read_param(param[1], SL("t="), &secret->passes) ||
	    !read_param(param[2], SL("p="), &secret->lanes) ||
	    !base64_unpadded(piece[4], &secret->salt) ||
	    !base64_unpadded(piece[5], &secret->key))
		return damaged;
	if (secret->kib > SCHEME_MAX_ARGON2_KIB ||
	    secret->passes > SCHEME_MAX_ARGON2_WORK ||
	    secret->kib * secret->passes > SCHEME_MAX_ARGON2_WORK ||
	    secret->lanes > SCHEME_MAX_ARGON2_LANES)
		return too_dear;
	return NULL;
}

/* argon2_verify() would start a thread for every lane; one thread walks all of
   them to the same result. */
static enum scheme_verdict
argon2_compare(const struct argon2_secret *secret, struct slice password,
	       const char **why_out)
{
	char key[MAX_PIECE];
	argon2_context work = {
		.out = (uint8_t *)key, .outlen = (uint32_t)secret->key.n,
		/* Not written to: the library's flag for wiping it is off. */
		.pwd = (uint8_t *)password.p, .pwdlen = (uint32_t)password.n,
		.salt = (uint8_t *)secret->salt.p,
		.saltlen = (uint32_t)secret->salt.n,
		.t_cost = (uint32_t)secret->passes,
		.m_cost = (uint32_t)secret->kib,
		.lanes = (uint32_t)secret->lanes, .threads = 1,
		.version = ARGON2_VERSION_13,
	};
	enum scheme_verdict verdict;

	switch (argon2_ctx(&work, secret->type)) {
	case ARGON2_OK:
		verdict = scheme_judge(
			secret_eq((struct slice){ key, secret->key.n },
				  buf_slice(&secret->key)));
		break;
	case ARGON2_MEMORY_ALLOCATION_ERROR:
		verdict = scheme_broken(why_out, "not enough memory");
		break;
	default:
		verdict = scheme_broken(why_out, "parameters Argon2 refuses");
		break;
	}
	mem_wipe(key, sizeof(key));
	return verdict;
}

/* Either scheme's name goes with either type, as in Dovecot. */
enum scheme_verdict
scheme_verify_argon2(const struct scheme *scheme, struct slice data,
		     struct slice password, const char **why_out)
{
	struct argon2_secret secret = { 0 };
	enum scheme_verdict verdict;
	const char *why;

	(void)scheme;
	buf_init(&secret.salt, MAX_PIECE);
	buf_init(&secret.key, MAX_PIECE);
	why = argon2_read(data, &secret);
	if (why != NULL)
		verdict = scheme_broken(why_out, why);
	else
		verdict = argon2_compare(&secret, password, why_out);
	buf_free(&secret.salt);
	buf_free(&secret.key);
	return verdict;
}
#endif
