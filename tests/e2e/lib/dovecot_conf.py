"""The configuration file of a private Dovecot 2.3, piece by piece."""
import grp
import os
import pwd

from lib.ports import IMPLICIT_TLS

# What each protocol's login service is called, and its listeners.
SERVICES = {
    "imap": ("imap-login", ("imap", "imaps")),
    "pop3": ("pop3-login", ("pop3", "pop3s")),
    "submission": ("submission-login", ("submission", "submissions")),
    "lmtp": ("lmtp", ("lmtp", "lmtps")),
}

# %r %b %l %a are what was forwarded, if it was believed; real_* what was seen. The
# brackets keep a value with a comma together.
LOG_ELEMENTS = (
    "user=<%u> method=%m rip=%r rport=%b lip=%l lport=%a real_rip=%{real_rip} "
    "real_rport=%{real_rport} real_lip=%{real_lip} real_lport=%{real_lport} %c "
    "session=<%{session}>")


def owner():
    """Who the mail belongs to: Dovecot refuses mail of root."""
    if os.getuid() == 0:
        return "nobody", "nogroup"
    return (pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name)


def general(folder, protocols, trusted, haproxy):
    return f"""\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
log_timestamp = "%Y-%m-%d %H:%M:%S "
protocols = {" ".join(protocols)}
hostname = dovecot.test
postmaster_address = postmaster@dovecot.test
login_trusted_networks = {" ".join(str(t) for t in trusted)}
haproxy_trusted_networks = {"127.0.0.0/8" if haproxy else ""}
"""


def logging(forwarded):
    """forwarded: names of variables that the line of a login is to show."""
    elements = "".join(f" forward_{name}=<%{{passdb:forward_{name}}}>"
                       for name in forwarded)
    return f"""\
auth_verbose = yes
auth_debug = yes
imap_id_log = *
login_log_format_elements = {LOG_ELEMENTS}{elements}
"""


def tls(certificate, cleartext):
    return f"""\
ssl = yes
ssl_cert = <{certificate.cert}
ssl_key = <{certificate.key}
disable_plaintext_auth = {"no" if cleartext else "yes"}
"""


def users(folder):
    """Failed logins are answered within half a second, the least Dovecot can do, and
    not ever later for one who fails again: the delays are there against guessing."""
    user, group = owner()
    mail = f"{folder}/mail/%u"
    return f"""\
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
mail_location = maildir:{mail}
first_valid_uid = 1
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = passwd-file
  args = {folder}/users
  default_fields = uid={user} gid={group} home={mail}
}}
"""


def master_users(folder):
    return f"""\
auth_master_user_separator = *
passdb {{
  driver = passwd-file
  args = {folder}/masters
  master = yes
  result_success = continue
}}
"""


def unprivileged():
    """All as the one user there is, and nothing that needs root."""
    user, group = owner()
    services = ["anvil", "ipc", *(SERVICES[p][0] for p in SERVICES)]
    return f"""\
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
""" + "".join(f"service {name} {{\n  chroot =\n}}\n" for name in services)


def _listener(name, host, port, more=""):
    tls_from_start = "yes" if name.removesuffix("_haproxy") in IMPLICIT_TLS else "no"
    return f"""\
  inet_listener {name} {{
    address = {host}
    port = {port}
    ssl = {tls_from_start}
    {more}
  }}
"""


def services(host, ports):
    """ports: {"imap": 10143, ...}; a name with _haproxy behind it is a listener that
    wants a PROXY header first."""
    text = ""
    for service, names in SERVICES.values():
        text += f"service {service} {{\n"
        for name in names:
            if name in ports:
                text += _listener(name, host, ports[name])
            if name + "_haproxy" in ports:
                text += _listener(name + "_haproxy", host, ports[name + "_haproxy"],
                                  "haproxy = yes")
        text += "}\n"
    return text
