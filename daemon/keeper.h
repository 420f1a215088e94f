/*
 * The keeper process: composes store, spool, schedule and fetchers, and runs until it is told to
 * stop.
 */
#ifndef DAEMON_KEEPER_H
#define DAEMON_KEEPER_H

/*
 * Runs the daemon on a configuration file. Returns the exit status: 0 after a clean stop, 1 for
 * trouble with the environment (spool, database, lock), 2 for a wrong configuration.
 */
int keeper_main(const char *config_file);

#endif
