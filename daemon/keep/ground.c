/*
 * Owns nothing; the flags say what was said last.
 *
 * Errors: told by what ground_check() returns; the words go to the log here, once each time.
 */
#include "daemon/keep/ground.h"

#include <stddef.h>

#include "daemon/wire/log.h"

static bool
has_room(struct ground *ground, const struct config *config)
{
	bool room = delivery_has_room(ground->delivery, config->min_free, config->min_free_bytes);

	if (!room && !ground->cramped)
		log_error(NULL,
			"no space: %s has less free space or fewer inodes than min-free asks for: "
			"polling pauses until there is room",
			delivery_directory(ground->delivery));
	if (room && ground->cramped)
		log_notice(NULL, "there is space again: polling goes on");
	ground->cramped = !room;
	return room;
}

/* What would be stored now is gone at the next start, which would repeat every article of it. */
static bool
has_database(struct ground *ground, const struct config *config)
{
	bool moved = store_has_moved(ground->store);

	if (moved && !ground->database_moved)
		log_error(NULL,
			"the database %s was removed or replaced: polling pauses until it is put "
			"back; a restart begins with what is there then, or with a new one",
			config->database);
	if (!moved && ground->database_moved)
		log_notice(NULL, "the database is there again: polling goes on");
	ground->database_moved = moved;
	return !moved;
}

static bool
reopen(struct ground *ground, const struct config *config)
{
	const char *directory = delivery_directory(ground->delivery);
	struct config_error err = { .text = "" };
	size_t lost = 0;

	if (delivery_reopen(ground->delivery, &lost, &err) != 0) {
		if (!ground->spool_moved)
			log_error(NULL,
				"the spool %s was removed or replaced: polling pauses until it is "
				"put back or made again: %s",
				directory, err.text);
		ground->spool_moved = true;
		return false;
	}
	for (size_t i = 0; i < config->n_queues; i++)
		if (delivery_make_queue(ground->delivery, config->queues[i].name) != 0)
			log_error(NULL, "%s", delivery_error(ground->delivery));
	log_warning(NULL,
		"the spool %s was removed or replaced event=reopened lost=%zu: going on in what is "
		"there now",
		directory, lost);
	return true;
}

static bool
has_spool(struct ground *ground, const struct config *config, bool stuck, bool *ret_reopened)
{
	enum delivery_place place = delivery_place(ground->delivery);

	if (place == DELIVERY_GONE || (place == DELIVERY_ELSEWHERE && !stuck)) {
		*ret_reopened = reopen(ground, config);
		if (!*ret_reopened)
			return false;
	} else if (place == DELIVERY_ELSEWHERE) {
		return false;
	} else if (ground->spool_moved) {
		log_notice(NULL, "the spool is there again: polling goes on");
	}
	ground->spool_moved = false;
	return true;
}

bool
ground_check(struct ground *ground, const struct config *config, bool stuck, bool *ret_reopened)
{
	return has_spool(ground, config, stuck, ret_reopened) && has_room(ground, config) &&
	       has_database(ground, config);
}

bool
ground_is_watched(const struct ground *ground)
{
	return ground->cramped || ground->database_moved || ground->spool_moved;
}
