#include <getopt.h>

#include "conf/settings.h"
#include "ctl/ctl.h"

static const struct ctl_command *const commands[] = {
	&ctl_status,
	&ctl_who,
	&ctl_kick,
	&ctl_reload,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "socket", required_argument, NULL, 's' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static void
print_help(void)
{
	puts("usage: usherctl [-j] [-s SOCKET | -c FILE] COMMAND [ARGUMENTS]\n"
	     "\n"
	     "Asks a running usher, or tells it what to do.\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-8s %-22s %s\n", commands[i]->name,
		       commands[i]->arguments, commands[i]->help);
	puts("\n"
	     "  -j, --json           print JSON, for programs\n"
	     "  -s, --socket SOCKET  usher's admin socket;\n"
	     "                       " USHER_RUN_DIR "/usherctl.sock if not given\n"
	     "  -c, --config FILE    take the socket from usher's configuration\n"
	     "  -h, --help\n"
	     "  -V, --version\n"
	     "\n"
	     "See usherctl(1).");
}

int
ctl_wrong_usage(const struct ctl_command *command)
{
	fprintf(stderr, "usage: usherctl [OPTIONS] %s %s\n", command->name,
		command->arguments);
	return CTL_USAGE;
}

void
ctl_print_json(json_t *answer)
{
	json_dumpf(answer, stdout, JSON_INDENT(2));
	putchar('\n');
}

/* The socket that usher serves with this configuration. Lives on until the
   program ends. */
static const char *
socket_of(const char *config)
{
	static struct settings *s;	/* the name is a text of it */
	struct arena a = { 0 };
	struct conf_problems problems;
	struct buf text;

	s = settings_load(config, &a, &problems);
	if (s != NULL)
		return s->admin.socket.p;
	buf_init(&text, SETTINGS_MAX_DUMP);
	for (size_t i = 0; i < problems.n; i++) {
		conf_problem_write(&problems.v[i], &text);
		buf_add_char(&text, '\n');
	}
	fprintf(stderr, "%.*s", SL_FMT(buf_slice(&text)));
	exit(CTL_USAGE);
}

static void
set_option(struct ctl *ctl, int option)
{
	switch (option) {
	case 'c':
		ctl->socket = socket_of(optarg);
		return;
	case 's':
		ctl->socket = optarg;
		return;
	case 'j':
		ctl->json = true;
		return;
	case 'h':
		print_help();
		exit(0);
	case 'V':
		puts("usherctl " PACKAGE_VERSION);
		exit(0);
	default:
		fputs("try usherctl --help\n", stderr);
		exit(CTL_USAGE);
	}
}

int
main(int argc, char **argv)
{
	struct ctl ctl = { .socket = USHER_RUN_DIR "/usherctl.sock" };
	int option;

	/* "+": options behind the command are the command's. */
	while ((option = getopt_long(argc, argv, "+c:s:jhV", long_options,
				     NULL)) != -1)
		set_option(&ctl, option);
	if (optind == argc) {
		print_help();
		return CTL_USAGE;
	}
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(commands[i]->name, argv[optind]) == 0)
			return commands[i]->run(&ctl, argc - optind,
						argv + optind);
	}
	fprintf(stderr, "usherctl: there is no command %s\n"
			"try usherctl --help\n", argv[optind]);
	return CTL_USAGE;
}
