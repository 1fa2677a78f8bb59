#include "config/model.h"

extern int config_folder;
