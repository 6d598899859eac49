// SPDX-License-Identifier: GPL-2.0-only
/* Bridges of private networks: without a card, made when the first interface wants one. */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "alloc.h"
#include "xl/xl.h"

static int set_up(int fd, const char *name, bool up)
{
	struct ifreq r = {0};

	strncpy(r.ifr_name, name, IFNAMSIZ - 1);
	if (ioctl(fd, SIOCGIFFLAGS, &r))
		return -1;
	r.ifr_flags = up ? r.ifr_flags | IFF_UP : r.ifr_flags & ~IFF_UP;
	return ioctl(fd, SIOCSIFFLAGS, &r);
}

char *xl_add_bridge(const char *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char *why = NULL;

	if (fd < 0 || (ioctl(fd, SIOCBRADDBR, name) && errno != EEXIST) || set_up(fd, name, true))
		why = alloc_printf("the bridge %s: %s", name, strerror(errno));
	if (fd >= 0)
		close(fd);
	return why;
}

char *xl_drop_bridge(const char *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char *why = NULL;

	if (fd < 0 ||
	    (if_nametoindex(name) && (set_up(fd, name, false) || ioctl(fd, SIOCBRDELBR, name))))
		why = alloc_printf("the bridge %s: %s", name, strerror(errno));
	if (fd >= 0)
		close(fd);
	return why;
}
