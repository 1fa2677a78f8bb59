/*
 * The linker puts these before the engine's functions of the same name (tests/ike.mk), for pair_leak.c: the buffers of a
 * step begin as unwritten as the engine means them, and a message is looked at while it can be read.
 */
#include "ike/table.h"
#include "tests/engine/pair.h"

struct ike_step *__real_ike_step_new(struct ike *e, struct ike_sa *sa, struct ike_node *node);
struct ike_step *__wrap_ike_step_new(struct ike *e, struct ike_sa *sa, struct ike_node *node);
int __real_ike_encrypt(const struct ike_keys *k, uint8_t iv[IKE_BLOCK_MAX], uint8_t *data, size_t octets);
int __wrap_ike_encrypt(const struct ike_keys *k, uint8_t iv[IKE_BLOCK_MAX], uint8_t *data, size_t octets);

struct ike_step *__wrap_ike_step_new(struct ike *e, struct ike_sa *sa, struct ike_node *node)
{
	struct ike_step *s = __real_ike_step_new(e, sa, node);

	if (s) {
		pair_unwritten(s->raw, sizeof(s->raw));
		pair_unwritten(s->plain, sizeof(s->plain));
		pair_unwritten(s->built, sizeof(s->built));
	}
	return s;
}

int __wrap_ike_encrypt(const struct ike_keys *k, uint8_t iv[IKE_BLOCK_MAX], uint8_t *data, size_t octets)
{
	pair_check_sent(data, octets, "to be encrypted");
	return __real_ike_encrypt(k, iv, data, octets);
}
