#include "auth/jwt.h"

#include <jansson.h>

#include "base/base64.h"
#include "base/buf.h"

/* ---- claims ------------------------------------------------------------ */

static struct slice
text_of(json_t *v)
{
	if (!json_is_string(v))
		return (struct slice){ 0 };
	return (struct slice){ json_string_value(v), json_string_length(v) };
}

static bool
is_listed(const struct conf_texts *list, struct slice s)
{
	for (size_t i = 0; i < list->n; i++) {
		if (slice_eq(list->v[i], s))
			return true;
	}
	return false;
}

/* A text, or an array of them (RFC 7519 section 4.1.3). */
static bool
has_audience(const struct conf_texts *wanted, json_t *aud)
{
	json_t *v;
	size_t i;

	if (wanted->n == 0 || is_listed(wanted, text_of(aud)))
		return true;
	json_array_foreach(aud, i, v) {
		if (is_listed(wanted, text_of(v)))
			return true;
	}
	return false;
}

/* RFC 8693 section 4.2: words with blanks between them; some write an array. */
static bool
grants(json_t *scope, struct slice wanted)
{
	struct slice rest = text_of(scope), word;
	json_t *v;
	size_t i;

	while (slice_cut_word(&rest, &word)) {
		if (slice_eq(word, wanted))
			return true;
	}
	json_array_foreach(scope, i, v) {
		if (slice_eq(text_of(v), wanted))
			return true;
	}
	return false;
}

static bool
has_scopes(const struct conf_texts *wanted, json_t *claims)
{
	json_t *scope = json_object_get(claims, "scope");

	if (scope == NULL)
		scope = json_object_get(claims, "scp");
	for (size_t i = 0; i < wanted->n; i++) {
		if (!grants(scope, wanted->v[i]))
			return false;
	}
	return true;
}

/* NULL, or what is wrong with its times. */
static const char *
check_times(json_t *claims, const struct jwt_rules *rules, bool needs_exp)
{
	json_t *exp = json_object_get(claims, "exp");
	json_t *nbf = json_object_get(claims, "nbf");
	double now = (double)rules->now_s, leeway = (double)rules->leeway_s;

	if (exp == NULL && needs_exp)
		return "it never expires (exp)";
	if (exp != NULL && !json_is_number(exp))
		return "its exp is no number";
	if (exp != NULL && json_number_value(exp) <= now - leeway)
		return "it has expired";
	if (nbf != NULL && !json_is_number(nbf))
		return "its nbf is no number";
	if (nbf != NULL && json_number_value(nbf) > now + leeway)
		return "it is not valid yet (nbf)";
	return NULL;
}

/* A name goes into logs and to backends: nothing may end it early. */
static bool
is_name(struct slice s)
{
	return s.n > 0 && !slice_ends_line(s);
}

static const char *
check_claims(json_t *claims, const struct jwt_rules *rules, bool is_signed,
	     struct slice *user_out)
{
	json_t *iss = json_object_get(claims, "iss");
	json_t *aud = json_object_get(claims, "aud");
	const char *why;

	if (!json_is_object(claims))
		return "its claims are no JSON object";
	why = check_times(claims, rules, is_signed);
	if (why != NULL)
		return why;
	if (rules->issuer.n > 0 && (is_signed || iss != NULL) &&
	    !slice_eq(text_of(iss), rules->issuer))
		return "it is of another issuer (iss)";
	if ((is_signed || aud != NULL) && !has_audience(&rules->audience, aud))
		return "it is for somebody else (aud)";
	if (!has_scopes(&rules->scope, claims))
		return "it does not grant what is needed (scope)";
	*user_out = text_of(json_object_get(claims, rules->username_claim.p));
	if (!is_name(*user_out))
		return "it names no user";
	return NULL;
}

static enum jwt_verdict
judge(struct slice text, const struct jwt_rules *rules, bool is_signed,
      struct arena *a, struct slice *user_out, const char **why_out)
{
	json_t *claims = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES,
				    NULL);
	struct slice user;

	*why_out = check_claims(claims, rules, is_signed, &user);
	if (*why_out == NULL)
		*user_out = arena_copy(a, user);
	json_decref(claims);
	return *why_out == NULL ? JWT_GOOD : JWT_WRONG;
}

bool
jwt_is_active(struct slice json, const char **why_out)
{
	json_t *o = json_loadb(json.p, json.n, 0, NULL);
	json_t *active = json_object_get(o, "active");
	bool is = json_is_true(active);

	if (!json_is_boolean(active))
		*why_out = "its reply has no \"active\"";
	json_decref(o);
	return is;
}

enum jwt_verdict
jwt_judge_claims(struct slice json, const struct jwt_rules *rules,
		 struct arena *a, struct slice *user_out, const char **why_out)
{
	return judge(json, rules, false, a, user_out, why_out);
}

/* ---- the token --------------------------------------------------------- */

struct parts {
	struct slice text;		/* what is signed */
	struct buf header, claims, signature;
};

/* Three parts of base64url. */
static bool
split(struct slice token, struct parts *p)
{
	struct slice rest = token, header, claims;

	if (token.n > JWT_MAX || !slice_cut(&rest, '.', &header) ||
	    !slice_has(rest, '.') || !slice_cut(&rest, '.', &claims) ||
	    slice_has(rest, '.') || header.n == 0)
		return false;
	p->text = slice_first(token, header.n + 1 + claims.n);
	return base64url_decode(header, &p->header) &&
	       base64url_decode(claims, &p->claims) &&
	       base64url_decode(rest, &p->signature);
}

/* Signed by one of our keys? What the header says of the algorithm is checked
   against the key; extensions that must be understood (crit) are not. */
static enum jwt_verdict
check_signature(const struct parts *p, const struct jwks *keys,
		const char **why_out)
{
	json_t *h = json_loadb(p->header.p, p->header.n,
			       JSON_REJECT_DUPLICATES, NULL);
	enum jwt_verdict verdict = JWT_WRONG;

	if (!json_is_object(h)) {
		verdict = JWT_OPAQUE;
	} else if (json_object_get(h, "crit") != NULL) {
		*why_out = "its header has extensions (crit)";
	} else {
		switch (jwks_verify(keys, text_of(json_object_get(h, "alg")),
				    text_of(json_object_get(h, "kid")),
				    p->text, buf_slice(&p->signature))) {
		case JWKS_GOOD:
			verdict = JWT_GOOD;
			break;
		case JWKS_BAD:
			*why_out = "its signature is wrong";
			break;
		case JWKS_NO_KEY:
			*why_out = "it is signed with a key that is not known";
			verdict = JWT_NO_KEY;
			break;
		case JWKS_NO_ALG:
			*why_out = "it is signed with none of RS256, ES256, "
				   "EdDSA";
			break;
		}
	}
	json_decref(h);
	return verdict;
}

enum jwt_verdict
jwt_judge(struct slice token, const struct jwks *keys,
	  const struct jwt_rules *rules, struct arena *a,
	  struct slice *user_out, const char **why_out)
{
	enum jwt_verdict verdict = JWT_OPAQUE;
	struct parts p = { .text = { 0 } };

	*why_out = "it is no JWT";
	buf_init(&p.header, JWT_MAX);
	buf_init(&p.claims, JWT_MAX);
	buf_init(&p.signature, JWT_MAX);
	if (split(token, &p))
		verdict = check_signature(&p, keys, why_out);
	if (verdict == JWT_GOOD)
		verdict = judge(buf_slice(&p.claims), rules, true, a, user_out,
				why_out);
	buf_free(&p.header);
	buf_free(&p.claims);
	buf_free(&p.signature);
	return verdict;
}
