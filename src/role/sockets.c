#include "role/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/listener.h"
#include "role/messages.h"

struct slot {
	struct conf_endpoint endpoint;
	int fd;
	bool committed;
};

struct sockets {
	struct slot *v;
	size_t n;
};

static bool
same(const struct conf_endpoint *a, const struct conf_endpoint *b)
{
	return a->any == b->any && addr_eq(&a->addr, &b->addr);
}

struct sockets *
sockets_make(void)
{
	return mem_zalloc(sizeof(struct sockets));
}

void
sockets_free(struct sockets **s)
{
	if (*s == NULL)
		return;
	for (size_t i = 0; i < (*s)->n; i++)
		close((*s)->v[i].fd);
	free((*s)->v);
	free(*s);
	*s = NULL;
}

static size_t
count_at(const struct sockets *s, const struct conf_endpoint *e)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += same(&s->v[i].endpoint, e);
	return n;
}

static struct err *
open_one(struct sockets *s, const struct conf_endpoint *e)
{
	int fd;
	struct err *error = listener_open(e, &fd);

	if (error != NULL)
		return error;
	s->v = mem_realloc(s->v, (s->n + 1) * sizeof(*s->v));
	s->v[s->n++] = (struct slot){ .endpoint = *e, .fd = fd };
	return NULL;
}

/* Calls each for every address of the settings' listeners. */
#define EACH_ENDPOINT(settings, listener, e)                               \
	for (size_t l_ = 0; l_ < (settings)->listeners.n; l_++)            \
		for (const struct listener_conf *listener = CONF_ITEM(     \
			     (settings)->listeners, listener_conf, l_);    \
		     listener != NULL; listener = NULL)                    \
			for (const struct conf_endpoint *e =               \
				     listener->address.v;                  \
			     e < listener->address.v + listener->address.n;\
			     e++)

bool
sockets_open(struct sockets *s, const struct settings *settings,
	     size_t workers, struct buf *problems)
{
	size_t before = problems->n;

	EACH_ENDPOINT(settings, listener, e) {
		struct err *error = NULL;

		while (error == NULL && count_at(s, e) < workers)
			error = open_one(s, e);
		if (error != NULL)
			settings_complain(settings, &listener->address, problems,
					  "listeners: %.*s: %s",
					  SL_FMT(listener->name),
					  err_text(error));
		err_free(&error);
	}
	return problems->n == before;
}

static bool
is_in(const struct settings *settings, const struct conf_endpoint *endpoint)
{
	EACH_ENDPOINT(settings, listener, e) {
		if (same(e, endpoint))
			return true;
	}
	return false;
}

/* Closes the slots that are not to be kept. */
static void
sweep(struct sockets *s, const struct settings *settings)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++) {
		bool keep = settings == NULL ? s->v[i].committed :
					       is_in(settings,
						     &s->v[i].endpoint);

		if (keep)
			s->v[kept++] = s->v[i];
		else
			close(s->v[i].fd);
	}
	s->n = kept;
}

void
sockets_commit(struct sockets *s, const struct settings *settings)
{
	sweep(s, settings);
	for (size_t i = 0; i < s->n; i++)
		s->v[i].committed = true;
}

void
sockets_rollback(struct sockets *s)
{
	sweep(s, NULL);
}

/* The kernel goes on sending connections to every socket of an address: with
   fewer workers than sockets, some workers get several. */
static void
send_at(const struct sockets *s, const struct conf_endpoint *e,
	uint32_t listener, size_t index, size_t workers, struct ipc *worker)
{
	const struct addr any = { .port = 0 };
	size_t turn = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (!same(&s->v[i].endpoint, e) || turn++ % workers != index)
			continue;
		SEND_FD(worker, MESSAGE_LISTENER, msg_listener,
			fcntl(s->v[i].fd, F_DUPFD_CLOEXEC, 0),
			.listener = listener,
			.local = e->any ? any : e->addr);
	}
}

void
sockets_send(const struct sockets *s, const struct settings *settings,
	     size_t index, size_t workers, struct ipc *worker)
{
	for (size_t l = 0; l < settings->listeners.n; l++) {
		const struct listener_conf *conf =
			CONF_ITEM(settings->listeners, listener_conf, l);

		for (size_t i = 0; i < conf->address.n; i++)
			send_at(s, &conf->address.v[i], (uint32_t)l, index,
				workers, worker);
	}
}

/* ---- usherctl's -------------------------------------------------------- */

static bool
set_path(struct sockaddr_un *sun, struct slice path)
{
	*sun = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (path.n == 0 || path.n >= sizeof(sun->sun_path))
		return false;
	memcpy(sun->sun_path, path.p, path.n);
	return true;
}

static bool
somebody_listens(const struct sockaddr_un *sun)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes = fd >= 0 && connect(fd, (const struct sockaddr *)sun,
				      sizeof(*sun)) == 0;

	if (fd >= 0)
		close(fd);
	return yes;
}

static void
make_directory(const char *path)
{
	char *copy = mem_strdup(path, strlen(path));
	char *slash = strrchr(copy, '/');

	if (slash != NULL && slash != copy) {
		*slash = '\0';
		(void)mkdir(copy, 0755);	/* bind() tells what is wrong */
	}
	free(copy);
}

static struct err *
let_group_in(const struct admin_conf *conf)
{
	const struct group *group;

	if (conf->socket_group.n == 0)
		return NULL;
	group = getgrnam(conf->socket_group.p);
	if (group == NULL)
		return err_new(ERR_CONFIG, "admin.socket_group: there is no group "
			       "%s", conf->socket_group.p);
	if (chown(conf->socket.p, (uid_t)-1, group->gr_gid) != 0 ||
	    chmod(conf->socket.p, 0660) != 0)
		return err_errno("give %s to group %s", conf->socket.p,
				 conf->socket_group.p);
	return NULL;
}

struct err *
sockets_open_admin(const struct admin_conf *conf, int *fd_out)
{
	struct sockaddr_un sun;
	mode_t old_mask;
	struct err *e = NULL;
	int fd;

	if (!set_path(&sun, conf->socket))
		return err_new(ERR_CONFIG, "admin.socket: \"%.*s\" has no or too "
			       "many characters; it takes 1 to %zu",
			       SL_FMT(conf->socket), sizeof(sun.sun_path) - 1);
	if (somebody_listens(&sun))
		return err_new(ERR_CONFIG, "admin.socket: somebody listens at %s: "
			       "is another usher running?", conf->socket.p);
	make_directory(conf->socket.p);
	(void)unlink(conf->socket.p);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	old_mask = umask(0177);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0 ||
	    listen(fd, 64) != 0)
		e = err_errno("admin.socket: listen at %s", conf->socket.p);
	umask(old_mask);
	if (e == NULL)
		e = let_group_in(conf);
	if (e == NULL)
		*fd_out = fd;
	else if (fd >= 0)
		close(fd);
	return e;
}
