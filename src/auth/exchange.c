#include "auth/exchange.h"

#include <openssl/evp.h>

#include "auth/scheme.h"
#include "auth/scram.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/secret.h"

/* As many octets as the salt that "doveadm pw" makes. */
#define SALT_SIZE 16
#define MD5_SIZE 16

struct exchange {
	struct scram_server scram;
	struct auth_answer yes;
	bool proven;		/* our own proof is with the client */
};

bool
exchange_serves(const struct mechanism *m)
{
	return m->kind == MECHANISM_SCRAM || m->kind == MECHANISM_CRAM;
}

static void
deny(struct auth_lookup *l)
{
	const struct auth_answer no = { .result = AUTH_DENIED,
					.user = l->request->user };

	auth_lookup_answer(l, &no);
}

/* ---- SCRAM ------------------------------------------------------------- */

/* The same salt each time for the same name, whether there is such a user or
   not. */
static void
salt_for(const struct auth_lookup *l, unsigned char salt[SALT_SIZE])
{
	struct slice key = auth_chain_key(l->chain), user = l->request->user;
	unsigned char mac[EVP_MAX_MD_SIZE];
	size_t n = 0;

	if (EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key.p, key.n,
		      (const unsigned char *)user.p, user.n, mac, sizeof(mac),
		      &n) == NULL)
		abort();	/* as out of memory in mem.c */
	memcpy(salt, mac, SALT_SIZE);
}

static const struct mechanism *
mechanism_of(const struct auth_lookup *l)
{
	return mechanism_find(l->request->mechanism);
}

/* The channel's data for what the client asks to bind to. False: it must not go
   on (RFC 5802 section 6). */
static bool
find_binding(const struct auth_lookup *l, const struct scram_first *first,
	     struct slice *binding_out)
{
	const struct auth_request *r = l->request;
	const struct var *v;

	*binding_out = (struct slice){ 0 };
	if (!mechanism_of(l)->binding)
		return first->gs2.binding == GS2_NONE ||
		       (first->gs2.binding == GS2_UNUSED &&
			!r->binding_offered);
	if (first->gs2.binding != GS2_USED)
		return false;
	v = vars_find(&r->bindings, first->gs2.binding_name);
	if (v != NULL)
		*binding_out = v->value;
	return v != NULL;
}

/* NULL, or why there is no secret for this mechanism. */
static const char *
find_secret(const struct auth_lookup *l, struct slice stored,
	    struct slice scheme, struct scram_secret *out)
{
	const struct mechanism *m = mechanism_of(l);
	unsigned char salt[SALT_SIZE];
	const char *why = "no secret for it";
	struct buf text;

	buf_init(&text, SCHEME_MAX_STORED);
	if (scheme_clear(stored, scheme, &text)) {
		salt_for(l, salt);
		why = scram_secret_make(m->digest, buf_slice(&text),
					(struct slice){ (char *)salt,
							SALT_SIZE },
					SCRAM_MIN_ROUNDS, out);
	} else if (scheme_data(stored, scheme,
			       slice_eq(slice_of(m->digest), SL("SHA1")) ?
				       SL("SCRAM-SHA-1") :
				       SL("SCRAM-SHA-256"),
			       &text)) {
		why = scram_secret_read(buf_slice(&text), out);
		if (why == NULL && out->key_n != scram_key_size(m->digest))
			why = "not as long as its key is";
	}
	buf_free(&text);
	return why;
}

static void
begin_scram(struct auth_lookup *l, struct slice stored, struct slice scheme,
	    const struct auth_answer *yes)
{
	const struct auth_request *r = l->request;
	struct exchange *x = arena_alloc(l->arena, sizeof(*x));
	struct scram_first first;
	struct scram_secret secret;
	struct slice binding;

	if (!scram_first_read(r->response, l->arena, &first) ||
	    !find_binding(l, &first, &binding) ||
	    find_secret(l, stored, scheme, &secret) != NULL) {
		deny(l);
		return;
	}
	x->yes = *yes;
	l->driver_data = x;
	auth_lookup_challenge(
		l, scram_server_begin(&x->scram, mechanism_of(l)->digest,
				      &first, binding, &secret,
				      scram_nonce(l->arena), l->arena));
	mem_wipe(&secret, sizeof(secret));
}

