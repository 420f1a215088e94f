/* The address policy: what is refused, by which name, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "daemon/fetch/address.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *address;
	const char *what; /* NULL: public */
} cases[] = {
	{ "0.0.0.0", "unspecified" },
	{ "0.1.2.3", "unspecified" },
	{ "1.1.1.1", NULL },
	{ "9.255.255.255", NULL },
	{ "10.0.0.0", "private" },
	{ "10.255.255.255", "private" },
	{ "11.0.0.0", NULL },
	{ "100.63.255.255", NULL },
	{ "100.64.0.0", "carrier-grade NAT" },
	{ "100.127.255.255", "carrier-grade NAT" },
	{ "100.128.0.0", NULL },
	{ "127.0.0.1", "loopback" },
	{ "127.255.255.255", "loopback" },
	{ "128.0.0.1", NULL },
	{ "168.63.129.16", "cloud metadata" },
	{ "168.63.129.17", NULL },
	{ "169.254.169.254", "cloud metadata" },
	{ "169.254.0.1", "link-local" },
	{ "169.255.0.0", NULL },
	{ "172.15.255.255", NULL },
	{ "172.16.0.0", "private" },
	{ "172.31.255.255", "private" },
	{ "172.32.0.0", NULL },
	{ "192.0.0.8", "reserved" },
	{ "192.0.1.0", NULL },
	{ "192.0.2.1", "documentation" },
	{ "192.88.99.1", "6to4 relay" },
	{ "192.167.255.255", NULL },
	{ "192.168.0.0", "private" },
	{ "192.168.255.255", "private" },
	{ "192.169.0.0", NULL },
	{ "198.17.255.255", NULL },
	{ "198.18.0.0", "benchmarking" },
	{ "198.19.255.255", "benchmarking" },
	{ "198.20.0.0", NULL },
	{ "198.51.100.7", "documentation" },
	{ "203.0.113.7", "documentation" },
	{ "223.255.255.255", NULL },
	{ "224.0.0.1", "multicast" },
	{ "239.255.255.255", "multicast" },
	{ "240.0.0.1", "reserved" },
	{ "255.255.255.255", "reserved" },
	{ "::", "unspecified" },
	{ "::1", "loopback" },
	{ "::2", "IPv4-compatible" },
	{ "::7f00:1", "IPv4-compatible" },
	{ "::ffff:127.0.0.1", "loopback" },
	{ "::ffff:10.1.2.3", "private" },
	{ "::ffff:169.254.169.254", "cloud metadata" },
	{ "::ffff:8.8.8.8", NULL },
	{ "64:ff9b::7f00:1", "loopback" },
	{ "64:ff9b::808:808", NULL },
	{ "64:ff9b:1::1", "local NAT64" },
	{ "100::1", "discard-only" },
	{ "100:0:0:1::1", NULL },
	{ "2001::1", "Teredo" },
	{ "2001:1ff:ffff::1", "reserved" },
	{ "2001:200::1", NULL },
	{ "2001:db8::1", "documentation" },
	{ "2001:db9::1", NULL },
	{ "2002:7f00:1::1", "loopback" },
	{ "2002:a01:203::", "private" },
	{ "2002:808:808::1", NULL },
	{ "2606:4700::1111", NULL },
	{ "3fff::1", "documentation" },
	{ "3fff:1000::1", NULL },
	{ "5f00::1", "segment routing" },
	{ "fbff::1", NULL },
	{ "fc00::1", "private" },
	{ "fd00:ec2::254", "private" },
	{ "fe7f::1", NULL },
	{ "fe80::1", "link-local" },
	{ "febf::1", "link-local" },
	{ "fec0::1", "site-local" },
	{ "ff02::1", "multicast" },
};

static void
check(const char *address, const char *got, const char *wanted)
{
	if (got == NULL && wanted == NULL)
		return;
	if (got == NULL || wanted == NULL)
		fail_msg("%s: got %s, wanted %s", address, got != NULL ? got : "public",
			wanted != NULL ? wanted : "public");
	assert_string_equal(got, wanted);
}

static void
an_address_as_text_is_judged_by_its_prefix(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(cases); i++)
		check(cases[i].address, address_refusal_text(cases[i].address), cases[i].what);
}

static void
a_socket_address_is_judged_alike(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct sockaddr_in in4 = { .sin_family = AF_INET };
		struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
		const struct sockaddr *address = (const void *)&in4;

		if (inet_pton(AF_INET, cases[i].address, &in4.sin_addr) != 1) {
			assert_int_equal(inet_pton(AF_INET6, cases[i].address, &in6.sin6_addr), 1);
			address = (const void *)&in6;
		}
		check(cases[i].address, address_refusal(address), cases[i].what);
	}
}

static void
what_is_not_understood_is_refused(void **state)
{
	static const char *const texts[] = { "", "localhost", "1.2.3", "1.2.3.4.5", "0x7f.1",
		"[::1]", "::1%lo", "fe80::1%eth0", "1.2.3.4 " };
	const struct sockaddr_un un = { .sun_family = AF_UNIX };

	(void)state;
	for (size_t i = 0; i < N(texts); i++)
		check(texts[i], address_refusal_text(texts[i]), "unreadable");
	assert_non_null(address_refusal((const void *)&un));
}

/* What is handed to a proxy unresolved, in every way of writing it. */
static void
hosts_of_urls_are_judged_where_they_are_addresses(void **state)
{
	static const struct {
		const char *host, *what;
	} rows[] = {
		{ "127.0.0.1", "loopback" },
		{ "127.1", "loopback" },
		{ "2130706433", "loopback" },
		{ "0x7f.0.0.1", "loopback" },
		{ "0177.0.0.1", "loopback" },
		{ "127.0.0.1.", "loopback" },
		{ "0", "unspecified" },
		{ "169.254.169.254", "cloud metadata" },
		{ "[::1]", "loopback" },
		{ "[::ffff:10.0.0.1]", "private" },
		{ "[64:ff9b::a9fe:a9fe]", "cloud metadata" },
		{ "localhost", "loopback" },
		{ "LocalHost.", "loopback" },
		{ "x.localhost", "loopback" },
		{ "", "unreadable" },
		{ "notlocalhost", NULL },
		{ "example.org", NULL },
		{ "127.0.0.1.example.org", NULL },
		{ "93.184.216.34", NULL },
		{ "[2606:2800:220:1::1]", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *what = address_refusal_host(rows[i].host, strlen(rows[i].host));

		if (rows[i].what == NULL)
			assert_null(what);
		else
			assert_string_equal(what, rows[i].what);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_as_text_is_judged_by_its_prefix),
		cmocka_unit_test(a_socket_address_is_judged_alike),
		cmocka_unit_test(what_is_not_understood_is_refused),
		cmocka_unit_test(hosts_of_urls_are_judged_where_they_are_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
