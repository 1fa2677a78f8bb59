/* The data plane's names, for programs that are linked without it. */
#ifndef TESTS_UNIT_ESP_NAMES_H
#define TESTS_UNIT_ESP_NAMES_H

#include "esp/esp.h"

const char *esp_drop_name(enum esp_drop d)
{
	static const char *const names[] = {
#define X(id, text) [id] = (text),
		ESP_DROPS(X)
#undef X
	};

	return names[d];
}

const char *esp_stage_name(enum esp_stage s)
{
	static const char *const names[] = {
#define X(id, text) [id] = (text),
		ESP_STAGES(X)
#undef X
	};

	return names[s];
}

#endif
