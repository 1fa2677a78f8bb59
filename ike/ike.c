#include "ike/ops.h"

extern int ike_folder;
