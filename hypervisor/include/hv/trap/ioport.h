/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's IN and OUT (trap/ioport.c). */
#ifndef HV_TRAP_IOPORT_H
#define HV_TRAP_IOPORT_H

#include <hv/trap/decode.h>

/*
 * May the user program that runs do this, by its kernel's virtual IOPL or I/O bitmap (a clear bit
 * allows)?
 */
bool user_may_io(struct vcpu *v, const struct insn *i);
/* Carry out one IN or OUT of v, which is current. True always. */
bool guest_io(struct vcpu *v, const struct insn *i);
/*
 * One element of INS or OUTS; with REP the guest comes again for the next: RIP is left, until RCX
 * is 0.
 */
bool guest_io_string(struct vcpu *v, const struct insn *i);

#endif
