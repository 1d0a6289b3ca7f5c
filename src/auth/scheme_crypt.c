/* The hashes of crypt(3), made by libxcrypt. */
#include <crypt.h>
#include <errno.h>

#include "auth/scheme_private.h"
#include "base/mem.h"
#include "base/secret.h"

static const char too_dear[] = "checking it costs more than is allowed";
static const char unusual[] = "parameters that crypt_gensalt(5) never makes";
static const char damaged[] = "not a hash that crypt(3) takes";

/* "10$salt..." */
static const char *
bcrypt_refused(struct slice params)
{
	uint64_t cost;

	if (params.n < 3 || params.p[2] != '$' ||
	    !slice_to_u64(slice_first(params, 2), 99, &cost))
		return damaged;
	return cost > SCHEME_MAX_BCRYPT_COST ? too_dear : NULL;
}

/* "rounds=9000$salt...", or the salt alone and then 5000 rounds. */
static const char *
sha_refused(struct slice params)
{
	static const struct slice rounds = SL("rounds=");
	struct slice number;
	uint64_t n;

	if (!slice_starts(params, rounds))
		return NULL;
	params = slice_skip(params, rounds.n);
	if (!slice_cut(&params, '$', &number) ||
	    !slice_to_u64(number, UINT64_MAX, &n))
		return damaged;
	return n > SCHEME_MAX_SHA_ROUNDS ? too_dear : NULL;
}

/* "j9T$salt...": flavour, the logarithm of N, and r as 8 or 32. This is all
   that crypt_gensalt(5) makes; what else could stand there (p, t, upgrades, a
   read-only memory) multiplies the cost. */
static const char *
yescrypt_refused(struct slice params)
{
	static const struct slice log_n = SL("./0123456789ABCDEF");

	if (slice_index(params, '$') != 3 || params.p[0] != 'j' ||
	    (params.p[2] != '5' && params.p[2] != 'T'))
		return unusual;
	return slice_has(log_n, params.p[1]) ? NULL : too_dear;
}

/* What is not here ($7$, $sha1$, $md5, $3$ and what may yet be invented) is
   refused: its cost would have no limit, or it protects nothing. */
static const struct method {
	struct slice prefix;
	/* NULL, or why these parameters are too much. No function: a fixed
	   cost, or one that its few digits limit (BSDi's, 2^24 at 2 s). */
	const char *(*refused)(struct slice params);
} methods[] = {
	{ SL("$1$"), NULL },
	{ SL("$2a$"), bcrypt_refused },
	{ SL("$2b$"), bcrypt_refused },
	{ SL("$2x$"), bcrypt_refused },
	{ SL("$2y$"), bcrypt_refused },
	{ SL("$5$"), sha_refused },
	{ SL("$6$"), sha_refused },
	{ SL("$y$"), yescrypt_refused },
	{ SL("$gy$"), yescrypt_refused },
	{ SL("_"), NULL },
};

static const char *
setting_refused(struct slice setting)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		const struct method *m = &methods[i];

		if (!slice_starts(setting, m->prefix))
			continue;
		if (m->refused == NULL)
			return NULL;
		return m->refused(slice_skip(setting, m->prefix.n));
	}
	if (setting.p[0] == '$')
		return "a method of crypt(3) that is not supported";
	return NULL;	/* the traditional one, of DES */
}

/* Both fit, and neither has a NUL. */
static enum scheme_verdict
run_crypt(struct crypt_data *work, struct slice setting, struct slice password,
	  const char **why_out)
{
	struct slice made;

	memcpy(work->setting, setting.p, setting.n);
	if (password.n > 0)
		memcpy(work->input, password.p, password.n);
	errno = 0;
	made = slice_of(crypt_r(work->input, work->setting, work));
	if (made.n == 0 || made.p[0] == '*')
		return scheme_broken(why_out, errno == ENOMEM ?
					      "not enough memory" : damaged);
	/* Cut short, or with something behind it; Dovecot says mismatch. */
	if (made.n != setting.n)
		return scheme_broken(why_out, "not as long as its hash is");
	return scheme_judge(secret_eq(made, setting));
}

enum scheme_verdict
scheme_verify_crypt(const struct scheme *scheme, struct slice data,
		    struct slice password, const char **why_out)
{
	struct crypt_data *work;
	const char *why;
	enum scheme_verdict verdict;

	(void)scheme;
	/* How shadow(5) locks an account, or gives it no password. */
	if (data.n == 0 || data.p[0] == '*' || data.p[0] == '!')
		return SCHEME_MISMATCH;
	if (data.n >= sizeof(work->setting) || slice_has(data, '\0'))
		return scheme_broken(why_out, damaged);
	why = setting_refused(data);
	if (why != NULL)
		return scheme_broken(why_out, why);
	/* No hash was ever made of such a password. */
	if (password.n >= sizeof(work->input))
		return SCHEME_MISMATCH;
	work = mem_zalloc(sizeof(*work));
	verdict = run_crypt(work, data, password, why_out);
	mem_wipe(work, sizeof(*work));
	free(work);
	return verdict;
}
