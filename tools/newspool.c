/*
 * newspool: the user's tool. One table of subcommands; each stands in a file of its own.
 */
#include <newspool/version.h>

#include <stdio.h>

int
main(void)
{
	printf("newspool %s\n", NP_VERSION);
	return 0;
}
