/* What systemd is told (sd_notify(3)); nothing where it is not there. */
#ifndef ROLE_NOTIFY_H
#define ROLE_NOTIFY_H

void notify_ready(void);
void notify_reloading(void);
void notify_stopping(void);

#endif
