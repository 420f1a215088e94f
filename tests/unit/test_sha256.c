/* lib/base/sha256.c, by the examples of FIPS 180-4's authors. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/sha256.h"

static const char *const examples[][2] = {
	{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
};

static void
check_digest(const unsigned char digest[SHA256_SIZE], const char *expected)
{
	char text[2 * SHA256_SIZE + 1];

	hex_encode(digest, SHA256_SIZE, text);
	assert_string_equal(text, expected);
}

static void
test_digests_are_those_of_the_standard(void **state)
{
	unsigned char digest[SHA256_SIZE];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(sha256(examples[i][0], strlen(examples[i][0]), digest), 0);
		check_digest(digest, examples[i][1]);
	}
}

static void
test_one_object_hashes_in_pieces_and_again(void **state)
{
	struct sha256 *hash;
	unsigned char digest[SHA256_SIZE];

	(void)state;
	assert_int_equal(sha256_new(&hash), 0);
	for (size_t i = 0; i < 3; i++) {
		for (const char *text = examples[i][0]; *text != '\0'; text++)
			sha256_update(hash, text, 1);
		sha256_finish(hash, digest);
		check_digest(digest, examples[i][1]);
	}
	sha256_free(hash);
	sha256_free(NULL);
}

static void
test_hexadecimal_reads_back_or_is_refused(void **state)
{
	static const char *const invalid[] = { "", "0", "00", "00f", "00fff", "00fg", "00 f",
		"0x0f", "00ff0" };
	unsigned char bytes[2] = { 7, 7 };
	char text[5];

	(void)state;
	for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++) {
		assert_int_equal(hex_decode(invalid[i], bytes, 2), -EINVAL);
		assert_int_equal(bytes[0], 7);
	}
	assert_int_equal(hex_decode("0aFb", bytes, 2), 0);
	assert_int_equal(bytes[0], 0x0A);
	assert_int_equal(bytes[1], 0xFB);
	hex_encode(bytes, 2, text);
	assert_string_equal(text, "0afb");
	hex_encode(bytes, 0, text);
	assert_string_equal(text, "");
}

/* RFC 4231, test cases 1, 2, 6 and 7 (whose key is longer than a block). */
static void
test_hmac_is_that_of_rfc_4231(void **state)
{
	char key[131], text[65],
		long_text[] = "This is a test using a larger than block-size key and a "
			      "larger than block-size data. The key needs to be "
			      "hashed before being used by the HMAC algorithm.";
	const struct {
		size_t key_size;
		char fill;
		const char *key, *data, *digest;
	} cases[] = {
		{ 20, 0x0b, NULL, "Hi There",
			"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
		{ 4, 0, "Jefe", "what do ya want for nothing?",
			"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
		{ 131, (char)0xaa, NULL, "Test Using Larger Than Block-Size Key - Hash Key First",
			"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
		{ 131, (char)0xaa, NULL, long_text,
			"9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned char digest[SHA256_SIZE];

		memset(key, cases[i].fill, sizeof(key));
		assert_int_equal(sha256_hmac(cases[i].key ? cases[i].key : key, cases[i].key_size,
					 cases[i].data, strlen(cases[i].data), digest),
			0);
		hex_encode(digest, sizeof(digest), text);
		assert_string_equal(text, cases[i].digest);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hmac_is_that_of_rfc_4231),
		cmocka_unit_test(test_digests_are_those_of_the_standard),
		cmocka_unit_test(test_one_object_hashes_in_pieces_and_again),
		cmocka_unit_test(test_hexadecimal_reads_back_or_is_refused),
	};

	return cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}
