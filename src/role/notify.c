#include "role/notify.h"

#ifdef HAVE_SYSTEMD

#include <stdint.h>
#include <systemd/sd-daemon.h>
#include <time.h>

void
notify_ready(void)
{
	(void)sd_notify(0, "READY=1");
}

/* systemd 253 and later want to know when, for Type=notify-reload. */
void
notify_reloading(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
			 (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000);
}

void
notify_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1");
}

#else

void
notify_ready(void)
{
}

void
notify_reloading(void)
{
}

void
notify_stopping(void)
{
}

#endif
