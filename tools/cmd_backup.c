/*
 * newspool backup: the spool and the database of one moment, beside a daemon that goes on. The order is
 * what makes it right:
 *
 *   1. The cursors. None is then ahead of what follows.
 *   2. The database, in one piece: all that is copied afterwards is what this copy knows, by its last
 *      sequence. What is delivered later comes again from the feeds, to whoever starts the copy.
 *   3. What was pending then and is still in tmp/. What is not has been moved: it is met in step 4.
 *   4. The articles, then the tags' links to them, then the queues: new/ before cur/, for a consumer
 *      moves from the one to the other.
 *
 * The copy's sequence is raised, so that what it delivers has other names than what the daemon has
 * delivered since. The copy appears under its name when it is complete and on the disk.
 *
 * Errors: said once, where they are found; the unfinished copy is left, and says so by its name.
 */
#define _GNU_SOURCE /* syncfs */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/conf/config.h"
#include "daemon/keep/store_look.h"
#include "lib/base/buf.h"
#include "tools/backup_copy.h"
#include "tools/command.h"

#define SEQUENCE_GAP 1000000 /* more than is delivered while a copy is made and brought elsewhere */
#define DATABASE "state.db"

struct backup {
	struct command_call *call;
	struct config *config;
	struct buf unfinished, database, spool; /* paths */
	struct store *store;                    /* of the copy */
	struct backup_copy *copy;
};

static int
say_config(struct backup *backup, const struct config_error *err)
{
	command_say(backup->call, "%s", err->text);
	return COMMAND_FAILED;
}

static int
say_error(struct backup *backup, const char *what, int error)
{
	command_say(backup->call, "%s: %s", what, strerror(-error));
	return COMMAND_FAILED;
}

static int
copy_database(struct backup *backup)
{
	struct config_error err = { "" };
	struct store *source = NULL;
	int error = store_look_open(backup->config->database, &source, &err);

	if (error == 0)
		error = store_look_copy(source, buf_str(&backup->database), &err);
	store_close(source);
	if (error == 0)
		error = store_open(buf_str(&backup->database), (int64_t)time(NULL) * 1000,
			&backup->store, &err);
	return error == 0 ? COMMAND_OK : say_config(backup, &err);
}

/* The last sequence that the copy knows; the next one that it gives is far above it. */
static int
raise_sequence(struct backup *backup, uint64_t *ret_last)
{
	struct store *store = backup->store;
	uint64_t next = 0;
	bool raised;
	int error = store_begin(store);

	if (error != 0)
		return error;
	error = store_next_seq(store, &next);
	if (error == 0)
		error = store_seq_raise(store, next + SEQUENCE_GAP, &raised);
	if (error == 0)
		error = store_commit(store);
	if (error != 0)
		store_rollback(store);
	else
		*ret_last = next - 1;
	return error;
}

static int
copy_pending(void *arg, const char *name, unsigned int index, const char *path)
{
	return backup_copy_pending(arg, name, index, path);
}

static int
copy_spool(struct backup *backup)
{
	struct backup_copy *copy = backup->copy;
	uint64_t last = 0;
	int error = raise_sequence(backup, &last);

	if (error != 0)
		return say_error(backup, store_error(backup->store), error);
	backup_copy_until(copy, last);
	error = store_pending(backup->store, copy_pending, copy);
	if (error == 0)
		error = backup_copy_articles(copy);
	if (error == 0)
		error = backup_copy_tags(copy);
	if (error == 0)
		error = backup_copy_queues(copy);
	return error == 0 ? COMMAND_OK : say_error(backup, backup_copy_error(copy), error);
}

/* Root copies for the daemon's user. */
static int
give_away(struct backup *backup)
{
	struct stat st;

	if (geteuid() != 0)
		return 0;
	if (stat(backup->config->database, &st) < 0 ||
		chown(buf_str(&backup->database), st.st_uid, st.st_gid) < 0 ||
		chmod(buf_str(&backup->database), st.st_mode & 07777) < 0 ||
		chown(buf_str(&backup->unfinished), st.st_uid, st.st_gid) < 0)
		return -errno;
	return 0;
}

