/* Every suite of the pure modules, one a file. */
#define SUITES(X) \
	X(suite_slice) \
	X(suite_buf) \
	X(suite_placement) \
	X(suite_proxy_header) \
	X(suite_proxy_header_v2) \
	X(suite_proxy_header_write) \
	X(suite_imap_arg) \
	X(suite_imap_id) \
	X(suite_imap_parser) \
	X(suite_imap_response) \
	X(suite_imap_write)
