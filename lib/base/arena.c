/*
 * Arenas: a list of blocks, the newest first and only that one filled. Blocks double from BLOCK_MIN
 * to BLOCK_MAX, so that a small article costs one page and a large document few calls of malloc().
 * What would leave much of a block unused gets a block of its own, put behind the newest.
 *
 * Errors: NULL when memory is out; the arena stays as it was.
 */
#include "lib/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_MIN ((size_t)4096)
#define BLOCK_MAX ((size_t)256 * 1024)
#define ALIGNMENT alignof(max_align_t)

struct arena_block {
	struct arena_block *next;
	size_t size; /* of data */
	size_t fill; /* bytes of data in use */
	alignas(max_align_t) char data[];
};

void
arena_init(struct arena *arena)
{
	*arena = (struct arena){ 0 };
}

static void
free_blocks(struct arena_block *block)
{
	while (block != NULL) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
}

void
arena_done(struct arena *arena)
{
	free_blocks(arena->blocks);
	arena_init(arena);
}

void
arena_move(struct arena *to, struct arena *from)
{
	arena_done(to);
	*to = *from;
	arena_init(from);
}

void
arena_take(struct arena_pool *pool, struct arena *ret_arena)
{
	struct arena_block *block = pool->blocks;

	*ret_arena = (struct arena){ .blocks = block };
	if (block == NULL)
		return;
	pool->blocks = block->next;
	pool->n--;
	block->next = NULL;
	block->fill = 0;
}

void
arena_give(struct arena_pool *pool, struct arena *arena)
{
	struct arena_block *next, *kept = NULL;

	for (struct arena_block *block = arena->blocks; block != NULL; block = next) {
		next = block->next;
		if (kept == NULL && pool != NULL && pool->n < ARENA_POOL_MAX &&
			block->size == BLOCK_MIN - sizeof(*block))
			kept = block;
		else
			free(block);
	}
	arena_init(arena);
	if (kept == NULL)
		return;
	kept->next = pool->blocks;
	pool->blocks = kept;
	pool->n++;
}

void
arena_pool_done(struct arena_pool *pool)
{
	free_blocks(pool->blocks);
	*pool = (struct arena_pool){ 0 };
}

/* What the next ordinary block holds, its header not counted. */
static size_t
next_size(const struct arena *arena)
{
	size_t whole = BLOCK_MIN;

	if (arena->blocks != NULL) {
		whole = 2 * (arena->blocks->size + sizeof(struct arena_block));
		if (whole > BLOCK_MAX)
			whole = BLOCK_MAX;
	}
	return whole - sizeof(struct arena_block);
}

static struct arena_block *
block_new(size_t size)
{
	struct arena_block *block;

	if (size > SIZE_MAX - sizeof(*block))
		return NULL;
	block = malloc(sizeof(*block) + size);
	if (block == NULL)
		return NULL;
	block->next = NULL;
	block->size = size;
	block->fill = 0;
	return block;
}

/* A block with room for size bytes, in the list. */
static struct arena_block *
block_for(struct arena *arena, size_t size)
{
	size_t ordinary = next_size(arena);
	struct arena_block *block;

	if (size > ordinary / 4 && arena->blocks != NULL) {
		block = block_new(size);
		if (block == NULL)
			return NULL;
		block->next = arena->blocks->next;
		arena->blocks->next = block;
		return block;
	}
	block = block_new(size > ordinary ? size : ordinary);
	if (block == NULL)
		return NULL;
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

/* size bytes, not zeroed. */
static void *
take(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->blocks;
	void *data;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = size == 0 ? ALIGNMENT : (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	if (block == NULL || block->size - block->fill < size) {
		block = block_for(arena, size);
		if (block == NULL)
			return NULL;
	}
	data = block->data + block->fill;
	block->fill += size;
	arena->used += size;
	return data;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	void *data = take(arena, size);

	if (data != NULL)
		memset(data, 0, size);
	return data;
}

void *
arena_alloc_array(struct arena *arena, size_t n, size_t size)
{
	size_t product;

	if (__builtin_mul_overflow(n, size, &product))
		return NULL;
	return arena_alloc(arena, product);
}

char *
arena_strndup(struct arena *arena, const char *text, size_t size)
{
	char *copy;

	if (size == SIZE_MAX)
		return NULL;
	copy = take(arena, size + 1);
	if (copy == NULL)
		return NULL;
	if (size > 0)
		memcpy(copy, text, size);
	copy[size] = '\0';
	return copy;
}

char *
arena_strdup(struct arena *arena, const char *text)
{
	return text == NULL ? NULL : arena_strndup(arena, text, strlen(text));
}