/* Everything is on the disk before it has its name. */
static int
complete(struct backup *backup, const char *directory)
{
	struct buf lock = { 0 };
	int fd, error = give_away(backup);

	store_close(backup->store);
	backup->store = NULL;
	buf_printf(&lock, "%s.lock", buf_str(&backup->database));
	if (buf_error(&lock) == 0)
		unlink(buf_str(&lock)); /* the daemon makes its own */
	buf_done(&lock);
	fd = open(buf_str(&backup->unfinished), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (error == 0 && fd < 0)
		error = -errno;
	if (error == 0 && (syncfs(fd) < 0 || rename(buf_str(&backup->unfinished), directory) < 0 ||
				  syncfs(fd) < 0))
		error = -errno;
	if (fd >= 0)
		close(fd);
	return error == 0 ? COMMAND_OK : say_error(backup, directory, error);
}

static int
make_directory(struct backup *backup, const char *directory)
{
	struct stat st;

	if (lstat(directory, &st) == 0)
		return say_error(backup, directory, -EEXIST);
	buf_printf(&backup->unfinished, "%s.unfinished", directory);
	buf_printf(&backup->database, "%s.unfinished/" DATABASE, directory);
	buf_printf(&backup->spool, "%s.unfinished/spool", directory);
	if (buf_error(&backup->unfinished) != 0 || buf_error(&backup->database) != 0 ||
		buf_error(&backup->spool) != 0)
		return say_error(backup, directory, -ENOMEM);
	if (mkdir(buf_str(&backup->unfinished), 0750) < 0)
		return say_error(backup, buf_str(&backup->unfinished), -errno);
	return COMMAND_OK;
}

static int
make_backup(struct backup *backup, const char *directory)
{
	int status = make_directory(backup, directory), error;

	if (status != COMMAND_OK)
		return status;
	error = backup_copy_new(
		backup->config->spool_directory, buf_str(&backup->spool), &backup->copy);
	if (error != 0)
		return say_error(backup, backup->config->spool_directory, error);
	if ((error = backup_copy_cursors(backup->copy)) != 0)
		return say_error(backup, backup_copy_error(backup->copy), error);
	status = copy_database(backup);
	if (status == COMMAND_OK)
		status = copy_spool(backup);
	if (status == COMMAND_OK)
		status = complete(backup, directory);
	if (status == COMMAND_OK)
		printf("%s: %" PRIu64 " articles, %" PRIu64 " links, %" PRIu64 " in queues\n",
			directory, backup_copy_counts(backup->copy)->articles,
			backup_copy_counts(backup->copy)->links,
			backup_copy_counts(backup->copy)->queued);
	return status;
}

static int
run(struct command_call *call)
{
	struct backup backup = { .call = call };
	struct config_error err = { "" };
	int option, status;

	while ((option = command_option(call, NULL)) > 0)
		;
	if (option == COMMAND_STOP)
		return call->status;
	if (optind + 1 != call->argc)
		return command_misused(call, "it takes one directory, which it makes");
	if (config_load(command_config(call), NULL, &backup.config, &err) < 0) {
		command_say(call, "%s", err.text);
		return COMMAND_USAGE;
	}
	status = make_backup(&backup, call->argv[optind]);
	store_close(backup.store);
	backup_copy_free(backup.copy);
	buf_done(&backup.unfinished);
	buf_done(&backup.database);
	buf_done(&backup.spool);
	config_free(backup.config);
	return command_finish(call, status);
}

const struct command cmd_backup = {
	.name = "backup",
	.summary = "copy the spool and the database as they are at one moment",
	.usage = "DIRECTORY",
	.help = "\n"
		"Makes DIRECTORY/state.db and DIRECTORY/spool, beside a daemon that runs or not.\n"
		"Articles are hard links where that can be, else copies. To start the copy, name\n"
		"the two in a configuration, or move them to where one names them. Run it as the\n"
		"daemon's user, or as root.\n"
		"\n"
		"  newspool backup /backup/newspool-monday\n",
	.run = run,
};
