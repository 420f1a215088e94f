/*
 * newspoold under valgrind. The keeper executes /proc/self/exe, which there is valgrind's own program;
 * what readlink() says of it is right.
 */
#include <limits.h>
#include <string.h>
#include <unistd.h>

int __wrap_execv(const char *path, char *const argv[]);
int __real_execv(const char *path, char *const argv[]);

int
__wrap_execv(const char *path, char *const argv[])
{
	char program[PATH_MAX];
	ssize_t size = readlink(path, program, sizeof(program) - 1);

	if (strcmp(path, "/proc/self/exe") != 0 || size < 0)
		return __real_execv(path, argv);
	program[size] = '\0';
	return __real_execv(program, argv);
}
