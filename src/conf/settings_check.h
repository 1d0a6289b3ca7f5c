/* What has to be right between settings. Each complaint names both sides. */
#ifndef CONF_SETTINGS_CHECK_H
#define CONF_SETTINGS_CHECK_H

#include "conf/conf_field.h"

void settings_check_tls(struct conf_check *c, void *tls);
void settings_check_listener(struct conf_check *c, void *listener);
void settings_check_smtp(struct conf_check *c, void *smtp);
void settings_check_backend(struct conf_check *c, void *backend);
void settings_check_director(struct conf_check *c, void *director);
void settings_check_forward(struct conf_check *c, void *forward);
void settings_check_all(struct conf_check *c, void *settings);

#endif
