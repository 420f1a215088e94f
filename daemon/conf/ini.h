/*
 * INI files, line by line, by inih. The dialect: "[kind]" or "[kind name]"; "key = value" (or
 * "key: value"); comments begin with ; or # at the start of a line, or with ; after white space. A
 * line may be indented; it is never continued. UTF-8, a byte order mark is skipped.
 */
#ifndef DAEMON_CONF_INI_H
#define DAEMON_CONF_INI_H

#include <stdio.h>

#include "daemon/conf/config.h"

#define INI_FILE_LINE_MAX 16380u /* bytes of a line */

/*
 * Each callback returns 0 to go on, or -errno with the error set, which ends the reading. Texts are
 * valid during the call. Called in the order of the file.
 */
struct ini_callbacks {
	/* name is "" for "[kind]". Returning 1 has the lines of this section passed over unread. */
	int (*section)(void *arg, unsigned int line, const char *kind, const char *name);
	int (*entry)(void *arg, unsigned int line, const char *key, const char *value);
	void *arg;
};

/*
 * Reads a file. Returns 0; -EINVAL for a line that is none of the above, -errno where the file
 * cannot be read, err set; or what a callback returned.
 */
int ini_file_read(
	const char *file, const struct ini_callbacks *callbacks, struct config_error *err);

/*
 * Opens a regular file for reading; never waits for what is none. Returns 0 or -errno, to be worded
 * by config_file_error().
 */
int config_file_open(const char *file, FILE **ret_stream);
const char *config_file_error(int error);

/* "FILE:LINE: KEY: REASON" into err; line 0 and key NULL are left out. Returns -EINVAL. */
int config_error_set(struct config_error *err, const char *file, unsigned int line, const char *key,
	const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
