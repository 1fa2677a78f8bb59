#include "startup-config/nvram.h"

extern int nvram_folder;
