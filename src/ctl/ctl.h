/* usherctl: the operator's command. One file a command, each a row and a
   function. */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct ctl {
	const char *socket;	/* usher's admin socket */
	bool json;		/* print what usher said as it said it */
};

struct ctl_command {
	const char *name;
	const char *arguments;	/* for the usage: "USER | --session ID" */
	const char *help;
	/* Returns the exit status. argv[0] is the command's name. */
	int (*run)(const struct ctl *ctl, int argc, char **argv);
};

extern const struct ctl_command ctl_status, ctl_who, ctl_kick, ctl_reload;

/* Exit statuses besides 0. */
enum {
	CTL_FAILED = 1,		/* usher said no; it has been told to the user */
	CTL_USAGE = 2,
	CTL_UNREACHABLE = 3,	/* no usher at the socket */
};

/* Asks usher. body is NULL for GET, else sent by POST (and taken). 0, and the
   answer in *answer_out, to be freed; or an exit status, and the reason said on
   stderr. */
int ctl_ask(const struct ctl *ctl, const char *path, json_t *body,
	    json_t **answer_out);

/* Says how it is used; returns CTL_USAGE. */
int ctl_wrong_usage(const struct ctl_command *command);

/* Prints an answer for programs. */
void ctl_print_json(json_t *answer);

/* ---- tables ------------------------------------------------------------ */

enum ctl_align { CTL_LEFT, CTL_RIGHT };

struct ctl_column {
	const char *title;
	enum ctl_align align;
	/* The cell's text, written into out, for one item of the list. */
	void (*cell)(json_t *item, char *out, size_t n);
};

/* Prints list with one line an item; an empty list prints the heading. */
void ctl_print_table(json_t *list, const struct ctl_column *columns,
		     size_t count);

/* Cells: a member as it is; milliseconds as "3d 4h"; octets as "1.5M". A member
   that is missing is empty. */
void ctl_put_text(json_t *item, const char *member, char *out, size_t n);
void ctl_put_count(json_t *item, const char *member, char *out, size_t n);
void ctl_put_age(json_t *item, const char *member, char *out, size_t n);
void ctl_put_octets(json_t *item, const char *member, char *out, size_t n);

/* Defines a cell function that puts one member. */
#define CTL_CELL(name, put, member)                         \
	static void name(json_t *item, char *out, size_t n) \
	{                                                   \
		put(item, member, out, n);                  \
	}                                                   \
	struct ctl

#endif
