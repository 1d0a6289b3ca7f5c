#include "auth/scram.h"

#include <limits.h>
#include <openssl/evp.h>

#include "auth/scheme.h"
#include "auth/scram_private.h"
#include "base/base64.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/secret.h"

/* A server's messages: a nonce of the client's, which is bounded by the SASL
   message it came in, and small things. */
#define MAX_MESSAGE (16 * 1024)

/* ---- arithmetic -------------------------------------------------------- */

bool
scram_hmac(const char *digest, const unsigned char *key, size_t key_n,
	   struct slice text, unsigned char out[SCRAM_MAX_KEY])
{
	size_t size = 0;

	return EVP_Q_mac(NULL, "HMAC", NULL, digest, NULL, key, key_n,
			 (const unsigned char *)text.p, text.n, out,
			 SCRAM_MAX_KEY, &size) != NULL;
}

bool
scram_hash(const char *digest, const unsigned char *in, size_t n,
	   unsigned char out[SCRAM_MAX_KEY])
{
	size_t size = 0;

	return EVP_Q_digest(NULL, digest, NULL, in, n, out, &size) == 1;
}

size_t
scram_key_size(const char *digest)
{
	EVP_MD *md = EVP_MD_fetch(NULL, digest, NULL);
	size_t size = md == NULL ? 0 : (size_t)EVP_MD_get_size(md);

	EVP_MD_free(md);
	return size <= SCRAM_MAX_KEY ? size : 0;
}

bool
scram_keys(const char *digest, const unsigned char *salted, size_t n,
	   unsigned char client_key[SCRAM_MAX_KEY],
	   unsigned char stored_key[SCRAM_MAX_KEY],
	   unsigned char server_key[SCRAM_MAX_KEY])
{
	return scram_hmac(digest, salted, n, SL("Client Key"), client_key) &&
	       scram_hash(digest, client_key, n, stored_key) &&
	       scram_hmac(digest, salted, n, SL("Server Key"), server_key);
}

struct slice
scram_auth_message(struct arena *a, struct slice bare, struct slice first,
		   struct slice last)
{
	return arena_printf(a, "%.*s,%.*s,%.*s", SL_FMT(bare), SL_FMT(first),
			    SL_FMT(last));
}

/* ---- secrets ----------------------------------------------------------- */

static const char damaged[] = "not in the form of its scheme";

/* Decodes s, which must not have more than max octets. */
static bool
read_piece(struct slice s, unsigned char *out, size_t max, size_t *n_out)
{
	struct buf b;
	bool good;

	buf_init(&b, max);
	good = base64_decode(s, &b);
	if (good && b.n > 0)
		memcpy(out, b.p, b.n);
	*n_out = b.n;
	buf_free(&b);
	return good;
}

const char *
scram_secret_read(struct slice stored, struct scram_secret *out)
{
	struct slice piece[4];
	struct scram_secret s = { .rounds = 0 };
	size_t server_n;
	uint64_t rounds;

	for (size_t i = 0; i < 3; i++) {
		if (!slice_has(stored, ','))
			return damaged;
		slice_cut(&stored, ',', &piece[i]);
	}
	piece[3] = stored;
	if (slice_has(stored, ',') ||
	    !read_piece(piece[1], s.salt, SCRAM_MAX_SALT, &s.salt_n) ||
	    !read_piece(piece[2], s.stored_key, SCRAM_MAX_KEY, &s.key_n) ||
	    !read_piece(piece[3], s.server_key, SCRAM_MAX_KEY, &server_n))
		return damaged;
	if (s.key_n != server_n)
		return "keys of different lengths";
	if (!slice_to_u64(piece[0], UINT64_MAX, &rounds) ||
	    rounds < SCRAM_MIN_ROUNDS)
		return "a count of rounds that is no such thing";
	if (rounds > SCHEME_MAX_HMAC_ROUNDS)
		return "checking it costs more than is allowed";
	s.rounds = (int)rounds;
	*out = s;
	return NULL;
}

