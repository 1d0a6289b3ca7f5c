#include "director/placement.h"

#include <assert.h>
#include <openssl/evp.h>

#include "base/mem.h"

/* log2() of 1 + i/256, as fractions of 2^32, and the end of the last step. */
#define LOG_STEPS 256

struct candidate {
	struct slice tag;
	uint64_t seed, weight;
	bool open;
};

struct placement {
	struct candidate *v;
	size_t n;
	EVP_MD_CTX *digest;
	EVP_MD *sha256;
	uint64_t log_table[LOG_STEPS + 1];
};

/* ---- logarithms in whole numbers --------------------------------------- */

/* log2(x / 2^63) in 32 binary places, for x from 2^63 on: squaring doubles the
   logarithm, and each time it passes 2 the next place is a one. */
static uint64_t
log2_slowly(uint64_t x)
{
	uint64_t places = 0;

	for (int i = 0; i < 32; i++) {
		unsigned __int128 square = (unsigned __int128)x * x;
		bool one = (square >> 127) != 0;

		x = (uint64_t)(square >> (one ? 64 : 63));
		places = places << 1 | one;
	}
	return places;
}

static void
fill_log_table(struct placement *p)
{
	for (uint64_t i = 0; i < LOG_STEPS; i++)
		p->log_table[i] = log2_slowly((1ull << 63) + (i << 55));
	p->log_table[LOG_STEPS] = 1ull << 32;
}

/* 64 - log2(u), in 32 binary places: what -log() of a number from 0 to 1 would
   be. Straight lines between the table's points; the same for every backend,
   so the error of 3e-6 favours none of them. */
static uint64_t
minus_log2(const struct placement *p, uint64_t u)
{
	unsigned top = 63u - (unsigned)__builtin_clzll(u | 1);
	uint64_t mantissa = (u | 1) << (63 - top);	/* top bit set */
	uint64_t step = (mantissa >> 55) - LOG_STEPS;
	uint64_t within = (mantissa >> 23) & 0xffffffff;
	uint64_t low = p->log_table[step];
	uint64_t fraction = low + ((p->log_table[step + 1] - low) * within >> 32);

	return (64ull << 32) - (((uint64_t)top << 32) + fraction);
}

/* ---- draws ------------------------------------------------------------- */

/* Spreads every bit of x over all bits (the finisher of SplitMix64). */
static uint64_t
mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static uint64_t
draw(uint64_t seed, struct placement_key key)
{
	return mix(mix(seed ^ key.high) + key.low);
}

static uint64_t
read_u64(const unsigned char *p)
{
	uint64_t n = 0;

	for (size_t i = 0; i < 8; i++)
		n = n << 8 | p[i];
	return n;
}

struct placement_key
placement_key(struct placement *p, struct slice user)
{
	unsigned char sum[EVP_MAX_MD_SIZE];

	if (EVP_DigestInit_ex(p->digest, p->sha256, NULL) != 1 ||
	    EVP_DigestUpdate(p->digest, user.p, user.n) != 1 ||
	    EVP_DigestFinal_ex(p->digest, sum, NULL) != 1)
		abort();	/* SHA-256 cannot fail but for memory */
	return (struct placement_key){ read_u64(sum), read_u64(sum + 8) };
}

size_t
placement_find(const struct placement *p, struct placement_key key,
	       struct slice tag)
{
	size_t best = PLACEMENT_NONE;
	uint64_t best_cost = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct candidate *c = &p->v[i];
		uint64_t cost;

		if (!c->open || c->weight == 0 || !slice_eq(c->tag, tag))
			continue;
		cost = minus_log2(p, draw(c->seed, key));
		/* cost / weight is compared, without dividing. */
		if (best == PLACEMENT_NONE ||
		    (unsigned __int128)cost * p->v[best].weight <
			    (unsigned __int128)best_cost * c->weight) {
			best = i;
			best_cost = cost;
		}
	}
	return best;
}

/* ---- making ------------------------------------------------------------ */

struct placement *
placement_make(void)
{
	struct placement *p = mem_zalloc(sizeof(*p));

	p->digest = EVP_MD_CTX_new();
	p->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (p->digest == NULL || p->sha256 == NULL)
		abort();	/* out of memory, as in mem.c */
	fill_log_table(p);
	return p;
}

void
placement_free(struct placement **p)
{
	if (*p == NULL)
		return;
	for (size_t i = 0; i < (*p)->n; i++)
		free((char *)(*p)->v[i].tag.p);
	free((*p)->v);
	EVP_MD_CTX_free((*p)->digest);
	EVP_MD_free((*p)->sha256);
	free(*p);
	*p = NULL;
}

void
placement_add(struct placement *p, struct slice name, struct slice tag,
	      uint64_t weight)
{
	struct candidate *c;

	assert(p->n < PLACEMENT_MAX_BACKENDS);
	p->v = mem_realloc(p->v, (p->n + 1) * sizeof(*p->v));
	c = &p->v[p->n++];
	c->tag = (struct slice){ mem_strdup(tag.p, tag.n), tag.n };
	c->weight = weight;
	c->open = true;
	c->seed = placement_key(p, name).high;
}

void
placement_set_open(struct placement *p, size_t index, bool open)
{
	p->v[index].open = open;
}
