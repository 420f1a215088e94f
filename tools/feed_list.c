/* Page after page, each a request. Errors: a command's exit status, said by the client. */
#include "tools/feed_list.h"

#include <stdio.h>
#include <string.h>

void
feed_list_option(struct feed_list *list, int option)
{
	if (option == FEED_LIST_STATE)
		list->state = optarg;
	else if (option == FEED_LIST_TAG)
		list->tag = optarg;
	else
		list->text = optarg;
}

static void
put_parameter(struct buf *path, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(path, "&%s=", name);
	control_client_escape(path, value);
}

static int
ask_for_page(struct control_client *client, const struct feed_list *list, const char *after,
	struct control_answer *ret_answer)
{
	struct buf path = { 0 };
	int status;

	buf_puts(&path, "/v1/feeds?limit=1000");
	put_parameter(&path, "state", list->state);
	put_parameter(&path, "tag", list->tag);
	put_parameter(&path, "text", list->text);
	put_parameter(&path, "after", after);
	status = control_client_ask(client, "GET", buf_str(&path), ret_answer);
	buf_done(&path);
	return status;
}

/* Each page to a callback. */
static int
each_page(struct control_client *client, const struct feed_list *list,
	int (*page)(void *arg, const struct control_answer *answer), void *arg)
{
	struct buf after = { 0 };
	int status;
	bool more;

	do {
		struct control_answer answer;
		const char *next;

		status = ask_for_page(
			client, list, after.len > 0 ? buf_str(&after) : NULL, &answer);
		if (status != COMMAND_OK)
			break;
		status = page(arg, &answer);
		next = control_text(answer.json, "next");
		more = next != NULL;
		buf_reset(&after);
		buf_puts(&after, more ? next : "");
		control_answer_done(&answer);
	} while (more && status == COMMAND_OK);
	buf_done(&after);
	return status;
}

struct each {
	int (*feed)(void *arg, const struct control_value *feed);
	void *arg;
};

static int
each_feed(void *arg, const struct control_answer *answer)
{
	const struct control_value *feeds = control_member(answer->json, "feeds");
	struct each *each = arg;
	int status = COMMAND_OK;

	for (size_t i = 0; i < control_size(feeds) && status == COMMAND_OK; i++)
		status = each->feed(each->arg, control_at(feeds, i));
	return status;
}

int
feed_list_each(struct control_client *client, const struct feed_list *list,
	int (*feed)(void *arg, const struct control_value *feed), void *arg)
{
	struct each each = { feed, arg };

	return each_page(client, list, each_feed, &each);
}

static int
print_page(void *arg, const struct control_answer *answer)
{
	(void)arg;
	fputs(buf_str(&answer->text), stdout);
	return COMMAND_OK;
}

int
feed_list_print_json(struct control_client *client, const struct feed_list *list)
{
	return each_page(client, list, print_page, NULL);
}