/* Its proof is right: now ours, which the client answers with nothing. */
void
exchange_proceed(void *state, struct auth_lookup *l, struct slice response)
{
	struct exchange *x = l->driver_data;
	struct slice proof = { 0 };

	(void)state;
	if (x->proven) {
		auth_lookup_answer(l, &x->yes);
	} else if (scram_server_final(&x->scram, response, &proof) ==
		   SCRAM_RIGHT) {
		x->proven = true;
		auth_lookup_challenge(l, proof);
	} else {
		deny(l);
	}
}

/* ---- CRAM-MD5 ---------------------------------------------------------- */

struct slice
exchange_cram_challenge(struct arena *a)
{
	uint64_t number;

	random_octets(&number, sizeof(number));
	return arena_printf(a, "<%llu.%lld@usher>", (unsigned long long)number,
			    (long long)(clock_wall_us() / 1000000));
}

/* The digest is behind the last blank: names may have some. */
bool
exchange_cram_response(struct slice response, struct slice *user_out,
		       struct slice *digest_out)
{
	size_t digits = 2 * MD5_SIZE;

	if (response.n < digits + 2 ||
	    response.p[response.n - digits - 1] != ' ' ||
	    slice_has(response, '\0'))
		return false;
	*user_out = slice_first(response, response.n - digits - 1);
	*digest_out = slice_skip(response, response.n - digits);
	return true;
}

static bool
is_cram_digest(struct slice password, struct slice salt, struct slice digest)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char mac[EVP_MAX_MD_SIZE];
	char text[2 * MD5_SIZE];
	size_t n = 0;
	/* An empty key is no key to OpenSSL. */
	const void *key = password.n > 0 ? password.p : "";

	if (EVP_Q_mac(NULL, "HMAC", NULL, "MD5", NULL, key, password.n,
		      (const unsigned char *)salt.p, salt.n, mac, sizeof(mac),
		      &n) == NULL || n != MD5_SIZE)
		return false;
	for (size_t i = 0; i < MD5_SIZE; i++) {
		text[2 * i] = hex[mac[i] >> 4];
		text[2 * i + 1] = hex[mac[i] & 15];
	}
	return secret_eq((struct slice){ text, sizeof(text) }, digest);
}

static void
judge_cram(struct auth_lookup *l, struct slice stored, struct slice scheme,
	   const struct auth_answer *yes)
{
	const struct auth_request *r = l->request;
	struct buf clear;
	bool right;

	buf_init(&clear, SCHEME_MAX_STORED);
	right = scheme_clear(stored, scheme, &clear) &&
		is_cram_digest(buf_slice(&clear), r->salt, r->response);
	buf_free(&clear);
	if (right)
		auth_lookup_answer(l, yes);
	else
		deny(l);
}

/* ---- either ------------------------------------------------------------ */

void
exchange_begin(struct auth_lookup *l, struct slice stored, struct slice scheme,
	       const struct auth_answer *yes)
{
	if (mechanism_of(l)->kind == MECHANISM_SCRAM)
		begin_scram(l, stored, scheme, yes);
	else
		judge_cram(l, stored, scheme, yes);
}

bool
exchange_decoy(struct auth_lookup *l)
{
	const struct mechanism *m = mechanism_of(l);
	struct scram_secret secret = { .rounds = SCRAM_MIN_ROUNDS,
				       .salt_n = SALT_SIZE };
	struct scram_server scram;
	struct scram_first first;
	struct slice binding;

	if (l->request->proof != AUTH_PROOF_EXCHANGE || m == NULL ||
	    m->kind != MECHANISM_SCRAM || l->challenge == NULL ||
	    !scram_first_read(l->request->response, l->arena, &first) ||
	    !find_binding(l, &first, &binding))
		return false;
	salt_for(l, secret.salt);
	auth_lookup_challenge(l, scram_server_begin(&scram, m->digest, &first,
						    binding, &secret,
						    scram_nonce(l->arena),
						    l->arena));
	return true;
}
