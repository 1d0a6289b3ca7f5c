#include "auth/scheme.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "auth/scheme_private.h"
#include "base/base64.h"
#include "base/mem.h"
#include "base/secret.h"

static enum scheme_verdict
verify_plain(const struct scheme *scheme, struct slice data,
	     struct slice password, const char **why_out)
{
	(void)scheme;
	(void)why_out;
	return scheme_judge(secret_eq(data, password));
}

static bool
digest_make(const EVP_MD *md, struct slice password, struct slice salt,
	    char out[EVP_MAX_MD_SIZE])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool made = ctx != NULL && EVP_DigestInit_ex2(ctx, md, NULL) == 1 &&
		    EVP_DigestUpdate(ctx, password.p, password.n) == 1 &&
		    EVP_DigestUpdate(ctx, salt.p, salt.n) == 1 &&
		    EVP_DigestFinal_ex(ctx, (unsigned char *)out, NULL) == 1;

	EVP_MD_CTX_free(ctx);	/* wipes what it held */
	return made;
}

/* Data is the digest, and behind it the salt unless the scheme has a size. */
static enum scheme_verdict
verify_digest(const struct scheme *scheme, struct slice data,
	      struct slice password, const char **why_out)
{
	EVP_MD *md = EVP_MD_fetch(NULL, scheme->digest, NULL);
	size_t size = md == NULL ? 0 : (size_t)EVP_MD_get_size(md);
	char made[EVP_MAX_MD_SIZE];
	enum scheme_verdict verdict;

	if (scheme->size == 0 && data.n <= size)
		verdict = scheme_broken(why_out, "too short to hold a salt");
	else if (md == NULL ||
		 !digest_make(md, password, slice_skip(data, size), made))
		verdict = scheme_broken(why_out, "OpenSSL lacks its digest");
	else
		verdict = scheme_judge(secret_eq(slice_first(data, size),
						 (struct slice){ made, size }));
	mem_wipe(made, sizeof(made));
	EVP_MD_free(md);
	return verdict;
}

static enum scheme_verdict
verify_md5(const struct scheme *scheme, struct slice data,
	   struct slice password, const char **why_out);

static const struct scheme schemes[] = {
	{ SL("PLAIN"),     SCHEME_TEXT, 0, NULL, verify_plain },
	{ SL("CLEAR"),     SCHEME_TEXT, 0, NULL, verify_plain },
	{ SL("CLEARTEXT"), SCHEME_TEXT, 0, NULL, verify_plain },

	{ SL("SHA"),       SCHEME_BASE64, 20, "SHA1", verify_digest },
	{ SL("SHA1"),      SCHEME_BASE64, 20, "SHA1", verify_digest },
	{ SL("SHA256"),    SCHEME_BASE64, 32, "SHA256", verify_digest },
	{ SL("SHA512"),    SCHEME_BASE64, 64, "SHA512", verify_digest },
	{ SL("LDAP-MD5"),  SCHEME_BASE64, 16, "MD5", verify_digest },
	{ SL("PLAIN-MD5"), SCHEME_HEX, 16, "MD5", verify_digest },
	{ SL("MD5"),       SCHEME_TEXT, 0, NULL, verify_md5 },

	{ SL("SSHA"),      SCHEME_BASE64, 0, "SHA1", verify_digest },
	{ SL("SSHA256"),   SCHEME_BASE64, 0, "SHA256", verify_digest },
	{ SL("SSHA512"),   SCHEME_BASE64, 0, "SHA512", verify_digest },
	{ SL("SMD5"),      SCHEME_BASE64, 0, "MD5", verify_digest },

	/* The name does not choose the method, the data does: Dovecot takes a
	   "$1$" as SHA512-CRYPT too. (It is stricter with BLF-CRYPT only.) */
	{ SL("CRYPT"),        SCHEME_TEXT, 0, NULL, scheme_verify_crypt },
	{ SL("DES-CRYPT"),    SCHEME_TEXT, 0, NULL, scheme_verify_crypt },
	{ SL("MD5-CRYPT"),    SCHEME_TEXT, 0, NULL, scheme_verify_crypt },
	{ SL("BLF-CRYPT"),    SCHEME_TEXT, 0, NULL, scheme_verify_crypt },
	{ SL("SHA256-CRYPT"), SCHEME_TEXT, 0, NULL, scheme_verify_crypt },
	{ SL("SHA512-CRYPT"), SCHEME_TEXT, 0, NULL, scheme_verify_crypt },

	{ SL("PBKDF2"),        SCHEME_TEXT, 0, "SHA1", scheme_verify_pbkdf2 },
	{ SL("SCRAM-SHA-1"),   SCHEME_TEXT, 0, "SHA1", scheme_verify_scram },
	{ SL("SCRAM-SHA-256"), SCHEME_TEXT, 0, "SHA256", scheme_verify_scram },
#ifdef HAVE_ARGON2
	{ SL("ARGON2I"),  SCHEME_TEXT, 0, NULL, scheme_verify_argon2 },
	{ SL("ARGON2ID"), SCHEME_TEXT, 0, NULL, scheme_verify_argon2 },
#endif
};

