/*
 * The files of a spool, copied while a daemon delivers into it. The order of the calls is cmd_backup.c's:
 * cursors, until, pending, articles, tags, queues. A file that goes meanwhile is passed over. Functions
 * return 0 or -errno, for which backup_copy_error() names the path.
 *
 * Files of one article are links to one file in the copy, too. Owners, groups and modes are kept where
 * that may be done.
 */
#ifndef TOOLS_BACKUP_COPY_H
#define TOOLS_BACKUP_COPY_H

#include <stdint.h>

struct backup_copy;

struct backup_counts {
	uint64_t articles, links, queued;
};

/* Makes the folder `to` with those of an empty spool in it. */
int backup_copy_new(const char *from, const char *to, struct backup_copy **ret_copy);
void backup_copy_free(struct backup_copy *copy); /* NULL is fine */
const char *backup_copy_error(const struct backup_copy *copy);
const struct backup_counts *backup_copy_counts(const struct backup_copy *copy);

int backup_copy_cursors(struct backup_copy *copy);

/* Articles of a higher sequence are left out from now on. */
void backup_copy_until(struct backup_copy *copy, uint64_t last);

/* A destination that is pending: where its link is still in tmp/, it is so in the copy. */
int backup_copy_pending(
	struct backup_copy *copy, const char *name, unsigned int index, const char *path);

int backup_copy_articles(struct backup_copy *copy);
int backup_copy_tags(struct backup_copy *copy);
int backup_copy_queues(struct backup_copy *copy);

#endif
