/*
 * Values as a person writes them. Nothing is owned here: texts go into the caller's arena. A wrong
 * value gives -EINVAL and a constant text that says what was expected.
 */
#include "daemon/conf/value.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "daemon/wire/message.h"
#include "lib/base/url.h"
#include "lib/spool/layout.h"
#include "lib/spool/mail.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static int
wrong(const char **ret_reason, const char *reason)
{
	*ret_reason = reason;
	return -EINVAL;
}

/* Reads digits; false where there are none or the number is too large. */
static bool
take_number(const char **text, int64_t *ret_number)
{
	const char *p = *text;
	int64_t number = 0;

	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(number, 10, &number) ||
			__builtin_add_overflow(number, *p - '0', &number))
			return false;
	if (p == *text)
		return false;
	*text = p;
	*ret_number = number;
	return true;
}

struct unit {
	const char *name;
	int64_t factor;
};

/* From large to small; "ms" before "m", which it begins with. */
static const struct unit time_units[] = {
	{ "d", 86400000 },
	{ "h", 3600000 },
	{ "ms", 1 },
	{ "m", 60000 },
	{ "s", 1000 },
};

static const struct unit size_units[] = {
	{ "T", (int64_t)1 << 40 },
	{ "G", 1 << 30 },
	{ "M", 1 << 20 },
	{ "K", 1 << 10 },
};

static const struct unit *
take_time_unit(const char **text)
{
	for (size_t i = 0; i < N_OF(time_units); i++) {
		size_t len = strlen(time_units[i].name);

		if (strncmp(*text, time_units[i].name, len) == 0) {
			*text += len;
			return &time_units[i];
		}
	}
	return NULL;
}

int
value_duration(const char *text, int64_t *ret_ms, const char **ret_reason)
{
	const char *expected = "not a duration: expected a number and ms, s, m, h or d";
	int64_t total = 0, last = INT64_MAX;

	if (strcmp(text, "0") == 0) {
		*ret_ms = 0;
		return 0;
	}
	do {
		const struct unit *unit;
		int64_t number;

		if (!take_number(&text, &number))
			return wrong(ret_reason, expected);
		unit = take_time_unit(&text);
		if (!unit || unit->factor >= last)
			return wrong(ret_reason, expected);
		last = unit->factor;
		if (__builtin_mul_overflow(number, unit->factor, &number) ||
			__builtin_add_overflow(total, number, &total))
			return wrong(ret_reason, "too long a time");
	} while (*text);
	*ret_ms = total;
	return 0;
}

int
value_size(const char *text, int64_t *ret_bytes, const char **ret_reason)
{
	const char *expected = "not a size: expected a number and, for units of 1024, K, M, G or T";
	int64_t number, factor = 1;

	if (!take_number(&text, &number))
		return wrong(ret_reason, expected);
	for (size_t i = 0; *text && i < N_OF(size_units); i++)
		if (strcasecmp(text, size_units[i].name) == 0)
			factor = size_units[i].factor;
	if (*text && factor == 1)
		return wrong(ret_reason, expected);
	if (__builtin_mul_overflow(number, factor, &number))
		return wrong(ret_reason, "too large a size");
	*ret_bytes = number;
	return 0;
}

/* "5" or "0.25", up to 100, with at most 6 decimals; no locale. */
static bool
take_percent(const char *text, size_t len, double *ret_percent)
{
	double percent = 0, digit = 1;
	size_t i = 0;

	for (; i < len && text[i] >= '0' && text[i] <= '9'; i++)
		percent = percent * 10 + (text[i] - '0');
	if (i == 0 || i > 3)
		return false;
	if (i < len && text[i] == '.') {
		size_t decimals = len - ++i;

		if (decimals == 0 || decimals > 6)
			return false;
		for (; i < len && text[i] >= '0' && text[i] <= '9'; i++)
			percent += (text[i] - '0') * (digit /= 10);
	}
	if (i != len || percent > 100)
		return false;
	*ret_percent = percent;
	return true;
}

int
value_share(const char *text, double *ret_share, int64_t *ret_bytes, const char **ret_reason)
{
	size_t len = strlen(text);
	double percent;
	int64_t bytes;

	if (len > 0 && text[len - 1] == '%') {
		if (!take_percent(text, len - 1, &percent))
			return wrong(ret_reason, "not a share: expected 0% to 100%");
		*ret_share = percent / 100;
		*ret_bytes = 0;
		return 0;
	}
	if (value_size(text, &bytes, ret_reason) < 0)
		return wrong(ret_reason, "neither a share (5%) nor a size (4G)");
	*ret_share = 0;
	*ret_bytes = bytes;
	return 0;
}

int
value_number(const char *text, int64_t *ret_number, const char **ret_reason)
{
	int64_t number;

	if (!take_number(&text, &number) || *text)
		return wrong(ret_reason, "not a number");
	*ret_number = number;
	return 0;
}

