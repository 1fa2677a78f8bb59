/*
 * The layouts of `show crypto engine configuration`, `brief` and `accelerator statistic`, as print_crypto.h: from copies to
 * lines. The engines are those of the data plane (esp/engine.h).
 */
#ifndef SHELL_PRINT_ACCELERATOR_H
#define SHELL_PRINT_ACCELERATOR_H

#include "router/router.h"

struct session;

struct show_engine {
	const char *single;                /* "OpenSSL 3.0.17" */
	const char *multi;                 /* "ipsec-mb 1.3.0 AVX512", "": it is not used */
	const struct esp_engine_row *rows; /* of all transforms */
	size_t row_count;
	unsigned workers; /* in each direction */
	const struct router_transport_info *ports;
	size_t port_count;
};

void print_engine_brief(struct session *s, const struct show_engine *e);
void print_engine_configuration(struct session *s, const struct show_engine *e);
void print_engine_statistics(struct session *s, const struct router_engine_counters *c);

#endif
