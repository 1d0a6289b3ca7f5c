#include "smtp/smtp_caps.h"

#include "smtp/smtp_attr.h"

static const struct slice keywords[SMTP_CAP_COUNT] = {
#define X(id, keyword) [SMTP_CAP_##id] = SL(keyword),
	SMTP_CAPS(X)
#undef X
};

/* "AUTH=PLAIN LOGIN" is how old servers wrote it. */
static void
read_line(struct slice line, struct smtp_caps *out)
{
	struct slice rest = line, word;
	size_t i = 0;

	if (!slice_cut_word(&rest, &word))
		return;
	if (slice_starts_nocase(word, SL("AUTH=")))
		word = SL("AUTH");
	while (i < SMTP_CAP_COUNT && !slice_eq_nocase(keywords[i], word))
		i++;
	if (i == SMTP_CAP_COUNT)
		return;
	out->set |= 1u << i;
	if (i == SMTP_CAP_XCLIENT)
		out->xclient = smtp_attrs_read(rest);
	else if (i == SMTP_CAP_XFORWARD)
		out->xforward = smtp_attrs_read(rest);
	else if (i == SMTP_CAP_SIZE)
		slice_to_u64(slice_trim(rest), INT64_MAX, &out->max_size);
}

void
smtp_caps_read(const struct smtp_reply *reply, struct smtp_caps *out)
{
	struct slice rest = reply->lines, line;

	*out = (struct smtp_caps){ .set = 0 };
	/* The first line greets. */
	smtp_reply_next(&rest, &line);
	while (smtp_reply_next(&rest, &line))
		read_line(line, out);
}
