#include "explain/page.h"

#include "explain/pages.h"

#include <string.h>

const struct message_page *message_page_at(size_t index)
{
	return index < message_page_count ? &message_pages[index] : NULL;
}

const char *message_page(const char *name)
{
	for (size_t i = 0; i < message_page_count; i++)
		if (!strcmp(message_pages[i].name, name))
			return message_pages[i].text;
	return "";
}
