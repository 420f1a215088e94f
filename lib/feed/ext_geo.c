/*
 * Places: GeoRSS (simple and GML) and W3C's basic geo vocabulary, as a shape with positions, the
 * longitude first. The elements themselves stay in the extension tree. Errors: -ENOMEM.
 */
#include "config.h" /* strcasestr() */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/feed/dialect.h"
#include "lib/feed/fields.h"

/* The node's place, made where it is missing. */
static struct model_place *
place_of(struct frame *frame)
{
	if (!frame->node->place) {
		frame->node->place = arena_alloc(frame->node->arena, sizeof(struct model_place));
		if (frame->node->place)
			frame->node->place->latitude_first = true;
	}
	return frame->node->place;
}

/*
 * Coordinates are latitude first in geographic reference systems, GeoRSS's default among them;
 * projected ones have x first. EPSG numbers its geographic systems from 4000 to 4999; the number
 * ends the name, whichever of its forms (EPSG:4326, urn:…:EPSG::4326, …/epsg.xml#4326) is used.
 */
static bool
is_geographic(const char *srs)
{
	size_t size = strlen(srs), digits = size;
	long code;

	while (digits > 0 && isdigit((unsigned char)srs[digits - 1]))
		digits--;
	if (!strcasestr(srs, "EPSG") || digits == size)
		return true;
	code = strtol(srs + digits, NULL, 10);
	return code >= 4000 && code <= 4999;
}

static int
read_frame(struct frame *frame, const struct tag *tag)
{
	const char *srs = tag_attribute(tag, "srsName");
	const char *dimension = tag_attribute(tag, "srsDimension");
	struct model_place *place = place_of(frame);

	if (!place)
		return -ENOMEM;
	if (dimension && strcmp(dimension, "3") == 0)
		place->dimensions = 3;
	if (!srs || !*srs)
		return 0;
	place->latitude_first = is_geographic(srs);
	return field_copy(frame->node, srs, &place->srs);
}

/* GML's geometries: the shape is the element, the positions stand below it. */
static int
shape_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	struct model_place *place = place_of(frame);

	(void)builder;
	if (!place)
		return -ENOMEM;
	if (place->n_numbers > 0) {
		place->closed = true; /* another one */
		return 0;
	}
	place->shape = (enum model_shape)frame->element->slot;
	place->gml = true;
	return read_frame(frame, tag);
}

/* A hole in a polygon: the ring around it was complete. */
static int
interior_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	(void)builder;
	(void)tag;
	if (frame->node->place)
		frame->node->place->closed = true;
	return 0;
}

static int
frame_start(struct builder *builder, struct frame *frame, const struct tag *tag)
{
	(void)builder;
	return read_frame(frame, tag);
}

static size_t
count_numbers(const char *text)
{
	size_t n = 0;
	double number;

	while (field_number(&text, &number))
		n++;
	return n;
}

static int
grow_numbers(struct frame *frame, struct model_place *place, size_t n)
{
	size_t size = place->size_numbers * 2 > n ? place->size_numbers * 2 : n;
	double *numbers = arena_alloc_array(frame->node->arena, size, sizeof(*numbers));

	if (!numbers)
		return -ENOMEM;
	if (place->n_numbers > 0)
		memcpy(numbers, place->numbers, place->n_numbers * sizeof(*numbers));
	place->numbers = numbers;
	place->size_numbers = size;
	return 0;
}

/* Appends a text's numbers to the place's. */
static int
add_numbers(struct frame *frame, struct model_place *place, const char *text)
{
	size_t n = place->n_numbers + count_numbers(text);

	if (n > place->size_numbers && grow_numbers(frame, place, n) != 0)
		return -ENOMEM;
	for (; place->n_numbers < n; place->n_numbers++)
		field_number(&text, &place->numbers[place->n_numbers]);
	return 0;
}

static void
swap_from(struct model_place *place, size_t first)
{
	if (!place->latitude_first)
		return;
	for (size_t i = first; i + 1 < place->n_numbers; i += place->dimensions) {
		double latitude = place->numbers[i];

		place->numbers[i] = place->numbers[i + 1];
		place->numbers[i + 1] = latitude;
	}
}

