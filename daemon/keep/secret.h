/* Passwords and tokens from files, read when they are needed and kept no longer. */
#ifndef DAEMON_KEEP_SECRET_H
#define DAEMON_KEEP_SECRET_H

#include "lib/base/arena.h"

#define SECRET_MAX 4096 /* bytes of such a file */
#define SECRET_PEM_MAX (1024 * 1024)

/*
 * The first line of a file, or of a systemd credential (value_secret_path()). Returns 0; -errno
 * where it cannot be read, -EINVAL for one that is empty or holds a control character, -E2BIG.
 */
int secret_read(const char *file, struct arena *arena, const char **ret_text);

/* A whole file of certificates and keys, of less than SECRET_PEM_MAX bytes. The same errors. */
int secret_read_pem(const char *file, struct arena *arena, const char **ret_text);

#endif
