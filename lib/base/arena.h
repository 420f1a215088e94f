/*
 * An arena: allocations that are freed all at once. What belongs to one document, article or
 * configuration lives in one arena. Not thread-safe.
 */
#ifndef LIB_BASE_ARENA_H
#define LIB_BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks; /* newest first */
	size_t used;                /* bytes handed out */
};

/* An empty arena; { 0 } is one as well. */
void arena_init(struct arena *arena);

/* Frees everything. The arena may be used again, empty. */
void arena_done(struct arena *arena);

/* What from holds is to's now, and from is empty; to's own is freed. Pointers stay what they were. */
void arena_move(struct arena *to, struct arena *from);

/* First blocks of arenas that are done, for those to come. { 0 } is empty. */
struct arena_pool {
	struct arena_block *blocks;
	size_t n;
};

#define ARENA_POOL_MAX 256u

/* An empty arena, with a block from the pool where it has one. */
void arena_take(struct arena_pool *pool, struct arena *ret_arena);

/* As arena_done(), but the pool, where there is one, keeps the first block if it has room. */
void arena_give(struct arena_pool *pool, struct arena *arena);

void arena_pool_done(struct arena_pool *pool);

/* size bytes, zeroed, aligned for any type; NULL when memory is out. */
void *arena_alloc(struct arena *arena, size_t size);

/* n * size bytes, zeroed; NULL when memory is out or the product overflows. */
void *arena_alloc_array(struct arena *arena, size_t n, size_t size);

/* A NUL-terminated copy of size bytes; NULL when memory is out. */
char *arena_strndup(struct arena *arena, const char *text, size_t size);

/* A copy of text; NULL for NULL or when memory is out. */
char *arena_strdup(struct arena *arena, const char *text);

#endif
