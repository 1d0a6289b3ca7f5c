/* usherctl kick: ends sessions. */
#include <string.h>

#include "ctl/ctl.h"

static json_t *
what_to_kick(int argc, char **argv)
{
	if (argc == 2 && argv[1][0] != '-')
		return json_pack("{s:s}", "user", argv[1]);
	if (argc == 3 && strcmp(argv[1], "--session") == 0)
		return json_pack("{s:s}", "session", argv[2]);
	return NULL;
}

static int
run(const struct ctl *ctl, int argc, char **argv)
{
	json_t *body = what_to_kick(argc, argv), *answer;
	char count[32] = "";
	int status;

	if (body == NULL)
		return ctl_wrong_usage(&ctl_kick);
	status = ctl_ask(ctl, "/api/v1/kick", body, &answer);
	if (status != 0)
		return status;
	ctl_put_count(answer, "kicked", count, sizeof(count));
	if (ctl->json)
		ctl_print_json(answer);
	else
		printf("%s sessions kicked\n", count);
	json_decref(answer);
	return 0;
}

const struct ctl_command ctl_kick = {
	.name = "kick",
	.arguments = "USER | --session ID",
	.help = "end a user's sessions, or one",
	.run = run,
};
