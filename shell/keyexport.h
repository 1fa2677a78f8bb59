/*
 * `crypto export wireshark PREFIX`: the keys of all SAs, each as it is made, in PREFIX.esp_sa and
 * PREFIX.ikev1_decryption_table of flash: (shell/uat.h has the lines).
 *
 * The router hands over each key under the control lock; it becomes a line in a bounded queue, and one thread, which
 * begins with the command, writes. A file is read, gets the lines that it does not have, loses its oldest beyond
 * KEYEXPORT_LINES, and replaces the one before atomically, readable for its owner alone. What cannot be written is told in
 * the log once; nothing waits for it.
 */
#ifndef SHELL_KEYEXPORT_H
#define SHELL_KEYEXPORT_H

#include "shell/fs.h"

#define KEYEXPORT_LINES 4096 /* of each file */

enum keyexport_table { KEYEXPORT_ESP, KEYEXPORT_IKE, KEYEXPORT_TABLES };

struct keyexport;

/* NULL when out of memory. To be freed before the router. */
struct keyexport *keyexport_new(struct shell *sh);
void keyexport_free(struct keyexport *k); /* what waits is written first */
/* Makes it follow the running-config, with the control lock. */
void keyexport_configure(struct keyexport *k);

/* The file of a prefix as the configuration has it. False: it is no name of a file in flash:. */
bool keyexport_file(const char *prefix, enum keyexport_table t, struct fs_url *out);
/*
 * What the file is to hold: the old text and those of count lines that are not in it, the newest KEYEXPORT_LINES of all. To
 * be wiped and freed; NULL when out of memory.
 */
char *keyexport_merge(const char *old, const char *const *lines, size_t count, size_t *octets);

#endif
