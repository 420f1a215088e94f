/* daemon/keep/delivery: the protocol step by step, and what opening a wrong directory says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/keep/delivery.h"
#include "tests/unit/scratch.h"

#define NAME "0000000000000007-9f2c4e11a0b37d58.json"
#define NAME2 "0000000000000008-9f2c4e11a0b37d59.json"
#define ARTICLE "articles/2026-11-23/" NAME
#define ARTICLE2 "articles/2026-11-23/" NAME2
#define TAG "tags/news/2026-11-23/" NAME
#define QUEUE "queues/indexer/new/" NAME
#define DATA "{\"id\":\"7\"}\n"

static const struct delivery_target three[] = { { ARTICLE, 0 }, { TAG, 1 }, { QUEUE, 2 } };
static const struct delivery_target other[] = { { ARTICLE2, 0 } };

struct fixture {
	struct scratch scratch;
	struct delivery *delivery;
};

static struct delivery *
open_ready(const char *directory)
{
	struct config_error err = { "" };
	struct delivery *delivery = NULL;

	if (delivery_open(directory, CONFIG_SYNC_BATCH, NULL, &delivery, &err) < 0)
		fail_msg("%s", err.text);
	return delivery;
}

static int
setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	scratch_make(&fixture->scratch);
	fixture->delivery = open_ready(fixture->scratch.path);
	assert_int_equal(delivery_recover_end(fixture->delivery), 0);
	*state = fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	delivery_close(fixture->delivery);
	scratch_remove(&fixture->scratch);
	free(fixture);
	return 0;
}

static ino_t
inode(const struct fixture *fixture, const char *path)
{
	struct stat st;

	return fstatat(fixture->scratch.dir, path, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : st.st_ino;
}

static void
stage(struct fixture *fixture, const char *name, const struct delivery_target *targets, size_t n)
{
	assert_int_equal(
		delivery_stage(fixture->delivery, name, DATA, strlen(DATA), targets, n), 0);
}

static void
test_nothing_is_seen_before_it_is_published(void **state)
{
	struct fixture *fixture = *state;

	stage(fixture, NAME, three, 3);
	assert_int_equal(inode(fixture, ARTICLE), 0);
	assert_true(inode(fixture, "tmp/" NAME) != 0);
	assert_true(inode(fixture, "tmp/" NAME ".2") != 0);
	assert_int_equal(delivery_waiting(fixture->delivery), 3);
	assert_int_equal(delivery_flush(fixture->delivery), 0);
	assert_int_equal(inode(fixture, ARTICLE), 0);
	assert_int_equal(delivery_publish(fixture->delivery), 0);
	assert_true(inode(fixture, ARTICLE) != 0);
	assert_int_equal(inode(fixture, TAG), inode(fixture, ARTICLE));
	assert_int_equal(inode(fixture, QUEUE), inode(fixture, ARTICLE));
	assert_int_equal(scratch_count(&fixture->scratch, "tmp"), 0);
	assert_int_equal(delivery_waiting(fixture->delivery), 0);
	assert_int_equal(delivery_publish(fixture->delivery), 0);
}

static void
test_modes_do_not_depend_on_the_umask(void **state)
{
	static const struct {
		const char *path;
		mode_t mode;
	} cases[] = {
		{ ARTICLE, 0440 },
		{ "articles", 0750 },
		{ "articles/2026-11-23", 0750 },
		{ "tags/news/2026-11-23", 0750 },
		{ "queues/indexer", 0750 },
		{ "queues/indexer/new", 0770 },
		{ "queues/indexer/cur", 0770 },
		{ "queues/indexer/tmp", 0770 },
		{ "cursors", 01770 },
		{ "tmp", 0700 },
	};
	static const mode_t umasks[] = { 0, 077, 0277 };
	struct fixture *fixture = *state;

	for (size_t u = 0; u < 3; u++) {
		mode_t before = umask(umasks[u]);
		struct stat st;

		delivery_close(fixture->delivery);
		scratch_remove(&fixture->scratch);
		umask(022); /* the directory itself is the operator's */
		scratch_make(&fixture->scratch);
		umask(umasks[u]);
		fixture->delivery = open_ready(fixture->scratch.path);
		assert_int_equal(delivery_recover_end(fixture->delivery), 0);
		stage(fixture, NAME, three, 3);
		assert_int_equal(delivery_flush(fixture->delivery), 0);
		assert_int_equal(delivery_publish(fixture->delivery), 0);
		umask(before);
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			assert_int_equal(fstatat(fixture->scratch.dir, cases[i].path, &st, 0), 0);
			assert_int_equal(st.st_mode & 07777, cases[i].mode);
		}
	}
}