static int
set_numbers(struct frame *frame, struct model_place *place, const char *text)
{
	size_t first = place->n_numbers;
	int error = add_numbers(frame, place, text);

	if (place->dimensions == 0)
		place->dimensions = place->shape == MODEL_POINT && place->n_numbers - first == 3
					    ? 3
					    : 2;
	if (error == 0)
		swap_from(place, first);
	return error;
}

/* georss:point and its like: the positions are the text. */
static int
simple_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	struct model_place *place = frame->node->place;

	(void)builder;
	(void)size;
	place->n_numbers = 0;
	place->gml = false;
	place->dimensions = 2;
	place->shape = (enum model_shape)frame->element->slot;
	return set_numbers(frame, place, text);
}

/* The first positions of a place count; a box has two corners, a line and a ring any number. */
static int
positions_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	struct model_place *place = frame->node->place;
	bool more;

	(void)builder;
	(void)size;
	if (!place || place->closed)
		return 0;
	more = place->gml && place->shape != MODEL_POINT &&
	       (place->shape != MODEL_BOX || place->n_numbers < 4);
	return place->n_numbers > 0 && !more ? 0 : set_numbers(frame, place, text);
}

/* W3C: one element a coordinate, in any order. */
static int
coordinate_end(struct builder *builder, struct frame *frame, const char *text, size_t size)
{
	struct model_place *place = place_of(frame);
	const struct model_extension *geo = model_prefix_find(frame->node, "geo");
	const struct model_extension *point = model_extension_find(geo, "Point");
	const struct model_extension *latitude, *longitude;
	double numbers[2];
	const char *lat, *lon;

	(void)builder;
	(void)text;
	(void)size;
	if (!place)
		return -ENOMEM;
	latitude = model_extension_find(point ? point : geo, "lat");
	longitude = model_extension_find(point ? point : geo, "long");
	if (place->shape != MODEL_NOWHERE || !latitude || !longitude || !latitude->value ||
		!longitude->value)
		return 0;
	lat = latitude->value;
	lon = longitude->value;
	if (!field_number(&lat, &numbers[1]) || !field_number(&lon, &numbers[0]))
		return 0;
	if (grow_numbers(frame, place, 2) != 0)
		return -ENOMEM;
	memcpy(place->numbers, numbers, sizeof(numbers));
	place->n_numbers = place->dimensions = 2;
	place->shape = MODEL_POINT;
	return 0;
}

#define ANYWHERE SCOPE_NODE | SCOPE_EXTENSION, ELEMENT_EXTENSION

static const struct element georss_rows[] = {
	{ "box", ANYWHERE, MODEL_BOX, frame_start, simple_end },
	{ "line", ANYWHERE, MODEL_LINE, frame_start, simple_end },
	{ "point", ANYWHERE, MODEL_POINT, frame_start, simple_end },
	{ "polygon", ANYWHERE, MODEL_POLYGON, frame_start, simple_end },
	{ "where", ANYWHERE, 0, frame_start, NULL },
};

const struct element_table georss_elements = ELEMENTS(georss_rows);

static const struct element gml_rows[] = {
	{ "coordinates", ANYWHERE, 0, NULL, positions_end },
	{ "envelope", ANYWHERE, MODEL_BOX, shape_start, NULL },
	{ "interior", ANYWHERE, 0, interior_start, NULL },
	{ "linestring", ANYWHERE, MODEL_LINE, shape_start, NULL },
	{ "lowercorner", ANYWHERE, 0, NULL, positions_end },
	{ "point", ANYWHERE, MODEL_POINT, shape_start, NULL },
	{ "polygon", ANYWHERE, MODEL_POLYGON, shape_start, NULL },
	{ "pos", ANYWHERE, 0, NULL, positions_end },
	{ "poslist", ANYWHERE, 0, NULL, positions_end },
	{ "uppercorner", ANYWHERE, 0, NULL, positions_end },
};

const struct element_table gml_elements = ELEMENTS(gml_rows);

static const struct element geo_rows[] = {
	{ "lat", ANYWHERE, 0, NULL, coordinate_end },
	{ "long", ANYWHERE, 0, NULL, coordinate_end },
};

const struct element_table geo_elements = ELEMENTS(geo_rows);
