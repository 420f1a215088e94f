/*
 * SQLite in the store's own terms: prepared statements by name, parameters and columns by number.
 * For the store's files alone.
 *
 * Parameters are bound one by one; a failed binding sticks and is given by the next step. Texts and
 * blobs that are bound must live until store_reset(). Columns live until the next step or reset.
 */
#ifndef DAEMON_KEEP_STORE_SQLITE_H
#define DAEMON_KEEP_STORE_SQLITE_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/keep/store.h"
#include "daemon/keep/store_sql.h"

struct store_sqlite;

/*
 * Opens the database file, made where there is none, and checks before anything is written that it
 * is ours and of a version up to STORE_VERSION; then brings it to that version. now is written into
 * the migration's row. Errors as store_open().
 */
int store_sqlite_open(
	const char *file, int64_t now, struct store_sqlite **ret_db, struct config_error *err);
/* Without changing anything; of this version alone (-ENOTSUP). */
int store_sqlite_look(const char *file, struct store_sqlite **ret_db, struct config_error *err);
/* Makes a file that holds what is committed now, with no log; others may go on writing. */
int store_sqlite_copy(struct store_sqlite *db, const char *to);
void store_sqlite_close(struct store_sqlite *db);
/* What SQLite said of the last error since the last begin; "no error" where there was none. */
const char *store_sqlite_error(const struct store_sqlite *db);
int store_sqlite_begin(struct store_sqlite *db);
void store_sqlite_rollback(struct store_sqlite *db); /* where a transaction is open */
/* Statements that are not named: of the schema, and pragmas. */
int store_sqlite_script(struct store_sqlite *db, const char *script);
int store_sqlite_ask(struct store_sqlite *db, const char *pragma, int64_t *ret_value);
/* Closing will leave the write-ahead log as it is. */
void store_sqlite_leave_log(struct store_sqlite *db);

void store_bind_int(
	struct store_sqlite *db, enum store_statement statement, int index, int64_t value);
void store_bind_double(
	struct store_sqlite *db, enum store_statement statement, int index, double value);
/* NULL binds NULL. */
void store_bind_text(
	struct store_sqlite *db, enum store_statement statement, int index, const char *text);
/* ptr NULL binds NULL. */
void store_bind_blob(struct store_sqlite *db, enum store_statement statement, int index,
	const void *ptr, size_t size);

/* Returns 1 for a row, 0 at the end, -errno; a statement at its end or failed has been reset. */
int store_step(struct store_sqlite *db, enum store_statement statement);
/* Ends a statement before its last row. */
void store_reset(struct store_sqlite *db, enum store_statement statement);
/* Steps to the end, whatever rows come. Returns 0 or -errno. */
int store_run(struct store_sqlite *db, enum store_statement statement);

int64_t store_column_int(const struct store_sqlite *db, enum store_statement statement, int column);
double store_column_double(
	const struct store_sqlite *db, enum store_statement statement, int column);
/* NULL for NULL. */
const char *store_column_text(
	const struct store_sqlite *db, enum store_statement statement, int column);
struct bytes store_column_blob(
	const struct store_sqlite *db, enum store_statement statement, int column);

/* How many rows the last statement changed. */
bool store_sqlite_has_moved(const struct store_sqlite *db);
int64_t store_changes(const struct store_sqlite *db);
/* The number of the last row that was inserted; RETURNING makes a table of its own for each row. */
int64_t store_inserted(const struct store_sqlite *db);

#endif