static void
test_an_inherited_group_stays(void **state)
{
	struct fixture *fixture = *state;
	struct stat st;

	assert_int_equal(fchmodat(fixture->scratch.dir, "articles", 02750, 0), 0);
	stage(fixture, NAME, three, 1);
	assert_int_equal(delivery_flush(fixture->delivery), 0);
	umask(077);
	assert_int_equal(delivery_publish(fixture->delivery), 0);
	umask(022);
	assert_int_equal(fstatat(fixture->scratch.dir, "articles/2026-11-23", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 02750);
}

static void
test_abort_removes_what_was_staged_and_nothing_else(void **state)
{
	struct fixture *fixture = *state;

	stage(fixture, NAME, three, 3);
	assert_int_equal(delivery_flush(fixture->delivery), 0);
	delivery_abort(fixture->delivery);
	assert_int_equal(scratch_count(&fixture->scratch, "tmp"), 0);
	assert_int_equal(delivery_waiting(fixture->delivery), 0);
	stage(fixture, NAME, three, 3); /* the same sequence again, as after a rollback */
	assert_int_equal(delivery_flush(fixture->delivery), 0);
	assert_int_equal(delivery_publish(fixture->delivery), 0);
	delivery_abort(fixture->delivery);
	assert_true(inode(fixture, ARTICLE) != 0);
	assert_true(inode(fixture, TAG) != 0);
}

static void
test_only_what_was_flushed_is_published(void **state)
{
	struct fixture *fixture = *state;

	stage(fixture, NAME, three, 3);
	assert_int_equal(delivery_publish(fixture->delivery), -EINVAL);
	assert_int_equal(inode(fixture, ARTICLE), 0);
	assert_int_equal(delivery_flush(fixture->delivery), 0);
	assert_int_equal(delivery_publish(fixture->delivery), 0);
}

static void
put_file(const struct fixture *fixture, const char *path, const char *text)
{
	int fd = openat(fixture->scratch.dir, path, O_WRONLY | O_CREAT | O_EXCL, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

static void
test_a_destination_is_never_replaced(void **state)
{
	struct fixture *fixture = *state;
	char text[32] = "";
	int fd;

	assert_int_equal(delivery_make_queue(fixture->delivery, "indexer"), 0);
	put_file(fixture, QUEUE, "somebody else's");
	stage(fixture, NAME, three, 3);
	assert_int_equal(delivery_flush(fixture->delivery), 0);
	assert_int_equal(delivery_publish(fixture->delivery), -EEXIST);
	assert_non_null(strstr(delivery_error(fixture->delivery), QUEUE));
	assert_true(inode(fixture, ARTICLE) != 0);
	/* a batch that comes and goes does not touch what is committed */
	stage(fixture, NAME2, other, 1);
	delivery_abort(fixture->delivery);
	assert_int_equal(delivery_publish(fixture->delivery), -EEXIST);
	fd = openat(fixture->scratch.dir, QUEUE, O_RDONLY);
	assert_int_equal(read(fd, text, sizeof(text) - 1), 15);
	assert_string_equal(text, "somebody else's");
	close(fd);
	assert_int_equal(unlinkat(fixture->scratch.dir, QUEUE, 0), 0);
	assert_int_equal(delivery_publish(fixture->delivery), 0);
	assert_int_equal(inode(fixture, QUEUE), inode(fixture, ARTICLE));
	assert_int_equal(scratch_count(&fixture->scratch, "tmp"), 0);
}

/* rename() of two links to one file does nothing and says it succeeded. */
static void
test_a_destination_that_is_the_same_file_counts_as_moved(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(delivery_make_queue(fixture->delivery, "indexer"), 0);
	stage(fixture, NAME, three, 3);
	assert_int_equal(delivery_flush(fixture->delivery), 0);
	assert_int_equal(
		linkat(fixture->scratch.dir, "tmp/" NAME, fixture->scratch.dir, QUEUE, 0), 0);
	assert_int_equal(delivery_publish(fixture->delivery), 0);
	assert_int_equal(scratch_count(&fixture->scratch, "tmp"), 0);
	assert_int_equal(inode(fixture, QUEUE), inode(fixture, ARTICLE));
}

static void
test_folders_that_vanish_are_made_again(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(unlinkat(fixture->scratch.dir, "articles", AT_REMOVEDIR), 0);
	stage(fixture, NAME, three, 3);
	assert_int_equal(delivery_flush(fixture->delivery), 0);
	assert_int_equal(delivery_publish(fixture->delivery), 0);
	assert_true(inode(fixture, ARTICLE) != 0);
}

static void
test_further_links_to_a_spooled_article(void **state)
{
	static const struct delivery_target late[] = { { "tags/late/2026-11-23/" NAME, 3 } };
	struct fixture *fixture = *state;

	stage(fixture, NAME, three, 3);
	assert_int_equal(delivery_flush(fixture->delivery), 0);
	assert_int_equal(delivery_publish(fixture->delivery), 0);
	assert_int_equal(delivery_stage_link(fixture->delivery, NAME2, ARTICLE2, late, 1), -ENOENT);
	assert_int_equal(delivery_stage_link(fixture->delivery, NAME, ARTICLE, late, 1), 0);
	assert_int_equal(delivery_flush(fixture->delivery), 0);
	assert_int_equal(delivery_publish(fixture->delivery), 0);
	assert_int_equal(inode(fixture, late[0].path), inode(fixture, ARTICLE));
}

static void
test_names_and_paths_that_are_not_of_the_spool_are_refused(void **state)
{
	static const char *const paths[] = { "", "/etc/x", "../x", "articles/../../x/" NAME,
		"tmp/" NAME2, "articles/2026-11-23", "tags/No Slug/2026-11-23/" NAME };
	struct fixture *fixture = *state;
	struct delivery *delivery = fixture->delivery;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct delivery_target target = { paths[i], 0 };

		assert_int_equal(delivery_stage(delivery, NAME, "x", 1, &target, 1), -EINVAL);
		assert_int_equal(delivery_stage_link(delivery, NAME, paths[i], other, 1), -EINVAL);
	}
	assert_int_equal(delivery_stage(delivery, "../x", "x", 1, other, 1), -EINVAL);
	assert_int_equal(delivery_stage(delivery, NAME, "x", 1, other, 0), -EINVAL);
	assert_int_equal(delivery_make_queue(delivery, ".."), -EINVAL);
	assert_int_equal(scratch_count(&fixture->scratch, "tmp"), 0);
}

static void
test_recovery_finishes_what_was_pending_and_forgets_the_rest(void **state)
{
	struct fixture *fixture = *state;
	struct delivery *delivery;

	stage(fixture, NAME, three, 3);
	stage(fixture, NAME2, other, 1);
	assert_int_equal(delivery_flush(fixture->delivery), 0);
	delivery_close(fixture->delivery); /* as if it had died here; NAME alone was committed */
	fixture->delivery = delivery = open_ready(fixture->scratch.path);
	assert_int_equal(delivery_stage(delivery, NAME2, "x", 1, other, 1), -EINVAL);
	for (size_t again = 0; again < 2; again++)
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(delivery_recover(delivery, NAME, &three[i]), 0);
	assert_int_equal(delivery_recover_end(delivery), 0);
	assert_true(inode(fixture, ARTICLE) != 0);
	assert_int_equal(inode(fixture, QUEUE), inode(fixture, ARTICLE));
	assert_int_equal(inode(fixture, ARTICLE2), 0);
	assert_int_equal(scratch_count(&fixture->scratch, "tmp"), 0);
}

static void
test_recovery_that_fails_can_be_gone_through_again(void **state)
{
	struct fixture *fixture = *state;
	struct delivery *delivery;

	assert_int_equal(delivery_make_queue(fixture->delivery, "indexer"), 0);
	stage(fixture, NAME, three, 3);
	assert_int_equal(delivery_flush(fixture->delivery), 0);
	delivery_close(fixture->delivery);
	put_file(fixture, QUEUE, "in the way");
	fixture->delivery = delivery = open_ready(fixture->scratch.path);
	assert_int_equal(delivery_recover(delivery, NAME, &three[0]), 0);
	assert_int_equal(delivery_recover(delivery, NAME, &three[2]), -EEXIST);
	assert_int_equal(delivery_recover_end(delivery), -EEXIST);
	assert_int_equal(unlinkat(fixture->scratch.dir, QUEUE, 0), 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(delivery_recover(delivery, NAME, &three[i]), 0);
	assert_int_equal(delivery_recover_end(delivery), 0);
	assert_int_equal(inode(fixture, QUEUE), inode(fixture, ARTICLE));
}

static void
test_a_second_keeper_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct config_error err = { "" };
	struct delivery *second = NULL;

	assert_int_equal(
		delivery_open(fixture->scratch.path, CONFIG_SYNC_BATCH, NULL, &second, &err),
		-EBUSY);
	assert_non_null(strstr(err.text, "another newspoold"));
	assert_null(second);
	delivery_close(fixture->delivery);
	fixture->delivery = open_ready(fixture->scratch.path);
}

static void
refused(const char *directory, int error, const char *words)
{
	struct config_error err = { "" };
	struct delivery *delivery = NULL;

	assert_int_equal(delivery_open(directory, CONFIG_SYNC_BATCH, NULL, &delivery, &err), error);
	assert_null(delivery);
	if (!strstr(err.text, directory) || !strstr(err.text, words))
		fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

static void
test_a_wrong_directory_is_refused_with_advice(void **state)
{
	struct fixture *fixture = *state;
	struct scratch scratch;
	char path[128];

	put_file(fixture, "file", "");
	snprintf(path, sizeof(path), "%s/none", fixture->scratch.path);
	refused(path, -ENOENT, "install -d");
	snprintf(path, sizeof(path), "%s/file", fixture->scratch.path);
	refused(path, -ENOTDIR, "not a directory");
	scratch_make(&scratch);
	assert_int_equal(chmod(scratch.path, 0777), 0);
	refused(scratch.path, -EPERM, "chmod o-w");
	assert_int_equal(chmod(scratch.path, 0750), 0);
	assert_int_equal(mkdirat(scratch.dir, "tmp", 0700), 0);
	scratch_file(&scratch, "articles", "");
	refused(scratch.path, -ENOTDIR, "articles");
	scratch_remove(&scratch);
}

static void
test_another_owner_is_refused(void **state)
{
	struct scratch scratch;

	(void)state;
	if (geteuid() != 0) {
		print_message(
			"# needs root, and passes without\n"); /* cmocka's skip() fails in TAP */
		return;
	}
	scratch_make(&scratch);
	assert_int_equal(chown(scratch.path, 12345, 12345), 0);
	refused(scratch.path, -EPERM, "belongs to user 12345");
	scratch_remove(&scratch);
}

static void
test_a_directory_without_permission_is_refused(void **state)
{
	const uid_t nobody = 65534;
	bool is_root = geteuid() == 0; /* who may do anything */
	struct scratch scratch;

	(void)state;
	scratch_make(&scratch);
	if (is_root) {
		assert_int_equal(chown(scratch.path, nobody, (gid_t)-1), 0);
		assert_int_equal(seteuid(nobody), 0);
	}
	assert_int_equal(chmod(scratch.path, 0500), 0);
	refused(scratch.path, -EACCES, "chmod u+rwx");
	assert_int_equal(chmod(scratch.path, 0), 0);
	refused(scratch.path, -EACCES, "may not open");
	assert_int_equal(chmod(scratch.path, 0700), 0);
	if (is_root)
		assert_int_equal(seteuid(0), 0);
	scratch_remove(&scratch);
}

static int
fake_room(void *arg, int dir, struct file_room *ret_room)
{
	const struct file_room *room = arg;

	(void)dir;
	if (room->bytes == 0)
		return -EIO;
	*ret_room = *room;
	return 0;
}

static void
test_room_is_bytes_and_inodes_above_a_floor(void **state)
{
	static const struct {
		struct file_room room;
		double share;
		int64_t bytes;
		bool enough;
	} cases[] = {
		{ { 100, 1000, 100, 1000 }, 0.05, 0, true },
		{ { 50, 1000, 50, 1000 }, 0.05, 0, true },
		{ { 49, 1000, 100, 1000 }, 0.05, 0, false },
		{ { 100, 1000, 49, 1000 }, 0.05, 0, false },
		{ { 100, 1000, 0, 0 }, 0.05, 0, true }, /* no inodes to count */
		{ { 0, 1000, 0, 1000 }, 0, 0, true },   /* no floor */
		{ { 5000, 100000, 5000, 9000 }, 0, 5000, true },
		{ { 4999, 100000, 5000, 9000 }, 0, 5000, false },
		{ { 5000, 100000, 999, 9000 }, 0, 5000, false },
		{ { 0, 0, 0, 0 }, 0.05, 0, true }, /* cannot say */
	};
	struct config_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct file_room room = cases[i].room;
		struct file_ops ops = file_ops_posix;
		struct delivery *delivery;
		struct scratch scratch;

		ops.room = fake_room;
		ops.arg = &room;
		scratch_make(&scratch);
		assert_int_equal(
			delivery_open(scratch.path, CONFIG_SYNC_NONE, &ops, &delivery, &err), 0);
		assert_int_equal(delivery_has_room(delivery, cases[i].share, cases[i].bytes),
			cases[i].enough);
		delivery_close(delivery);
		scratch_remove(&scratch);
	}
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_nothing_is_seen_before_it_is_published),
		WITH(test_modes_do_not_depend_on_the_umask),
		WITH(test_an_inherited_group_stays),
		WITH(test_abort_removes_what_was_staged_and_nothing_else),
		WITH(test_only_what_was_flushed_is_published),
		WITH(test_a_destination_is_never_replaced),
		WITH(test_a_destination_that_is_the_same_file_counts_as_moved),
		WITH(test_folders_that_vanish_are_made_again),
		WITH(test_further_links_to_a_spooled_article),
		WITH(test_names_and_paths_that_are_not_of_the_spool_are_refused),
		WITH(test_recovery_finishes_what_was_pending_and_forgets_the_rest),
		WITH(test_recovery_that_fails_can_be_gone_through_again),
		WITH(test_a_second_keeper_is_refused),
		WITH(test_a_wrong_directory_is_refused_with_advice),
		cmocka_unit_test(test_another_owner_is_refused),
		cmocka_unit_test(test_a_directory_without_permission_is_refused),
		cmocka_unit_test(test_room_is_bytes_and_inodes_above_a_floor),
	};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
