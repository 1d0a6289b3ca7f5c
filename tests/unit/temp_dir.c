#include "temp_dir.h"

#include <check.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

void
temp_dir_make(struct temp_dir *dir)
{
	const char *parent = getenv("TMPDIR");
	struct slice path;

	*dir = (struct temp_dir){ 0 };
	path = arena_printf(&dir->arena, "%s/usher-test-XXXXXX",
			    parent == NULL ? "/tmp" : parent);
	ck_assert_ptr_nonnull(mkdtemp((char *)path.p));
	dir->path = path;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
temp_dir_remove(struct temp_dir *dir)
{
	ck_assert_int_eq(nftw(dir->path.p, remove_one, 16,
			      FTW_DEPTH | FTW_PHYS), 0);
	arena_free(&dir->arena);
}

struct slice
temp_dir_path(struct temp_dir *dir, const char *name)
{
	return arena_printf(&dir->arena, "%s/%s", dir->path.p, name);
}

static void
make_parents(struct temp_dir *dir, const char *name)
{
	const char *slash = name;

	while ((slash = strchr(slash, '/')) != NULL) {
		struct slice path = arena_printf(&dir->arena, "%s/%.*s",
						 dir->path.p,
						 (int)(slash - name), name);

		mkdir(path.p, 0700);
		slash++;
	}
}

void
temp_dir_write(struct temp_dir *dir, const char *name, struct slice text)
{
	FILE *f;

	make_parents(dir, name);
	f = fopen(temp_dir_path(dir, name).p, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(text.p, 1, text.n, f), text.n);
	ck_assert_int_eq(fclose(f), 0);
}

void
temp_dir_read(struct temp_dir *dir, const char *name, struct buf *out)
{
	FILE *f = fopen(temp_dir_path(dir, name).p, "r");
	char octets[4096];
	size_t n;

	ck_assert_ptr_nonnull(f);
	while ((n = fread(octets, 1, sizeof(octets), f)) > 0)
		ck_assert(buf_add(out, (struct slice){ octets, n }));
	fclose(f);
}
