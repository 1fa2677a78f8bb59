/*
 * What segment.c and coalesce.c say alike: positions within IP, TCP and UDP headers, and the kernel's struct
 * virtio_net_hdr with what its newer versions name.
 */
#ifndef ESP_OFFLOAD_H
#define ESP_OFFLOAD_H

#include <linux/virtio_net.h>

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5 /* Linux 6.2 */
#endif

#define IP4_AT_LENGTH    2
#define IP4_AT_ID        4
#define IP4_AT_FRAGMENT  6
#define IP4_AT_PROTOCOL  9
#define IP4_AT_CHECKSUM  10
#define IP4_AT_ADDRESSES 12

#define IP6_AT_LENGTH      4
#define IP6_AT_NEXT_HEADER 6
#define IP6_AT_ADDRESSES   8

#define UDP_AT_LENGTH   4
#define UDP_AT_CHECKSUM 6

#define TCP_HEADER_OCTETS 20
#define TCP_AT_SEQUENCE   4
#define TCP_AT_ACK        8
#define TCP_AT_OFFSET     12 /* of the data: the upper four bits */
#define TCP_AT_FLAGS      13
#define TCP_AT_WINDOW     14
#define TCP_AT_CHECKSUM   16
#define TCP_FIN           0x01u
#define TCP_PSH           0x08u
#define TCP_ACK           0x10u
#define TCP_CWR           0x80u

#endif
