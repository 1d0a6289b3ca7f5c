#include "core/presence.h"

#include <utlist.h>

#include "core/core.h"

void
presence_enter(struct presence *p, struct core *core,
	       const struct presence_ops *ops, void *owner)
{
	p->ops = ops;
	p->owner = owner;
	p->serial = ++core->last_serial;
	DL_APPEND(core->presences, p);
	core->presence_count++;
	core->ops->entered(core->arg, p);
}

void
presence_leave(struct presence *p, struct core *core)
{
	if (p->serial == 0)
		return;
	core->ops->left(core->arg, p);
	DL_DELETE(core->presences, p);
	core->presence_count--;
	p->serial = 0;
}

void
presence_describe(const struct presence *p, struct presence_facts *out)
{
	*out = (struct presence_facts){ .serial = p->serial };
	p->ops->describe(p->owner, out);
}

bool
presence_each(const struct core *core, uint64_t *from, uint64_t most,
	      void (*each)(void *arg, const struct presence_facts *facts),
	      void *arg)
{
	struct presence_facts facts;

	for (const struct presence *p = core->presences; p != NULL;
	     p = p->next) {
		if (p->serial < *from)
			continue;
		if (most-- == 0) {
			*from = p->serial;
			return true;
		}
		presence_describe(p, &facts);
		each(arg, &facts);
	}
	return false;
}
