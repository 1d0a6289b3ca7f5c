#include "auth/passwd_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/passwd_index.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/user_format.h"

/* By what a change of the file is known. */
struct stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	int64_t mtime_s;
	long mtime_ns;
};

struct content {
	char *p;
	size_t n, room;
	struct passwd_index index;
	struct stamp stamp;
	bool settled;	/* read after the file had settled, to its very end */
};

struct passwd_file {
	char *path;
	struct content now;
	struct err *complaint;		/* of lines, not yet told */
	char *trouble;			/* already told; NULL: all is well */
	int64_t checked_ms;
	struct stamp seen;		/* at the last check... */
	int64_t seen_ms;		/* ...and since when */
	int64_t waiting_ms;		/* unsettled since then, or 0 */
};

static struct stamp
stamp_of(const struct stat *st)
{
	return (struct stamp){
		.dev = st->st_dev, .ino = st->st_ino, .size = st->st_size,
		.mtime_s = st->st_mtim.tv_sec, .mtime_ns = st->st_mtim.tv_nsec,
	};
}

static bool
stamp_eq(const struct stamp *a, const struct stamp *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->mtime_s == b->mtime_s && a->mtime_ns == b->mtime_ns;
}

static bool
is_old(const struct stamp *stamp)
{
	int64_t age_s = clock_wall_us() / 1000000 - stamp->mtime_s;

	return age_s > PASSWD_FILE_SETTLE_MS / 1000;
}

static struct slice
text_of(const struct content *c)
{
	return (struct slice){ c->p, c->n };
}

static void
content_free(struct content *c)
{
	if (c->p != NULL)
		mem_wipe(c->p, c->room);
	free(c->p);
	passwd_index_free(&c->index);
	*c = (struct content){ 0 };
}

