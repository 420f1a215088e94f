/* Dates: whatever is read lies in the years that can be written, and reads back the same. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/feed/date.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[CLOCK_RFC3339_SIZE];
	int64_t seconds, again;

	if (feed_date_parse((const char *)data, size, &seconds) != 0)
		return 0;
	clock_rfc3339(seconds, text);
	if (clock_parse_rfc3339(text, &again) != 0 || again != seconds)
		abort();
	if (feed_date_parse(text, CLOCK_RFC3339_SIZE - 1, &again) != 0 || again != seconds)
		abort();
	return 0;
}
