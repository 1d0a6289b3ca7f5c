#include <libsmartcols.h>
#include <locale.h>
#include <stdint.h>

#include "ctl/ctl.h"

#define CELL_OCTETS 1024

static void
add_lines(struct libscols_table *table, json_t *list,
	  const struct ctl_column *columns, size_t count)
{
	char cell[CELL_OCTETS];
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item) {
		struct libscols_line *line = scols_table_new_line(table, NULL);

		for (size_t c = 0; c < count; c++) {
			cell[0] = '\0';
			columns[c].cell(item, cell, sizeof(cell));
			scols_line_set_data(line, c, cell);
		}
	}
}

void
ctl_print_table(json_t *list, const struct ctl_column *columns, size_t count)
{
	struct libscols_table *table;

	setlocale(LC_CTYPE, "");	/* widths of names that are not ASCII */
	scols_init_debug(0);
	table = scols_new_table();
	if (table == NULL)
		abort();	/* out of memory, as in mem.c */
	for (size_t c = 0; c < count; c++)
		scols_table_new_column(table, columns[c].title, 0,
				       columns[c].align == CTL_RIGHT ?
					       SCOLS_FL_RIGHT :
					       0);
	add_lines(table, list, columns, count);
	/* An empty table prints nothing at all; the heading says it is one. */
	for (size_t c = 0; json_array_size(list) == 0 && c < count; c++)
		printf("%s%s", columns[c].title, c + 1 < count ? " " : "\n");
	scols_print_table(table);
	scols_unref_table(table);
}

/* ---- cells ------------------------------------------------------------- */

void
ctl_put_text(json_t *item, const char *member, char *out, size_t n)
{
	const char *text = json_string_value(json_object_get(item, member));

	if (text != NULL)
		snprintf(out, n, "%s", text);
}

void
ctl_put_count(json_t *item, const char *member, char *out, size_t n)
{
	const json_t *value = json_object_get(item, member);

	if (value != NULL)
		snprintf(out, n, "%lld", (long long)json_integer_value(value));
}

void
ctl_put_age(json_t *item, const char *member, char *out, size_t n)
{
	long long s = json_integer_value(json_object_get(item, member)) / 1000;

	if (s < 60)
		snprintf(out, n, "%llds", s);
	else if (s < 3600)
		snprintf(out, n, "%lldm %llds", s / 60, s % 60);
	else if (s < 24 * 3600)
		snprintf(out, n, "%lldh %lldm", s / 3600, s / 60 % 60);
	else
		snprintf(out, n, "%lldd %lldh", s / (24 * 3600),
			 s / 3600 % 24);
}

void
ctl_put_octets(json_t *item, const char *member, char *out, size_t n)
{
	static const char units[] = "kMGTPE";
	double octets = (double)json_integer_value(json_object_get(item,
								   member));
	size_t unit = 0;

	if (octets < 1024) {
		snprintf(out, n, "%.0f", octets);
		return;
	}
	for (octets /= 1024; octets >= 1024 && unit + 2 < sizeof(units);
	     unit++)
		octets /= 1024;
	snprintf(out, n, "%.1f%c", octets, units[unit]);
}
