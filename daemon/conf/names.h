/*
 * Names that were had, each with the place where it stands, for a million of them: a hash table of
 * 16 bytes a name that keeps hashes in the place of texts. Two names in 2^64 have the same hash.
 */
#ifndef DAEMON_CONF_NAMES_H
#define DAEMON_CONF_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct names_slot {
	uint64_t hash; /* 0: free */
	uint32_t file;
	uint32_t line;
};

/* { 0 } is an empty one. */
struct names {
	struct names_slot *slots;
	size_t size; /* 0 or a power of 2 */
	size_t used;
};

void names_done(struct names *names);

/*
 * Puts a name of a kind with its place (a file's number and a line). Returns 0; -EEXIST with the
 * place that it has already; -ENOMEM.
 */
int names_put(struct names *names, const char *kind, const char *name, uint32_t file, uint32_t line,
	uint32_t *ret_file, uint32_t *ret_line);

/* 64 bits over a text, not for secrets; seed is 0 or what an earlier part gave. */
uint64_t names_hash(uint64_t seed, const char *text);

#endif
