#include "auth/mechanism.h"

static const struct mechanism mechanisms[] = {
	{ SL("PLAIN"), MECHANISM_PASSWORD, true, false, NULL },
	{ SL("LOGIN"), MECHANISM_PASSWORD, true, false, NULL },
	{ SL("XOAUTH2"), MECHANISM_TOKEN, true, false, NULL },
	{ SL("OAUTHBEARER"), MECHANISM_TOKEN, true, false, NULL },
	{ SL("EXTERNAL"), MECHANISM_CERTIFICATE, false, false, NULL },
	{ SL("SCRAM-SHA-1"), MECHANISM_SCRAM, false, false, "SHA1" },
	{ SL("SCRAM-SHA-1-PLUS"), MECHANISM_SCRAM, false, true, "SHA1" },
	{ SL("SCRAM-SHA-256"), MECHANISM_SCRAM, false, false, "SHA256" },
	{ SL("SCRAM-SHA-256-PLUS"), MECHANISM_SCRAM, false, true, "SHA256" },
	{ SL("CRAM-MD5"), MECHANISM_CRAM, false, false, NULL },
	{ SL("DIGEST-MD5"), MECHANISM_OTHER, false, false, NULL },
	{ SL("GSSAPI"), MECHANISM_OTHER, false, false, NULL },
	{ SL("GSS-SPNEGO"), MECHANISM_OTHER, false, false, NULL },
	{ SL("NTLM"), MECHANISM_OTHER, false, false, NULL },
	{ SL("OTP"), MECHANISM_OTHER, false, false, NULL },
	{ SL("ANONYMOUS"), MECHANISM_OTHER, false, false, NULL },
};

const struct mechanism mechanism_unknown = {
	.kind = MECHANISM_OTHER, .cleartext = true };

const struct mechanism *
mechanism_find(struct slice name)
{
	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++) {
		if (slice_eq_nocase(mechanisms[i].name, name))
			return &mechanisms[i];
	}
	return NULL;
}
