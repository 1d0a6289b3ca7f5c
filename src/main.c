/* Options, then one of the roles. */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "base/mem.h"
#include "role/child.h"
#include "role/supervisor.h"

#define DEFAULT_CONFIG SYSCONFDIR "/usher/usher.yaml"

struct options {
	const char *config;
	bool test, dump, secrets;
	/* How the supervisor calls the other roles. */
	const char *role;
	unsigned long index, fd, uid, gid;
	bool drop;
};

enum {
	OPTION_DUMP = 256,
	OPTION_SECRETS,
	OPTION_ROLE,
	OPTION_INDEX,
	OPTION_FD,
	OPTION_UID,
	OPTION_GID,
};

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "test", no_argument, NULL, 't' },
	{ "dump-config", no_argument, NULL, OPTION_DUMP },
	{ "show-secrets", no_argument, NULL, OPTION_SECRETS },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ "role", required_argument, NULL, OPTION_ROLE },
	{ "index", required_argument, NULL, OPTION_INDEX },
	{ "fd", required_argument, NULL, OPTION_FD },
	{ "uid", required_argument, NULL, OPTION_UID },
	{ "gid", required_argument, NULL, OPTION_GID },
	{ NULL, 0, NULL, 0 },
};

static void
print_help(void)
{
	puts("usage: usher [-c FILE] [-t | --dump-config]\n"
	     "\n"
	     "A front end for IMAP servers: sends every user to the backend that\n"
	     "serves them, and tells it who the client is.\n"
	     "\n"
	     "  -c, --config FILE   the configuration; " DEFAULT_CONFIG "\n"
	     "                      if not given\n"
	     "  -t, --test          check the configuration and say what is wrong\n"
	     "      --dump-config   print the effective configuration, without\n"
	     "                      passwords\n"
	     "      --show-secrets  print them too\n"
	     "  -h, --help\n"
	     "  -V, --version\n"
	     "\n"
	     "It runs in the foreground. SIGHUP reloads, SIGTERM ends it, SIGUSR1\n"
	     "opens the log file again. See usher(8), usher.yaml(5), usherctl(1).");
}

static unsigned long
number(const char *text)
{
	uint64_t n;

	if (!slice_to_u64(slice_of(text), UINT32_MAX, &n)) {
		fprintf(stderr, "usher: \"%s\" is no number\n", text);
		exit(2);
	}
	return n;
}

static void
set_option(struct options *o, int option)
{
	switch (option) {
	case 'c':
		o->config = optarg;
		return;
	case 't':
		o->test = true;
		return;
	case OPTION_DUMP:
		o->dump = true;
		return;
	case OPTION_SECRETS:
		o->secrets = true;
		return;
	case OPTION_ROLE:
		o->role = optarg;
		return;
	case OPTION_INDEX:
		o->index = number(optarg);
		return;
	case OPTION_FD:
		o->fd = number(optarg);
		return;
	case OPTION_UID:
		o->uid = number(optarg);
		o->drop = true;
		return;
	case OPTION_GID:
		o->gid = number(optarg);
		return;
	case 'h':
		print_help();
		exit(0);
	case 'V':
		puts("usher " PACKAGE_VERSION);
		exit(0);
	default:
		fputs("try usher --help\n", stderr);
		exit(2);
	}
}

static struct options
read_options(int argc, char **argv)
{
	struct options o = { .config = DEFAULT_CONFIG };
	int option;

	while ((option = getopt_long(argc, argv, "c:thV", long_options,
				     NULL)) != -1)
		set_option(&o, option);
	if (optind < argc) {
		fprintf(stderr, "usher: unexpected argument: %s\n"
				"try usher --help\n", argv[optind]);
		exit(2);
	}
	return o;
}

/* -t and --dump-config. */
static int
inspect(const struct options *o)
{
	struct arena a = { 0 };
	struct conf_problems found;
	struct settings *s = settings_load(o->config, &a, &found);
	struct buf text;
	int status = 0;

	buf_init(&text, SETTINGS_MAX_DUMP);
	for (size_t i = 0; s == NULL && i < found.n; i++) {
		conf_problem_write(&found.v[i], &text);
		buf_add_char(&text, '\n');
	}
	if (s == NULL || (o->test && !supervisor_check(s, &text)))
		status = 1;
	else if (o->dump)
		settings_dump(s, o->secrets, &text);
	fprintf(status == 0 ? stdout : stderr, "%.*s", SL_FMT(buf_slice(&text)));
	if (status == 0 && o->test)
		printf("%s: good\n", o->config);
	buf_free(&text);
	arena_free(&a);
	settings_free(&s);
	return status;
}

/* Gives up root for good, before anything else is done. The user's further
   groups stay: they are how an operator lets auth read a file. */
static bool
drop_privileges(const struct options *o)
{
	const struct passwd *user = getpwuid((uid_t)o->uid);
	gid_t gid = (gid_t)o->gid;

	if (user == NULL ? setgroups(1, &gid) != 0 :
			   initgroups(user->pw_name, gid) != 0)
		return false;
	return setgid(gid) == 0 && setuid((uid_t)o->uid) == 0;
}

static int
run_role(const struct options *o)
{
	static int (*const mains[])(struct child *child, int fd) = {
		[ROLE_WORKER] = worker_main,
		[ROLE_AUTH] = auth_role_main,
		[ROLE_DIRECTOR] = director_role_main,
	};
	struct child child = { .index = (unsigned)o->index };
	int status;

	if (!role_find(slice_of(o->role), &child.role)) {
		fprintf(stderr, "usher: there is no role %s\n", o->role);
		return 2;
	}
	if (o->drop && !drop_privileges(o)) {
		fprintf(stderr, "usher: cannot become user %lu: %s\n", o->uid,
			strerror(errno));
		return 1;
	}
	status = mains[child.role](&child, (int)o->fd);
	child_free(&child);
	return status;
}

int
main(int argc, char **argv)
{
	struct options o = read_options(argc, argv);

	if (o.role != NULL)
		return run_role(&o);
	if (o.test || o.dump)
		return inspect(&o);
	return supervisor_run(o.config);
}
