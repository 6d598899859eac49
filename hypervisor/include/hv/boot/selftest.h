/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules of memory protection, looked at or broken on purpose (boot/selftest.c). */
#ifndef HV_BOOT_SELFTEST_H
#define HV_BOOT_SELFTEST_H

/* Register debug key w. Boot CPU, once. */
void selftest_init(void);
/* Do what the option selftest= asks for; may not return. Boot CPU, at the end of start-up. */
void selftest_run(void);

#endif