const char *
scram_secret_make(const char *digest, struct slice password, struct slice salt,
		  int rounds, struct scram_secret *out)
{
	EVP_MD *md = EVP_MD_fetch(NULL, digest, NULL);
	unsigned char salted[SCRAM_MAX_KEY], client_key[SCRAM_MAX_KEY];
	struct scram_secret s = { .rounds = rounds, .salt_n = salt.n };
	bool made;

	_Static_assert(SCHEME_MAX_PASSWORD <= INT_MAX, "an int for OpenSSL");
	s.key_n = md == NULL ? 0 : (size_t)EVP_MD_get_size(md);
	made = md != NULL && salt.n <= SCRAM_MAX_SALT &&
	       password.n <= SCHEME_MAX_PASSWORD &&
	       PKCS5_PBKDF2_HMAC(password.p, (int)password.n,
				 (const unsigned char *)salt.p, (int)salt.n,
				 rounds, md, (int)s.key_n, salted) == 1 &&
	       scram_keys(digest, salted, s.key_n, client_key, s.stored_key,
			  s.server_key);
	EVP_MD_free(md);
	if (made && salt.n > 0)
		memcpy(s.salt, salt.p, salt.n);
	if (made)
		*out = s;
	mem_wipe(salted, sizeof(salted));
	mem_wipe(client_key, sizeof(client_key));
	mem_wipe(&s, sizeof(s));
	return made ? NULL : "OpenSSL lacks its digest";
}

/* ---- messages ---------------------------------------------------------- */

bool
scram_cut(struct slice *rest, char name, struct slice *value_out)
{
	struct slice item;

	if (rest->n < 2 || rest->p[0] != name || rest->p[1] != '=')
		return false;
	slice_cut(rest, ',', &item);
	*value_out = slice_skip(item, 2);
	return true;
}

void
scram_add_base64(struct buf *out, const unsigned char *p, size_t n)
{
	base64_encode((struct slice){ (const char *)p, n }, out);
}

bool
scram_decode(struct slice coded, unsigned char *out, size_t n)
{
	size_t got;

	return read_piece(coded, out, n, &got) && got == n;
}

/* Printable, and no comma (RFC 5802 section 7, "c-nonce"). */
static bool
is_nonce(struct slice s)
{
	return s.n > 0 && slice_is_printable(s) && !slice_has(s, ' ');
}

/* An "m=" in front would be an extension that we must know and do not. Others
   may follow, and mean nothing to us. */
bool
scram_first_read(struct slice message, struct arena *a, struct scram_first *out)
{
	struct scram_first f;
	struct slice rest = message, name;

	if (slice_has(message, '\0') || !gs2_read(&rest, a, &f.gs2))
		return false;
	f.bare = rest;
	if (!scram_cut(&rest, 'n', &name) ||
	    !gs2_name_read(name, a, &f.user) || f.user.n == 0 ||
	    !scram_cut(&rest, 'r', &f.nonce) || !is_nonce(f.nonce))
		return false;
	*out = f;
	return true;
}

struct slice
scram_nonce(struct arena *a)
{
	unsigned char raw[18];
	struct slice text;
	struct buf out;

	random_octets(raw, sizeof(raw));
	buf_init(&out, 24);
	scram_add_base64(&out, raw, sizeof(raw));
	text = arena_copy(a, buf_slice(&out));
	buf_free(&out);
	return text;
}

/* ---- the server -------------------------------------------------------- */

static struct slice
channel_of(const struct scram_first *first, struct slice binding,
	   struct arena *a)
{
	size_t n = first->gs2.text.n;
	char *p = arena_alloc(a, n + binding.n + 1);

	memcpy(p, first->gs2.text.p, n);
	if (binding.n > 0)
		memcpy(p + n, binding.p, binding.n);
	return (struct slice){ p, n + binding.n };
}

