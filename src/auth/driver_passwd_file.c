/* Dovecot's passwd-file: who is in it, with which password, and where they go. */
#include "auth/auth.h"
#include "auth/exchange.h"
#include "auth/passwd_file.h"
#include "auth/scheme.h"
#include "base/log.h"
#include "base/user_format.h"

/* A user's name comes from a literal of at most 8192 octets. */
#define MAX_KEY (64 * 1024)

static const struct log auth_log = { .service = "auth" };

static void
log_error(struct err *e)
{
	if (e != NULL)
		LOG(&auth_log, EV_PASSWD_FILE, F_TEXT("what",
						      slice_of(err_text(e))));
	err_free(&e);
}

static struct err *
open_file(const struct auth_conf *conf, const struct auth_env *env,
	  void **state_out)
{
	struct passwd_file *file = NULL;
	struct err *e = passwd_file_open(conf->path.p, &file);

	(void)env;
	if (e != NULL)
		return e;
	/* What was wrong with some lines of it is no reason not to begin. */
	log_error(passwd_file_refresh(file));
	*state_out = file;
	return NULL;
}

static void
close_file(void *state)
{
	struct passwd_file *file = state;

	passwd_file_free(&file);
}

static enum auth_result
broken(const struct auth_request *r, const char *why)
{
	LOG(&auth_log, EV_PASSWORD_BROKEN, F_NAMED("user", r->user),
	    F_TEXT("what", slice_of(why)));
	return AUTH_TEMPFAIL;
}

static enum auth_result
check(const struct auth_conf *conf, const struct auth_request *r,
      const struct passwd_entry *entry)
{
	bool any = vars_find(&entry->extra, SL("nopassword")) != NULL;
	const char *why = "";

	if (r->lookup_only)
		return AUTH_OK;
	if (r->proof == AUTH_PROOF_CERTIFICATE)
		return auth_acts_for_another(r) ? AUTH_NOT_AUTHORIZED : AUTH_OK;
	/* Any password is taken here; the backend may look closer. */
	if (any && entry->password.n == 0)
		return AUTH_OK;
	if (any)
		return broken(r, "there is one, and nopassword besides");
	if (entry->password.n == 0)
		return AUTH_DENIED;
	switch (scheme_verify(entry->password,
			      entry->scheme.n > 0 ? entry->scheme :
						    conf->scheme,
			      r->password, &why)) {
	case SCHEME_MATCH:
		return auth_acts_for_another(r) ? AUTH_NOT_AUTHORIZED : AUTH_OK;
	case SCHEME_MISMATCH:
		return AUTH_DENIED;
	case SCHEME_UNKNOWN:
	case SCHEME_BROKEN:
		break;
	}
	return broken(r, why);
}

/* Dovecot's user field renames; the others are the answer's. */
static void
take_fields(const struct passwd_entry *entry, struct auth_answer *answer)
{
	const struct var *user = vars_find(&entry->extra, SL("user"));
	const struct var *reason = vars_find(&entry->extra, SL("reason"));

	answer->fields = entry->extra;
	if (user != NULL && user->value.n > 0)
		answer->user = user->value;
	if (reason != NULL)
		answer->reason = reason->value;
}

/* Without a password, or with any, there is nothing to prove. */
static void
begin_exchange(const struct auth_conf *conf, struct auth_lookup *l,
	       const struct passwd_entry *entry)
{
	struct auth_answer yes = { .result = AUTH_OK,
				   .user = l->request->user };
	const struct var *relayed = vars_find(&entry->extra,
					      SL("relay_mechanisms"));

	if (auth_acts_for_another(l->request))
		yes.result = AUTH_NOT_AUTHORIZED;
	else
		take_fields(entry, &yes);
	if (relayed != NULL &&
	    auth_is_relayed(relayed->value, l->request->mechanism))
		auth_lookup_answer(l, &yes);
	else
		exchange_begin(l, entry->password,
			       entry->scheme.n > 0 ? entry->scheme :
						     conf->scheme,
			       &yes);
}

static void
answer_for(const struct auth_conf *conf, struct auth_lookup *l,
	   const struct passwd_entry *entry)
{
	const struct auth_request *r = l->request;
	struct auth_answer answer = { .user = r->user };

	if (r->proof == AUTH_PROOF_EXCHANGE && !r->lookup_only) {
		begin_exchange(conf, l, entry);
		return;
	}
	answer.result = check(conf, l->request, entry);
	if (answer.result == AUTH_OK)
		take_fields(entry, &answer);
	auth_lookup_answer(l, &answer);
}

static void
lookup(void *state, const struct auth_conf *conf, struct auth_lookup *l)
{
	struct passwd_file *file = state;
	struct auth_answer answer = { .result = AUTH_DENIED,
				      .user = l->request->user };
	struct passwd_entry entry;
	struct buf name;
	struct err *e = NULL;
	bool known = false;

	log_error(passwd_file_refresh(file));
	buf_init(&name, MAX_KEY);
	if (user_format_expand(conf->username_format, l->request->user, &name))
		e = passwd_file_find(file, buf_slice(&name), l->arena, &known,
				     &entry);
	buf_free(&name);
	if (e != NULL)
		answer.result = AUTH_TEMPFAIL;
	log_error(e);
	if (known)
		answer_for(conf, l, &entry);
	else
		auth_lookup_answer(l, &answer);
}

static bool
serves(const void *state, const struct auth_conf *conf,
       const struct mechanism *m)
{
	(void)state;
	(void)conf;
	return auth_serves_passwords(m) || exchange_serves(m) ||
	       m->kind == MECHANISM_CERTIFICATE;
}

const struct auth_driver_ops auth_driver_passwd_file = {
	.name = "passwd-file",
	.open = open_file,
	.serves = serves,
	.lookup = lookup,
	.proceed = exchange_proceed,
	.close = close_file,
};
