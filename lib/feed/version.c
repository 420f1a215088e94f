/* Which newspool the library is. */
#include <newspool/version.h>

const char *
np_version(void)
{
	return NP_VERSION;
}
