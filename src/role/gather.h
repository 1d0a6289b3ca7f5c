/* A question that the director puts to every worker, and the one answer that
   comes of theirs. A worker that goes, or is silent for too long, is left out. */
#ifndef ROLE_GATHER_H
#define ROLE_GATHER_H

#include "admin/admin.h"
#include "role/child.h"

/* A worker's answers are awaited this long. */
#define GATHER_MS 5000

struct gather {
	struct gather *prev, *next;	/* in the director's list */
	struct gather **list;
	uint64_t id;
	struct admin_reply *reply;
	uint64_t *waiting;		/* ids of links that have to answer */
	size_t waiting_count;
	struct loop_timer timer;
	/* All have answered: ends the reply. The gather is freed after it. */
	void (*finish)(struct gather *g);
	void *arg;			/* the director */
	json_t *body;			/* what has come so far; owned */
	uint64_t sum;
};

struct gather *gather_begin(struct gather **list, struct loop *loop,
			    uint64_t id, struct admin_reply *reply,
			    void (*finish)(struct gather *g), void *arg);

/* The link of that id is asked, or has answered. When the last one has, the
   gather ends and is gone. */
void gather_ask(struct gather *g, uint64_t link);
void gather_answered(struct gather *g, uint64_t link);
/* Ends a gather that nobody was asked for. */
void gather_begun(struct gather *g);

struct gather *gather_find(struct gather *list, uint64_t id);
void gather_link_gone(struct gather *list, uint64_t link);
/* Ends all of them. */
void gather_end_all(struct gather **list);

#endif
