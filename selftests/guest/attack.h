/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The attacks: each is a step of at most some milliseconds that a vCPU repeats. README.md describes
 * them.
 */
#ifndef GUEST_ATTACK_H
#define GUEST_ATTACK_H

#include "evil.h"

/*
 * The entries that attack "eagain" rewrites; Domain-0 copies from the first to the second
 * (vm/grantask.c).
 */
#define ATTACK_REF 8U

void attack_spin(struct evil *e);
void attack_steer(struct evil *e);
void attack_flush(struct evil *e);
void attack_nmi(struct evil *e);
void attack_eagain(struct evil *e);
void attack_log(struct evil *e);

/* attack_storm.c: what flush, nmi and eagain need; once, before the first step. */
void attack_storm_init(void);

#endif
