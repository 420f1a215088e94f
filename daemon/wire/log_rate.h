/*
 * How many lines a feed may have in the log: one that fails and recovers all the time must not drown
 * the others. Fixed memory: feeds of one slot take each other's place.
 */
#ifndef DAEMON_WIRE_LOG_RATE_H
#define DAEMON_WIRE_LOG_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_RATE_LINES 30
#define LOG_RATE_SECONDS 60
#define LOG_RATE_SLOTS 512

struct log_rate {
	struct {
		uint64_t feed; /* a hash of its name; 0: nobody's */
		int64_t began; /* the minute, in seconds of a clock that is not set */
		uint32_t n;
	} slots[LOG_RATE_SLOTS];
};

/*
 * Whether a line about this feed may be written now. *ret_left_out: how many were left out of the
 * minute before, to be said once; 0 mostly.
 */
bool log_rate_admit(
	struct log_rate *rate, const char *feed, int64_t seconds, uint32_t *ret_left_out);

#endif
