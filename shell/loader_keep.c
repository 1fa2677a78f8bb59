/* Lines that no command takes: kept in the section they stand in. */
#include "config/free.h"
#include "shell/kept.h"
#include "shell/loader_int.h"

#include <string.h>

void loader_forget_head(struct loader *l)
{
	free_line(l->head);
	l->head = NULL;
}

struct kept_line *loader_keep_in(struct loader *l, struct kept_list *list, const char *text, bool harmless, int rank)
{
	struct kept_line *k;

	shell_lock(l->sh);
	k = config_kept_find(list, text);
	if (!k)
		k = config_kept_add(list, text, l->line, harmless, rank);
	shell_unlock(l->sh);
	l->failed |= !k;
	return k;
}

void loader_open(struct loader *l, struct kept_line *node, unsigned indent)
{
	if (node && l->depth < OPEN_DEPTH)
		l->open[l->depth++] = (struct open_section){ node, indent };
}

void loader_keep_child(struct loader *l, const char *text, unsigned indent)
{
	struct kept_line *parent, *node;

	/* what stands in a certificate has no lines below it, however it is indented */
	for (unsigned i = 0; i < l->depth; i++)
		if (loader_is_certificate(l->open[i].node))
			l->depth = i + 1;
	parent = l->open[l->depth - 1].node;
	node = loader_keep_in(l, &parent->children, text, l->harmless, 0);
	loader_open(l, node, indent);
	if (l->harmless && !kept_restricts(text))
		loader_tell(l, LOADER_ACCEPTED, l->line, text, NULL);
	else
		loader_tell(l, LOADER_KEPT, l->line, text, "its section is not implemented");
	if (node && loader_is_certificate(node) && !loader_is_certificate(parent))
		loader_certificate_begins(l, node);
}

void loader_keep_here(struct loader *l, const char *text, unsigned indent, const char *why)
{
	struct kept_list *list;
	struct kept_line *node;

	shell_lock(l->sh);
	list = kept_list_of(l->session);
	shell_unlock(l->sh);
	node = list ? loader_keep_in(l, list, text, false, kept_rank(session_mode(l->session), text)) : NULL;
	l->depth = 0;
	l->harmless = false;
	loader_open(l, node, indent);
	loader_tell(l, LOADER_KEPT, l->line, text, why);
}
