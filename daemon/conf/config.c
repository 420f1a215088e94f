/*
 * The configuration as the programs use it once it is loaded: where it is, what a feed's settings
 * are, which tag a term has. Reading it from files is load.c's.
 */
#include "daemon/conf/config.h"

#include <stdlib.h>

const char *
config_installed_file(void)
{
	return NP_SYSCONFDIR "/newspool/newspool.conf";
}

const char *
config_default_file(void)
{
	const char *file = getenv("NEWSPOOL_CONFIG");

	return file && *file ? file : config_installed_file();
}
