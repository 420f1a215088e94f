/*
 * A whole keeper but for its network: real store, real spool, ingest, batch, recovery, fed by a
 * scripted web whose servers answer 304 to a validator that is current, so that one that gets ahead
 * of its articles loses them. It runs in a child process that ends, with all it holds, at a step.
 */
#ifndef TESTS_CRASH_STATION_H
#define TESTS_CRASH_STATION_H

#include "daemon/conf/config.h"
#include "tests/crash/crash_vfs.h"
#include "tests/crash/steps.h"

#define STATION_TITLES 40
#define STATION_ROUNDS 4 /* of the script */

/* By the consumer that deletes what it takes. */
struct seen {
	unsigned int counts[STATION_TITLES];
	unsigned long long seqs[STATION_TITLES]; /* under which it was seen; 0: it was not */
	unsigned int n_renamed;                  /* that were seen under two names */
	unsigned int n_broken;
};

/* What several processes see: the fault, what consumers took, how the keeper ended. */
struct station {
	char directory[64], spool[80], database[88];
	enum config_sync sync;
	struct steps steps;
	unsigned int rounds; /* that the next keeper runs */
	struct seen seen;
	unsigned int n_calls; /* of the consumer */
	bool cut;             /* there was a power cut: what was seen may be seen again */
	/* who writes down what is done; NULL: nobody */
	const struct file_ops *ops;
	const struct crash_vfs_watch *watch;
	void (*taken)(void *arg, const char *path);
	void *taken_arg;
	unsigned int recovered; /* steps until the last keeper had recovered; 0: it had not */
	unsigned int n_failed;  /* times that a batch failed */
	char trouble[2048];     /* what the keeper said when it last failed */
	char reason[3072];      /* of a keeper that gave up, or the judge's */
};

enum station_end { STATION_DONE, STATION_GAVE_UP, STATION_DIED };

/* Shared with child processes. Ends the program where it cannot be made. */
struct station *station_new(enum config_sync sync);
void station_free(struct station *station);

/*
 * Runs a keeper in a process of its own: recovery, then the rounds of the script. What fails is
 * tried again, as the daemon does; a lasting fault goes away after a few tries. Set the fault after
 * steps_init() and before this.
 */
enum station_end station_run(struct station *station);

/*
 * A last keeper, here: recovers, checks that no validator is ahead of its articles, polls once
 * more, and then judges: each article is in its place, under each tag, in each queue (or has been
 * seen by its consumer) exactly once and whole, and nothing else is anywhere.
 */
bool station_judge(struct station *station);

/*
 * The same after a power cut, when nothing was shown yet that is not whole, and what consumers have
 * seen may be seen again under the same name. Where sync = none was chosen, only this is asked:
 * the keeper starts, and what is new from then on is delivered once and whole.
 */
bool station_judge_cut(struct station *station);

#endif
