#include "role/generation.h"

#include "base/mem.h"

struct generation *
generation_make(struct loop *loop, unsigned number, struct settings *settings,
		struct files *files, const struct proc_ops *ops,
		void *supervisor)
{
	struct generation *g = mem_zalloc(sizeof(*g));

	g->number = number;
	g->settings = settings;
	g->files = files;
	g->supervisor = supervisor;
	g->auth_count = (size_t)settings->process.auth_processes;
	g->count = g->auth_count + settings_worker_count(settings);
	g->procs = mem_zalloc_array(g->count, sizeof(*g->procs));
	for (size_t i = 0; i < g->count; i++) {
		bool auth = i < g->auth_count;

		proc_init(&g->procs[i], loop, auth ? ROLE_AUTH : ROLE_WORKER,
			  (unsigned)(auth ? i : i - g->auth_count), ops, g);
	}
	return g;
}

void
generation_free(struct generation **g)
{
	if (*g == NULL)
		return;
	for (size_t i = 0; i < (*g)->count; i++) {
		proc_kill(&(*g)->procs[i]);
		proc_free(&(*g)->procs[i]);
	}
	free((*g)->procs);
	files_free(&(*g)->files);
	settings_free(&(*g)->settings);
	free(*g);
	*g = NULL;
}

struct proc *
generation_find(struct generation *g, pid_t pid)
{
	for (size_t i = 0; i < g->count; i++) {
		if (g->procs[i].pid == pid)
			return &g->procs[i];
	}
	return NULL;
}

bool
generation_is_ready(const struct generation *g)
{
	for (size_t i = 0; i < g->count; i++) {
		if (g->procs[i].at != PROC_RUNNING)
			return false;
	}
	return true;
}

bool
generation_is_gone(const struct generation *g)
{
	for (size_t i = 0; i < g->count; i++) {
		if (proc_is_alive(&g->procs[i]))
			return false;
	}
	return true;
}

bool
generation_workers_gone(const struct generation *g)
{
	for (size_t i = g->auth_count; i < g->count; i++) {
		if (proc_is_alive(&g->procs[i]))
			return false;
	}
	return true;
}
