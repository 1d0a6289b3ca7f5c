#include "core/forward_list.h"

#include "base/tab_escape.h"

bool
forward_list_write(const struct vars *variables, size_t count, struct buf *out)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(out, '\t');
		tab_escape(variables->v[i].name, out);
		buf_add_char(out, '=');
		tab_escape(variables->v[i].value, out);
	}
	return buf_ok(out);
}

void
forward_list_read(struct slice list, struct arena *a, struct vars *variables)
{
	struct slice element;

	while (slice_cut(&list, '\t', &element)) {
		struct slice value = tab_unescape(element, a), name = { 0 };

		if (slice_cut(&value, '=', &name))
			vars_set(variables, a, name, value);
	}
}