/* Octets up to the size that the file had when it was opened. */
static struct err *
read_octets(int fd, struct content *c)
{
	while (c->n < c->room) {
		ssize_t n = read(fd, c->p + c->n, c->room - c->n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno("read");
		if (n == 0)
			break;
		c->n += (size_t)n;
	}
	return NULL;
}

/* Leaves *steady_out false if the file changed meanwhile. */
static struct err *
read_fd(int fd, struct content *c, bool *steady_out)
{
	struct stat st;
	struct stamp after;
	struct err *e;

	if (fstat(fd, &st) != 0)
		return err_errno("stat");
	if (!S_ISREG(st.st_mode))
		return err_new(ERR_CONFIG, "not a regular file");
	if (st.st_size < 0 || (uint64_t)st.st_size > PASSWD_FILE_MAX)
		return err_new(ERR_CONFIG, "larger than %zu octets",
			       PASSWD_FILE_MAX);
	c->stamp = stamp_of(&st);
	c->room = (size_t)st.st_size;
	c->p = mem_zalloc(c->room);
	e = read_octets(fd, c);
	if (e != NULL)
		return e;
	if (fstat(fd, &st) != 0)
		return err_errno("stat");
	after = stamp_of(&st);
	*steady_out = stamp_eq(&c->stamp, &after) && c->n == c->room;
	return NULL;
}

/* Fills *c, to be freed in any case. */
static struct err *
content_read(const char *path, struct content *c, bool *steady_out)
{
	/* A FIFO must not hold us up before it is found to be one. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct err *e;

	if (fd < 0)
		return err_errno("open");
	e = read_fd(fd, c, steady_out);
	close(fd);
	return e;
}

/* A line that is still being written ends nowhere. */
static void
drop_torn_line(struct content *c)
{
	while (c->n > 0 && c->p[c->n - 1] != '\n')
		c->n--;
}

static void
complain(struct passwd_file *file)
{
	const struct passwd_index *index = &file->now.index;
	size_t shown = index->problem_count < PASSWD_INDEX_PROBLEMS ?
			       index->problem_count : PASSWD_INDEX_PROBLEMS;
	struct buf text;

	err_free(&file->complaint);
	if (shown == 0)
		return;
	buf_init(&text, 4096);	/* eight short lines; paths are cut */
	for (size_t i = 0; i < shown; i++) {
		const struct passwd_problem *p = &index->problems[i];

		buf_addf(&text, "%s%.300s:%zu: %s", i == 0 ? "" : "; ",
			 file->path, p->line, p->why);
		if (p->first_line > 0)
			buf_addf(&text, " (line %zu)", p->first_line);
	}
	file->complaint = err_new(ERR_CONFIG,
				  "lines left out, %zu in all: %.*s",
				  index->problem_count,
				  SL_FMT(buf_slice(&text)));
	buf_free(&text);
}

/* Takes *c over. */
static void
content_use(struct passwd_file *file, struct content *c)
{
	content_free(&file->now);
	file->now = *c;
	*c = (struct content){ 0 };
	passwd_index_make(text_of(&file->now), &file->now.index);
	complain(file);
}

struct err *
passwd_file_open(const char *path, struct passwd_file **file_out)
{
	struct content c = { 0 };
	struct passwd_file *file;
	bool steady;
	struct err *e = content_read(path, &c, &steady);

	if (e != NULL) {
		content_free(&c);
		return err_wrap(e, "%s", path);
	}
	c.settled = steady && is_old(&c.stamp);
	if (!c.settled)
		drop_torn_line(&c);
	file = mem_zalloc(sizeof(*file));
	file->path = mem_strdup(path, strlen(path));
	file->checked_ms = clock_now_ms();
	file->seen = c.stamp;
	file->seen_ms = file->checked_ms;
	content_use(file, &c);
	*file_out = file;
	return NULL;
}

void
passwd_file_free(struct passwd_file **file)
{
	struct passwd_file *f = *file;

	if (f == NULL)
		return;
	content_free(&f->now);
	err_free(&f->complaint);
	free(f->trouble);
	free(f->path);
	free(f);
	*file = NULL;
}

/* Gives e back if it has not been told yet; it is NULL when all is well. */
static struct err *
tell_once(struct passwd_file *file, struct err *e)
{
	const char *text = e == NULL ? NULL : err_text(e);

	if (text != NULL && file->trouble != NULL &&
	    strcmp(file->trouble, text) == 0) {
		err_free(&e);
		return NULL;
	}
	free(file->trouble);
	file->trouble = text == NULL ? NULL : mem_strdup(text, strlen(text));
	return e;
}

static bool
has_settled(struct passwd_file *file, const struct stamp *stamp, int64_t now)
{
	if (!stamp_eq(stamp, &file->seen)) {
		file->seen = *stamp;
		file->seen_ms = now;
	}
	return is_old(stamp) || now - file->seen_ms >= PASSWD_FILE_SETTLE_MS;
}

static struct err *
still_waiting(struct passwd_file *file, int64_t now)
{
	if (file->waiting_ms == 0)
		file->waiting_ms = now;
	if (now - file->waiting_ms < PASSWD_FILE_PATIENCE_MS)
		return NULL;
	return err_new(ERR_SYSTEM, "it is being written to all the time; "
				   "what was read before serves on");
}

/* The file is not the one that was read. */
static struct err *
read_again(struct passwd_file *file, int64_t now)
{
	struct content c = { 0 };
	bool steady = false;
	struct err *e = content_read(file->path, &c, &steady);

	if (e == NULL && steady) {
		c.settled = true;
		content_use(file, &c);
		file->waiting_ms = 0;
	} else if (e == NULL) {
		e = still_waiting(file, now);
	}
	content_free(&c);
	return e;
}

static struct err *
check(struct passwd_file *file, int64_t now)
{
	struct stat st;
	struct stamp stamp;

	if (stat(file->path, &st) != 0)
		return err_errno("stat");
	stamp = stamp_of(&st);
	if (file->now.settled && stamp_eq(&stamp, &file->now.stamp)) {
		file->waiting_ms = 0;
		return NULL;
	}
	if (!has_settled(file, &stamp, now))
		return still_waiting(file, now);
	return read_again(file, now);
}

struct err *
passwd_file_refresh(struct passwd_file *file)
{
	int64_t now = clock_now_ms();
	struct err *e = NULL;

	if (now - file->checked_ms >= PASSWD_FILE_CHECK_MS) {
		file->checked_ms = now;
		e = check(file, now);
		if (e != NULL)
			e = err_wrap(e, "%s", file->path);
		e = tell_once(file, e);
	}
	if (e == NULL) {
		e = file->complaint;
		file->complaint = NULL;
	}
	return e;
}

size_t
passwd_file_users(const struct passwd_file *file)
{
	return file->now.index.n;
}

/* For the userdb, or for the passdb's own use. */
static bool
is_not_ours(struct slice name)
{
	return slice_starts(name, SL("userdb_")) ||
	       slice_eq(name, SL("password")) ||
	       slice_eq(name, SL("password_noscheme"));
}

/* NULL, or what is wrong with the field. */
static const char *
add_field(struct vars *extra, struct arena *a, const struct var *field,
	  struct slice user)
{
	struct buf value;
	const char *why = NULL;

	if (field->name.n == 0)
		return "an extra field without a name";
	if (is_not_ours(field->name))
		return NULL;
	if (!user_format_valid(field->value))
		return "an extra field with a '%' that is not %u, %n, %d or %%";
	buf_init(&value, PASSWD_LINE_MAX);	/* as long as a plain one */
	if (user_format_expand(field->value, user, &value))
		vars_set(extra, a, field->name, buf_slice(&value));
	else
		why = "an extra field that is too long";
	buf_free(&value);
	return why;
}

static const char *
add_fields(struct vars *extra, struct arena *a, struct slice text,
	   struct slice user)
{
	const char *why = NULL;
	struct var field;

	for (size_t n = 0; why == NULL && passwd_line_field(&text, &field); n++)
		why = n < PASSWD_FILE_MAX_FIELDS ?
			      add_field(extra, a, &field, user) :
			      "too many extra fields";
	return why;
}

struct err *
passwd_file_find(const struct passwd_file *file, struct slice user,
		 struct arena *a, bool *known_out,
		 struct passwd_entry *entry_out)
{
	struct slice text = text_of(&file->now);
	struct passwd_entry entry = { 0 };
	struct passwd_line line;
	const char *why;
	size_t at;

	*known_out = passwd_index_find(&file->now.index, text, user, &line,
				       &at);
	if (!*known_out)
		return NULL;
	entry.password = line.password;
	entry.scheme = line.scheme;
	why = add_fields(&entry.extra, a, line.extra, user);
	if (why != NULL)
		return err_new(ERR_CONFIG, "%s:%zu: %s", file->path,
			       passwd_index_line(text, at), why);
	*entry_out = entry;
	return NULL;
}
