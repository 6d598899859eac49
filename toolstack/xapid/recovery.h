/* SPDX-License-Identifier: GPL-2.0-only */
/* What a daemon that died was doing is ended or undone by the next one. */
#ifndef XAPID_RECOVERY_H
#define XAPID_RECOVERY_H

/** recovery_run(): Do that; once, when the store is open and the domains are known. */
void recovery_run(void);

#endif