struct slice
scram_server_begin(struct scram_server *s, const char *digest,
		   const struct scram_first *first, struct slice binding,
		   const struct scram_secret *secret, struct slice nonce,
		   struct arena *a)
{
	struct buf text;

	*s = (struct scram_server){ .digest = digest, .arena = a,
				    .secret = *secret };
	s->bare = arena_copy(a, first->bare);
	s->channel = channel_of(first, binding, a);
	s->nonce = arena_printf(a, "%.*s%.*s", SL_FMT(first->nonce),
				SL_FMT(nonce));
	buf_init(&text, MAX_MESSAGE);
	BUF_ADD(&text, SL("r="), s->nonce, SL(",s="));
	scram_add_base64(&text, secret->salt, secret->salt_n);
	buf_addf(&text, ",i=%d", secret->rounds);
	s->first = arena_copy(a, buf_slice(&text));
	buf_free(&text);
	return s->first;
}

static bool
is_our_channel(const struct scram_server *s, struct slice coded)
{
	struct buf b;
	bool same;

	buf_init(&b, MAX_MESSAGE);
	same = base64_decode(coded, &b) &&
	       slice_eq(buf_slice(&b), s->channel);
	buf_free(&b);
	return same;
}

/* The proof is the client's key, hidden by a signature that only who has the
   stored key can make; its hash is the stored key. */
static bool
proves(const struct scram_server *s, struct slice auth, unsigned char *proof)
{
	unsigned char signature[SCRAM_MAX_KEY], hash[SCRAM_MAX_KEY];
	size_t n = s->secret.key_n;
	bool good = scram_hmac(s->digest, s->secret.stored_key, n, auth,
			       signature);

	for (size_t i = 0; i < n; i++)
		proof[i] ^= signature[i];
	good = good && scram_hash(s->digest, proof, n, hash) &&
	       secret_eq((struct slice){ (char *)hash, n },
			 (struct slice){ (const char *)s->secret.stored_key,
					 n });
	mem_wipe(signature, sizeof(signature));
	return good;
}

static struct slice
sign(const struct scram_server *s, struct slice auth)
{
	unsigned char signature[SCRAM_MAX_KEY];
	struct slice text;
	struct buf out;

	scram_hmac(s->digest, s->secret.server_key, s->secret.key_n, auth,
		   signature);
	buf_init(&out, 2 * SCRAM_MAX_KEY);
	buf_add(&out, SL("v="));
	scram_add_base64(&out, signature, s->secret.key_n);
	text = arena_copy(s->arena, buf_slice(&out));
	buf_free(&out);
	return text;
}

enum scram_verdict
scram_server_final(struct scram_server *s, struct slice message,
		   struct slice *reply_out)
{
	unsigned char proof[SCRAM_MAX_KEY];
	struct slice rest = message, channel, nonce, coded = { 0 }, auth;
	size_t without = message.n;

	if (!scram_cut(&rest, 'c', &channel) || !scram_cut(&rest, 'r', &nonce))
		return SCRAM_NONSENSE;
	/* The proof is the last; extensions may stand before it. */
	while (rest.n > 0 && !slice_starts(rest, SL("p="))) {
		struct slice extension;

		slice_cut(&rest, ',', &extension);
	}
	without = message.n - rest.n;
	if (!scram_cut(&rest, 'p', &coded) || rest.n > 0 ||
	    !scram_decode(coded, proof, s->secret.key_n))
		return SCRAM_NONSENSE;
	if (!slice_eq(nonce, s->nonce) || !is_our_channel(s, channel))
		return SCRAM_NONSENSE;
	auth = scram_auth_message(s->arena, s->bare, s->first,
				  slice_first(message, without - 1));
	if (!proves(s, auth, proof)) {
		mem_wipe(proof, sizeof(proof));
		return SCRAM_WRONG;
	}
	mem_wipe(proof, sizeof(proof));
	*reply_out = sign(s, auth);
	return SCRAM_RIGHT;
}
