#include "auth/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

static const struct log auth_log = { .service = "auth" };

struct key_file {
	char *path;
	struct stat seen;
	int64_t checked_ms;
	struct jwks *keys;
};

/* A longer file is cut off, and then it is none. */
static struct err *
read_fd(int fd, struct stat *seen, struct buf *text)
{
	ssize_t n;

	if (fstat(fd, seen) != 0)
		return err_errno("stat");
	if (!S_ISREG(seen->st_mode))
		return err_new(ERR_CONFIG, "not a regular file");
	do {
		size_t room;
		char *p = buf_space(text, 16 * 1024, &room);

		n = read(fd, p, room);
		if (n > 0)
			buf_grew(text, (size_t)n);
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? err_errno("read") : NULL;
}

static struct err *
read_keys(const char *path, struct stat *seen, struct jwks **keys_out)
{
	/* A FIFO must not hold us up before it is found to be one. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct buf text;
	struct err *e;

	if (fd < 0)
		return err_errno("open");
	buf_init(&text, JWKS_MAX_TEXT + 1);
	e = read_fd(fd, seen, &text);
	close(fd);
	if (e == NULL)
		e = jwks_read(buf_slice(&text), keys_out);
	buf_free(&text);
	return e;
}

struct err *
key_file_open(const char *path, struct key_file **file_out)
{
	struct key_file *f = mem_zalloc(sizeof(*f));
	struct err *e = read_keys(path, &f->seen, &f->keys);

	if (e != NULL) {
		free(f);
		return err_wrap(e, "%s", path);
	}
	f->path = mem_strdup(path, strlen(path));
	f->checked_ms = clock_now_ms();
	*file_out = f;
	return NULL;
}

void
key_file_free(struct key_file **file)
{
	if (*file == NULL)
		return;
	jwks_free(&(*file)->keys);
	free((*file)->path);
	free(*file);
	*file = NULL;
}

static bool
changed(const struct stat *a, const struct stat *b)
{
	return a->st_ino != b->st_ino || a->st_dev != b->st_dev ||
	       a->st_size != b->st_size ||
	       a->st_mtim.tv_sec != b->st_mtim.tv_sec ||
	       a->st_mtim.tv_nsec != b->st_mtim.tv_nsec;
}

void
key_file_refresh(struct key_file *f)
{
	int64_t now = clock_now_ms();
	struct jwks *keys = NULL;
	struct stat st;
	struct err *e;

	if (now - f->checked_ms < KEY_FILE_CHECK_MS)
		return;
	f->checked_ms = now;
	/* One that is not there at the moment is being replaced. */
	if (stat(f->path, &st) != 0 || !changed(&st, &f->seen))
		return;
	e = read_keys(f->path, &f->seen, &keys);
	if (e == NULL) {
		jwks_free(&f->keys);
		f->keys = keys;
	} else {
		f->seen = st;
		LOG(&auth_log, EV_KEYS_BAD, F_TEXT("url", slice_of(f->path)),
		    F_TEXT("what", slice_of(err_text(e))));
	}
	err_free(&e);
}

const struct jwks *
key_file_keys(const struct key_file *f)
{
	return f->keys;
}