int
value_bool(const char *text, bool *ret_bool, const char **ret_reason)
{
	static const char *const words[][2] = { { "no", "yes" }, { "false", "true" },
		{ "off", "on" }, { "0", "1" } };

	for (size_t i = 0; i < N_OF(words); i++)
		for (int value = 0; value < 2; value++)
			if (strcasecmp(text, words[i][value]) == 0) {
				*ret_bool = value;
				return 0;
			}
	return wrong(ret_reason, "expected yes or no");
}

int
value_path(const char *text, const char *directory, struct arena *arena, const char **ret_path,
	const char **ret_reason)
{
	size_t size = strlen(directory) + 1 + strlen(text) + 1;
	char *path;

	if (size > 4096)
		return wrong(ret_reason, "longer than a path can be");
	while (text[0] == '.' && text[1] == '/')
		text += 2;
	path = arena_alloc(arena, size);
	if (!path)
		return -ENOMEM;
	if (text[0] != '/') {
		size_t len = strlen(directory);

		memcpy(path, directory, len);
		if (len == 0 || path[len - 1] != '/')
			path[len++] = '/';
		memcpy(path + len, text, strlen(text));
	} else {
		memcpy(path, text, strlen(text));
	}
	*ret_path = path;
	return 0;
}

int
value_secret_file(const char *path, const char **ret_reason)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return wrong(ret_reason, strerror(errno));
	if (!S_ISREG(status.st_mode))
		return wrong(ret_reason, "not a regular file");
	if (status.st_mode & S_IRWXO)
		return wrong(ret_reason, "a secret that others may use: take it away from them "
					 "with chmod o=");
	return 0;
}

int
value_credential(const char *text, const char **ret_reason)
{
	const char *name = text + strlen(VALUE_CREDENTIAL);

	if (!*name || strlen(name) > 255 || name[0] == '.' || strchr(name, '/'))
		return wrong(ret_reason, "not the name of a credential: expected credential:NAME");
	return 0;
}

int
value_secret_path(const char *text, struct arena *arena, const char **ret_path)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY"), *name;
	size_t size;
	char *path;

	if (strncmp(text, VALUE_CREDENTIAL, strlen(VALUE_CREDENTIAL)) != 0) {
		*ret_path = text;
		return 0;
	}
	if (!folder)
		return -ENOENT;
	name = text + strlen(VALUE_CREDENTIAL);
	size = strlen(folder) + strlen(name) + 2;
	path = arena_alloc(arena, size);
	if (!path)
		return -ENOMEM;
	snprintf(path, size, "%s/%s", folder, name);
	*ret_path = path;
	return 0;
}

/* No blanks, controls and quotes; else more lenient than RFC 3986, as servers are. */
static bool
has_url_bytes(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text <= ' ' || *text == 0x7F || strchr("<>\"", *text))
			return false;
	return true;
}

/* Up to five digits, and no more than a port may be; nothing stands for the scheme's own. */
static bool
is_port(struct url_part port)
{
	unsigned int number = 0;

	if (port.len > 5)
		return false;
	for (size_t i = 0; i < port.len; i++)
		number = number * 10 + (unsigned int)(port.ptr[i] - '0');
	return port.len == 0 || (number > 0 && number <= UINT16_MAX);
}

int
value_url(const char *text, const char **ret_reason)
{
	struct url url;

	if (strlen(text) > MESSAGE_URL_MAX)
		return wrong(ret_reason, "longer than a URL may be");
	if (!url_is_http(text))
		return wrong(ret_reason, "not an absolute http or https URL");
	if (!has_url_bytes(text))
		return wrong(ret_reason, "a URL has no blanks, quotes or brackets in it: write "
					 "them as %20 and the like");
	url_split(text, strlen(text), &url);
	if (url.host.ptr[0] != '[' && memchr(url.host.ptr, '%', url.host.len) != NULL)
		return wrong(ret_reason, "a host's name has no blanks and no escapes in it");
	if (!is_port(url.port))
		return wrong(ret_reason, "a URL's port is from 1 to 65535");
	if (url.userinfo.ptr)
		return wrong(ret_reason, "credentials do not belong into a URL: use user and "
					 "password-file");
	return 0;
}

int
value_domain(const char *text, const char **ret_reason)
{
	if (mail_is_domain(text))
		return 0;
	*ret_reason = "not a domain: expected letters, digits, hyphens and dots";
	return -EINVAL;
}

int
value_proxy(const char *text, const char **ret_reason)
{
	static const char *const schemes[] = { "http", "https", "socks4", "socks4a", "socks5",
		"socks5h" };
	struct url url;
	bool known = false;

	url_split(text, strlen(text), &url);
	for (size_t i = 0; url.scheme.ptr && i < N_OF(schemes); i++)
		if (strlen(schemes[i]) == url.scheme.len &&
			strncasecmp(url.scheme.ptr, schemes[i], url.scheme.len) == 0)
			known = true;
	if (!known || !url.host.len)
		return wrong(ret_reason, "not the URL of a proxy: expected http://, https://, "
					 "socks4://, socks4a://, socks5:// or socks5h:// and a "
					 "host");
	if (strlen(text) > MESSAGE_URL_MAX || !has_url_bytes(text))
		return wrong(ret_reason, "not a URL");
	if (url.userinfo.ptr)
		return wrong(ret_reason, "credentials do not belong into a URL");
	return 0;
}

