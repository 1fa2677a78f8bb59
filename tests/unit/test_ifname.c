/* config/ifname.c: what a user types, what is stored, how tables shorten it, the order of the running-config. */
#include "config/model.h"
#include "tests/unit/unit.h"

#include <string.h>

static void typed_names_become_canonical(void)
{
	static const struct {
		const char *typed, *canonical;
		enum if_type type;
	} good[] = {
		{ "tu23", "Tunnel23", IF_TUNNEL },
		{ "Tunnel 23", "Tunnel23", IF_TUNNEL },
		{ "t0", "Tunnel0", IF_TUNNEL },
		{ "e0/0", "Ethernet0/0", IF_ETHERNET },
		{ "eth 0/0", "Ethernet0/0", IF_ETHERNET },
		{ "ETHERNET00/01", "Ethernet0/1", IF_ETHERNET },
		{ "fa1/0", "FastEthernet1/0", IF_FASTETHERNET },
		{ "gi0/0/1", "GigabitEthernet0/0/1", IF_GIGABITETHERNET },
		{ "lo2147483647", "Loopback2147483647", IF_LOOPBACK },
		{ "virtual-template 1", "Virtual-Template1", IF_VIRTUAL_TEMPLATE },
		{ "Virtual-A2", "Virtual-Access2", IF_VIRTUAL_ACCESS },
	};
	static const char *const bad[] = { "",
					   "23",
					   "Tunnel",
					   "tu",
					   "tu-1",
					   "tu1x",
					   "tu 1 2",
					   "Tunnel1/0",
					   "e0/",
					   "e/0",
					   "e0//0",
					   "e0/0/0/0",
					   "e0/0.10",
					   "Serial0/0",
					   "e256/0",
					   "Etherent0/0",
					   "lo2147483648",
					   "lo99999999999999999999",
					   "virtual-1",
					   "Virtual-Template0",
					   "Virtual-Template4096" };
	char name[CONFIG_IFNAME_SIZE];
	enum if_type type;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CU_ASSERT_TRUE(ifname_canonical(good[i].typed, name, &type));
		CU_ASSERT_STRING_EQUAL(name, good[i].canonical);
		CU_ASSERT_EQUAL(type, good[i].type);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(ifname_canonical(bad[i], name, &type));
	CU_ASSERT_TRUE(ifname_canonical("lo1", name, NULL));
}

static void tables_shorten_names(void)
{
	char name[CONFIG_IFNAME_SIZE];

	ifname_short("Tunnel23", name);
	CU_ASSERT_STRING_EQUAL(name, "Tu23");
	ifname_short("Ethernet0/0", name);
	CU_ASSERT_STRING_EQUAL(name, "Et0/0");
	ifname_short("GigabitEthernet0/0/1", name);
	CU_ASSERT_STRING_EQUAL(name, "Gi0/0/1");
	ifname_short("Virtual-Access1", name);
	CU_ASSERT_STRING_EQUAL(name, "Vi1");
	CU_ASSERT_STRING_EQUAL(if_type_name(IF_FASTETHERNET), "FastEthernet");
	CU_ASSERT_STRING_EQUAL(if_type_name(IF_NONE), "");
}

static void names_sort_as_the_running_config(void)
{
	static const char *const order[] = { "Loopback0",       "Loopback10",         "Tunnel2",          "Tunnel10",
					     "Ethernet0/0",     "Ethernet0/2",        "Ethernet0/10",     "Ethernet1/0",
					     "FastEthernet0/0", "GigabitEthernet0/0", "Virtual-Template1" };

	for (size_t a = 0; a < sizeof(order) / sizeof(order[0]); a++)
		for (size_t b = 0; b < sizeof(order) / sizeof(order[0]); b++) {
			int diff = ifname_compare(order[a], order[b]);

			CU_ASSERT_EQUAL(diff < 0 ? -1 : diff > 0, a < b ? -1 : a > b);
		}
}

static const struct unit_test tests[] = {
	{ "typed names become canonical", typed_names_become_canonical },
	{ "tables shorten names", tables_shorten_names },
	{ "names sort as the running-config", names_sort_as_the_running_config },
};

UNIT_MAIN("ifname", tests)
