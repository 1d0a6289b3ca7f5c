/* Settings from a few lines of YAML, for tests that need some. */
#ifndef TESTS_UNIT_CONF_CONF_TEXT_H
#define TESTS_UNIT_CONF_CONF_TEXT_H

#include "base/buf.h"
#include "conf/settings.h"

/* The least a configuration needs, in two halves. */
#define CONF_TEXT_LISTENER \
	"listeners: [ { name: imap, protocol: imap, address: '*:143', " \
	"tls: off } ]\n"
#define CONF_TEXT_AUTH \
	"auth: [ { driver: static, fields: { host: 10.0.0.1 } } ]\n"

/* Fails the test, saying why, unless text is right. To be freed with
   settings_free(). */
struct settings *conf_text_settings(struct slice text);

/* Appends what is wrong with text, "line:column: what", a line each. */
void conf_text_problems(struct slice text, struct buf *out);

#endif
