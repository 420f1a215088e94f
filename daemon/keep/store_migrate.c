/*
 * Which database is ours, and of which version: looked up before anything is written, and brought
 * to this program's version a step at a time.
 *
 * Invariants: a database that is not ours, or is newer, is found out from its header before SQLite
 * opens it, so that not one byte of it changes. Each step is one transaction: a store is of the
 * version before it or of the one after it, with all its rows.
 *
 * Errors: -errno; err says in words what was found and what to do.
 */
#define STORE_SQL_MIGRATIONS
#include "daemon/keep/store_migrate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HEADER_SIZE 100

static const unsigned char sqlite_magic[16] = "SQLite format 3";

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
		"knows version %d); it was not touched: run the newer newspool, or name another "
		"database",
		file, (long long)version, STORE_VERSION);
	return -ENOTSUP;
}

/* The file's own header (https://www.sqlite.org/fileformat2.html), read without SQLite. */
int
store_check_header(const char *file, struct config_error *err)
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
		be32(header + 68) != STORE_APPLICATION_ID) {
		snprintf(err->text, sizeof(err->text),
			"%s: is not a newspool database; it was not touched: move it away, or name "
			"another",
			file);
		return -EIO;
	}
	return refuse_version(file, be32(header + 60), err);
}

/* One step of the schema, with its row and number, in one transaction. */
static int
migrate_step(struct store_sqlite *db, const char *file, int version, int64_t now,
	struct config_error *err)
{
	char mark[64];
	int error;

	snprintf(mark, sizeof(mark), "PRAGMA user_version = %d", version);
	if ((error = store_sqlite_begin(db)) != 0)
		return error;
	if ((error = store_sqlite_script(db, store_migrations[version - 1])) != 0)
		goto rollback;
	store_bind_int(db, STORE_MIGRATED, 1, version);
	store_bind_int(db, STORE_MIGRATED, 2, now);
	if ((error = store_run(db, STORE_MIGRATED)) != 0 ||
		(error = store_sqlite_script(db, mark)) != 0)
		goto rollback;
	if ((error = store_run(db, STORE_COMMIT)) == 0)
		return 0;
rollback:
	snprintf(err->text, sizeof(err->text),
		"%s: the database could not be brought from version %d to %d, and was left as it "
		"was: %s",
		file, version - 1, version, store_sqlite_error(db));
	store_sqlite_rollback(db);
	return error;
}

int
store_migrate(struct store_sqlite *db, const char *file, int64_t now, struct config_error *err)
{
	int64_t version = 0;
	int error = store_sqlite_ask(db, "PRAGMA user_version", &version);

	if (error == 0)
		error = refuse_version(file, version, err);
	if (error == -ENOTSUP) /* known from the write-ahead log alone: leave that as it is, too */
		store_sqlite_leave_log(db);
	if (error == 0)
		error = store_sqlite_script(
			db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
	while (error == 0 && version < STORE_VERSION)
		error = migrate_step(db, file, (int)++version, now, err);
	return error;
}

int
store_check_version(struct store_sqlite *db, const char *file, struct config_error *err)
{
	int64_t version = 0;
	int error = store_sqlite_ask(db, "PRAGMA user_version", &version);

	if (error == 0 && version != STORE_VERSION) {
		snprintf(err->text, sizeof(err->text),
			"%s: the database is of version %lld, and this program knows version %d: "
			"start the daemon of this version once",
			file, (long long)version, STORE_VERSION);
		error = -ENOTSUP;
	}
	return error;
}
