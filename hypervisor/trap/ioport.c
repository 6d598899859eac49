// SPDX-License-Identifier: GPL-2.0-only
/*
 * I/O ports (ABI.md 9.3). Domain-0 reaches the machine's, but for those that the hypervisor drives
 * itself; the PCI and CMOS index registers are latched for it. Everybody else, and Domain-0 where
 * it may not, reads ones.
 */
#include <hv/trap/ioport.h>
#include <hv/domain/domain.h>
#include <hv/irq/pci.h>
#include <x86/context.h>
#include <x86/rtc.h>
#include <x86/uaccess.h>
#include <x86/uart.h>
#include <arch/io.h>

#define ONES 0xffffffffu

static bool is_ours(uint16_t port)
{
	return (port >= 0x20 && port <= 0x21) || (port >= 0xa0 && port <= 0xa1) ||
	       (port >= 0x40 && port <= 0x43) || port == 0x61 || port == 0x4d0 || port == 0x4d1 ||
	       uart_owns_port(port);
}

static uint32_t port_read(struct domain *d, uint16_t port, unsigned int size)
{
	if (port == 0x42)	/* ends the guest's calibration loop at once (ABI.md 7.2) */
		return 0;
	if (!d->privileged || is_ours(port))
		return ONES;
	if (port == 0xcf8 && size == 4)
		return d->trap.pci_cf8;
	if (port >= 0xcfc && port <= 0xcff)
		return port + size <= 0xd00 ? pci_guest_read(d, d->trap.pci_cf8, port & 3, size)
					    : ONES;
	if ((port == 0x70 || port == 0x71) && size == 1)
		return port == 0x70 ? d->trap.cmos_index : cmos_read(d->trap.cmos_index);
	switch (size) {
	case 1: return inb(port);
	case 2: return inw(port);
	default: return inl(port);
	}
}

static void port_write(struct domain *d, uint16_t port, unsigned int size, uint32_t v)
{
	if (!d->privileged || is_ours(port))
		return;
	if (port == 0xcf8 && size == 4) {
		d->trap.pci_cf8 = v;
	} else if (port >= 0xcfc && port <= 0xcff) {
		if (port + size <= 0xd00)
			pci_guest_write(d, d->trap.pci_cf8, port & 3, size, v);
	} else if (port == 0x70 && size == 1) {
		d->trap.cmos_index = (uint8_t)v;
	} else if (port == 0x71 && size == 1) {
		cmos_write(d->trap.cmos_index, (uint8_t)v);
	} else if (size == 1) {
		outb(port, (uint8_t)v);
	} else if (size == 2) {
		outw(port, (uint16_t)v);
	} else {
		outl(port, v);
	}
}

static uint16_t io_port(const struct regs *r, const struct insn *i)
{
	return i->opcode & 8 ? (uint16_t)r->rdx : (uint8_t)i->imm;
}

static unsigned int io_size(const struct insn *i)
{
	return i->size == 8 ? 4 : i->size;
}

bool user_may_io(struct vcpu *v, const struct insn *i)
{
	unsigned int port = io_port(&v->arch.regs, i), size = io_size(i), first = port & 7,
		     n = first + size > 8 ? 2 : 1;
	uint8_t bits[2] = {0xff, 0xff};
	int rc;

	if (v->trap.iopl == 3)
		return true;
	if (port + size > v->trap.iobitmap_ports)
		return false;
	/* The bitmap is the kernel's, and the user's tables do not map it. */
	toggle_guest_mode(v);
	rc = copy_from_guest(bits, v->trap.iobitmap + port / 8, n);
	toggle_guest_mode(v);
	return !rc && !((bits[0] | bits[1] << 8) >> first & ((1u << size) - 1));
}

bool guest_io(struct vcpu *v, const struct insn *i)
{
	struct regs *r = &v->arch.regs;
	unsigned int size = io_size(i);
	uint16_t port = io_port(r, i);

	if (i->opcode & 2)
		port_write(v->domain, port, size, (uint32_t)insn_read_register(r, i, 0, size));
	else
		insn_write_register(r, i, 0, size, port_read(v->domain, port, size));
	return true;
}

bool guest_io_string(struct vcpu *v, const struct insn *i)
{
	struct regs *r = &v->arch.regs;
	unsigned int size = io_size(i);
	uint64_t step = r->rflags & RFLAGS_DF ? -(uint64_t)size : size;
	bool out = i->opcode & 2;

	/* REP: a bounded number of elements at a time, and the guest comes again for the rest. */
	for (unsigned int n = 0; n < (i->rep ? 256 : 1); n++) {
		uint32_t val = 0;

		if (i->rep && !r->rcx)
			break;
		if (out) {
			if (copy_from_guest(&val, r->rsi, size))
				return false;
			port_write(v->domain, (uint16_t)r->rdx, size, val);
			r->rsi += step;
		} else {
			if (clear_guest(r->rdi,
					size)) /* find a fault before the device loses the datum */
				return false;
			val = port_read(v->domain, (uint16_t)r->rdx, size);
			if (copy_to_guest(r->rdi, &val, size))
				return false;
			r->rdi += step;
		}
		if (i->rep)
			r->rcx--;
	}
	if (i->rep && !r->rcx)
		r->rip += i->length;
	return true;
}
