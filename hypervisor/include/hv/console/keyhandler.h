/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Debug keys: typed on the hypervisor's console, or sent with `xl debug-keys`
 * (console/keyhandler.c).
 */
#ifndef HV_CONSOLE_KEYHANDLER_H
#define HV_CONSOLE_KEYHANDLER_H

#include <hv/types.h>

/*
 * Let fn run when key (a printable character) comes; what says in a few words what it prints. Boot
 * time only. -EEXIST: taken, -EINVAL: not printable. fn runs with interrupts on, in hypercall or
 * softirq context, and may be slow.
 */
int keyhandler_register(char key, void (*fn)(void), const char *what);

/* Run the handler of key. -ENOENT: there is none. Hypercall or softirq context, no locks held. */
int keyhandler_run(char key);

/* Register the handlers of this file. Once at boot. */
void keyhandler_init(void);

#endif
