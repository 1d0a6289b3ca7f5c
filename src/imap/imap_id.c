#include "imap/imap_id.h"

static const struct slice key_names[] = {
#define X(id, name) [IMAP_ID_##id] = SL(name),
	IMAP_ID_KEYS(X)
#undef X
	[IMAP_ID_FORWARD] = SL("x-forward-"),
	[IMAP_ID_OTHER] = SL(""),
};

struct slice
imap_id_key_name(enum imap_id_key key)
{
	return key_names[key];
}

enum imap_id_key
imap_id_key_of(struct slice key, struct slice *variable_out)
{
	struct slice prefix = key_names[IMAP_ID_FORWARD];

	*variable_out = SL("");
	if (slice_starts_nocase(key, prefix)) {
		*variable_out = slice_skip(key, prefix.n);
		return IMAP_ID_FORWARD;
	}
	for (unsigned i = 0; i < IMAP_ID_FORWARD; i++) {
		if (slice_eq_nocase(key, key_names[i]))
			return (enum imap_id_key)i;
	}
	return IMAP_ID_OTHER;
}

static bool
may_be_key(const struct imap_arg *arg)
{
	return imap_arg_is_string(arg) &&
	       imap_arg_value_length(arg) <= IMAP_ID_MAX_KEY;
}

static bool
may_be_value(const struct imap_arg *arg)
{
	return imap_arg_is_string(arg) || arg->kind == IMAP_ARG_NIL;
}

static bool
list_is_pairs(struct slice list)
{
	struct imap_arg arg;

	while (imap_list_next(&list, &arg)) {
		if (!may_be_key(&arg))
			return false;
		if (imap_list_next(&list, &arg) && !may_be_value(&arg))
			return false;
	}
	return true;
}

bool
imap_id_begin(const struct imap_command *cmd, struct slice *pairs_out)
{
	const struct imap_arg *arg = &cmd->args[0];

	if (cmd->arg_count > 1)
		return false;
	if (cmd->arg_count == 0 || arg->kind == IMAP_ARG_NIL) {
		*pairs_out = SL("");
		return true;
	}
	if (arg->kind != IMAP_ARG_LIST || !list_is_pairs(arg->text))
		return false;
	*pairs_out = arg->text;
	return true;
}

bool
imap_id_next(struct slice *pairs, struct arena *a, struct imap_id_pair *out)
{
	struct imap_arg key, value;

	if (!imap_list_next(pairs, &key) || !imap_list_next(pairs, &value))
		return false;
	out->key_text = imap_arg_value(&key, a);
	out->key = imap_id_key_of(out->key_text, &out->variable);
	out->nil = value.kind == IMAP_ARG_NIL;
	out->value = out->nil ? SL("") : imap_arg_value(&value, a);
	return true;
}
