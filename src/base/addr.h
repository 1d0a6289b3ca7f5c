/* IP addresses with a port, and networks of them. */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <sys/socket.h>

#include "base/slice.h"

enum addr_family { ADDR_NONE, ADDR_V4, ADDR_V6 };

/* Small, because every session keeps four. Octets in network order, port in
   host order; port 0 is "unknown". */
struct addr {
	uint8_t ip[16];		/* the first four for ADDR_V4 */
	uint16_t port;
	uint8_t family;		/* enum addr_family */
};

/* "2001:db8::1" has at most 45 characters; 46 with the NUL. */
#define ADDR_IP_TEXT 46
/* "[ip]:port" */
#define ADDR_TEXT (ADDR_IP_TEXT + 8)

/* Reads all of s as an IPv4 or IPv6 address without brackets, strictly (no
   "1.2.3"). IPv6 that maps IPv4 becomes IPv4. Leaves the port 0. */
bool addr_parse_ip(struct slice s, struct addr *addr_out);

/* "1.2.3.4:143" or "[::1]:143". The port is required, 1 to 65535. */
bool addr_parse(struct slice s, struct addr *addr_out);

/* Both write a NUL-terminated text into out and return it. */
const char *addr_ip_text(const struct addr *a, char out[ADDR_IP_TEXT]);
const char *addr_text(const struct addr *a, char out[ADDR_TEXT]);

/* The address without its port compares, or all of it. */
bool addr_same_ip(const struct addr *a, const struct addr *b);
bool addr_eq(const struct addr *a, const struct addr *b);

/* Maps ::ffff:a.b.c.d to IPv4; ADDR_NONE for anything but IP. */
struct addr addr_from_sockaddr(const struct sockaddr *sa);
/* Returns the length of what was written. */
socklen_t addr_to_sockaddr(const struct addr *a, struct sockaddr_storage *out);

struct addr_net {
	struct addr ip;
	uint8_t bits;
};

struct addr_nets {
	struct addr_net *v;
	size_t n;
};

/* "10.0.0.0/8", "::1", "192.0.2.7"; without a length the whole address. Bits
   beyond the length must be 0. "::ffff:10.0.0.0/104" becomes 10.0.0.0/8. */
bool addr_net_parse(struct slice s, struct addr_net *net_out);
bool addr_net_has(const struct addr_net *net, const struct addr *a);
bool addr_nets_have(const struct addr_nets *nets, const struct addr *a);

#endif
