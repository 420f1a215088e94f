/*
 * The network's side of newspool doctor, as the feeds of a configuration need it: names that must
 * have addresses, and certificates of their own. Nothing is asked but the resolver.
 */
#ifndef TOOLS_DOCTOR_NETWORK_H
#define TOOLS_DOCTOR_NETWORK_H

#include <stdint.h>

#include "daemon/conf/config.h"
#include "lib/base/arena.h"
#include "tools/diagnosis.h"

#define DOCTOR_HOSTS 3u  /* that are asked for */
#define DOCTOR_FILES 16u /* with certificates, that are looked at */

/* What a configuration's feeds need. */
struct doctor_network {
	const struct config *config;
	struct arena arena;
	const char *hosts[DOCTOR_HOSTS];
	size_t n_hosts;
	const char *files[DOCTOR_FILES];
	size_t n_files;
	int64_t n_insecure;
};

/* What config_load() gives each feed to. */
struct config_feed_sink doctor_network_sink(struct doctor_network *network);

void doctor_resolver(const struct diagnosis_sink *sink, const struct doctor_network *network);
void doctor_certificates(const struct diagnosis_sink *sink, const struct doctor_network *network);
void doctor_network_done(struct doctor_network *network);

#endif
