/* What cppcheck needs of uthash and libbpf, whose headers it does not read: lab/analyse.sh. */
#define HASH_ITER(hh, head, el, tmp)                                                                                   \
	for ((el) = (head), (tmp) = (head) ? (head)->hh.next : 0; (el);                                                \
	     (el) = (tmp), (tmp) = (tmp) ? (tmp)->hh.next : 0)
#define LIBBPF_OPTS(type, name, ...) struct type name = { 0 }
