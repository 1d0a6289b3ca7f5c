/* usherctl who: the sessions of users who are logged in. */
#include <string.h>

#include "ctl/ctl.h"

static void
protocol(json_t *item, char *out, size_t n)
{
	bool tls = json_is_true(json_object_get(item, "tls"));
	char name[32] = "";

	ctl_put_text(item, "protocol", name, sizeof(name));
	snprintf(out, n, "%s%s", name, tls ? "+tls" : "");
}

CTL_CELL(user, ctl_put_text, "user");
CTL_CELL(client, ctl_put_text, "client");
CTL_CELL(backend, ctl_put_text, "backend");
CTL_CELL(age, ctl_put_age, "age_ms");
CTL_CELL(octets_in, ctl_put_octets, "in");
CTL_CELL(octets_out, ctl_put_octets, "out");
CTL_CELL(session, ctl_put_text, "session");

static const struct ctl_column columns[] = {
	{ "USER", CTL_LEFT, user },
	{ "PROTOCOL", CTL_LEFT, protocol },
	{ "CLIENT", CTL_LEFT, client },
	{ "BACKEND", CTL_LEFT, backend },
	{ "AGE", CTL_RIGHT, age },
	{ "IN", CTL_RIGHT, octets_in },
	{ "OUT", CTL_RIGHT, octets_out },
	{ "SESSION", CTL_LEFT, session },
};

/* Leaves those of one user in the list. */
static void
keep_user(json_t *sessions, const char *name)
{
	size_t i = 0;

	while (i < json_array_size(sessions)) {
		const char *whose = json_string_value(json_object_get(
			json_array_get(sessions, i), "user"));

		if (whose != NULL && strcmp(whose, name) == 0)
			i++;
		else
			json_array_remove(sessions, i);
	}
}

static int
run(const struct ctl *ctl, int argc, char **argv)
{
	json_t *answer, *sessions;
	int status;

	if (argc > 2)
		return ctl_wrong_usage(&ctl_who);
	status = ctl_ask(ctl, "/api/v1/sessions", NULL, &answer);
	if (status != 0)
		return status;
	sessions = json_object_get(answer, "sessions");
	if (argc == 2)
		keep_user(sessions, argv[1]);
	if (ctl->json)
		ctl_print_json(answer);
	else
		ctl_print_table(sessions, columns,
				sizeof(columns) / sizeof(columns[0]));
	json_decref(answer);
	return 0;
}

const struct ctl_command ctl_who = {
	.name = "who",
	.arguments = "[USER]",
	.help = "sessions of users who are logged in",
	.run = run,
};
