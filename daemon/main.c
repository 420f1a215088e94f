/*
 * newspoold: arguments → role → run. Nothing else stands here.
 */
#include <newspool/version.h>

#include <stdio.h>

int
main(void)
{
	printf("newspoold %s\n", NP_VERSION);
	return 0;
}
