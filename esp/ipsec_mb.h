/* intel-ipsec-mb's header, without its old names: they are words such as DES and ENCRYPT. */
#ifndef ESP_IPSEC_MB_H
#define ESP_IPSEC_MB_H

#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>

#endif
