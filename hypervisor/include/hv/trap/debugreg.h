/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's debug registers (trap/debugreg.c). Registers 4 and 5 are other names of 6 and 7. */
#ifndef HV_TRAP_DEBUGREG_H
#define HV_TRAP_DEBUGREG_H

#include <hv/types.h>

struct vcpu;

/*
 * Give register reg of v, which does not run, a value. 0, -EPERM (an address of the hypervisor, or
 * a bit that a guest may not set), -EINVAL (no such register).
 */
int debugreg_set(struct vcpu *v, unsigned int reg, uint64_t val);
/*
 * Write register reg of v, which is the current vCPU: the CPU has it at once. Errors
 * as above.
 */
int debugreg_write(struct vcpu *v, unsigned int reg, uint64_t val);
/* Read register reg of v into val. 0, -EINVAL. */
int debugreg_read(const struct vcpu *v, unsigned int reg, uint64_t *val);

#endif
