/* The head of a list that was copied to another place with its struct: the list's pointers back to it follow. */
#ifndef CONFIG_MOVED_H
#define CONFIG_MOVED_H

#include <sys/queue.h>

#define LIST_MOVED(head)                                                                                               \
	do {                                                                                                           \
		if (TAILQ_EMPTY(head))                                                                                 \
			(head)->tqh_last = &(head)->tqh_first;                                                         \
		else                                                                                                   \
			(head)->tqh_first->link.tqe_prev = &(head)->tqh_first;                                         \
	} while (0)

#endif
