/* A table of counters by a hash of the name. Cannot fail. */
#include "daemon/wire/log_rate.h"

static uint64_t
hash_of(const char *name)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * UINT64_C(1099511628211);
	return hash | 1;
}

bool
log_rate_admit(struct log_rate *rate, const char *feed, int64_t seconds, uint32_t *ret_left_out)
{
	uint64_t hash = hash_of(feed);
	size_t i = (size_t)(hash >> 32) % LOG_RATE_SLOTS;
	bool over = seconds - rate->slots[i].began >= LOG_RATE_SECONDS;

	*ret_left_out = 0;
	if (rate->slots[i].feed != hash || over) {
		if (rate->slots[i].feed == hash && rate->slots[i].n > LOG_RATE_LINES)
			*ret_left_out = rate->slots[i].n - LOG_RATE_LINES;
		rate->slots[i].feed = hash;
		rate->slots[i].began = seconds;
		rate->slots[i].n = 0;
	}
	if (rate->slots[i].n < UINT32_MAX)
		rate->slots[i].n++;
	return rate->slots[i].n <= LOG_RATE_LINES;
}
