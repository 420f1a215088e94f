/*
 * SQLite, for the store's other files: makes and opens a database, keeps one prepared statement for
 * each name. store_migrate.c says which database is ours and brings it to this version.
 *
 * Invariants: WAL with synchronous = FULL: what a commit said is on the disk.
 *
 * Errors: SQLite's codes become -errno in one table; what it said of the last one stays readable with
 * store_sqlite_error(), whatever is rolled back after it, until the next transaction begins. A failed
 * binding sticks until the next step.
 */
#define STORE_SQL_STATEMENTS
#include "daemon/keep/store_sqlite.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/keep/store_migrate.h"

#define BUSY_MS 5000
#define SAID_SIZE 200

struct store_sqlite {
	sqlite3 *handle;
	sqlite3_stmt *statements[STORE_STATEMENTS];
	int bind_error;       /* SQLite's code */
	char said[SAID_SIZE]; /* of the last error of this transaction; "": none */
};

/* What the system said to SQLite when a file was opened, where it is for an operator to mend; else 0. */
static int
system_error(const struct store_sqlite *db)
{
	static const int table[] = { ENOSPC, EDQUOT, EROFS, EMFILE, ENFILE, EACCES, EPERM, ENOTDIR,
		ELOOP, ESTALE };
	int number = db->handle != NULL ? sqlite3_system_errno(db->handle) : 0;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i] == number)
			return -number;
	return 0;
}

static int
error_of(struct store_sqlite *db, int code)
{
	static const struct {
		int code, error;
	} table[] = {
		{ SQLITE_NOMEM, -ENOMEM },
		{ SQLITE_FULL, -ENOSPC },
		{ SQLITE_BUSY, -EBUSY },
		{ SQLITE_LOCKED, -EBUSY },
		{ SQLITE_READONLY, -EROFS },
		{ SQLITE_PERM, -EACCES },
		{ SQLITE_CONSTRAINT, -EEXIST },
		{ SQLITE_TOOBIG, -E2BIG },
		{ SQLITE_CORRUPT, -EUCLEAN },
		{ SQLITE_NOTADB, -EUCLEAN },
	};
	int error = 0;

	if (db->handle != NULL)
		snprintf(db->said, sizeof(db->said), "%s", sqlite3_errmsg(db->handle));
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].code == (code & 0xff))
			return table[i].error;
	if ((code & 0xff) == SQLITE_CANTOPEN)
		error = system_error(db);
	return error != 0 ? error : -EIO;
}

int
store_sqlite_ask(struct store_sqlite *db, const char *pragma, int64_t *ret_value)
{
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(db->handle, pragma, -1, &statement, NULL);

	if (code == SQLITE_OK) {
		code = sqlite3_step(statement);
		if (code == SQLITE_ROW)
			*ret_value = sqlite3_column_int64(statement, 0);
		sqlite3_finalize(statement);
	}
	return code == SQLITE_ROW ? 0 : error_of(db, code);
}

