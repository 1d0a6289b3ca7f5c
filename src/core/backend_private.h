/* Between the files that make up a backend. */
#ifndef CORE_BACKEND_PRIVATE_H
#define CORE_BACKEND_PRIVATE_H

#include "core/backend.h"
#include "core/core.h"

enum backend_at {
	AT_CONNECT,	/* until something comes, or can be sent */
	AT_HANDSHAKE,	/* TLS */
	AT_DIALOGUE,
	AT_LOGGED_IN,	/* the owner hears of it when the words are eaten */
	AT_PAUSE,	/* until the next attempt */
	AT_END,
};

/* The exchange of one attempt. */
struct backend_sasl {
	struct sasl_client client;	/* when it is ours */
	bool answered;		/* the first message went out */
	struct loop_timer work;	/* the client has more to work out */
};

struct backend {
	struct core *core;
	const struct proto *proto;
	struct stream *stream;
	const struct target *target;
	const struct forward *forward;
	const struct backend_owner *owner;
	void *arg;
	struct log log;
	struct arena arena;
	enum backend_at at;
	bool wants_tls;		/* STARTTLS was agreed on */
	bool secured;
	size_t addr_at;
	unsigned reconnects;
	int64_t started_ms;
	uint64_t sent;
	struct loop_timer deadline, step;
	struct loop_task next;	/* the next attempt, after the turn */
	struct buf in, out;
	void *state;
	struct backend_sasl sasl;
	bool carrying;		/* the client has seen a challenge: there is no
				   second attempt */
	char *words;		/* of the last refusal; owned */
	size_t words_n;
	struct slice token_error;	/* in arena */
};

/* Before an attempt, and at the end. */
void backend_sasl_reset(struct backend *b);
/* Some more of what the client has to work out; a timer's. */
void backend_sasl_work(void *arg);

/* Sends what is in out, as far as it goes. */
void backend_flush(struct backend *b);

#endif
