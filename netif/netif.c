#include "netif/netif.h"

extern int netif_folder;
