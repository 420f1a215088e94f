/*
 * Layers of codings. Owns them: a chain, of which the first takes what comes from the network (the
 * last that Content-Encoding lists), each gives to the next, and the last to the sink.
 *
 * Invariant: no layer takes or makes more than max bytes, so a bomb within a bomb ends at the first
 * fuse. Errors are returned; after one nothing more is to be pushed.
 */
#include "daemon/fetch/coding.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/fetch/coding_kind.h"

#define ROOM 16384

static const struct {
	const char *name;
	const struct coding_kind *kind;
} names[] = {
	{ "gzip", &coding_gzip },
	{ "x-gzip", &coding_gzip },
	{ "deflate", &coding_deflate },
	{ "br", &coding_brotli },
	{ "zstd", &coding_zstd },
};

struct layer {
	const struct coding_kind *kind;
	void *state;
	uint64_t made;
	unsigned char out[ROOM];
};

struct coding {
	uint64_t max, taken;
	coding_sink *sink;
	void *arg;
	size_t n;
	struct layer *layers[CODING_LAYERS_MAX];
};

const char *
coding_offer(void)
{
	return "gzip, deflate, br, zstd";
}

static const struct coding_kind *
find_kind(const char *name, size_t size)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].name) == size && strncasecmp(names[i].name, name, size) == 0)
			return names[i].kind;
	return NULL;
}

/* In front of the others: what is listed last was put on last. */
static int
add_layer(struct coding *coding, const struct coding_kind *kind)
{
	struct layer *layer;
	int r;

	if (kind == NULL || coding->n == CODING_LAYERS_MAX)
		return -EPROTONOSUPPORT;
	layer = malloc(sizeof(*layer));
	if (layer == NULL)
		return -ENOMEM;
	layer->kind = kind;
	layer->made = 0;
	r = kind->open(&layer->state);
	if (r < 0) {
		free(layer);
		return r;
	}
	memmove(coding->layers + 1, coding->layers, coding->n * sizeof(coding->layers[0]));
	coding->layers[0] = layer;
	coding->n++;
	return 0;
}

static int
add_layers(struct coding *coding, const char *list)
{
	int r = 0;

	while (r == 0 && *list != '\0') {
		size_t size = strcspn(list, ", \t");

		if (size > 0 && !(size == 8 && strncasecmp(list, "identity", size) == 0))
			r = add_layer(coding, find_kind(list, size));
		list += size;
		list += strspn(list, ", \t");
	}
	return r;
}

int
coding_new(const char *list, uint64_t max, coding_sink *sink, void *arg, struct coding **ret_coding)
{
	struct coding *coding = NULL;
	int r = 0;

	if (list != NULL) {
		coding = calloc(1, sizeof(*coding));
		if (coding == NULL)
			return -ENOMEM;
		coding->max = max;
		coding->sink = sink;
		coding->arg = arg;
		r = add_layers(coding, list);
	}
	if (coding != NULL && (r < 0 || coding->n == 0)) {
		coding_free(coding);
		coding = NULL;
	}
	if (r == 0)
		*ret_coding = coding;
	return r;
}

void
coding_free(struct coding *coding)
{
	if (coding == NULL)
		return;
	for (size_t i = 0; i < coding->n; i++) {
		coding->layers[i]->kind->close(coding->layers[i]->state);
		free(coding->layers[i]);
	}
	free(coding);
}

/* Recursion is as deep as there are layers. */
static int
layer_push(struct coding *coding, size_t i, const unsigned char *data, size_t size)
{
	struct layer *layer;
	size_t made = 0, before;
	int r;

	if (i == coding->n)
		return coding->sink(coding->arg, data, size);
	layer = coding->layers[i];
	do {
		before = size;
		r = layer->kind->step(layer->state, &data, &size, layer->out, ROOM, &made);
		layer->made += made;
		if (r == 0 && layer->made > coding->max)
			r = -EFBIG;
		if (r == 0 && made > 0)
			r = layer_push(coding, i + 1, layer->out, made);
		if (r == 0 && made == 0 && size > 0 && size == before)
			r = -EILSEQ;
	} while (r == 0 && (size > 0 || made == ROOM));
	return r;
}

int
coding_push(struct coding *coding, const void *data, size_t size)
{
	coding->taken += size;
	if (coding->taken > coding->max)
		return -EFBIG;
	return layer_push(coding, 0, data, size);
}

int
coding_finish(const struct coding *coding)
{
	for (size_t i = 0; coding != NULL && i < coding->n; i++)
		if (!coding->layers[i]->kind->is_over(coding->layers[i]->state))
			return -EILSEQ;
	return 0;
}
