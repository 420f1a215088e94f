/* Passwords and tokens from files. The copy on the stack is wiped; nothing is logged. */
#include "daemon/keep/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/conf/value.h"

static int
open_file(const char *file, struct arena *arena)
{
	const char *path;
	int error = value_secret_path(file, arena, &path);
	int fd = error == 0 ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : error;

	return error == 0 && fd < 0 ? -errno : fd;
}

static int
read_all(const char *file, struct arena *arena, char *data, size_t size, size_t *ret_size)
{
	int fd = open_file(file, arena);
	size_t used = 0;
	ssize_t n = 1;

	if (fd < 0)
		return fd;
	while (n > 0 && used < size) {
		n = read(fd, data + used, size - used);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			used += (size_t)n;
	}
	if (n < 0) {
		int error = -errno;
		close(fd);
		return error;
	}
	close(fd);
	if (used == size)
		return -E2BIG;
	*ret_size = used;
	return 0;
}

int
secret_read(const char *file, struct arena *arena, const char **ret_text)
{
	char data[SECRET_MAX + 1];
	size_t size = 0, len;
	const char *copy;
	int error = read_all(file, arena, data, sizeof(data), &size);

	if (error != 0)
		return error;
	for (len = 0; len < size && data[len] != '\n' && data[len] != '\r'; len++)
		if ((unsigned char)data[len] < ' ' || data[len] == 0x7f)
			error = -EINVAL;
	if (len == 0)
		error = -EINVAL;
	copy = error == 0 ? arena_strndup(arena, data, len) : NULL;
	explicit_bzero(data, sizeof(data));
	if (copy == NULL)
		return error != 0 ? error : -ENOMEM;
	*ret_text = copy;
	return 0;
}

int
secret_read_pem(const char *file, struct arena *arena, const char **ret_text)
{
	char *data = malloc(SECRET_PEM_MAX);
	const char *copy = NULL;
	size_t size = 0;
	int error = data != NULL ? read_all(file, arena, data, SECRET_PEM_MAX, &size) : -ENOMEM;

	if (error == 0 && (size == 0 || memchr(data, '\0', size) != NULL))
		error = -EINVAL;
	if (error == 0) {
		copy = arena_strndup(arena, data, size);
		error = copy != NULL ? 0 : -ENOMEM;
	}
	if (data != NULL)
		explicit_bzero(data, size);
	free(data);
	if (error == 0)
		*ret_text = copy;
	return error;
}
