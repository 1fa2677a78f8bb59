#include "esp/esp.h"

extern int esp_folder;
