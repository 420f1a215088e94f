/*
 * Writes down, in memory that a keeper's process shares with the test, all that it does to its two
 * disks (disk.h), and what its consumers take. Beside the table of file operations and SQLite's file
 * calls these are rename(), unlink() and fsync() as the store calls them when it makes a database: the
 * program is linked with --wrap for them.
 */
#ifndef TESTS_CRASH_RECORD_H
#define TESTS_CRASH_RECORD_H

#include "tests/crash/disk.h"
#include "tests/crash/station.h"

struct record {
	struct disk_record disk;
	bool after_start;      /* recovery was over: the keeper polls */
	bool taken;            /* a consumer did it: */
	struct seen seen;      /* what they had seen then */
	unsigned int n_synced; /* database flushes until then */
};

struct recorder;

/* For what the station's next keepers do; one recorder at a time. Ends the program on failure. */
struct recorder *recorder_new(struct station *station);
void recorder_free(struct recorder *recorder);

/* What was done, by all keepers since, in its order. */
size_t recorder_list(const struct recorder *recorder, const struct record **ret_records);

#endif
