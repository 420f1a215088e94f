/*
 * The library as another program has it: the public headers, libnewspool and libc, nothing else of
 * ours. It reads a feed and prints TAP.
 */
#include <stdio.h>
#include <string.h>

#include <newspool/feed.h>
#include <newspool/version.h>

static int
count_articles(struct np_feed_parser *parser)
{
	struct np_article *article;
	int n = 0;

	while (np_feed_parser_take(parser, &article) > 0) {
		printf("# %s <%s>\n", np_article_title(article), np_article_url(article));
		np_article_free(article);
		n++;
	}
	return n;
}

int
main(void)
{
	static const char text[] = "<feed xmlns='http://www.w3.org/2005/Atom'><title>f</title>"
				   "<entry><title>a</title><link href='1'/></entry>"
				   "<entry><title>b</title><link href='2'/></entry></feed>";
	struct np_feed_options options = { .url = "https://example.org/feed" };
	struct np_feed_parser *parser;
	int n = 0, error = np_feed_parser_new(&options, &parser);

	printf("1..2\n");
	if (error == 0)
		error = np_feed_parser_push(parser, text, strlen(text));
	if (error == 0)
		error = np_feed_parser_finish(parser);
	if (error == 0)
		n = count_articles(parser);
	printf("%s 1 - a program that links libnewspool alone reads a feed\n",
		error == 0 && n == 2 ? "ok" : "not ok");
	printf("%s 2 - the library says the version of its headers\n",
		strcmp(np_version(), NP_VERSION) == 0 ? "ok" : "not ok");
	np_feed_parser_free(parser);
	return 0;
}
