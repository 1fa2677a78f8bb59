/*
 * nft as a child: the packet filter of the kernel is told what to do by the program that belongs to it. One transaction
 * per run: all of it, or nothing.
 */
#ifndef ROUTER_NFT_H
#define ROUTER_NFT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct nft_run {
	pid_t pid;      /* 0: none runs */
	int fd;         /* readable when it says something or has ended; -1: none */
	char said[160]; /* its first words, one line */
	size_t octets;
};
#define NFT_IDLE                                                                                                       \
	{                                                                                                              \
		.fd = -1                                                                                               \
	}

/* Starts it; text is nft's language, or JSON. 0 or -errno; -ENOENT: there is no such program. */
int nft_begin(struct nft_run *n, const char *text, size_t octets, bool json);
/* Takes what it says. True: it has ended. Does not wait. */
bool nft_listen(struct nft_run *n);
/* Until it has ended, or it is ended after timeout_ms (-1: for ever). 0, -ETIMEDOUT, or -EINVAL: it refused. */
int nft_end(struct nft_run *n, int timeout_ms);

#endif