static const struct {
	struct slice suffix;
	enum scheme_coding coding;
} suffixes[] = {
	{ SL("HEX"), SCHEME_HEX },
	{ SL("B64"), SCHEME_BASE64 },
	{ SL("BASE64"), SCHEME_BASE64 },
};

static const struct scheme *
scheme_find(struct slice name)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (slice_eq_nocase(schemes[i].name, name))
			return &schemes[i];
	}
	return NULL;
}

/* The coding that name's suffix asks for. False if there is no such suffix. */
static bool
coding_find(struct slice suffix, enum scheme_coding *coding_out)
{
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (slice_eq_nocase(suffixes[i].suffix, suffix)) {
			*coding_out = suffixes[i].coding;
			return true;
		}
	}
	return false;
}

/* "SHA256.HEX": the row and how data is written. NULL if either is unknown. */
static const struct scheme *
name_read(struct slice name, struct slice data, enum scheme_coding *coding_out)
{
	size_t dot = slice_index(name, '.');
	const struct scheme *scheme = scheme_find(slice_first(name, dot));

	if (scheme == NULL)
		return NULL;
	if (dot < name.n)
		return coding_find(slice_skip(name, dot + 1), coding_out) ?
			       scheme : NULL;
	*coding_out = scheme->coding;
	if (scheme->size > 0)
		*coding_out = data.n == scheme->size * 2 ? SCHEME_HEX :
							   SCHEME_BASE64;
	return scheme;
}

/* "$1$salt$hash$anything": where the hash ends, or 0 if this is not that. */
static size_t
bare_md5_crypt(struct slice s)
{
	struct slice hash;
	size_t salt;

	if (!slice_starts(s, SL("$1$")))
		return 0;
	salt = slice_index(slice_skip(s, 3), '$');
	if (3 + salt == s.n)
		return 0;
	hash = slice_skip(s, 3 + salt + 1);
	return s.n - hash.n + slice_index(hash, '$');
}

/* Parts stored into the scheme's name and its data; *name stays as it was if
   stored names none. */
static void
stored_split(struct slice *stored, struct slice *name)
{
	size_t end = bare_md5_crypt(*stored);

	if (end > 0) {
		*name = SL("MD5-CRYPT");
		*stored = slice_first(*stored, end);
		return;
	}
	if (stored->p[0] != '{' || !slice_has(*stored, '}'))
		return;
	end = slice_index(*stored, '}');
	*name = slice_skip(slice_first(*stored, end), 1);
	*stored = slice_skip(*stored, end + 1);
}

static int
hex_digit(char c)
{
	return OPENSSL_hexchar2int((unsigned char)c);	/* -1: none */
}

