/*
 * What the process may do, given up before anything comes in from outside. A flaw in what reads packets, or in a
 * terminal, then finds a process that may configure networks and little else, and no program it starts may do more.
 *
 *   CAP_NET_ADMIN         addresses, routes, TUN devices, access lists, large socket buffers
 *   CAP_NET_RAW           ESP, packet sockets, ping
 *   CAP_NET_BIND_SERVICE  UDP 500 and 4500; TCP 22 and 23, which may be configured later
 *   CAP_BPF               AF_XDP's program: not with --transport raw
 *   CAP_IPC_LOCK          memory for AF_XDP, and to lock that of the process, where RLIMIT_MEMLOCK could not be lifted
 *   CAP_DAC_OVERRIDE      root only, and only when the state directory or the startup-config belongs to somebody else
 *
 * All others leave the permitted, effective and inheritable sets, and the bounding set where that may be changed
 * (CAP_SETPCAP). nft, the one program that is started, gets CAP_NET_ADMIN alone. No program gains anything (no new
 * privileges), and being root means nothing to them. Works as root, as root of a user namespace, and as a user who was
 * given capabilities; what is not there is not missed here: router_new() tells of it.
 */
#ifndef SHELL_PRIVILEGE_H
#define SHELL_PRIVILEGE_H

#include <stdbool.h>
#include <stddef.h>

struct privilege {
	const char *state_dir;      /* exists */
	const char *startup_config; /* NULL: in state_dir */
	bool xdp;                   /* AF_XDP may be used */
	bool core_dumps;            /* a crash may leave a core file, and a debugger of the same uid may be attached */
};

/*
 * Before the first thread. 0, -1 with one line for the user in error, or 1 with one of what will not work. Without libcap-ng: no new
 * privileges alone.
 */
int privilege_drop(const struct privilege *wants, char *error, size_t size);

#endif
