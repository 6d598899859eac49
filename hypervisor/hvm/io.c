// SPDX-License-Identifier: GPL-2.0-only
/*
 * I/O ports. A PVH guest has no device: reads give ones, writes go nowhere, but for two ports.
 * Kernels time the TSC by the counter of a PIT, tens of thousands of reads, until it is not what
 * they expect; a counter that reads 0 ends that at once. And port 0xe9 takes characters for our
 * log, a line at a time. An HVM guest's platform comes first (hvm/platform.c).
 */
#include <hv/console/printk.h>
#include <hv/hvm/container.h>
#include <hv/hvm/exit.h>
#include <hv/hvm/platform.h>

#define PORT_PIT_COUNTER	0x42
#define PORT_DEBUG		0xe9
#define STRING_MOST		512u	/* elements of one exit */

static void put_character(struct domain *d, char c)
{
	struct hvm_domain *h = d->hvm;
	unsigned int n = atomic_load(&h->line_length);

	/* Two vCPUs may write at once: their characters mix, within the line. */
	if (c != '\n' && n < sizeof(h->line) - 1) {
		h->line[n] = c >= ' ' && c <= '~' ? c : '?';
		atomic_store(&h->line_length, n + 1);
		return;
	}
	h->line[n < sizeof(h->line) ? n : 0] = '\0';
	atomic_store(&h->line_length, 0);
	log_guest("(d%u) %s\n", d->id, h->line);
}

/*
 * OUTS in 64-bit kernel code, which early consoles use: bytes for our log, and nothing else has a
 * place to go. After STRING_MOST elements the guest makes the rest again. False: not this form.
 */
static bool string_out(struct vcpu *v, const struct hvm_io *io, unsigned int length)
{
	struct regs *r = &v->arch.regs;
	uint64_t count = io->rep ? r->rcx : 1, done;
	struct hvm_mode m;
	uint8_t byte;

	v->domain->hvm->container->mode(v, &m);
	if (io->in || io->size != 1 || !m.long_mode || m.cpl || (r->rflags & RFLAGS_DF))
		return false;
	for (done = 0; done < count && done < STRING_MOST; done++) {
		if (hvm_copy_from(&byte, r->rsi + done, 1))
			return false;
		if (io->port == PORT_DEBUG)
			put_character(v->domain, (char)byte);
	}
	r->rsi += done;
	if (io->rep)
		r->rcx -= done;
	if (done == count)
		hvm_skip(v, length);
	return true;
}

/* What IN reads; OUT leaves the register alone. */
static void answer(struct regs *r, const struct hvm_io *io, uint32_t value)
{
	uint64_t mask = (UINT64_C(1) << io->size * 8) - 1;

	if (!io->in)
		return;
	/* 32 bits clear the upper half; less leave the rest as it is. */
	r->rax = io->size == 4 ? value : (r->rax & ~mask) | (value & mask);
}

void hvm_exit_io(struct vcpu *v, const struct hvm_io *io, unsigned int length)
{
	struct regs *r = &v->arch.regs;
	uint64_t ones = io->port == PORT_PIT_COUNTER ? 0 : ~UINT64_C(0);
	uint32_t value;

	if (io->string) {
		if (string_out(v, io, length))
			return;
		domain_crash(v->domain, "string I/O at port %x is not emulated", io->port);
		return;
	}
	if (unlikely(v->domain->hvm->platform)) {
		value = (uint32_t)r->rax;
		if (hvm_platform_io(v, io, &value)) {
			answer(r, io, value);
			hvm_skip(v, length);
			return;
		}
	}
	if (io->in)
		answer(r, io, (uint32_t)ones);
	else if (io->port == PORT_DEBUG)
		put_character(v->domain, (char)r->rax);
	hvm_skip(v, length);
}
