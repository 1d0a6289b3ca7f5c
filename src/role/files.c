#include "role/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/tls.h"
#include "role/messages.h"
#include "smtp/smtp_route.h"

/* The list of a system's authorities has some 250 KB. */
#define MAX_FILE (4u << 20)

/* Where distributions keep the list of the authorities they trust. */
static const char *const system_authorities[] = {
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/ssl/cert.pem",
};

struct file {
	struct file *next;
	struct slice name;	/* as the settings have it; empty: the system's
				   authorities */
	const char *path;
	struct slice text;
	struct stat seen;
};

struct files {
	const struct settings *settings;
	struct arena arena;	/* paths and texts */
	struct file *list;
};

/* ---- reading ----------------------------------------------------------- */

static bool
read_text(struct files *f, int fd, struct file *file)
{
	size_t size = (size_t)file->seen.st_size, n = 0;
	char *p;

	if (file->seen.st_size < 0 || size > MAX_FILE) {
		errno = EFBIG;
		return false;
	}
	p = arena_alloc(&f->arena, size + 1);
	while (n < size) {
		ssize_t got = read(fd, p + n, size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	file->text = (struct slice){ p, n };
	return n == size;
}

static bool
read_file(struct files *f, struct file *file)
{
	int fd = open(file->path, O_RDONLY | O_CLOEXEC);
	bool good;

	if (fd < 0)
		return false;
	good = fstat(fd, &file->seen) == 0 && read_text(f, fd, file);
	close(fd);
	return good;
}

static const struct file *
find(const struct files *f, struct slice name)
{
	const struct file *file = f->list;

	while (file != NULL && !slice_eq(file->name, name))
		file = file->next;
	return file;
}

static const char *
path_of(struct slice name)
{
	if (name.n > 0)
		return name.p;
	for (size_t i = 0; i < sizeof(system_authorities) /
				       sizeof(system_authorities[0]); i++) {
		if (access(system_authorities[i], R_OK) == 0)
			return system_authorities[i];
	}
	return NULL;
}

/* Reads the file of that name, unless it is here already. member is the setting
   that wants it. */
static void
need(struct files *f, struct slice name, const void *member,
     struct buf *problems)
{
	struct file *file;

	if (find(f, name) != NULL)
		return;
	file = arena_alloc(&f->arena, sizeof(*file));
	file->name = arena_copy(&f->arena, name);
	file->path = path_of(file->name);
	if (file->path == NULL) {
		settings_complain(f->settings, member, problems,
				  "the system has no list of certificate "
				  "authorities; name a file of them with "
				  "ca_file");
		return;
	}
	if (!read_file(f, file)) {
		settings_complain(f->settings, member, problems,
				  "cannot read %s: %s", file->path,
				  strerror(errno));
		return;
	}
	file->next = f->list;
	f->list = file;
}

static void
need_access(struct files *f, const struct backend_access *a,
	    struct buf *problems)
{
	if (a->tls == BACKEND_TLS_OFF)
		return;
	if (a->verify)
		need(f, a->ca_file, &a->ca_file, problems);
	if (a->client_cert.n > 0)
		need(f, a->client_cert, &a->client_cert, problems);
	if (a->client_key.n > 0)
		need(f, a->client_key, &a->client_key, problems);
}

/* A lookup may ask for TLS where the settings do not. */
static bool
lookups_may_want_tls(const struct settings *s)
{
	for (size_t i = 0; i < s->auth.n; i++) {
		const struct auth_conf *a = CONF_ITEM(s->auth, auth_conf, i);

		if (a->driver != AUTH_DRIVER_PASSTHROUGH ||
		    a->default_fields.n > 0 || a->override_fields.n > 0)
			return true;
	}
	return false;
}

static void
need_all(struct files *f, struct buf *problems)
{
	const struct settings *s = f->settings;
	struct buf ignored;

	for (size_t i = 0; i < s->tls.certificates.n; i++) {
		const struct certificate_conf *c =
			CONF_ITEM(s->tls.certificates, certificate_conf, i);

		need(f, c->cert, &c->cert, problems);
		need(f, c->key, &c->key, problems);
	}
	if (s->tls.client_certificates != CLIENT_CERTIFICATES_NO)
		need(f, s->tls.client_ca, &s->tls.client_ca, problems);
	need_access(f, &s->director.defaults, problems);
	for (size_t i = 0; i < s->director.backends.n; i++)
		need_access(f, &CONF_ITEM(s->director.backends, backend_conf,
					  i)->access,
			    problems);
	for (size_t i = 0; i < s->routes.n; i++) {
		const struct route_conf *r =
			CONF_ITEM(s->routes, route_conf, i);

		if (r->file.p != NULL)
			need(f, r->file, &r->file, problems);
	}
	buf_init(&ignored, 1024);
	if (lookups_may_want_tls(s))
		need(f, s->director.defaults.ca_file, s, &ignored);
	buf_free(&ignored);
}

/* ---- trying ------------------------------------------------------------ */

static struct tls_pair *
make_pairs(const struct files *f)
{
	const struct conf_list *list = &f->settings->tls.certificates;
	struct tls_pair *pairs = mem_zalloc_array(list->n, sizeof(*pairs));

	for (size_t i = 0; i < list->n; i++) {
		const struct certificate_conf *c =
			CONF_ITEM(*list, certificate_conf, i);

		pairs[i] = (struct tls_pair){
			.name = c->cert,
			.cert = find(f, c->cert)->text,
			.key = find(f, c->key)->text,
			.key_password = c->key_password,
		};
	}
	return pairs;
}

/* Empty where clients are not asked for certificates. */
static struct slice
client_ca(const struct files *f)
{
	const struct tls_conf *conf = &f->settings->tls;

	if (conf->client_certificates == CLIENT_CERTIFICATES_NO)
		return (struct slice){ 0 };
	return find(f, conf->client_ca)->text;
}

/* What a worker could not use is better known now. */
static void
try_certificates(const struct files *f, struct buf *problems)
{
	const struct tls_conf *conf = &f->settings->tls;
	struct tls_pair *pairs;
	struct tls *tls = NULL;
	struct err *e;

	if (conf->certificates.n == 0)
		return;
	pairs = make_pairs(f);
	e = tls_server_make(conf, pairs, conf->certificates.n, client_ca(f),
			    NULL, &tls);
	if (e != NULL)
		settings_complain(f->settings, &conf->certificates, problems,
				  "tls.certificates: %s", err_text(e));
	err_free(&e);
	tls_free(&tls);
	free(pairs);
}

static void
try_access(const struct files *f, const struct backend_access *a,
	   struct buf *problems)
{
	struct tls_client_conf conf = { .verify = a->verify,
					.name = a->ca_file };
	struct tls *tls = NULL;
	struct err *e;

	if (a->tls == BACKEND_TLS_OFF)
		return;
	if (a->verify)
		conf.ca = find(f, a->ca_file)->text;
	if (a->client_cert.n > 0) {
		conf.name = a->client_cert;
		conf.cert = find(f, a->client_cert)->text;
		conf.key = find(f, a->client_key)->text;
	}
	e = tls_client_make(&conf, &tls);
	if (e != NULL)
		settings_complain(f->settings, a, problems, "%s", err_text(e));
	err_free(&e);
	tls_free(&tls);
}

static bool
find_text(void *arg, struct slice path, struct slice *text_out)
{
	const struct files *f = arg;

	*text_out = find(f, path)->text;
	return true;
}

/* What listeners share is complained of once. */
static void
try_routes(struct files *f, struct buf *problems)
{
	const struct conf_list *list = &f->settings->listeners;
	size_t before = problems->n;

	for (size_t i = 0; i < list->n && problems->n == before; i++) {
		const struct listener_conf *l =
			CONF_ITEM(*list, listener_conf, i);
		struct smtp_routes *routes = NULL;

		if (l->protocol == PROTOCOL_SMTP || l->protocol == PROTOCOL_LMTP)
			routes = smtp_routes_make(f->settings, l, find_text, f,
						  problems);
		smtp_routes_free(&routes);
	}
}

static void
try_all(struct files *f, struct buf *problems)
{
	const struct director_conf *d = &f->settings->director;

	try_routes(f, problems);
	try_certificates(f, problems);
	try_access(f, &d->defaults, problems);
	for (size_t i = 0; i < d->backends.n; i++)
		try_access(f, &CONF_ITEM(d->backends, backend_conf, i)->access,
			   problems);
}

struct files *
files_read(const struct settings *settings, struct buf *problems)
{
	struct files *f = mem_zalloc(sizeof(*f));
	size_t before = problems->n;

	f->settings = settings;
	need_all(f, problems);
	if (problems->n == before)
		try_all(f, problems);
	if (problems->n > before)
		files_free(&f);
	return f;
}

void
files_free(struct files **f)
{
	if (*f == NULL)
		return;
	arena_free(&(*f)->arena);
	free(*f);
	*f = NULL;
}

/* ---- afterwards -------------------------------------------------------- */

bool
files_changed(const struct files *f)
{
	struct stat now;

	for (const struct file *file = f->list; file != NULL;
	     file = file->next) {
		const struct stat *seen = &file->seen;

		/* One that is not there at the moment is being replaced. */
		if (stat(file->path, &now) == 0 &&
		    (now.st_ino != seen->st_ino || now.st_dev != seen->st_dev ||
		     now.st_size != seen->st_size ||
		     now.st_mtim.tv_sec != seen->st_mtim.tv_sec ||
		     now.st_mtim.tv_nsec != seen->st_mtim.tv_nsec))
			return true;
	}
	return false;
}

static bool
is_route_file(const struct settings *s, struct slice name)
{
	for (size_t i = 0; i < s->routes.n; i++) {
		const struct route_conf *r =
			CONF_ITEM(s->routes, route_conf, i);

		if (r->file.p != NULL && slice_eq(r->file, name))
			return true;
	}
	return false;
}

static bool
is_server_file(const struct settings *s, struct slice name)
{
	for (size_t i = 0; i < s->tls.certificates.n; i++) {
		const struct certificate_conf *c =
			CONF_ITEM(s->tls.certificates, certificate_conf, i);

		if (slice_eq(c->cert, name) || slice_eq(c->key, name))
			return true;
	}
	return false;
}

void
files_send(const struct files *f, struct ipc *worker)
{
	const struct conf_list *list = &f->settings->tls.certificates;

	for (const struct file *file = f->list; file != NULL;
	     file = file->next) {
		if (is_route_file(f->settings, file->name))
			SEND(worker, MESSAGE_ROUTE_FILE, msg_file,
			     .path = file->name, .text = file->text);
		else if (!is_server_file(f->settings, file->name))
			SEND(worker, MESSAGE_FILE, msg_file,
			     .path = file->name, .text = file->text);
	}
	ipc_send(worker, MESSAGE_ROUTES, SL(""));
	for (size_t i = 0; i < list->n; i++) {
		const struct certificate_conf *c =
			CONF_ITEM(*list, certificate_conf, i);

		SEND(worker, MESSAGE_CERTIFICATE, msg_certificate,
		     .name = c->cert, .cert = find(f, c->cert)->text,
		     .key = find(f, c->key)->text,
		     .key_password = c->key_password);
	}
	if (list->n > 0)
		ipc_send(worker, MESSAGE_CERTIFICATES, client_ca(f));
}
