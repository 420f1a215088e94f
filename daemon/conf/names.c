/*
 * Names that were had: open addressing with linear probing, at most three quarters full. Owns its
 * slots. -ENOMEM leaves the table as it was.
 */
#include "daemon/conf/names.h"

#include <errno.h>
#include <stdlib.h>

#define NAMES_FIRST_SIZE 64

void
names_done(struct names *names)
{
	free(names->slots);
	*names = (struct names){ 0 };
}

/* FNV-1a, then the finishing steps of MurmurHash3, which spread it over all bits. */
uint64_t
names_hash(uint64_t seed, const char *text)
{
	uint64_t hash = 0xcbf29ce484222325u ^ seed;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
	hash ^= hash >> 33;
	hash *= 0xff51afd7ed558ccdu;
	hash ^= hash >> 33;
	hash *= 0xc4ceb9fe1a85ec53u;
	hash ^= hash >> 33;
	return hash;
}

static struct names_slot *
find_slot(struct names_slot *slots, size_t size, uint64_t hash)
{
	size_t i = hash & (size - 1);

	while (slots[i].hash && slots[i].hash != hash)
		i = (i + 1) & (size - 1);
	return &slots[i];
}

static int
grow(struct names *names)
{
	size_t size = names->size ? 2 * names->size : NAMES_FIRST_SIZE;
	struct names_slot *slots = calloc(size, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < names->size; i++)
		if (names->slots[i].hash)
			*find_slot(slots, size, names->slots[i].hash) = names->slots[i];
	free(names->slots);
	names->slots = slots;
	names->size = size;
	return 0;
}

int
names_put(struct names *names, const char *kind, const char *name, uint32_t file, uint32_t line,
	uint32_t *ret_file, uint32_t *ret_line)
{
	uint64_t hash = names_hash(names_hash(0, kind), name);
	struct names_slot *slot;

	if (!hash)
		hash = 1;
	if (names->used + 1 > names->size / 4 * 3 && grow(names) < 0)
		return -ENOMEM;
	slot = find_slot(names->slots, names->size, hash);
	if (slot->hash) {
		*ret_file = slot->file;
		*ret_line = slot->line;
		return -EEXIST;
	}
	*slot = (struct names_slot){ .hash = hash, .file = file, .line = line };
	names->used++;
	return 0;
}
