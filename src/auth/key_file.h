/* A file of public keys, read again when it changes. */
#ifndef AUTH_KEY_FILE_H
#define AUTH_KEY_FILE_H

#include "auth/jwks.h"

/* How often the file is looked at. */
#define KEY_FILE_CHECK_MS 1000

struct key_file;

struct err *key_file_open(const char *path, struct key_file **file_out)
	__attribute__((warn_unused_result));
void key_file_free(struct key_file **file);

/* Looks whether it changed, and reads it then. One that cannot be read, or has no
   key, leaves what was read before; the log says so. */
void key_file_refresh(struct key_file *file);

/* Borrowed until the next refresh. */
const struct jwks *key_file_keys(const struct key_file *file);

#endif
