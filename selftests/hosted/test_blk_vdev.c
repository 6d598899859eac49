/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: blkfront turns "virtual-device" into the name and the device numbers that a Linux guest
 * expects. The expected numbers are those of the toolstack's documentation (xen-vbd-interface(7)).
 */
/* includes: frontends/blkfront/vdev.c */
#include "fake_kernel.h"

#include "../../frontends/blkfront/vdev.c"

static unsigned int number, failures;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, claim);
	failures += !good;
}

/* @minors 0: given dynamically, so that the first means nothing. */
static bool is(u32 virtual_device, const char *name, unsigned int first, unsigned int minors,
	       bool partition)
{
	struct vdev vdev;

	memset(&vdev, 0xa5, sizeof(vdev));
	return !vdev_parse(&vdev, virtual_device) && !strcmp(vdev.name, name) &&
	       vdev.minors == minors && vdev.first_minor == (minors ? first : 0) &&
	       vdev.partition == partition;
}

static bool refused(u32 virtual_device)
{
	struct vdev vdev;

	return vdev_parse(&vdev, virtual_device) == -ENODEV;
}

int main(void)
{
	const u32 extended = 1u << 28;

	printf("1..9\n");
	result(is(51712, "xvda", 0, 16, false) && is(51728, "xvdb", 16, 16, false) &&
		       is(51952, "xvdp", 240, 16, false),
	       "the first sixteen disks have sixteen minors each");
	result(is(51713, "xvda1", 1, 1, true) && is(51743, "xvdb15", 31, 1, true),
	       "a lone partition has its own");
	result(is(extended | 16 << 8, "xvdq", 0, 0, false) &&
		       is(extended | 25 << 8, "xvdz", 0, 0, false),
	       "the disks after them get theirs dynamically");
	result(is(extended | 26 << 8, "xvdaa", 0, 0, false) &&
		       is(extended | 701 << 8, "xvdzz", 0, 0, false) &&
		       is(extended | 702 << 8, "xvdaaa", 0, 0, false),
	       "after z comes aa, after zz comes aaa");
	result(is(extended | 30 << 8 | 3, "xvdae3", 0, 0, true), "and their partitions");
	result(is(8 << 8 | 16, "xvdb", 16, 16, false) && is(8 << 8 | 17, "xvdb1", 17, 1, true),
	       "SCSI disks are shown as xvd");
	result(is(3 << 8, "xvda", 0, 16, false) && is(3 << 8 | 64, "xvdb", 16, 16, false) &&
		       is(22 << 8, "xvdc", 32, 16, false) &&
		       is(34 << 8 | 65, "xvdh1", 113, 1, true),
	       "so are IDE disks");
	result(refused(9 << 8) && refused(0) && refused(0xffffff00), "what no disk has is refused");
	result(refused(extended | 18253 << 8) && !refused(extended | 18252 << 8),
	       "names end somewhere");
	return failures ? 1 : 0;
}
