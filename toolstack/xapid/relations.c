// SPDX-License-Identifier: GPL-2.0-only
/* References that the other side lists. */
#include "relations.h"

#include <stddef.h>

#include "model.h"

#define RELATION(source, ref, target, set)                                             \
	{                                                                              \
		CLASS_##source, F_##source##_##ref, CLASS_##target, F_##target##_##set \
	}

static const struct relation relations[] = {
	RELATION(VBD, VM, VM, VBDs),
	RELATION(VBD, VDI, VDI, VBDs),
	RELATION(VIF, VM, VM, VIFs),
	RELATION(VIF, network, network, VIFs),
	RELATION(VDI, SR, SR, VDIs),
	RELATION(VDI, snapshot_of, VDI, snapshots),
	RELATION(VM, snapshot_of, VM, snapshots),
	RELATION(VM, parent, VM, children),
	RELATION(VM, resident_on, host, resident_VMs),
	RELATION(PBD, SR, SR, PBDs),
	RELATION(PBD, host, host, PBDs),
	RELATION(PIF, network, network, PIFs),
	RELATION(PIF, host, host, PIFs),
	RELATION(VLAN, tagged_PIF, PIF, VLAN_slave_of),
	RELATION(console, VM, VM, consoles),
	RELATION(crashdump, VM, VM, crash_dumps),
	RELATION(host_cpu, host, host, host_CPUs),
	RELATION(task, subtask_of, task, subtasks),
};

const struct relation *relation_at(int i)
{
	return (size_t)i < sizeof(relations) / sizeof(*relations) ? &relations[i] : NULL;
}

const struct relation *relation_of(int class, int field)
{
	for (size_t i = 0; i < sizeof(relations) / sizeof(*relations); i++)
		if (relations[i].source == class && relations[i].ref == field)
			return &relations[i];
	return NULL;
}
