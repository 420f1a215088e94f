/*
 * The address policy: two tables of prefixes (IANA's special-purpose registries, RFC 6890, and
 * the addresses at which clouds keep their secrets). Owns nothing, cannot fail; what it does not
 * understand it refuses.
 */
#include "daemon/fetch/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

struct prefix {
	unsigned char bytes[16];
	unsigned int bits;
	const char *what; /* NULL: the IPv4 address at `embedded` decides */
	unsigned int embedded;
};

static const struct prefix prefixes4[] = {
	{ { 0 }, 8, "unspecified", 0 },
	{ { 10 }, 8, "private", 0 },
	{ { 100, 64 }, 10, "carrier-grade NAT", 0 },
	{ { 127 }, 8, "loopback", 0 },
	{ { 168, 63, 129, 16 }, 32, "cloud metadata", 0 },
	{ { 169, 254, 169, 254 }, 32, "cloud metadata", 0 },
	{ { 169, 254 }, 16, "link-local", 0 },
	{ { 172, 16 }, 12, "private", 0 },
	{ { 192, 0, 0 }, 24, "reserved", 0 },
	{ { 192, 0, 2 }, 24, "documentation", 0 },
	{ { 192, 88, 99 }, 24, "6to4 relay", 0 },
	{ { 192, 168 }, 16, "private", 0 },
	{ { 198, 18 }, 15, "benchmarking", 0 },
	{ { 198, 51, 100 }, 24, "documentation", 0 },
	{ { 203, 0, 113 }, 24, "documentation", 0 },
	{ { 224 }, 4, "multicast", 0 },
	{ { 240 }, 4, "reserved", 0 },
};

/* The first that fits counts. */
static const struct prefix prefixes6[] = {
	{ { 0 }, 128, "unspecified", 0 },
	{ { [15] = 1 }, 128, "loopback", 0 },
	{ { [10] = 0xff, 0xff }, 96, NULL, 12 }, /* ::ffff:a.b.c.d */
	{ { 0 }, 96, "IPv4-compatible", 0 },
	{ { 0x00, 0x64, 0xff, 0x9b }, 96, NULL, 12 }, /* NAT64, RFC 6052 */
	{ { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 }, 48, "local NAT64", 0 },
	{ { 0x01 }, 64, "discard-only", 0 },
	{ { 0x20, 0x01, 0x00, 0x00 }, 32, "Teredo", 0 },
	{ { 0x20, 0x01, 0x00 }, 23, "reserved", 0 },
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32, "documentation", 0 },
	{ { 0x20, 0x02 }, 16, NULL, 2 }, /* 6to4 */
	{ { 0x3f, 0xff }, 20, "documentation", 0 },
	{ { 0x5f, 0x00 }, 16, "segment routing", 0 },
	{ { 0xfc }, 7, "private", 0 },
	{ { 0xfe, 0x80 }, 10, "link-local", 0 },
	{ { 0xfe, 0xc0 }, 10, "site-local", 0 },
	{ { 0xff }, 8, "multicast", 0 },
};

static bool
prefix_has(const struct prefix *prefix, const unsigned char *address)
{
	unsigned int whole = prefix->bits / 8;
	unsigned int rest = prefix->bits % 8;

	if (memcmp(prefix->bytes, address, whole) != 0)
		return false;
	return rest == 0 || ((prefix->bytes[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

static const char *
refusal4(const unsigned char *address)
{
	for (size_t i = 0; i < sizeof(prefixes4) / sizeof(prefixes4[0]); i++) {
		if (prefix_has(&prefixes4[i], address))
			return prefixes4[i].what;
	}
	return NULL;
}

static const char *
refusal6(const unsigned char *address)
{
	for (size_t i = 0; i < sizeof(prefixes6) / sizeof(prefixes6[0]); i++) {
		const struct prefix *prefix = &prefixes6[i];

		if (!prefix_has(prefix, address))
			continue;
		if (prefix->what != NULL)
			return prefix->what;
		return refusal4(address + prefix->embedded);
	}
	return NULL;
}

const char *
address_refusal(const struct sockaddr *address)
{
	const struct sockaddr_in *in4 = (const void *)address;
	const struct sockaddr_in6 *in6 = (const void *)address;

	if (address->sa_family == AF_INET)
		return refusal4((const unsigned char *)&in4->sin_addr);
	if (address->sa_family == AF_INET6)
		return refusal6(in6->sin6_addr.s6_addr);
	return "of an unknown family";
}

const char *
address_refusal_text(const char *text)
{
	unsigned char address[16];

	if (inet_pton(AF_INET, text, address) == 1)
		return refusal4(address);
	if (inet_pton(AF_INET6, text, address) == 1)
		return refusal6(address);
	return "unreadable";
}

static bool
is_this_host(const char *host)
{
	static const char local[] = "localhost";
	size_t size = strlen(host), suffix = sizeof(local) - 1;

	return size >= suffix && strcasecmp(host + size - suffix, local) == 0 &&
	       (size == suffix || host[size - suffix - 1] == '.');
}

const char *
address_refusal_host(const char *host, size_t size)
{
	char text[256];
	struct in_addr in4;
	unsigned char in6[16];

	if (size > 0 && host[0] == '[') {
		host++;
		size -= size > 1 ? 2 : 1;
	}
	if (size > 0 && host[size - 1] == '.')
		size--;
	if (size == 0 || size >= sizeof(text))
		return "unreadable";
	memcpy(text, host, size);
	text[size] = '\0';
	if (inet_pton(AF_INET6, text, in6) == 1)
		return refusal6(in6);
	if (inet_aton(text, &in4) != 0)
		return refusal4((const unsigned char *)&in4);
	return is_this_host(text) ? "loopback" : NULL;
}
