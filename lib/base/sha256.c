/*
 * SHA-256 by libcrypto's EVP. The algorithm is fetched once a hash object: the search through
 * OpenSSL's providers costs more than hashing a short text, so hot paths keep an object.
 *
 * Errors: -ENOMEM from making one. With an object made, libcrypto allocates nothing and cannot
 * fail; that is asserted.
 */
#include "lib/base/sha256.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

struct sha256 {
	EVP_MD *algorithm;
	EVP_MD_CTX *context;
};

int
sha256_new(struct sha256 **ret_hash)
{
	struct sha256 *hash = calloc(1, sizeof(*hash));

	if (hash == NULL)
		return -ENOMEM;
	hash->algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
	hash->context = EVP_MD_CTX_new();
	if (hash->algorithm == NULL || hash->context == NULL ||
		EVP_DigestInit_ex2(hash->context, hash->algorithm, NULL) != 1) {
		sha256_free(hash);
		return -ENOMEM;
	}
	*ret_hash = hash;
	return 0;
}

void
sha256_free(struct sha256 *hash)
{
	if (hash == NULL)
		return;
	EVP_MD_CTX_free(hash->context);
	EVP_MD_free(hash->algorithm);
	free(hash);
}

void
sha256_update(struct sha256 *hash, const void *data, size_t size)
{
	int ok = EVP_DigestUpdate(hash->context, data, size);

	assert(ok == 1);
	(void)ok;
}

void
sha256_finish(struct sha256 *hash, unsigned char ret_digest[SHA256_SIZE])
{
	int ok = EVP_DigestFinal_ex(hash->context, ret_digest, NULL);

	assert(ok == 1);
	ok = EVP_DigestInit_ex2(hash->context, hash->algorithm, NULL);
	assert(ok == 1);
	(void)ok;
}

int
sha256(const void *data, size_t size, unsigned char ret_digest[SHA256_SIZE])
{
	struct sha256 *hash;
	int r = sha256_new(&hash);

	if (r < 0)
		return r;
	sha256_update(hash, data, size);
	sha256_finish(hash, ret_digest);
	sha256_free(hash);
	return 0;
}

#define BLOCK 64 /* bytes that SHA-256 takes at a time */

int
sha256_hmac(const void *key, size_t key_size, const void *data, size_t size,
	unsigned char ret_digest[SHA256_SIZE])
{
	unsigned char block[BLOCK] = { 0 }, digest[SHA256_SIZE];
	struct sha256 *hash;
	int error = sha256_new(&hash);

	if (error)
		return error;
	if (key_size > BLOCK) {
		sha256_update(hash, key, key_size);
		sha256_finish(hash, block);
	} else if (key_size > 0)
		memcpy(block, key, key_size);
	for (size_t i = 0; i < BLOCK; i++)
		block[i] ^= 0x36;
	sha256_update(hash, block, BLOCK);
	sha256_update(hash, data, size);
	sha256_finish(hash, digest);
	for (size_t i = 0; i < BLOCK; i++)
		block[i] ^= 0x36 ^ 0x5c;
	sha256_update(hash, block, BLOCK);
	sha256_update(hash, digest, sizeof(digest));
	sha256_finish(hash, ret_digest);
	sha256_free(hash);
	return 0;
}

void
hex_encode(const unsigned char *data, size_t size, char *ret_text)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		ret_text[2 * i] = digits[data[i] >> 4];
		ret_text[2 * i + 1] = digits[data[i] & 15];
	}
	ret_text[2 * size] = '\0';
}

static int
hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

int
hex_decode(const char *text, unsigned char *ret_data, size_t size)
{
	for (size_t i = 0; i < 2 * size; i++) {
		if (hex_digit(text[i]) < 0)
			return -EINVAL;
	}
	if (text[2 * size] != '\0')
		return -EINVAL;
	for (size_t i = 0; i < size; i++)
		ret_data[i] = (unsigned char)(hex_digit(text[2 * i]) * 16 +
					      hex_digit(text[2 * i + 1]));
	return 0;
}