int
store_sqlite_script(struct store_sqlite *db, const char *script)
{
	int code = sqlite3_exec(db->handle, script, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : error_of(db, code);
}

static int
prepare(struct store_sqlite *db, enum store_statement statement)
{
	int code;

	if (db->statements[statement] != NULL)
		return SQLITE_OK;
	code = sqlite3_prepare_v3(db->handle, store_statements[statement], -1,
		SQLITE_PREPARE_PERSISTENT, &db->statements[statement], NULL);
	return code;
}

#define OPEN_TO_WRITE (SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)

/*
 * A lock and a count for each malloc() and free() of SQLite's were a tenth of an unchanged poll.
 * Does nothing once a database is open.
 */
static void
set_up(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int
open_handle(struct store_sqlite *db, const char *file, int how)
{
	int code;

	set_up();
	code = sqlite3_open_v2(
		file, &db->handle, how | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	return code == SQLITE_OK ? 0 : error_of(db, code);
}

/* An empty database of ours at a path where nothing is, on the disk when this returns. */
static int
make_empty(const char *file)
{
	struct store_sqlite db = { .handle = NULL };
	char mark[64];
	int error = open_handle(&db, file, OPEN_TO_WRITE);

	snprintf(mark, sizeof(mark), "PRAGMA application_id = %d", STORE_APPLICATION_ID);
	if (error == 0)
		error = store_sqlite_script(&db, "PRAGMA auto_vacuum = INCREMENTAL");
	if (error == 0)
		error = store_sqlite_script(&db, mark);
	sqlite3_close(db.handle);
	return error;
}

static int
sync_folder_of(const char *file)
{
	struct buf folder = { 0 };
	const char *slash = strrchr(file, '/');
	int fd, error;

	buf_append(&folder, slash != NULL ? file : ".",
		slash != NULL ? (size_t)(slash - file) + 1 : 1);
	if ((error = buf_error(&folder)) == 0) {
		fd = open(buf_str(&folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		error = fd < 0 || fsync(fd) != 0 ? -errno : 0;
		if (fd >= 0)
			close(fd);
	}
	buf_done(&folder);
	return error;
}

/* What a start that was cut short has left of a database in the making. */
static int
remove_unfinished(const char *file)
{
	struct buf journal = { 0 };
	int error;

	buf_printf(&journal, "%s-journal", file);
	error = buf_error(&journal);
	if (error == 0 && unlink(buf_str(&journal)) != 0 && errno != ENOENT)
		error = -errno;
	if (error == 0 && unlink(file) != 0 && errno != ENOENT)
		error = -errno;
	buf_done(&journal);
	return error;
}

/*
 * A new database appears whole: one that was cut short while it was made would be without our mark,
 * and refused for ever.
 */
static int
make_database(const char *file)
{
	struct buf path = { 0 };
	struct stat st;
	int error;

	if (stat(file, &st) == 0 && st.st_size > 0)
		return 0;
	buf_printf(&path, "%s.new", file);
	if ((error = buf_error(&path)) == 0)
		error = remove_unfinished(buf_str(&path));
	if (error == 0)
		error = make_empty(buf_str(&path));
	if (error == 0 && rename(buf_str(&path), file) != 0)
		error = -errno;
	if (error == 0)
		error = sync_folder_of(file);
	buf_done(&path);
	return error;
}

static const char *
advice(int error)
{
	return error == -EIO || error == -EUCLEAN
		       ? ": put a copy back, or move it away with its -wal and -shm: what feeds "
			 "list and the spool holds no more then comes again"
		       : "";
}

int
store_sqlite_open(
	const char *file, int64_t now, struct store_sqlite **ret_db, struct config_error *err)
{
	struct store_sqlite *db;
	int error = store_check_header(file, err);

	if (error != 0)
		return error;
	db = calloc(1, sizeof(*db));
	if (db == NULL)
		return -ENOMEM;
	err->text[0] = '\0';
	error = make_database(file);
	if (error == 0)
		error = open_handle(db, file, OPEN_TO_WRITE);
	if (error == 0) {
		sqlite3_busy_timeout(db->handle, BUSY_MS);
		error = store_migrate(db, file, now, err);
	}
	if (error != 0) {
		if (err->text[0] == '\0')
			snprintf(err->text, sizeof(err->text),
				"%s: the database cannot be used: %s%s%s%s", file, strerror(-error),
				db->handle != NULL ? ": " : "",
				db->handle != NULL ? store_sqlite_error(db) : "", advice(error));
		store_sqlite_close(db);
		return error;
	}
	*ret_db = db;
	return 0;
}

int
store_sqlite_look(const char *file, struct store_sqlite **ret_db, struct config_error *err)
{
	struct store_sqlite *db;
	int error = store_check_header(file, err);

	if (error != 0)
		return error;
	db = calloc(1, sizeof(*db));
	if (db == NULL)
		return -ENOMEM;
	error = open_handle(db, file, SQLITE_OPEN_READONLY);
	if (error == 0) {
		sqlite3_busy_timeout(db->handle, BUSY_MS);
		error = store_check_version(db, file, err);
	}
	if (error == 0) {
		*ret_db = db;
		return 0;
	}
	if (error != -ENOTSUP)
		snprintf(err->text, sizeof(err->text), "%s: the database cannot be read: %s", file,
			db->handle != NULL ? store_sqlite_error(db) : strerror(-error));
	store_sqlite_close(db);
	return error;
}

/* In one step, so that no writer makes it begin anew. */
int
store_sqlite_copy(struct store_sqlite *db, const char *to)
{
	struct store_sqlite copy = { .handle = NULL };
	int code = SQLITE_OK, error = open_handle(&copy, to, OPEN_TO_WRITE);
	sqlite3_backup *backup = NULL;

	if (error == 0 &&
		(backup = sqlite3_backup_init(copy.handle, "main", db->handle, "main")) == NULL)
		error = error_of(&copy, sqlite3_extended_errcode(copy.handle));
	if (backup != NULL) {
		sqlite3_backup_step(backup, -1);
		code = sqlite3_backup_finish(backup);
		error = code == SQLITE_OK ? 0 : error_of(&copy, code);
	}
	sqlite3_close(copy.handle);
	return error;
}

void
store_sqlite_close(struct store_sqlite *db)
{
	if (db == NULL)
		return;
	for (size_t i = 0; i < STORE_STATEMENTS; i++)
		sqlite3_finalize(db->statements[i]);
	sqlite3_close(db->handle);
	free(db);
}

const char *
store_sqlite_error(const struct store_sqlite *db)
{
	if (db->handle == NULL)
		return "out of memory";
	return db->said[0] != '\0' ? db->said : "no error";
}

int
store_sqlite_begin(struct store_sqlite *db)
{
	db->said[0] = '\0';
	return store_run(db, STORE_BEGIN);
}

/* SQLite may have rolled back already, as it does on a full disk. */
void
store_sqlite_rollback(struct store_sqlite *db)
{
	if (sqlite3_get_autocommit(db->handle) == 0)
		(void)store_run(db, STORE_ROLLBACK);
}

/* The statement, prepared; NULL with the error noted. */
static sqlite3_stmt *
get(struct store_sqlite *db, enum store_statement statement)
{
	int code = prepare(db, statement);

	if (code != SQLITE_OK && db->bind_error == SQLITE_OK)
		db->bind_error = code;
	return db->statements[statement];
}

static void
bound(struct store_sqlite *db, int code)
{
	if (code != SQLITE_OK && db->bind_error == SQLITE_OK)
		db->bind_error = code;
}

void
store_bind_int(struct store_sqlite *db, enum store_statement statement, int index, int64_t value)
{
	sqlite3_stmt *handle = get(db, statement);

	if (handle != NULL)
		bound(db, sqlite3_bind_int64(handle, index, value));
}

void
store_bind_double(struct store_sqlite *db, enum store_statement statement, int index, double value)
{
	sqlite3_stmt *handle = get(db, statement);

	if (handle != NULL)
		bound(db, sqlite3_bind_double(handle, index, value));
}

void
store_bind_text(
	struct store_sqlite *db, enum store_statement statement, int index, const char *text)
{
	sqlite3_stmt *handle = get(db, statement);

	if (handle != NULL)
		bound(db, sqlite3_bind_text(handle, index, text, -1, SQLITE_STATIC));
}

void
store_bind_blob(struct store_sqlite *db, enum store_statement statement, int index, const void *ptr,
	size_t size)
{
	sqlite3_stmt *handle = get(db, statement);

	if (handle != NULL)
		bound(db, sqlite3_bind_blob64(handle, index, ptr, size, SQLITE_STATIC));
}

int
store_step(struct store_sqlite *db, enum store_statement statement)
{
	sqlite3_stmt *handle = get(db, statement);
	int code = db->bind_error;

	db->bind_error = SQLITE_OK;
	if (code == SQLITE_OK && handle != NULL)
		code = sqlite3_step(handle);
	if (code == SQLITE_ROW)
		return 1;
	store_reset(db, statement);
	return code == SQLITE_DONE ? 0 : error_of(db, code);
}

void
store_reset(struct store_sqlite *db, enum store_statement statement)
{
	if (db->statements[statement] == NULL)
		return;
	sqlite3_reset(db->statements[statement]);
	sqlite3_clear_bindings(db->statements[statement]);
}

int
store_run(struct store_sqlite *db, enum store_statement statement)
{
	int got;

	do
		got = store_step(db, statement);
	while (got == 1);
	return got;
}

int64_t
store_column_int(const struct store_sqlite *db, enum store_statement statement, int column)
{
	return sqlite3_column_int64(db->statements[statement], column);
}

double
store_column_double(const struct store_sqlite *db, enum store_statement statement, int column)
{
	return sqlite3_column_double(db->statements[statement], column);
}

const char *
store_column_text(const struct store_sqlite *db, enum store_statement statement, int column)
{
	return (const char *)sqlite3_column_text(db->statements[statement], column);
}

struct bytes
store_column_blob(const struct store_sqlite *db, enum store_statement statement, int column)
{
	sqlite3_stmt *handle = db->statements[statement];
	struct bytes blob = { 0 };

	if (sqlite3_column_type(handle, column) == SQLITE_NULL)
		return blob;
	blob.ptr = sqlite3_column_blob(handle, column);
	blob.len = (size_t)sqlite3_column_bytes(handle, column);
	if (blob.ptr == NULL) /* of no bytes, and there all the same */
		blob.ptr = (const unsigned char *)"";
	return blob;
}

bool
store_sqlite_has_moved(const struct store_sqlite *db)
{
	int moved = 0;

	return sqlite3_file_control(db->handle, NULL, SQLITE_FCNTL_HAS_MOVED, &moved) ==
		       SQLITE_OK &&
	       moved != 0;
}

int64_t
store_changes(const struct store_sqlite *db)
{
	return sqlite3_changes64(db->handle);
}

int64_t
store_inserted(const struct store_sqlite *db)
{
	return sqlite3_last_insert_rowid(db->handle);
}

void
store_sqlite_leave_log(struct store_sqlite *db)
{
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}
