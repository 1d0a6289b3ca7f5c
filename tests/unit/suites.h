/* Every suite, one a file. */
#define UNIT_SUITES(X) \
	X(suite_addr) \
	X(suite_arena) \
	X(suite_auth_chain) \
	X(suite_base64) \
	X(suite_buf) \
	X(suite_conf_doc) \
	X(suite_conf_dump) \
	X(suite_conf_field) \
	X(suite_conf_load) \
	X(suite_conf_manual) \
	X(suite_conf_sample) \
	X(suite_conf_value) \
	X(suite_err) \
	X(suite_forward) \
	X(suite_forward_list) \
	X(suite_relay) \
	X(suite_target) \
	X(suite_tls) \
	X(suite_files) \
	X(suite_gather) \
	X(suite_generation) \
	X(suite_resolver) \
	X(suite_trust) \
	X(suite_ipc) \
	X(suite_log_render) \
	X(suite_log_sink) \
	X(suite_log_text) \
	X(suite_loop) \
	X(suite_message) \
	X(suite_secret) \
	X(suite_settings) \
	X(suite_settings_check) \
	X(suite_slice) \
	X(suite_socket) \
	X(suite_placement) \
	X(suite_proxy_header) \
	X(suite_proxy_header_v2) \
	X(suite_proxy_header_write) \
	X(suite_imap_arg) \
	X(suite_imap_id) \
	X(suite_imap_parser) \
	X(suite_imap_response) \
	X(suite_imap_write) \
	X(suite_user_format) \
	X(suite_vars) \
	X(suite_verdict) \
	X(suite_passwd_line) \
	X(suite_passwd_index) \
	X(suite_passwd_file) \
	X(suite_dovecot_line) \
	X(suite_http_auth) \
	X(suite_jwt) \
	X(suite_oauth_message) \
	X(suite_sasl_client) \
	X(suite_sasl_server) \
	X(suite_scram) \
	X(suite_scheme) \
	X(suite_pop3_client_xclient) \
	X(suite_pop3_line)

/* Those on a played network: in a program of their own, which has no other. */
#define PLAY_SUITES(X) \
	X(suite_session) \
	X(suite_backend) \
	X(suite_core) \
	X(suite_imap_client) \
	X(suite_lmtp) \
	X(suite_imap_golden) \
	X(suite_imap_server) \
	X(suite_imap_verdict) \
	X(suite_pop3_golden) \
	X(suite_pop3_client) \
	X(suite_pop3_server) \
	X(suite_pop3_server_xclient) \
	X(suite_pop3_verdict) \
	X(suite_play)
