/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an exit of an HVM vCPU asks for, after the container has read the reason. v is current,
 * interrupts are on, its registers are in v->arch.regs, and what the functions change there counts.
 * length: of the instruction, by which rip moves on unless it faults.
 */
#ifndef HV_HVM_EXIT_H
#define HV_HVM_EXIT_H

#include <hv/hvm/hvm.h>

/* One I/O port access. */
struct hvm_io {
	uint16_t port;
	uint8_t size;		/* 1, 2, 4 */
	bool in, string, rep;
};

/* The instruction at rip is of `length` bytes, and done. */
static inline void hvm_skip(struct vcpu *v, unsigned int length)
{
	v->arch.regs.rip += length;
}

/* CPUID (hvm/leaves.c). */
void hvm_exit_cpuid(struct vcpu *v, unsigned int length);
/* RDMSR, WRMSR (hvm/msr.c). */
void hvm_exit_msr(struct vcpu *v, bool write, unsigned int length);
/* HLT (hvm/hvm.c). */
void hvm_exit_hlt(struct vcpu *v, unsigned int length);
/* IN and OUT (hvm/io.c). */
void hvm_exit_io(struct vcpu *v, const struct hvm_io *io, unsigned int length);
/* An access to guest physical memory that is not there (hvm/mmio.c). */
void hvm_exit_npf(struct vcpu *v, uint64_t gpa, bool write, bool fetch);
/* The hypercall instruction (hvm/hypercall.c). */
void hvm_exit_hypercall(struct vcpu *v, unsigned int length);
/* XSETBV (hvm/msr.c). */
void hvm_exit_xsetbv(struct vcpu *v, unsigned int length);
/* A triple fault (hvm/hvm.c). */
void hvm_exit_shutdown(struct vcpu *v);
/* An interrupt or an NMI that v's local APIC gets. Any context. (hvm/hvm.c) */
void hvm_interrupt(struct vcpu *v, unsigned int vector);

/* Raise #GP(0) in v, which is current. */
void hvm_gp(struct vcpu *v);
/* Raise #UD in v, which is current. */
void hvm_ud(struct vcpu *v);

/* ---- between the files of hvm/ ---- */

/* hvm/msr.c: the PAT of v, which is current or does not run. False: not a PAT. */
bool hvm_set_pat(struct vcpu *v, uint64_t value);
/* hvm/lapic.c: a register of v's local APIC is written, with all that follows. False: not so. */
bool hvm_lapic_write(struct vcpu *v, uint32_t offset, uint32_t value);
/* hvm/lapic.c: give the timer of v's local APIC its function. */
void hvm_lapic_init(struct vcpu *v);
/* hvm/lapic.c: set that timer to the next deadline of the APIC's registers, or stop it. */
void hvm_lapic_arm(struct vcpu *v);
/* hvm/lapic.c: `to` gets what the command icr_low says, by a level or not. Any context. */
void hvm_lapic_deliver(struct vcpu *to, uint32_t icr_low, bool level);
/* hvm/lapic.c: carry out the interrupt command. */
void hvm_lapic_send(struct vcpu *v, uint32_t icr_low, uint32_t dest);

/* hvm/guest_mem.c */
#define WALK_WRITE	1
#define WALK_USER	2
/* The gfn and the frame behind current's linear address va. 0 or -EFAULT. No reference is taken. */
int hvm_translate(struct vcpu *v, gaddr_t va, unsigned int access, uint64_t *gpa);
/* Copy size bytes from current's linear address src. 0 or -EFAULT, with a part copied. */
int hvm_copy_from(void *dst, gaddr_t src, size_t size);
/* Copy size bytes to current's linear address dst. 0 or -EFAULT, with a part copied. */
int hvm_copy_to(gaddr_t dst, const void *src, size_t size);
/* The frame behind v's linear address va, with a reference of the caller's in *out, or an error. */
int hvm_area_frame(struct vcpu *v, gaddr_t va, struct frame **out);

/* hvm/physmap.c: the 2^order frames from f stand at gfn. 0 or an error, with nothing entered. */
int hvm_populate(struct domain *d, uint64_t gfn, struct frame *f, unsigned int order);
/* hvm/physmap.c: gfn is empty, and what stood there has lost that reference. 0 or an error. */
int hvm_release(struct domain *d, uint64_t gfn);
/* hvm/physmap.c: struct hvm_hooks says what it does, as of the next one. */
int hvm_grant_enter(struct domain *d, uint64_t gpa, mfn_t m, bool read_only);
/* hvm/physmap.c: it stands there no more. */
int hvm_grant_leave(struct domain *d, uint64_t gpa, mfn_t m, bool read_only);
/* hvm/physmap.c: the operations of memory_op that only HVM guests have; arg: their argument. */
long hvm_physmap_op(unsigned int op, gaddr_t arg);
/* hvm/physmap.c: may an HVM guest make this operation of memory_op? */
bool hvm_memory_op_allowed(unsigned int op);
/* hvm/physmap.c: take out what d, which dies, has in its p2m. 0, or -ERESTART: there is more. */
int hvm_relinquish(struct domain *d);
/* Write the hypercall page at gfn. False: there is no such page. */
bool hvm_hypercall_page(struct domain *d, uint64_t gfn);

/* hvm/save.c */
long hvm_domctl(struct domain *d, struct xen_domctl *op);
/* VCPUOP_initialise: v, which is down, gets the registers of the vcpu_hvm_context at arg. */
long hvm_initialise(struct vcpu *v, gaddr_t arg);
/* Real mode at vector << 12, as after a SIPI. */
void hvm_start_real_mode(struct vcpu *v, uint8_t vector);

/* hvm/context.c: struct hvm_hooks says what it does, as of the next one. */
void hvm_get_registers(struct vcpu *v, struct vcpu_guest_context *c);
/* hvm/context.c: and back. */
int hvm_set_registers(struct vcpu *v, const struct vcpu_guest_context *c);

/* hvm/hvm_op.c */
hypercall_fn do_hvm_op;
/* The vector of the domain's event callback; 0: none. */
unsigned int hvm_callback_vector(const struct domain *d);

#endif
