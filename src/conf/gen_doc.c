/* Writes what is made from the tables and the list of events: the sample
   configuration, usher.yaml(5) and doc/events.md. "make docs" runs it; the files
   are kept in the repository, and a test compares them. */
#include <errno.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/log.h"
#include "conf/conf_manual.h"
#include "conf/conf_sample.h"
#include "conf/settings.h"

/* Any of the files is far smaller. */
#define MAX_FILE (4u << 20)

static void
die(const char *what, const char *path)
{
	fprintf(stderr, "gen-doc: %s %s: %s\n", what, path, strerror(errno));
	exit(EXIT_FAILURE);
}

/* folder/name, to be freed with buf_free(); a NUL stands behind it. */
static const char *
path_of(const char *folder, const char *name, struct buf *path)
{
	buf_init(path, 4096);
	if (!buf_addf(path, "%s/%s", folder, name) || !buf_add_char(path, '\0')) {
		errno = ENAMETOOLONG;
		die("write", name);
	}
	return path->p;
}

static void
make_folder(const char *folder, const char *name)
{
	struct buf path;

	if (mkdir(path_of(folder, name, &path), 0777) != 0 && errno != EEXIST)
		die("create", path.p);
	buf_free(&path);
}

/* Writes text to folder/name, and empties it. */
static void
write_file(const char *folder, const char *name, struct buf *text)
{
	struct buf path;
	FILE *f = fopen(path_of(folder, name, &path), "w");

	errno = buf_ok(text) ? errno : EFBIG;
	if (!buf_ok(text) || f == NULL ||
	    fwrite(text->p, 1, text->n, f) != text->n || fclose(f) != 0)
		die("write", path.p);
	buf_free(&path);
	buf_clear(text);
}

static void
add_file(const char *folder, const char *name, struct buf *out)
{
	struct buf path;
	FILE *f = fopen(path_of(folder, name, &path), "r");
	char piece[4096];
	size_t n;

	if (f == NULL)
		die("read", path.p);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(out, (struct slice){ piece, n });
	if (ferror(f))
		die("read", path.p);
	fclose(f);
	buf_free(&path);
}

static void
write_samples(const char *folder, struct buf *text)
{
	struct slice fragment;

	conf_sample_main(&settings_table, text);
	write_file(folder, "usher.yaml", text);
	make_folder(folder, "conf.d");
	for (size_t row = 0;
	     conf_sample_next(&settings_table, &row, &fragment);) {
		char name[100];

		snprintf(name, sizeof(name), "conf.d/%.*s.yaml",
			 SL_FMT(fragment));
		conf_sample_fragment(&settings_table, fragment, text);
		write_file(folder, name, text);
	}
}

/* The head and the tail are written by hand. */
static void
write_manual(const char *source, const char *folder, struct buf *text)
{
	make_folder(folder, "doc");
	make_folder(folder, "doc/man");
	buf_add(text, SL(".\\\" Made by gen-doc from usher.yaml.5.head, the "
			 "tables of src/conf and usher.yaml.5.tail.\n"));
	add_file(source, "doc/man/usher.yaml.5.head", text);
	conf_manual_write(&settings_table, text);
	add_file(source, "doc/man/usher.yaml.5.tail", text);
	write_file(folder, "doc/man/usher.yaml.5", text);
}

/* A cell of a Markdown table. */
static void
add_cell(const char *s, struct buf *out)
{
	for (; *s != '\0'; s++) {
		if (strchr("|<>*_\\", *s) != NULL)
			buf_add_char(out, '\\');
		buf_add_char(out, *s);
	}
}

static void
write_events(const char *folder, struct buf *text)
{
	static const char *const levels[] = {
		[LEVEL_ERROR] = "error", [LEVEL_WARN] = "warn",
		[LEVEL_INFO] = "info", [LEVEL_DEBUG] = "debug",
	};

	buf_add(text, SL(
		"# What usher logs\n\n"
		"Made by gen-doc from `src/base/log_events.h`.\n\n"
		"The event is the `event` of a JSON line, and what metrics count. "
		"The text is\nthe first part of a line in Dovecot's format: `{name}` "
		"is one of the event's\nfields, `{name?a|b}` is `a`, the field and "
		"`b` if the field has a value.\n\n"
		"| event | level | text | what it means |\n"
		"| --- | --- | --- | --- |\n"));
	for (enum log_event ev = 0; ev < LOG_EVENT_COUNT; ev++) {
		const struct log_event_row *row = log_event_row(ev);

		buf_addf(text, "| %s | %s | ", row->name, levels[row->level]);
		add_cell(row->text, text);
		buf_add(text, SL(" | "));
		add_cell(row->doc, text);
		buf_add(text, SL(" |\n"));
	}
	write_file(folder, "doc/events.md", text);
}

int
main(int argc, char **argv)
{
	struct buf text;

	if (argc != 3) {
		fprintf(stderr, "usage: gen-doc SOURCE FOLDER\n"
			"Reads doc/man/usher.yaml.5.head and .tail below "
			"SOURCE, writes all files below FOLDER.\n");
		return EXIT_FAILURE;
	}
	buf_init(&text, MAX_FILE);
	write_samples(argv[2], &text);
	write_manual(argv[1], argv[2], &text);
	write_events(argv[2], &text);
	buf_free(&text);
	return EXIT_SUCCESS;
}
