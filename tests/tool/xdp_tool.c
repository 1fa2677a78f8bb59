/*
 * What others do with XDP programs on an interface:
 *   xdp_tool detach DEV   takes off the program that is attached by a link
 *   xdp_tool hold DEV     attaches one that passes everything, until it is killed
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int detach(unsigned ifindex)
{
	uint32_t id = 0, program = 0;
	int rc = 1;

	/* An interface's index may be another's in another namespace. */
	if (bpf_xdp_query_id((int)ifindex, XDP_FLAGS_SKB_MODE, &program) || !program)
		return 1;

	while (bpf_link_get_next_id(id, &id) == 0) {
		struct bpf_link_info info = { 0 };
		uint32_t octets = sizeof(info);
		int fd = bpf_link_get_fd_by_id(id);

		if (fd < 0)
			continue;
		if (!bpf_obj_get_info_by_fd(fd, &info, &octets) && info.type == BPF_LINK_TYPE_XDP &&
		    info.prog_id == program && !bpf_link_detach(fd))
			rc = 0;
		close(fd);
	}
	return rc;
}

static int hold(unsigned ifindex)
{
	static const struct bpf_insn pass[] = {
		{ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, XDP_PASS },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};
	LIBBPF_OPTS(bpf_link_create_opts, generic, .flags = XDP_FLAGS_SKB_MODE);
	int program = bpf_prog_load(BPF_PROG_TYPE_XDP, "pass", "GPL", pass, sizeof(pass) / sizeof(pass[0]), NULL);
	int link = program < 0 ? program : bpf_link_create(program, (int)ifindex, BPF_XDP, &generic);

	if (link < 0) {
		fprintf(stderr, "xdp_tool: %s\n", strerror(-link));
		return 1;
	}
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	unsigned ifindex = argc == 3 ? if_nametoindex(argv[2]) : 0;

	if (!ifindex) {
		fprintf(stderr, "usage: xdp_tool detach|hold DEV\n");
		return 2;
	}
	return strcmp(argv[1], "hold") == 0 ? hold(ifindex) : detach(ifindex);
}
