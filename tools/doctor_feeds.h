/* The running daemon and its feeds, for newspool doctor. */
#ifndef TOOLS_DOCTOR_FEEDS_H
#define TOOLS_DOCTOR_FEEDS_H

#include "daemon/conf/config.h"
#include "tools/control_client.h"
#include "tools/diagnosis.h"

/* Whether a daemon answers, and what it says of itself. */
void doctor_daemon(const struct diagnosis_sink *sink, struct control_client *client);

/* Feeds that have been failing or have stopped, from the database, be there a daemon or none. */
void doctor_feeds(const struct diagnosis_sink *sink, const struct config *config);

#endif
