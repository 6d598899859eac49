// SPDX-License-Identifier: GPL-2.0-only
/*
 * Privileged instructions of a guest kernel, which raise #GP in ring 3 (ABI.md 9), and the
 * CPUID that is marked by a prefix (ABI.md 5.3). What is not known goes back to the guest as
 * the fault that it was.
 */
#include <hv/trap/privop.h>
#include <arch/msr.h>
#include <hv/console/printk.h>
#include <hv/domain/cpu_policy.h>
#include <hv/domain/cpuid.h>
#include <hv/domain/domain.h>
#include <hv/sched/sched.h>
#include <hv/trace/trace.h>
#include <hv/trap/debugreg.h>
#include <hv/trap/decode.h>
#include <hv/trap/ioport.h>
#include <hv/trap/umip.h>
#include <x86/context.h>
#include <x86/cpu.h>
#include <x86/fpu.h>
#include <x86/msr.h>
#include <x86/uaccess.h>

#define CR0_TS BIT64(3)

static uint64_t read_virtual_cr4(const struct vcpu *v)
{
	return CR4_PAE | CR4_MCE | CR4_OSFXSR | CR4_OSXMMEXCPT | v->arch.guest_cr4;
}

static bool read_control(struct vcpu *v, unsigned int cr, uint64_t *val)
{
	switch (cr) {
	case 0: *val = (read_cr0() & ~CR0_TS) | (v->arch.cr0_ts ? CR0_TS : 0); return true;
	case 2: *val = v->arch.cr2; return true;
	case 3: *val = v->arch.cr3_kernel; return true;
	case 4: *val = read_virtual_cr4(v); return true;
	default: return false;
	}
}

static bool write_control(struct vcpu *v, unsigned int cr, uint64_t val)
{
	switch (cr) {
	case 0:
		v->arch.cr0_ts = val & CR0_TS;
		write_cr0((read_cr0() & ~CR0_TS) | (val & CR0_TS));
		return true;
	case 2: v->arch.cr2 = val; return true;
	case 4:
		v->arch.guest_cr4 = val & cpu_policy_cr4(v->domain->cpu_policy);
		vcpu_load_cr4(v);
		return true;
	default: return false;	/* CR3 goes by MMUEXT_NEW_BASEPTR */
	}
}

static bool set_xcr0(struct vcpu *v)
{
	uint64_t val = v->arch.regs.rdx << 32 | (uint32_t)v->arch.regs.rax;

	/* Without XSAVE the mask is 0, and nothing is allowed. */
	if ((uint32_t)v->arch.regs.rcx != 0 ||
	    !fpu_xcr0_ok(val, cpu_policy_xcr0(v->domain->cpu_policy)))
		return false;
	v->arch.xcr0 = val;
	xsetbv(0, val);
	return true;
}

static void put_pair(struct regs *r, uint64_t val)
{
	r->rax = (uint32_t)val;
	r->rdx = val >> 32;
}

/* False: its kernel wants it to fault in user mode. */
static bool emulate_cpuid(struct vcpu *v)
{
	struct regs *r = &v->arch.regs;
	struct cpuid_regs out;

	if (!v->arch.kernel_mode && v->arch.cpuid_faulting)
		return false;
	guest_cpuid(v, (uint32_t)r->rax, (uint32_t)r->rcx, &out);
	r->rax = out.a;
	r->rbx = out.b;
	r->rcx = out.c;
	r->rdx = out.d;
	return true;
}

static bool two_byte(struct vcpu *v, const struct insn *i)
{
	struct regs *r = &v->arch.regs;
	uint64_t val;

	switch (i->opcode) {
	case 0x01:
		return i->mod == 3 && (i->reg & 7) == 2 && (i->rm & 7) == 1 && set_xcr0(v);
	case 0x06:
		v->arch.cr0_ts = false;
		write_cr0(read_cr0() & ~CR0_TS);
		return true;
	case 0x09:	/* not INVD: that would lose what others wrote */
		if (v->domain->privileged)
			__asm__ volatile("wbinvd" ::: "memory");
		return true;
	case 0x20:
		if (!read_control(v, i->reg, &val))
			return false;
		*insn_register(r, i->rm) = val;
		return true;
	case 0x22: return write_control(v, i->reg, *insn_register(r, i->rm));
	case 0x21: return !debugreg_read(v, i->reg, insn_register(r, i->rm));
	case 0x23: return !debugreg_write(v, i->reg, *insn_register(r, i->rm));
	case 0x30: return guest_wrmsr(v, (uint32_t)r->rcx, r->rdx << 32 | (uint32_t)r->rax);
	case 0x31: put_pair(r, rdtsc()); return true;
	case 0x32:
		if (!guest_rdmsr(v, (uint32_t)r->rcx, &val))
			return false;
		put_pair(r, val);
		return true;
	case 0xa2: return emulate_cpuid(v);
	default: return false;
	}
}

