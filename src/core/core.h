/* What the sessions of a process share, and what the process does for them. */
#ifndef CORE_CORE_H
#define CORE_CORE_H

#include "auth/auth.h"
#include "base/loop.h"
#include "conf/settings.h"
#include "core/presence.h"
#include "core/verdict.h"
#include "director/mail_hosts.h"
#include "net/tls.h"
#include "net/tls_clients.h"

struct session;
struct proto;

/* A question to the lookups on its way; embedded in the login that asks. */
struct core_question {
	const struct auth_request *request;	/* stays until the answer */
	struct arena *arena;			/* for the answer's texts */
	auth_challenge *challenge;
	auth_done *done;
	void *arg;
	struct auth_lookup lookup;	/* when this process asks by itself */
	uint32_t id;			/* when another process is asked */
	bool waiting;
};

struct core_ops {
	/* Answers through q->done, exactly once, perhaps from within. */
	void (*ask)(void *arg, struct core_question *q);
	/* The client's answer to a challenge. */
	void (*proceed)(void *arg, struct core_question *q,
			struct slice response);
	/* No answer any more. */
	void (*forget)(void *arg, struct core_question *q);
	/* A user is in, and about to be gone again. */
	void (*entered)(void *arg, const struct presence *p);
	void (*left)(void *arg, const struct presence *p);
	/* A session's place is free. */
	void (*freed)(void *arg);
};

/* A listener as its sessions see it. */
struct core_listener {
	const struct listener_conf *conf;
	const struct proto *proto;
	const void *routes;	/* the protocol's own: where recipients go. May
				   be replaced between two turns */
	struct addr local;	/* where it listens; family ADDR_NONE if that
				   is any address */
};

struct core_counters {
	uint64_t accepted, logins[VERDICT_KINDS];
	uint64_t octets_in, octets_out;
};

struct core {
	struct loop *loop;
	const struct settings *settings;	/* of the process's life */
	struct mail_hosts *hosts;
	struct tls *tls;			/* towards clients; replaced
						   when certificates change */
	struct tls_clients *tls_clients;	/* towards backends */
	const struct core_ops *ops;
	void *arg;
	char hostname[256];			/* the name usher goes by */
	struct vars offers;			/* a protocol's name, and the
						   SASL mechanisms that can be
						   served there, with blanks */
	struct arena offers_arena;

	struct session *sessions;		/* all of them */
	struct presence *presences;		/* of those whose user is in */
	size_t session_count, relay_count, presence_count;
	uint64_t last_serial;
	struct session *closing;		/* to be freed after the turn */
	struct loop_task reaper;
	struct core_counters counters;
	struct relay_pool *pool;
	bool draining;				/* the process is to end: idle
						   sessions are told goodbye */
};

/* settings, hosts, ops and arg are borrowed; the rest is zeroed by it. */
void core_init(struct core *core, struct loop *loop,
	       const struct settings *settings, struct mail_hosts *hosts,
	       const struct core_ops *ops, void *arg);
/* Ends what sessions there are, without a word. */
void core_free(struct core *core);

/* These are the mechanisms that can be served now; copied. */
void core_set_offers(struct core *core, const struct vars *offers);

/* ---- sessions from outside --------------------------------------------- */

/* Ends the sessions of a user, or the one with that session id (the other is
   empty), those on their way to the backend too; returns how many. */
size_t core_kick(struct core *core, struct slice user,
		 struct slice session_id);

/* Tells goodbye to sessions that are idle (and to all, with everybody), once;
   to be called again until session_count is 0. */
void core_drain(struct core *core, bool everybody);

/* Ends sessions whose client has gone and whose backend does not notice; to be
   called now and then. */
void core_sweep(struct core *core);

#endif
