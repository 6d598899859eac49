/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An HVM guest's access to memory that is not there, whose instruction is the guest's bytes. The
 * first byte of the input says the size of the code and where the access is. Claim: an accepted
 * instruction is no longer than the input, nor than 15 bytes, and cut short it is none; carried
 * out, it changes one register at most, and rip by its length.
 */
/* sources: hypervisor/hvm/mmio.c hypervisor/trap/decode.c hypervisor/trap/insn_bytes.c */
#include <hv/errno.h>
#include <hv/hvm/container.h>
#include <hv/hvm/exit.h>
#include <hv/hvm/mmio.h>
#include <hv/hvm/platform.h>
#include <hv/lib/lib.h>
#include <hv/time/clock.h>

#include "quiet.h"

static struct hvm_platform platform;
static struct hvm_domain hvm;
static struct hvm_vcpu hvcpu;
static struct domain dom = {.hvm = &hvm};
static struct vcpu vcpu = {.domain = &dom, .is_hvm = 1, .hvm = &hvcpu};
static const uint8_t *code;
static size_t code_size;
static unsigned int mode_size, crashes;

uint64_t now_ns(void)
{
	return 0;
}

void domain_crash(struct domain *d, const char *fmt, ...)
{
	(void)d, (void)fmt;
	crashes++;
}

bool vlapic_read(const struct vlapic *l, uint32_t offset, uint64_t now, uint32_t *value)
{
	(void)l, (void)now;
	*value = offset;
	return true;
}

bool hvm_lapic_write(struct vcpu *v, uint32_t offset, uint32_t value)
{
	(void)v, (void)value;
	CLAIM(!(offset & 0xf) && offset < 0x1000);
	return true;
}

uint32_t hvm_platform_ioapic_read(struct hvm_platform *p, uint32_t offset)
{
	(void)p;
	CLAIM(offset < 0x1000);
	return offset;
}

void hvm_platform_ioapic_write(struct hvm_platform *p, uint32_t offset, uint32_t value)
{
	(void)p, (void)value;
	CLAIM(offset < 0x1000);
}

void hvm_gp(struct vcpu *v)
{
	(void)v;
}

bool p2m_read_only(const struct p2m *p, uint64_t gfn)
{
	(void)p, (void)gfn;
	return false;
}

int hvm_copy_from(void *dst, gaddr_t src, size_t size)
{
	if (src < 0x1000 || src + size > 0x1000 + code_size)
		return -EFAULT;
	memcpy(dst, code + (src - 0x1000), size);
	return 0;
}

static mfn_t frame_of(const struct domain *d, uint64_t gfn)
{
	(void)d, (void)gfn;
	return MFN_NONE;
}

static void mode(const struct vcpu *v, struct hvm_mode *m)
{
	(void)v;
	*m = (struct hvm_mode){.long_mode = mode_size == 8, .code_size = mode_size};
}

static const struct hvm_hooks hooks = {.frame_of = frame_of};
static const struct hvm_container container = {.mode = mode};

static void decode(const uint8_t *bytes, unsigned int n)
{
	struct mmio_insn i, shorter;

	if (!mmio_decode(bytes, n, mode_size, &i))
		return;
	CLAIM(i.length && i.length <= n && i.length <= INSN_MAX && i.reg < 16);
	CLAIM(i.size == 1 || i.size == 2 || i.size == 4 || i.size == 8);
	CLAIM(i.what == MMIO_MOVE ? !i.immediate || i.write : !i.write && !i.widen);
	CLAIM(!i.widen || (!i.write && i.size <= 2));
	CLAIM(!mmio_decode(bytes, i.length - 1u, mode_size, &shorter));
	CLAIM(mmio_decode(bytes, i.length, mode_size, &shorter) &&
	      memcmp(&i, &shorter, sizeof(i)) == 0);
}

static void carry_out(uint64_t gpa, bool write)
{
	struct regs *r = &vcpu.arch.regs, before;
	unsigned int changed = 0;
	uint64_t *a = (uint64_t *)r, *b = (uint64_t *)&before;

	memset(r, 0x5a, sizeof(*r));
	r->rip = 0x1000;
	before = *r;
	crashes = 0;
	hvm_exit_npf(&vcpu, gpa, write, false);
	CLAIM(crashes + (r->rip != 0x1000) == 1);
	CLAIM(r->rip - 0x1000 <= INSN_MAX);
	r->rip = before.rip;
	for (size_t i = 0; i < sizeof(*r) / sizeof(*a); i++)
		changed += a[i] != b[i];
	CLAIM(changed <= (write || crashes ? 0 : 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	uint8_t how = (uint8_t)take(&in, 1);

	hvm.hooks = &hooks;
	hvm.container = &container;
	hvm.platform = how & 0x80 ? &platform : NULL;
	hvcpu.lapic.base = APIC_ADDRESS | APIC_BASE_ON | (how & 8 ? APIC_BASE_X2 : 0);
	mode_size = 2u << how % 3;
	code = in.data;
	code_size = in.size < 20 ? in.size : 20;
	decode(code, (unsigned int)code_size);
	carry_out((how & 16 ? APIC_ADDRESS : VIOAPIC_ADDRESS) + (how & 0xe0), how & 4);
	return 0;
}
