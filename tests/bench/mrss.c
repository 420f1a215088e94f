/* A yardstick of tests/bench/parse: all documents by libmrss, in one process. */
#include <mrss.h>
#include <stddef.h>

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		mrss_t *feed = NULL;

		if (mrss_parse_file(argv[i], &feed) == MRSS_OK)
			mrss_free(feed);
	}
	return 0;
}
