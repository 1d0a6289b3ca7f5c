/* usherctl status: how usher is, at a glance. */
#include <string.h>

#include "ctl/ctl.h"

#define COUNT(columns) (sizeof(columns) / sizeof((columns)[0]))

CTL_CELL(backend_name, ctl_put_text, "name");
CTL_CELL(backend_host, ctl_put_text, "host");
CTL_CELL(backend_tag, ctl_put_text, "tag");
CTL_CELL(backend_weight, ctl_put_count, "weight");
CTL_CELL(backend_sessions, ctl_put_count, "sessions");

static const struct ctl_column backend_columns[] = {
	{ "BACKEND", CTL_LEFT, backend_name },
	{ "HOST", CTL_LEFT, backend_host },
	{ "TAG", CTL_LEFT, backend_tag },
	{ "WEIGHT", CTL_RIGHT, backend_weight },
	{ "SESSIONS", CTL_RIGHT, backend_sessions },
};

CTL_CELL(worker_pid, ctl_put_count, "pid");
CTL_CELL(worker_sessions, ctl_put_count, "sessions");
CTL_CELL(worker_connections, ctl_put_count, "connections");
CTL_CELL(worker_accepted, ctl_put_count, "accepted");
CTL_CELL(worker_in, ctl_put_octets, "in");
CTL_CELL(worker_out, ctl_put_octets, "out");

static void
worker_logins(json_t *item, char *out, size_t n)
{
	ctl_put_count(json_object_get(item, "logins"), "ok", out, n);
}

static void
worker_failures(json_t *item, char *out, size_t n)
{
	json_t *logins = json_object_get(item, "logins"), *value;
	json_int_t failed = 0;
	const char *name;

	json_object_foreach(logins, name, value)
		failed += strcmp(name, "ok") == 0 ? 0 :
						    json_integer_value(value);
	snprintf(out, n, "%lld", (long long)failed);
}

static const struct ctl_column worker_columns[] = {
	{ "WORKER", CTL_RIGHT, worker_pid },
	{ "SESSIONS", CTL_RIGHT, worker_sessions },
	{ "CONNECTIONS", CTL_RIGHT, worker_connections },
	{ "ACCEPTED", CTL_RIGHT, worker_accepted },
	{ "LOGINS", CTL_RIGHT, worker_logins },
	{ "FAILED", CTL_RIGHT, worker_failures },
	{ "IN", CTL_RIGHT, worker_in },
	{ "OUT", CTL_RIGHT, worker_out },
};

static void
print(json_t *answer)
{
	char version[64] = "", age[64] = "", sessions[32] = "", users[32] = "";

	ctl_put_text(answer, "version", version, sizeof(version));
	ctl_put_age(answer, "uptime_ms", age, sizeof(age));
	ctl_put_count(answer, "sessions", sessions, sizeof(sessions));
	ctl_put_count(answer, "users", users, sizeof(users));
	printf("usher %s, up %s: %s sessions of %s users\n\n", version, age,
	       sessions, users);
	ctl_print_table(json_object_get(answer, "backends"), backend_columns,
			COUNT(backend_columns));
	putchar('\n');
	ctl_print_table(json_object_get(answer, "workers"), worker_columns,
			COUNT(worker_columns));
}

static int
run(const struct ctl *ctl, int argc, char **argv)
{
	json_t *answer;
	int status;

	(void)argv;
	if (argc != 1)
		return ctl_wrong_usage(&ctl_status);
	status = ctl_ask(ctl, "/api/v1/status", NULL, &answer);
	if (status != 0)
		return status;
	if (ctl->json)
		ctl_print_json(answer);
	else
		print(answer);
	json_decref(answer);
	return 0;
}

const struct ctl_command ctl_status = {
	.name = "status",
	.arguments = "",
	.help = "backends, workers, counters",
	.run = run,
};