int
value_listen(const char *text, const char **ret_reason)
{
	const char *expected = "not an address and a port: expected 127.0.0.1:9753 or [::1]:9753";
	const char *colon = strrchr(text, ':');
	bool v6 = text[0] == '[' && colon && colon > text && colon[-1] == ']';
	size_t len = colon ? (size_t)(colon - text) - (v6 ? 2 : 0) : 0;
	char host[INET6_ADDRSTRLEN] = "";
	struct in6_addr six;
	struct in_addr four;
	int64_t port;

	if (len == 0 || len >= sizeof(host))
		return wrong(ret_reason, expected);
	if (value_number(colon + 1, &port, ret_reason) < 0 || port < 1 || port > 65535)
		return wrong(ret_reason, expected);
	memcpy(host, text + (v6 ? 1 : 0), len);
	if (inet_pton(v6 ? AF_INET6 : AF_INET, host, v6 ? (void *)&six : (void *)&four) != 1)
		return wrong(ret_reason, expected);
	if (v6 ? !IN6_IS_ADDR_LOOPBACK(&six) : ntohl(four.s_addr) >> 24 != 127)
		return wrong(ret_reason, "not a loopback address: use 127.0.0.1 or [::1]");
	return 0;
}

/* Headers that may not be set by hand, and why. */
static const struct {
	const char *name;
	const char *reason;
} own_headers[] = {
	{ "Authorization", "a secret does not stand in the configuration: use token-file, or user "
			   "and password-file" },
	{ "Proxy-Authorization", "a secret does not stand in the configuration" },
	{ "Host", "newspool sets this header itself" },
	{ "Connection", "newspool sets this header itself" },
	{ "Content-Length", "newspool sets this header itself" },
	{ "Transfer-Encoding", "newspool sets this header itself" },
	{ "Accept-Encoding", "newspool sets this header itself" },
	{ "If-None-Match", "newspool sets this header itself" },
	{ "If-Modified-Since", "newspool sets this header itself" },
	{ "Range", "newspool sets this header itself" },
	{ "User-Agent", "use user-agent in [daemon]" },
};

int
value_header(const char *text, const char **ret_reason)
{
	const char *token = "!#$%&'*+-.^_`|~0123456789"
			    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t name = strspn(text, token);

	if (name == 0 || text[name] != ':' || !text[name + 1 + strspn(text + name + 1, " \t")])
		return wrong(ret_reason, "not a header: expected Name: value");
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' && *p != '\t')
			return wrong(ret_reason, "control characters in a header");
	for (size_t i = 0; i < N_OF(own_headers); i++)
		if (strlen(own_headers[i].name) == name &&
			strncasecmp(text, own_headers[i].name, name) == 0)
			return wrong(ret_reason, own_headers[i].reason);
	return 0;
}

int
value_terms(
	const char *text, struct arena *arena, struct value_list *ret_list, const char **ret_reason)
{
	const char **items;
	size_t n = 1;

	for (const char *p = text; *p; p++)
		n += *p == ',';
	if (n > VALUE_LIST_MAX)
		return wrong(ret_reason, "more than 256 items");
	items = arena_alloc_array(arena, n, sizeof(*items));
	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		size_t len;

		text += strspn(text, " \t");
		len = strcspn(text, ",");
		while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
			len--;
		if (len == 0)
			return wrong(ret_reason, "an empty item in the list");
		items[i] = arena_strndup(arena, text, len);
		if (!items[i])
			return -ENOMEM;
		text += strcspn(text, ",");
		text += *text == ',';
	}
	ret_list->items = items;
	ret_list->n = n;
	return 0;
}

int
value_slugs(
	const char *text, struct arena *arena, struct value_list *ret_list, const char **ret_reason)
{
	struct value_list list;
	int ret = value_terms(text, arena, &list, ret_reason);

	if (ret < 0)
		return ret;
	for (size_t i = 0; i < list.n; i++)
		if (!spool_is_slug(list.items[i]))
			return wrong(ret_reason, "not a tag: expected lower-case letters, digits "
						 "and single hyphens, as in technology-news");
	*ret_list = list;
	return 0;
}

void
value_put_duration(struct buf *out, int64_t ms)
{
	static const struct unit units[] = { { "d", 86400000 }, { "h", 3600000 }, { "m", 60000 },
		{ "s", 1000 }, { "ms", 1 } };
	size_t i = 0;

	if (ms == 0) {
		buf_putc(out, '0');
		return;
	}
	while (ms % units[i].factor)
		i++;
	buf_printf(out, "%lld%s", (long long)(ms / units[i].factor), units[i].name);
}

void
value_put_size(struct buf *out, int64_t bytes)
{
	for (size_t i = 0; bytes && i < N_OF(size_units); i++)
		if (bytes % size_units[i].factor == 0) {
			buf_printf(out, "%lld%s", (long long)(bytes / size_units[i].factor),
				size_units[i].name);
			return;
		}
	buf_printf(out, "%lld", (long long)bytes);
}
