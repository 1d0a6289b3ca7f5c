/* The TLS contexts towards backends: one for each way of speaking TLS, however
   many backends share it, made when it is first needed. */
#ifndef NET_TLS_CLIENTS_H
#define NET_TLS_CLIENTS_H

#include "net/tls.h"

struct tls_clients;

struct tls_clients *tls_clients_make(void);
void tls_clients_free(struct tls_clients **c);

/* The text of a PEM file that contexts may ask for by its name; an empty name is
   the system's authorities. A text given again replaces the former, and contexts
   made from that. Copies both. */
void tls_clients_add_file(struct tls_clients *c, struct slice path,
			  struct slice text);

/* The names of files; empty: none (ca_file: the system's). */
struct tls_client_files {
	bool verify;
	struct slice ca_file, cert_file, key_file;
};

/* *tls_out is borrowed until the next turn. */
struct err *tls_clients_get(struct tls_clients *c,
			    const struct tls_client_files *files,
			    const struct tls **tls_out)
	__attribute__((warn_unused_result));

#endif
