#ifndef TESTS_FUZZ_CHUNKED_H
#define TESTS_FUZZ_CHUNKED_H

#include <stdint.h>

#include <newspool/feed.h>

/*
 * Reads the SIZE bytes of DATA with OPTIONS whole, and again in pieces of 1 to 64 bytes that follow
 * from CUTS. Both must give the same articles, the same document and the same end: else abort().
 */
void chunked_check(
	const struct np_feed_options *options, const uint8_t *data, size_t size, uint8_t cuts);

#endif
