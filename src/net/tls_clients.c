#include "net/tls_clients.h"

#include "base/mem.h"

struct file {
	struct file *next;
	struct slice path, text;	/* owned */
};

struct made {
	struct made *next;
	bool verify;
	const struct file *ca, *cert, *key;
	struct tls *tls;
};

struct tls_clients {
	struct file *files;
	struct made *made;
};

struct tls_clients *
tls_clients_make(void)
{
	return mem_zalloc(sizeof(struct tls_clients));
}

static struct slice
own_copy(struct slice s)
{
	return (struct slice){ mem_strdup(s.p, s.n), s.n };
}

/* Some of the texts are private keys. */
static void
free_text(struct slice s)
{
	mem_wipe((char *)s.p, s.n);
	free((char *)s.p);
}

static void
forget_made(struct tls_clients *c)
{
	while (c->made != NULL) {
		struct made *m = c->made;

		c->made = m->next;
		tls_free(&m->tls);
		free(m);
	}
}

void
tls_clients_free(struct tls_clients **c)
{
	if (*c == NULL)
		return;
	forget_made(*c);
	while ((*c)->files != NULL) {
		struct file *f = (*c)->files;

		(*c)->files = f->next;
		free_text(f->path);
		free_text(f->text);
		free(f);
	}
	free(*c);
	*c = NULL;
}

static struct file *
find_file(struct tls_clients *c, struct slice path)
{
	struct file *f = c->files;

	while (f != NULL && !slice_eq(f->path, path))
		f = f->next;
	return f;
}

void
tls_clients_add_file(struct tls_clients *c, struct slice path,
		     struct slice text)
{
	struct file *f = find_file(c, path);

	forget_made(c);
	if (f == NULL) {
		f = mem_zalloc(sizeof(*f));
		f->path = own_copy(path);
		f->next = c->files;
		c->files = f;
	} else {
		free_text(f->text);
	}
	f->text = own_copy(text);
}

static struct slice
text_of(const struct file *f)
{
	return f == NULL ? (struct slice){ 0 } : f->text;
}

static struct err *
make(struct tls_clients *c, const struct made *like, struct slice name)
{
	struct tls_client_conf conf = {
		.verify = like->verify,
		.ca = text_of(like->ca),
		.cert = text_of(like->cert),
		.key = text_of(like->key),
		.name = name,
	};
	struct tls *tls;
	struct err *e = tls_client_make(&conf, &tls);
	struct made *m;

	if (e != NULL)
		return e;
	m = mem_zalloc(sizeof(*m));
	*m = *like;
	m->tls = tls;
	m->next = c->made;
	c->made = m;
	return NULL;
}

/* NULL for a name that is none; an error for a file we were never given. */
static struct err *
need_file(struct tls_clients *c, bool needed, struct slice path,
	  const struct file **file_out)
{
	*file_out = NULL;
	if (!needed)
		return NULL;
	*file_out = find_file(c, path);
	if (*file_out != NULL)
		return NULL;
	if (path.n == 0)
		return err_new(ERR_CONFIG, "the system has no list of "
			       "certificate authorities; name one with ca_file");
	return err_new(ERR_CONFIG, "%.*s could not be read", SL_FMT(path));
}

struct err *
tls_clients_get(struct tls_clients *c, const struct tls_client_files *files,
		const struct tls **tls_out)
{
	struct made like = { .verify = files->verify };
	struct err *e = need_file(c, files->verify, files->ca_file, &like.ca);
	const struct made *m = c->made;

	if (e == NULL)
		e = need_file(c, files->cert_file.n > 0, files->cert_file,
			      &like.cert);
	if (e == NULL)
		e = need_file(c, files->key_file.n > 0, files->key_file,
			      &like.key);
	if (e != NULL)
		return e;
	while (m != NULL && (m->verify != like.verify || m->ca != like.ca ||
			     m->cert != like.cert || m->key != like.key))
		m = m->next;
	if (m == NULL) {
		e = make(c, &like, files->ca_file.n > 0 ?
					   files->ca_file :
					   SL("the system's authorities"));
		if (e != NULL)
			return e;
		m = c->made;
	}
	*tls_out = m->tls;
	return NULL;
}
