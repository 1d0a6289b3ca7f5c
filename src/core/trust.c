#include "core/trust.h"

bool
trust_identity(const struct listener_conf *l, const struct addr *real)
{
	return addr_nets_have(&l->login_trusted_networks, real);
}

bool
trust_cleartext(const struct listener_conf *l, bool trusted, bool has_tls)
{
	if (has_tls)
		return true;
	if (l->tls == LISTENER_TLS_REQUIRED)
		return false;
	return trusted || l->allow_cleartext;
}
