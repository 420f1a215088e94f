/* A directory of its own for a test, with a descriptor, removed with all that is in it. */
#ifndef TESTS_UNIT_SCRATCH_H
#define TESTS_UNIT_SCRATCH_H

struct scratch {
	char path[64];
	int dir;
};

/* Below $TMPDIR or /tmp. Ends the program where it cannot be made. */
void scratch_make(struct scratch *scratch);
void scratch_remove(struct scratch *scratch);

/* As an operator does where it was removed or moved: an empty one at the same path, opened anew. */
void scratch_make_again(struct scratch *scratch);

/* Removes a folder with all that is in it. Returns 0, or what nftw() says. */
int scratch_remove_tree(const char *path);

/* A file with a text, the folders above it made. */
void scratch_file(struct scratch *scratch, const char *path, const char *text);

/* The names in a folder, those that begin with a dot not counted. */
unsigned int scratch_count(const struct scratch *scratch, const char *folder);

#endif
