/*
 * Values as a person writes them: durations, sizes, lists, paths. Each function returns 0, or
 * -EINVAL with a reason that reads on after "KEY: " ("not a duration: …"; static storage), or
 * -ENOMEM. The text has no white space around it. Ranges are the schema's.
 */
#ifndef DAEMON_CONF_VALUE_H
#define DAEMON_CONF_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"

#define VALUE_LIST_MAX 256u /* items of one list */

/* Texts in an arena. */
struct value_list {
	const char *const *items;
	size_t n;
};

/* Milliseconds: "500ms", "30s", "1h30m"; units from large to small, each once; "0" alone. */
int value_duration(const char *text, int64_t *ret_ms, const char **ret_reason);

/* Bytes: "4096", "16M", "4G"; K, M, G, T of 1024, either case. */
int value_size(const char *text, int64_t *ret_bytes, const char **ret_reason);

/* A share of something, "5%" or "0.5%", as 0 to 1; or a size, the share then 0. */
int value_share(const char *text, double *ret_share, int64_t *ret_bytes, const char **ret_reason);

/* A whole number, 0 or above. */
int value_number(const char *text, int64_t *ret_number, const char **ret_reason);

/* yes no, true false, on off, 1 0. */
int value_bool(const char *text, bool *ret_bool, const char **ret_reason);

/* The path made absolute: what is relative is relative to directory (absolute itself). */
int value_path(const char *text, const char *directory, struct arena *arena, const char **ret_path,
	const char **ret_reason);

/*
 * A file with a secret in it: there, regular, and not open to others. Its content is not looked at.
 */
int value_secret_file(const char *path, const char **ret_reason);

/*
 * "credential:NAME" is what systemd hands over under that name (LoadCredential=): where it says so,
 * if it runs us, and that is asked when the secret is needed. Any other text is a path as it stands.
 */
#define VALUE_CREDENTIAL "credential:"

/* The file that a secret is in. Returns 0; -ENOENT where there are no credentials. */
int value_secret_path(const char *text, struct arena *arena, const char **ret_path);

/* A name that a credential can have, behind the prefix. */
int value_credential(const char *text, const char **ret_reason);

/* An absolute http or https URL without credentials in it. */
int value_url(const char *text, const char **ret_reason);

/* http, https, socks4, socks4a, socks5 or socks5h, with a host. */
int value_proxy(const char *text, const char **ret_reason);

/* A loopback address and a port: "127.0.0.1:9753", "[::1]:9753". */
int value_listen(const char *text, const char **ret_reason);

/* A domain for identifiers in mail. */
int value_domain(const char *text, const char **ret_reason);

/* "Name: value", and not a header that is newspool's own to set. */
int value_header(const char *text, const char **ret_reason);

/* What stands between commas, at most VALUE_LIST_MAX; no empty items. */
int value_terms(const char *text, struct arena *arena, struct value_list *ret_list,
	const char **ret_reason);

/* The same, each a slug. */
int value_slugs(const char *text, struct arena *arena, struct value_list *ret_list,
	const char **ret_reason);

/* The reverse of value_duration() and value_size(), in the largest unit that leaves no rest. */
void value_put_duration(struct buf *out, int64_t ms);
void value_put_size(struct buf *out, int64_t bytes);

#endif
