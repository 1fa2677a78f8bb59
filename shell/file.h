/* What the commands about files share: names as typed, questions, and how they are left out with `file prompt quiet`. */
#ifndef SHELL_FILE_H
#define SHELL_FILE_H

#include "shell/fs.h"

/* `file prompt quiet` */
bool file_quiet(struct session *s);
/* A name as typed, below the session's folder (`cd`). False: said so. */
bool file_url(struct session *s, const char *typed, struct fs_url *out);
/* The last part of a path. */
/* The caret under an argument that was typed, by its text as cmd_text() gave it. */
void file_refuse(struct session *s, const char *typed);
const char *file_name(const struct fs_url *url);
/*
 * "PROMPT [x]? " for the last part of url, which an answer replaces; nothing is asked when quiet, unless there is no
 * name yet. False: the user gave up, or the name is none (said so).
 */
bool file_ask_name(struct session *s, const char *prompt, struct fs_url *url);
/* session_confirm(), true without a question when quiet. */
bool file_confirm(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "%Error opening flash:x (No such file or directory)"; doing: "opening". Returns CMD_REJECTED. */
enum cmd_result file_failed(struct session *s, const char *doing, const struct fs_url *url, int error);
/* "922 bytes copied in 0.071 secs (12986 bytes/sec)" */
void file_say_copied(struct session *s, size_t octets, uint64_t begin_ns);
/* copy from or to "scp:", "scp://[user[:password]@]host/path"; the other one is of this router (copy_scp.c). */
bool file_is_scp(const char *typed);
enum cmd_result file_copy_scp(struct session *s, const char *from, const char *to);
/* The startup-config is another one now: what `write memory` notes, and its "[OK]". */
void file_startup_written(struct session *s);
void file_free(char *bytes, size_t octets); /* wipes */

/* running-config to startup-config, with what `write memory` prints. */
enum cmd_result file_save(struct session *s);
/* A file into the running-config, line by line as the startup-config at boot; *octets: its size. What fails is said. */
enum cmd_result file_merge(struct session *s, const struct fs_url *from, size_t *octets);

#endif
