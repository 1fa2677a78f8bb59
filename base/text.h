/*
 * Strings that several own and nobody changes. They belong to one thread, or to one lock. "" takes no memory; NULL is no
 * text and may be dropped.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

const char *text_new(const char *s); /* a copy; NULL when out of memory */
const char *text_share(const char *text);
void text_drop(const char *text); /* frees it with its last owner */

#endif
