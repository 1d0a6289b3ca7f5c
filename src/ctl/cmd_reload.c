/* usherctl reload: a new configuration, and no session lost over it. */
#include <stdio.h>

#include "ctl/ctl.h"

static int
run(const struct ctl *ctl, int argc, char **argv)
{
	json_t *answer;
	int status;

	(void)argv;
	if (argc != 1)
		return ctl_wrong_usage(&ctl_reload);
	status = ctl_ask(ctl, "/api/v1/reload", json_object(), &answer);
	if (status != 0)
		return status;
	if (ctl->json)
		ctl_print_json(answer);
	else
		puts("reloaded");
	json_decref(answer);
	return 0;
}

const struct ctl_command ctl_reload = {
	.name = "reload",
	.arguments = "",
	.help = "read the configuration again",
	.run = run,
};
