/*
 * Two IKE engines in one process negotiate again and again: Main Mode and Quick Mode, nothing of the network or of the
 * router around them. For bench/handshake.sh, which asks where the time goes.
 *
 *	handshakes COUNT GROUP
 */
#include "base/clock.h"
#include "tests/engine/pair.h"

#include <stdio.h>
#include <stdlib.h>

static double seconds(void)
{
	return (double)clock_ns() / 1e9;
}

int main(int argc, char **argv)
{
	const unsigned count = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100;
	const unsigned group = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 14;
	struct pair *p = pair_new(1);
	struct pair_setup s[2];
	double begin;

	for (int side = 0; side < 2; side++) {
		pair_setup(&s[side], side, 4);
		s[side].policies[0].encr = ISAKMP_ENCR_AES;
		s[side].policies[0].keybits = 128;
		s[side].policies[0].group = group;
		ike_set_debug(p->side[side].ike, 0);
	}
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, 1000);
	begin = seconds();
	for (unsigned n = 0; n < count; n++) {
		ike_clear_session(p->side[0].ike, NULL);
		pair_run(p, 70000); /* what was deleted is purged, too */
		if (!pair_joined(p)) {
			fprintf(stderr, "handshake %u has failed\n", n);
			return EXIT_FAILURE;
		}
		pair_forget(p, 0);
		pair_forget(p, 1);
	}
	printf("group %u: %.3f ms for both halves of a handshake and its end\n", group,
	       (seconds() - begin) * 1000 / count);
	pair_free(p);
	return EXIT_SUCCESS;
}