bool
scheme_unhex(struct slice s, struct buf *out)
{
	if (s.n % 2 != 0 || s.n / 2 > buf_room(out))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (hex_digit(s.p[i]) < 0)
			return false;
	}
	for (size_t i = 0; i < s.n; i += 2)
		buf_add_char(out, (char)(hex_digit(s.p[i]) << 4 |
					 hex_digit(s.p[i + 1])));
	return true;
}

/* Turns *data into what it stands for, in raw. NULL, or why it cannot. */
static const char *
decode(enum scheme_coding coding, struct slice *data, struct buf *raw)
{
	switch (coding) {
	case SCHEME_TEXT:
		return NULL;
	case SCHEME_BASE64:
		if (!base64_decode(slice_trim(*data), raw))
			return "not base64";
		break;
	case SCHEME_HEX:
		if (!scheme_unhex(*data, raw))
			return "not hex";
		break;
	}
	*data = buf_slice(raw);
	return NULL;
}

static enum scheme_verdict
verify_coded(const struct scheme *scheme, enum scheme_coding coding,
	     struct slice data, struct slice password, const char **why_out)
{
	struct buf raw;
	const char *why;
	enum scheme_verdict verdict;

	buf_init(&raw, SCHEME_MAX_STORED);	/* decoding never lengthens */
	why = decode(coding, &data, &raw);
	if (why == NULL && scheme->size > 0 && data.n != scheme->size)
		why = "not as long as its digest is";
	if (why != NULL)
		verdict = scheme_broken(why_out, why);
	else
		verdict = scheme->verify(scheme, data, password, why_out);
	buf_free(&raw);
	return verdict;
}

/* MD5 is two schemes with one name. */
static enum scheme_verdict
verify_md5(const struct scheme *scheme, struct slice data,
	   struct slice password, const char **why_out)
{
	enum scheme_coding coding;

	if (slice_starts(data, SL("$1$")))
		return scheme_verify_crypt(scheme, data, password, why_out);
	scheme = name_read(SL("PLAIN-MD5"), data, &coding);
	return verify_coded(scheme, coding, data, password, why_out);
}

static bool
take_data(struct slice stored, struct slice name, const struct scheme *wanted,
	  struct buf *out)
{
	const struct scheme *scheme;
	enum scheme_coding coding;

	if (stored.n == 0 || stored.n > SCHEME_MAX_STORED)
		return false;
	stored_split(&stored, &name);
	scheme = name_read(name, stored, &coding);
	if (scheme == NULL || scheme->verify != wanted->verify ||
	    scheme->digest != wanted->digest)
		return false;
	if (coding == SCHEME_TEXT)
		return buf_add(out, stored);
	return decode(coding, &stored, out) == NULL;
}

bool
scheme_data(struct slice stored, struct slice default_scheme,
	    struct slice wanted, struct buf *out)
{
	const struct scheme *scheme = scheme_find(wanted);

	return scheme != NULL && take_data(stored, default_scheme, scheme, out);
}

bool
scheme_clear(struct slice stored, struct slice default_scheme, struct buf *out)
{
	return scheme_data(stored, default_scheme, SL("PLAIN"), out) &&
	       !slice_has(buf_slice(out), '\0');
}

enum scheme_verdict
scheme_verify(struct slice stored, struct slice default_scheme,
	      struct slice password, const char **why_out)
{
	struct slice name = default_scheme;
	const struct scheme *scheme;
	enum scheme_coding coding;

	if (stored.n == 0)
		return SCHEME_MISMATCH;
	if (stored.n > SCHEME_MAX_STORED)
		return scheme_broken(why_out, "longer than any hash");
	stored_split(&stored, &name);
	scheme = name_read(name, stored, &coding);
	if (scheme == NULL) {
		*why_out = "unknown password scheme";
		return SCHEME_UNKNOWN;
	}
	if (password.n > SCHEME_MAX_PASSWORD || slice_has(password, '\0'))
		return SCHEME_MISMATCH;
	return verify_coded(scheme, coding, stored, password, why_out);
}
