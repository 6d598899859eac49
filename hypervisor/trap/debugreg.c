// SPDX-License-Identifier: GPL-2.0-only
/* A guest's debug registers: by hypercall, and by the instruction. */
#include <hv/trap/debugreg.h>
#include <arch/msr.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/hypercall/hypercall.h>
#include <hv/lib/lib.h>
#include <x86/context.h>
#include <x86/uaccess.h>

#define DR7_ALWAYS	UINT64_C(0x400)
#define DR7_FORBIDDEN	UINT64_C(0xffffffff0000fc00 & ~0x400)	/* GD, RTM and what is reserved */

int debugreg_set(struct vcpu *v, unsigned int reg, uint64_t val)
{
	switch (reg) {
	case 0 ... 3:
		if (!canonical(val) || !guest_range_ok(val, 8))
			return -EPERM;
		v->arch.dr[reg] = val;
		return 0;
	case 4:
	case 6: v->arch.dr[6] = (val & UINT64_C(0xe00f)) | UINT64_C(0xffff0ff0); return 0;
	case 5:
	case 7:
		if (val & DR7_FORBIDDEN)
			return -EPERM;
		for (unsigned int i = 0; i < 4; i++)	/* I/O breakpoints: condition 2 */
			if ((val >> (16 + i * 4) & 3) == 2)
				return -EPERM;
		v->arch.dr[7] = val | DR7_ALWAYS;
		return 0;
	default: return -EINVAL;
	}
}

int debugreg_write(struct vcpu *v, unsigned int reg, uint64_t val)
{
	int rc = debugreg_set(v, reg, val);

	if (!rc)
		debug_registers_load(v);
	return rc;
}

int debugreg_read(const struct vcpu *v, unsigned int reg, uint64_t *val)
{
	if (reg == 4 || reg == 5)
		reg += 2;
	if (reg >= 8)
		return -EINVAL;
	*val = v->arch.dr[index_nospec(reg, 8)];
	return 0;
}

/*
 * do_set_debugreg(reg, value): 0, -EPERM (an address or a bit that is ours), -EINVAL. Source:
 * ABI.md 3.9.
 */
HYPERCALL(do_set_debugreg)
{
	(void)a3, (void)a4, (void)a5, (void)a6;
	return debugreg_write(current, (unsigned int)a1, a2);
}

/* do_get_debugreg(reg): the value, or -EINVAL. */
HYPERCALL(do_get_debugreg)
{
	uint64_t val;
	int rc = debugreg_read(current, (unsigned int)a1, &val);

	(void)a2, (void)a3, (void)a4, (void)a5, (void)a6;
	return rc ? rc : (long)val;
}
