/* SPDX-License-Identifier: GPL-2.0-only */
/* What the hypervisor says about itself; the build may define the texts. */
#ifndef HV_VERSION_H
#define HV_VERSION_H

#define HV_EXTRAVERSION	".0-shoji"	/* behind that of xen_version=; 15 characters at most */

#ifndef HV_CHANGESET
#define HV_CHANGESET	"unknown"
#endif
#ifndef HV_DATE
#define HV_DATE		"unknown"	/* not the clock's: two builds of one source are equal */
#endif
#define HV_COMPILE_BY		"shoji"
#define HV_COMPILE_DOMAIN	"localhost"
#define HV_COMPILER	"gcc " __VERSION__

#endif
