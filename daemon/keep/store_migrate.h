/*
 * The versions of a database. err says for each failure what was found and what to do.
 */
#ifndef DAEMON_KEEP_STORE_MIGRATE_H
#define DAEMON_KEEP_STORE_MIGRATE_H

#include "daemon/keep/store_sqlite.h"

#define STORE_APPLICATION_ID 0x4e505331 /* NPS1 */

/*
 * Looks at a file without SQLite: 0 where it is ours and of a version up to STORE_VERSION, is empty
 * or is not there; -EIO where it is something else, -ENOTSUP where it is newer. Touches nothing.
 */
int store_check_header(const char *file, struct config_error *err);

/*
 * Brings an open database to STORE_VERSION, each step in one transaction: what fails leaves it as
 * the step before made it. -ENOTSUP: it is newer, known from its write-ahead log alone.
 */
int store_migrate(struct store_sqlite *db, const char *file, int64_t now, struct config_error *err);

/* -ENOTSUP for an open database of another version than STORE_VERSION. */
int store_check_version(struct store_sqlite *db, const char *file, struct config_error *err);

#endif
