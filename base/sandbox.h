/*
 * Which system calls a thread may make (seccomp(2)). What the whole process may do is set once; a thread that needs less gives up
 * the rest as it starts. tests/tool/syscalls.py lists what threads call, of which these lists are made.
 *
 *   SANDBOX_PROCESS  everything: the event loop, terminals, and nft, which inherits it: files, sockets of the families a router
 *                    uses, new threads and programs. No new namespaces, no memory that can be written and run, no other
 *                    process's memory, no modules, mounts, keys, clocks.
 *   SANDBOX_ENGINE   a worker of the data plane: reads and writes what is open
 *   SANDBOX_CAPTURE  a capture: the same, and asks for the name of an interface
 *   SANDBOX_QUIET    Diffie-Hellman, and what only waits: memory and locks
 *
 * Of ioctl() the process makes the requests of terminals, TUN devices and interfaces that are used, and no others. The last three
 * are answered EACCES when they open a file, as libc's free() may.
 *
 * Another call is a fault of ours or somebody's attack. It is told on the standard error and in the kernel's log, with the thread's
 * name, and the process ends by SIGSYS; where libc blocks signals (as it starts a thread), the kernel tells alone. Sanitized builds
 * need for their reports what workers must not do: there, threads keep what the process may.
 */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include <stdbool.h>

enum sandbox { SANDBOX_PROCESS, SANDBOX_ENGINE, SANDBOX_CAPTURE, SANDBOX_QUIET };

/* Is it in this program? Not without libseccomp. */
bool sandbox_there(void);
/* In the first thread, before others, with no new privileges. 0 or -errno. */
int sandbox_begin(void);
/* In a thread, behind what opens things. Nothing happens where sandbox_begin() was not called. What cannot be set ends the process. */
void sandbox_enter(enum sandbox of);

#endif
