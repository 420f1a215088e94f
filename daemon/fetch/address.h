/* Which addresses a feed may live at when it is not allowed private ones. */
#ifndef DAEMON_FETCH_ADDRESS_H
#define DAEMON_FETCH_ADDRESS_H

#include <stddef.h>

struct sockaddr;

/*
 * What an address is that a publisher must not send us to, in a word or two ("loopback",
 * "private"); NULL for one on the public internet. An IPv4 address inside of an IPv6 one (mapped,
 * NAT64, 6to4) is judged by itself. A family other than IPv4 and IPv6 is refused.
 */
const char *address_refusal(const struct sockaddr *address);

/* The same for an address as text, without brackets; "unreadable" for what is none. */
const char *address_refusal_text(const char *text);

/*
 * The same for the host of a URL, as it stands there, whose address somebody else finds out: a
 * proxy, whose network we cannot see. NULL for any name but that of this host. Numbers in all forms
 * that inet_aton(3) reads are addresses.
 */
const char *address_refusal_host(const char *host, size_t size);

#endif
