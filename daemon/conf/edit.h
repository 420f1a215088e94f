/*
 * Changing configuration files in one step: what is to be changed is collected, then written, each
 * file by a rename that is made durable; then the whole configuration is read as the daemon would,
 * and where it is not right, every file is put back. Nobody else changes it in between: a lock on
 * the configuration's folder is held.
 *
 * Errors: 0 or -errno with err set, worded for the operator.
 */
#ifndef DAEMON_CONF_EDIT_H
#define DAEMON_CONF_EDIT_H

#include <stdbool.h>

#include "daemon/conf/config.h"

#define EDIT_FILE_MAX ((size_t)256 << 20) /* bytes of a file that is changed */

struct edit;

/* Locks the folder of the configuration file; waits for another edit to end. */
int edit_begin(const char *config_file, struct edit **ret_edit, struct config_error *err);

/* Forgets what was not committed. NULL is fine. */
void edit_free(struct edit *edit);

/* "FOLDER/feeds.d/NAME", beside the configuration file. The text is the edit's. */
const char *edit_feeds_path(struct edit *edit, const char *name);

/*
 * A file's content as it is to be: what was put last, else what is there. The buffer belongs to the
 * edit, and what is changed in it is written by the commit. -ENOENT: it is not there.
 */
int edit_read(struct edit *edit, const char *file, struct buf **ret_text, struct config_error *err);

/* A file that is not there yet, with its folder if need be. -EEXIST: it is there. */
int edit_create(
	struct edit *edit, const char *file, struct buf **ret_text, struct config_error *err);

/* The file goes away. It has been read. */
void edit_remove(struct edit *edit, const char *file);

/*
 * Writes and checks. -EINVAL: the configuration would not be right, err says where, and nothing has
 * changed; -ESTALE: a file has changed since it was read.
 */
int edit_commit(struct edit *edit, struct config_error *err);

/* After a commit that turned out wrong in other ways: all as it was. */
int edit_undo(struct edit *edit, struct config_error *err);

#endif
