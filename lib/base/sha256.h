/* SHA-256 (FIPS 180-4), by OpenSSL's libcrypto. */
#ifndef LIB_BASE_SHA256_H
#define LIB_BASE_SHA256_H

#include <stddef.h>

#define SHA256_SIZE 32

struct sha256;

/* A running hash. Returns 0 or -ENOMEM. */
int sha256_new(struct sha256 **ret_hash);
void sha256_free(struct sha256 *hash);

void sha256_update(struct sha256 *hash, const void *data, size_t size);

/*
 * The digest of what was given since new or the last finish; the hash may be used again, from the
 * beginning.
 */
void sha256_finish(struct sha256 *hash, unsigned char ret_digest[SHA256_SIZE]);

/* All at once. Returns 0 or -ENOMEM. */
int sha256(const void *data, size_t size, unsigned char ret_digest[SHA256_SIZE]);

/* HMAC-SHA256 (RFC 2104). Returns 0 or -ENOMEM. */
int sha256_hmac(const void *key, size_t key_size, const void *data, size_t size,
	unsigned char ret_digest[SHA256_SIZE]);

/* size bytes in lower-case hexadecimal, 2 * size + 1 characters with the NUL. */
void hex_encode(const unsigned char *data, size_t size, char *ret_text);

/* The reverse; exactly 2 * size digits of either case. Returns 0 or -EINVAL. */
int hex_decode(const char *text, unsigned char *ret_data, size_t size);

#endif
