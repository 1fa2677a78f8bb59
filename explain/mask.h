/* Keys and passwords that stand in a log, in commands that were typed or logged. */
#ifndef EXPLAIN_MASK_H
#define EXPLAIN_MASK_H

#include <stddef.h>

#define MASK_TEXT "*****"

/*
 * Copies text into out with secrets replaced, "" at its end. room: two octets more than octets are enough for text
 * without secrets; what does not fit is left out. Returns how many secrets there were.
 */
unsigned mask_secrets(const char *text, size_t octets, char *out, size_t room);

#endif
