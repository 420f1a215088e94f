/*
 * SQLite, for the store's other files: opens a database, brings it to this version, keeps one
 * prepared statement for each name.
 *
 * Invariants: a database that is not ours, or is newer, is found out from its header before SQLite
 * opens it, so that not one byte of it changes. WAL with synchronous = FULL: what a commit said is
 * on the disk.
 *
 * Errors: SQLite's codes become -errno in one table; what it said stays readable with
 * store_sqlite_error(). A failed binding sticks until the next step.
 */
#define STORE_SQL_TEXTS
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

#define APPLICATION_ID 0x4e505331 /* NPS1 */
#define BUSY_MS 5000
#define HEADER_SIZE 100

static const unsigned char sqlite_magic[16] = "SQLite format 3";

struct store_sqlite {
	sqlite3 *handle;
	sqlite3_stmt *statements[STORE_STATEMENTS];
	int bind_error; /* SQLite's code */
};

static int
error_of(int code)
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
		{ SQLITE_CANTOPEN, -EACCES },
		{ SQLITE_CONSTRAINT, -EEXIST },
		{ SQLITE_TOOBIG, -E2BIG },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].code == (code & 0xff))
			return table[i].error;
	return -EIO;
}

static uint32_t
be32(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static int
refuse_version(const char *file, int64_t version, struct config_error *err)
{
	if (version <= STORE_VERSION)
		return 0;
	snprintf(err->text, sizeof(err->text),
		"%s: the database is of version %lld, from a newer newspool than this one (which "
		"knows "
		"version %d); it was not touched: run the newer newspool, or name another database",
		file, (long long)version, STORE_VERSION);
	return -ENOTSUP;
}

/* The file's own header (https://www.sqlite.org/fileformat2.html), read without SQLite. */
static int
check_header(const char *file, struct config_error *err)
{
	unsigned char header[HEADER_SIZE];
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0) {
		int error = errno == ENOENT ? 0 : -errno;
		if (error != 0)
			snprintf(err->text, sizeof(err->text), "%s: cannot be read: %s", file,
				strerror(errno));
		return error;
	}
	n = pread(fd, header, sizeof(header), 0);
	close(fd);
	if (n == 0)
		return 0;
	if (n < HEADER_SIZE || memcmp(header, sqlite_magic, sizeof(sqlite_magic)) != 0 ||
		be32(header + 68) != APPLICATION_ID) {
		snprintf(err->text, sizeof(err->text),
			"%s: is not a newspool database; it was not touched: move it away, or name "
			"another",
			file);
		return -EIO;
	}
	return refuse_version(file, be32(header + 60), err);
}

static int
pragma_get(struct store_sqlite *db, const char *pragma, int64_t *ret_value)
{
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(db->handle, pragma, -1, &statement, NULL);

	if (code == SQLITE_OK) {
		code = sqlite3_step(statement);
		if (code == SQLITE_ROW)
			*ret_value = sqlite3_column_int64(statement, 0);
		sqlite3_finalize(statement);
	}
	return code == SQLITE_ROW ? 0 : error_of(code);
}

static int
execute(struct store_sqlite *db, const char *script)
{
	int code = sqlite3_exec(db->handle, script, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : error_of(code);
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

/* One step of the schema, with its row and number, in one transaction. */
static int
migrate_step(struct store_sqlite *db, int version, int64_t now)
{
	char mark[64];
	int error;

	snprintf(mark, sizeof(mark), "PRAGMA user_version = %d", version);
	if ((error = store_run(db, STORE_BEGIN)) != 0)
		return error;
	if ((error = execute(db, store_migrations[version - 1])) != 0)
		goto rollback;
	store_bind_int(db, STORE_MIGRATED, 1, version);
	store_bind_int(db, STORE_MIGRATED, 2, now);
	if ((error = store_run(db, STORE_MIGRATED)) != 0 || (error = execute(db, mark)) != 0)
		goto rollback;
	if ((error = store_run(db, STORE_COMMIT)) == 0)
		return 0;
rollback:
	(void)store_run(db, STORE_ROLLBACK);
	return error;
}

static int
migrate(struct store_sqlite *db, const char *file, int64_t now, struct config_error *err)
{
	int64_t version = 0;
	int error = pragma_get(db, "PRAGMA user_version", &version);

	if (error == 0)
		error = refuse_version(file, version, err);
	if (error == -ENOTSUP) /* known from the write-ahead log alone: leave that as it is, too */
		sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	if (error == 0)
		error = execute(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
	while (error == 0 && version < STORE_VERSION)
		error = migrate_step(db, (int)++version, now);
	return error;
}

#define OPEN_TO_WRITE (SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)

static int
open_handle(struct store_sqlite *db, const char *file, int how)
{
	int code = sqlite3_open_v2(
		file, &db->handle, how | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);

	return code == SQLITE_OK ? 0 : error_of(code);
}

/* An empty database of ours at a path where nothing is, on the disk when this returns. */
static int
make_empty(const char *file)
{
	struct store_sqlite db = { .handle = NULL };
	char mark[64];
	int error = open_handle(&db, file, OPEN_TO_WRITE);

	snprintf(mark, sizeof(mark), "PRAGMA application_id = %d", APPLICATION_ID);
	if (error == 0)
		error = execute(&db, "PRAGMA auto_vacuum = INCREMENTAL");
	if (error == 0)
		error = execute(&db, mark);
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
	return error == -EIO ? ": put a copy back, or move it away with its -wal and -shm (what "
			       "feeds list then comes once more)"
			     : "";
}

int
store_sqlite_open(
	const char *file, int64_t now, struct store_sqlite **ret_db, struct config_error *err)
{
	struct store_sqlite *db;
	int error = check_header(file, err);

	if (error != 0)
		return error;
	db = calloc(1, sizeof(*db));
	if (db == NULL)
		return -ENOMEM;
	error = make_database(file);
	if (error == 0)
		error = open_handle(db, file, OPEN_TO_WRITE);
	if (error == 0) {
		err->text[0] = '\0';
		sqlite3_busy_timeout(db->handle, BUSY_MS);
		error = migrate(db, file, now, err);
	}
	if (error != 0) {
		if (error != -ENOTSUP)
			snprintf(err->text, sizeof(err->text),
				"%s: the database cannot be used: %s%s", file,
				db->handle != NULL ? store_sqlite_error(db) : strerror(-error),
				advice(error));
		store_sqlite_close(db);
		return error;
	}
	*ret_db = db;
	return 0;
}

static int
check_same_version(struct store_sqlite *db, const char *file, struct config_error *err)
{
	int64_t version = 0;
	int error = pragma_get(db, "PRAGMA user_version", &version);

	if (error == 0 && version != STORE_VERSION) {
		snprintf(err->text, sizeof(err->text),
			"%s: the database is of version %lld, and this program knows version %d: "
			"start the daemon of this version once",
			file, (long long)version, STORE_VERSION);
		error = -ENOTSUP;
	}
	return error;
}

int
store_sqlite_look(const char *file, struct store_sqlite **ret_db, struct config_error *err)
{
	struct store_sqlite *db;
	int error = check_header(file, err);

	if (error != 0)
		return error;
	db = calloc(1, sizeof(*db));
	if (db == NULL)
		return -ENOMEM;
	error = open_handle(db, file, SQLITE_OPEN_READONLY);
	if (error == 0) {
		sqlite3_busy_timeout(db->handle, BUSY_MS);
		error = check_same_version(db, file, err);
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
	return db->handle != NULL ? sqlite3_errmsg(db->handle) : "out of memory";
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
	return code == SQLITE_DONE ? 0 : error_of(code);
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
