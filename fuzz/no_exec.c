/*
 * For a harness with all commands in it, whose handlers are others: what those would call of the router, by name alone. Includes
 * nothing, for these are no declarations that anybody could use.
 */
void abort(void);
#define GONE(name)                                                                                                     \
	void name(void);                                                                                               \
	void name(void)                                                                                                \
	{                                                                                                              \
		abort();                                                                                               \
	}

GONE(capture_associate)
GONE(capture_buffer_clear)
GONE(capture_buffer_get)
GONE(capture_buffer_remove)
GONE(capture_buffer_set)
GONE(capture_buffers)
GONE(capture_interfaces)
GONE(capture_next)
GONE(capture_point_add)
GONE(capture_points)
GONE(netif_ping)
GONE(netif_trace)
GONE(router_acl_clear)
GONE(router_acl_counts)
GONE(router_apply)
GONE(router_capture)
GONE(router_capture_remove)
GONE(router_capture_start)
GONE(router_capture_stop)
GONE(router_clear_counters)
GONE(router_clear_neigh)
GONE(router_clear_routes)
GONE(router_conditions)
GONE(router_debug)
GONE(router_each_if)
GONE(router_each_neigh)
GONE(router_each_route)
GONE(router_each_transport)
GONE(router_each_tunnel)
GONE(router_engine_clear)
GONE(router_engine_counters)
GONE(router_esp)
GONE(router_free)
GONE(router_if)
GONE(router_if_address6)
GONE(router_if_exists)
GONE(router_ike)
GONE(router_lend)
GONE(router_lock)
GONE(router_new)
GONE(router_no_buffer)
GONE(router_obstacle_fault)
GONE(router_ping_path)
GONE(router_port_exists)
GONE(router_route_age_s)
GONE(router_set_conditions)
GONE(router_set_debug)
GONE(router_set_key_sink)
GONE(router_unlock)
GONE(router_workers)