static bool one_byte(struct vcpu *v, const struct insn *i)
{
	switch (i->opcode) {
	case 0xe4: case 0xe5: case 0xec: case 0xed:	/* IN */
	case 0xe6: case 0xe7: case 0xee: case 0xef:	/* OUT */
		return guest_io(v, i);
	case 0x6c: case 0x6d: case 0x6e: case 0x6f: return guest_io_string(v, i);
	case 0xfa:
	case 0xfb: return true;	/* no effect: the event mask is what counts */
	case 0xf4:
		vcpu_block_current();
		return true;
	default: return false;
	}
}

/* The instruction at RIP; fewer bytes are fine at the end of mapped code. */
static unsigned int fetch_instruction(struct vcpu *v, uint8_t *bytes)
{
	uint64_t rip = v->arch.regs.rip;
	unsigned int in_page = PAGE_SIZE - (rip & ~PAGE_MASK);

	if (!copy_from_guest(bytes, rip, INSN_MAX))
		return INSN_MAX;
	in_page = MIN(INSN_MAX, in_page);
	return copy_from_guest(bytes, rip, in_page) ? 0 : in_page;
}

/*
 * A user program may do what its kernel has allowed: I/O by IOPL or bitmap, CLI and STI by IOPL;
 * and CPUID, which faults where the CPU can make it.
 */
static bool user_may(struct vcpu *v, const struct insn *i)
{
	if (i->two_byte)
		return i->opcode == 0xa2;
	if (i->opcode == 0xf4)
		return false;
	return i->opcode == 0xfa || i->opcode == 0xfb ? v->trap.iopl == 3 : user_may_io(v, i);
}

/* I/O, CLI and STI of a kernel, by its IOPL: it is ring 1, or ring 0 with the assist. */
static bool kernel_may(const struct vcpu *v, const struct insn *i)
{
	return i->two_byte || i->opcode == 0xf4 || v->trap.iopl >= 1 ||
	       v->domain->trap.vm_assist & BIT64(VMASST_TYPE_architectural_iopl);
}

bool emulate_privileged(struct vcpu *v)
{
	uint8_t bytes[INSN_MAX];
	unsigned int n;
	struct insn i;
	bool known;

	if (v->arch.regs.error_code)
		return false;
	n = fetch_instruction(v, bytes);
	known = n && insn_decode(bytes, n, &i);
	/* What UMIP makes fault has the opcodes 0f 00 and 0f 01, and is rare. */
	if (cpu_features.umip && (!known || (i.two_byte && i.opcode <= 1)) &&
	    emulate_umip(v, bytes, n))
		return true;
	if (!known)
		return false;
	if (v->arch.kernel_mode ? !kernel_may(v, &i) : !user_may(v, &i))
		return false;
	if (!(i.two_byte ? two_byte(v, &i) : one_byte(v, &i))) {
		log_debug("d%uv%u: refused %s%02x at %016lx rcx %lx\n", v->domain->id, v->id,
			  i.two_byte ? "0f " : "", i.opcode, v->arch.regs.rip, v->arch.regs.rcx);
		return false;
	}
	if (trace_wants(TRC_PV))
		trace_address(TRC_PV_EMULATE_PRIVOP, v->arch.regs.rip);
	if (!i.rep || i.two_byte)
		v->arch.regs.rip += i.length;
	v->arch.regs.rflags &= ~RFLAGS_RF;
	return true;
}

bool emulate_forced_cpuid(struct vcpu *v)
{
	static const uint8_t marked[7] = {0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2};
	uint8_t bytes[7];

	if (copy_from_guest(bytes, v->arch.regs.rip, 7))
		return false;
	for (unsigned int k = 0; k < 7; k++)
		if (bytes[k] != marked[k])
			return false;
	if (!emulate_cpuid(v))
		return false;
	if (trace_wants(TRC_PV))
		trace_address(TRC_PV_FORCED_INVALID_OP, v->arch.regs.rip);
	v->arch.regs.rip += 7;
	return true;
}
