#include "router/router.h"

extern int router_folder;
