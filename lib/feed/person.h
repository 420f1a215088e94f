/* Persons as RSS writes them: one string. */
#ifndef LIB_FEED_PERSON_H
#define LIB_FEED_PERSON_H

#include "lib/feed/model.h"

/*
 * Takes "email (name)", "name (email)", "name <email>", an address alone or a name alone apart,
 * into the node's arena. Returns 0 or -ENOMEM.
 */
int person_parse(
	struct model_node *node, const char *text, size_t size, struct model_person *ret_person);

#endif
