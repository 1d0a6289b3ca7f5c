#include "base/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static const uint8_t v4_mapped[12] = { [10] = 0xff, [11] = 0xff };

static struct addr
unmapped(struct addr a)
{
	if (a.family != ADDR_V6 || memcmp(a.ip, v4_mapped, 12) != 0)
		return a;
	struct addr v4 = { .family = ADDR_V4, .port = a.port };

	memcpy(v4.ip, a.ip + 12, 4);
	return v4;
}

bool
addr_parse_ip(struct slice s, struct addr *addr_out)
{
	char text[ADDR_IP_TEXT];
	struct addr a = { 0 };

	if (s.n == 0 || s.n >= sizeof(text) || slice_has(s, '\0'))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	if (inet_pton(AF_INET, text, a.ip) == 1)
		a.family = ADDR_V4;
	else if (inet_pton(AF_INET6, text, a.ip) == 1)
		a.family = ADDR_V6;
	else
		return false;
	*addr_out = unmapped(a);
	return true;
}

/* Splits "host:port" or "[host]:port". */
static bool
split_port(struct slice s, struct slice *host_out, struct slice *port_out)
{
	size_t end;

	if (s.n > 0 && s.p[0] == '[') {
		end = slice_index(s, ']');
		if (end + 1 >= s.n || s.p[end + 1] != ':')
			return false;
		*host_out = (struct slice){ s.p + 1, end - 1 };
		*port_out = slice_skip(s, end + 2);
		return true;
	}
	end = slice_index(s, ':');
	if (end == s.n)
		return false;
	*host_out = slice_first(s, end);
	*port_out = slice_skip(s, end + 1);
	return true;
}

bool
addr_parse(struct slice s, struct addr *addr_out)
{
	struct slice host, port;
	uint64_t number;
	struct addr a;

	if (!split_port(s, &host, &port) || !addr_parse_ip(host, &a) ||
	    !slice_to_u64(port, UINT16_MAX, &number) || number == 0)
		return false;
	a.port = (uint16_t)number;
	*addr_out = a;
	return true;
}

const char *
addr_ip_text(const struct addr *a, char out[ADDR_IP_TEXT])
{
	int family = a->family == ADDR_V4 ? AF_INET : AF_INET6;

	if (a->family == ADDR_NONE ||
	    inet_ntop(family, a->ip, out, ADDR_IP_TEXT) == NULL)
		out[0] = '\0';
	return out;
}

const char *
addr_text(const struct addr *a, char out[ADDR_TEXT])
{
	char ip[ADDR_IP_TEXT];
	bool v6 = a->family == ADDR_V6;

	snprintf(out, ADDR_TEXT, "%s%s%s:%u", v6 ? "[" : "",
		 addr_ip_text(a, ip), v6 ? "]" : "", (unsigned)a->port);
	return out;
}

bool
addr_same_ip(const struct addr *a, const struct addr *b)
{
	return a->family == b->family &&
	       memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

bool
addr_eq(const struct addr *a, const struct addr *b)
{
	return addr_same_ip(a, b) && a->port == b->port;
}

struct addr
addr_from_sockaddr(const struct sockaddr *sa)
{
	struct addr a = { 0 };

	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)sa;

		a.family = ADDR_V4;
		a.port = ntohs(in->sin_port);
		memcpy(a.ip, &in->sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)sa;

		a.family = ADDR_V6;
		a.port = ntohs(in6->sin6_port);
		memcpy(a.ip, &in6->sin6_addr, 16);
	}
	return unmapped(a);
}

socklen_t
addr_to_sockaddr(const struct addr *a, struct sockaddr_storage *out)
{
	memset(out, 0, sizeof(*out));
	if (a->family == ADDR_V4) {
		struct sockaddr_in *in = (void *)out;

		in->sin_family = AF_INET;
		in->sin_port = htons(a->port);
		memcpy(&in->sin_addr, a->ip, 4);
		return sizeof(*in);
	}
	struct sockaddr_in6 *in6 = (void *)out;

	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(a->port);
	memcpy(&in6->sin6_addr, a->ip, 16);
	return sizeof(*in6);
}

static unsigned
bits_of(const struct addr *a)
{
	return a->family == ADDR_V4 ? 32 : 128;
}

/* The octet at i, with the bits beyond the network's length cleared. */
static uint8_t
masked(const struct addr *a, unsigned bits, size_t i)
{
	unsigned before = (unsigned)i * 8;

	if (bits >= before + 8)
		return a->ip[i];
	if (bits <= before)
		return 0;
	return (uint8_t)(a->ip[i] & (0xff << (8 - (bits - before))));
}

bool
addr_net_parse(struct slice s, struct addr_net *net_out)
{
	struct addr_net net;
	size_t slash = slice_index(s, '/');
	struct slice ip = slice_first(s, slash);
	uint64_t bits, mapped;

	if (!addr_parse_ip(ip, &net.ip))
		return false;
	/* "::ffff:10.0.0.0/104" is 10.0.0.0/8. */
	mapped = net.ip.family == ADDR_V4 && slice_has(ip, ':') ? 96 : 0;
	bits = bits_of(&net.ip) + mapped;
	if (slash < s.n && !slice_to_u64(slice_skip(s, slash + 1), bits, &bits))
		return false;
	if (bits < mapped)
		return false;
	net.bits = (uint8_t)(bits - mapped);
	for (size_t i = 0; i < 16; i++) {
		if (net.ip.ip[i] != masked(&net.ip, net.bits, i))
			return false;
	}
	*net_out = net;
	return true;
}

bool
addr_net_has(const struct addr_net *net, const struct addr *a)
{
	if (net->ip.family != a->family)
		return false;
	for (size_t i = 0; i * 8 < net->bits; i++) {
		if (net->ip.ip[i] != masked(a, net->bits, i))
			return false;
	}
	return true;
}

bool
addr_nets_have(const struct addr_nets *nets, const struct addr *a)
{
	for (size_t i = 0; i < nets->n; i++) {
		if (addr_net_has(&nets->v[i], a))
			return true;
	}
	return false;
}
