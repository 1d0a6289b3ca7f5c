#include "role/gather.h"

#include <utlist.h>

#include "base/mem.h"

static void
end(struct gather *g)
{
	loop_timer_stop(&g->timer);
	DL_DELETE(*g->list, g);
	g->finish(g);
	json_decref(g->body);
	free(g->waiting);
	free(g);
}

static void
on_late(void *arg)
{
	end(arg);
}

struct gather *
gather_begin(struct gather **list, struct loop *loop, uint64_t id,
	     struct admin_reply *reply, void (*finish)(struct gather *g),
	     void *arg)
{
	struct gather *g = mem_zalloc(sizeof(*g));

	g->list = list;
	g->id = id;
	g->reply = reply;
	g->finish = finish;
	g->arg = arg;
	loop_timer_init(&g->timer, loop, on_late, g);
	loop_timer_start(&g->timer, GATHER_MS);
	DL_APPEND(*list, g);
	return g;
}

void
gather_ask(struct gather *g, uint64_t link)
{
	g->waiting = mem_realloc(g->waiting, (g->waiting_count + 1) *
					     sizeof(*g->waiting));
	g->waiting[g->waiting_count++] = link;
}

void
gather_begun(struct gather *g)
{
	if (g->waiting_count == 0)
		end(g);
}

void
gather_answered(struct gather *g, uint64_t link)
{
	for (size_t i = 0; i < g->waiting_count; i++) {
		if (g->waiting[i] != link)
			continue;
		g->waiting[i] = g->waiting[--g->waiting_count];
		if (g->waiting_count == 0)
			end(g);
		return;
	}
}

struct gather *
gather_find(struct gather *list, uint64_t id)
{
	struct gather *g;

	DL_SEARCH_SCALAR(list, g, id, id);
	return g;
}

void
gather_link_gone(struct gather *list, uint64_t link)
{
	struct gather *g, *next;

	DL_FOREACH_SAFE(list, g, next)
		gather_answered(g, link);
}

void
gather_end_all(struct gather **list)
{
	while (*list != NULL)
		end(*list);
}
