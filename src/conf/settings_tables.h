/* The tables that are too long to stand in settings.c. */
#ifndef CONF_SETTINGS_TABLES_H
#define CONF_SETTINGS_TABLES_H

#include "conf/conf_field.h"

extern const struct conf_table settings_auth_table;

#endif
