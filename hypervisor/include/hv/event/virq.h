/* SPDX-License-Identifier: GPL-2.0-only */
/* Virtual interrupts (event/virq.c). */
#ifndef HV_EVENT_VIRQ_H
#define HV_EVENT_VIRQ_H

#include <hv/types.h>

/*
 * Raise a virtual interrupt of v's, if its guest has bound it. Any context, also from interrupt
 * handlers; no lock of the domain's is needed.
 */
void send_vcpu_virq(struct vcpu *v, unsigned int virq);
/* The same to the domain that handles it: Domain-0 by default. Any context. */
void send_global_virq(unsigned int virq);
/* Does anybody listen to it? Any context; may change at once. */
bool global_virq_bound(unsigned int virq);
/* One a vCPU in the guest's eyes (true), or one for the whole system (false). */
bool virq_is_per_vcpu(uint32_t virq);

#endif
