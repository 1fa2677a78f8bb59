#include "esp/stage.h"

const char *esp_stage_name(enum esp_stage s)
{
	static const char *const names[ESP_STAGE_COUNT] = {
#define X(id, text) [id] = (text),
		ESP_STAGES(X)
#undef X
	};

	return s >= 0 && s < ESP_STAGE_COUNT ? names[s] : "unknown";
}

void stage_clear(struct stage_clock *c)
{
	for (unsigned s = 0; s < ESP_STAGE_COUNT; s++) {
		atomic_store_explicit(&c->counts[s].cycles, 0, memory_order_relaxed);
		atomic_store_explicit(&c->counts[s].packets, 0, memory_order_relaxed);
		atomic_store_explicit(&c->counts[s].turns, 0, memory_order_relaxed);
	}
}

void stage_read(const struct stage_clock *c, struct esp_stage_count out[ESP_STAGE_COUNT])
{
	for (unsigned s = 0; s < ESP_STAGE_COUNT; s++) {
		out[s].cycles += atomic_load_explicit(&c->counts[s].cycles, memory_order_relaxed);
		out[s].packets += atomic_load_explicit(&c->counts[s].packets, memory_order_relaxed);
		out[s].turns += atomic_load_explicit(&c->counts[s].turns, memory_order_relaxed);
	}
}
