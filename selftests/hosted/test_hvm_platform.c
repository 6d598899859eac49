/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The devices of a PC together, above a container that only plays a script. Claim: a tick of the
 * timer, a line of the device model and a PCI pin reach the vCPU by the PIC or the I/O APIC as they
 * are set up; a level comes again until it goes; ports lead to their device; and a random sequence
 * of all of it leaves no line up and no timer behind.
 */
/* sources: hypervisor/hvm/hvm.c hypervisor/hvm/p2m.c hypervisor/hvm/physmap.c */
/* sources: hypervisor/hvm/guest_mem.c hypervisor/hvm/hvm_op.c hypervisor/hvm/hypercall.c */
/* sources: hypervisor/hvm/save.c hypervisor/hvm/lapic.c hypervisor/hvm/vlapic.c */
/* sources: hypervisor/hvm/msr.c hypervisor/hvm/leaves.c hypervisor/hvm/io.c */
/* sources: hypervisor/hvm/context.c hypervisor/hvm/mmio.c */
/* sources: hypervisor/trap/decode.c hypervisor/trap/insn_bytes.c */
/* sources: hypervisor/hvm/platform.c hypervisor/hvm/vpic.c hypervisor/hvm/vioapic.c */
/* sources: hypervisor/hvm/vpit.c hypervisor/hvm/vrtc.c hypervisor/hvm/vpmtimer.c */
/* sources: hypervisor/mm/frame.c hypervisor/mm/promote.c hypervisor/mm/pte_rules.c */
/* sources: hypervisor/mm/desc_rules.c hypervisor/mm/alloc.c hypervisor/mm/buddy.c */
/* sources: hypervisor/mm/m2p.c hypervisor/mm/iomem.c hypervisor/mm/mmu_op.c */
/* sources: hypervisor/mm/mmuext_op.c hypervisor/mm/domain_mm.c */
#define WORLD_FRAMES 512U
#include "mm_world.h"

#include "hvm_world.h"
#include <hv/hvm/platform.h>

static jmp_buf out;
static struct hvm_platform *platform;

static void leave(struct vcpu *v, unsigned int run)
{
	(void)v, (void)run;
	longjmp(out, 1);
}

/* To the guest's entry: the vector that is injected on the way, 0: none. */
static unsigned int enter(void)
{
	injected = 0;
	script = leave;
	if (!setjmp(out))
		hvm_loop();
	irq_enable();
	return injected;
}

static uint32_t io(uint16_t port, unsigned int size, bool in, uint32_t value)
{
	struct hvm_io a = {.port = port, .size = (uint8_t)size, .in = in};

	vcpu[0].arch.regs.rax = 0x1122334400000000 | value;
	hvm_exit_io(&vcpu[0], &a, 2);
	return (uint32_t)vcpu[0].arch.regs.rax;
}

static void outb(uint16_t port, uint8_t value)
{
	(void)io(port, 1, false, value);
}

static uint8_t inb(uint16_t port)
{
	return (uint8_t)io(port, 1, true, 0);
}

/* A vCPU whose APIC lets the PIC through, with vectors from 0x20 on; its pins of the I/O APIC are
 * masked. */
static void begin(void)
{
	static const uint8_t words[][2] = {{0x20, 0x11}, {0xa0, 0x11}, {0x21, 0x20}, {0xa1, 0x28},
					   {0x21, 4},	 {0xa1, 2},    {0x21, 1},    {0xa1, 1},
					   {0x21, 0},	 {0xa1, 0}};

	start();
	now = 1000000;
	if (hvm_platform_init(dom, 1792584000))
		abort();
	platform = dom->hvm->platform;
	vcpu[0].arch.regs.rflags = RFLAGS_IF | 2;
	(void)hvm_lapic_write(&vcpu[0], 0xf0, 0x1ff);
	(void)hvm_lapic_write(&vcpu[0], 0x350, 0x700);
	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++)
		outb(words[i][0], words[i][1]);
}

static void ioapic(unsigned int nr, uint32_t low, uint8_t dest)
{
	hvm_platform_ioapic_write(platform, 0, 0x11 + 2 * nr);
	hvm_platform_ioapic_write(platform, 0x10, (uint32_t)dest << 24);
	hvm_platform_ioapic_write(platform, 0, 0x10 + 2 * nr);
	hvm_platform_ioapic_write(platform, 0x10, low);
}

/* Time goes on to the timer's moment. */
static bool fire(void)
{
	struct timer *t = &platform->timer;

	if (!t->armed)
		return false;
	now = MAX(now, t->deadline);
	t->armed = false;
	t->fn(t->data);
	return true;
}

static void test_ports(void)
{
	begin();
	outb(0x21, 0xfb);
	result(inb(0x21) == 0xfb && platform->pic.chip[0].imr == 0xfb, "the PIC's ports");
	outb(0x61, 1);
	result((inb(0x61) & 1) && (io(0x60, 2, true, 0) & 0xffff) == 0xffff,
	       "the PIT's; an access that begins elsewhere is another's");
	result((io(0x20, 2, true, 0) & 0xffff) == 0xfb00, "two of them in one access");
	outb(0x70, 4);
	result(inb(0x71) == 0x12, "the clock's");
	outb(0x70, 0x14);
	result(inb(0x71) == 0xff, "but not the memory behind it");
	now += 1000000000;
	result(io(0x1f48, 4, true, 0) - 3579545 < 10000, "the ACPI timer's");
	(void)io(0xcf8, 4, false, 0x80001234);
	outb(0xcf8, 5);
	result(io(0xcf8, 4, true, 0) == 0x80001234 && inb(0xcf8) == 0xff &&
		       vcpu[0].arch.regs.rip % 2 == 0 && !crashes,
	       "and the address of PCI's configuration, in 32 bits only");
	end();
}

static void test_pic(void)
{
	begin();
	result(!enter() && !window, "without a line nothing comes");
	outb(0x43, 0x34), outb(0x40, 0x9c), outb(0x40, 0x2e);
	kicks = 0;
	result(fire() && kicks == 1 && enter() == 0x20, "a tick of the timer wakes vCPU 0");
	result(fire() && !enter(), "the next waits for its end");
	outb(0x20, 0x20);
	result(enter() == 0x20, "and then comes");
	outb(0x20, 0x20);
	if_blocked = true;
	(void)fire();
	result(!enter() && window, "where it cannot be taken, the guest exits when it can");
	if_blocked = false;
	vlapic_raise(&vcpu[0].hvm->lapic, 0x90);
	result(enter() == 0x20, "before an interrupt of the local APIC");
	outb(0x20, 0x20);
	result(enter() == 0x90, "which follows");
	(void)hvm_lapic_write(&vcpu[0], 0xb0, 0);
	(void)hvm_lapic_write(&vcpu[0], 0x350, 0x10700);
	(void)fire();
	result(!enter(), "a mask of LINT0 holds it back");
	(void)vlapic_set_base(&vcpu[0].hvm->lapic, APIC_ADDRESS | APIC_BASE_BSP);
	result(enter() == 0x20, "an APIC that is off does not");
	outb(0x20, 0x20);
	hvm_platform_isa(platform, 4, true);
	vcpu[0].sched.blocked = false;
	blocked_calls = 0;
	hvm_exit_hlt(&vcpu[0], 1);
	result(!blocked_calls && enter() == 0x24, "HLT does not sleep over it");
	outb(0x20, 0x20);
	result(!hvm_platform_isa(platform, 16, true), "there is no interrupt 16");
	end();
}

static void test_ioapic(void)
{
	begin();
	outb(0x21, 0xff), outb(0xa1, 0xff);
	ioapic(2, 0x50, 0);
	ioapic(1, 0x851, 0);
	ioapic(12, 0x8060, 2);
	outb(0x43, 0x34), outb(0x40, 0x9c), outb(0x40, 0x2e);
	result(fire() && enter() == 0x50, "the timer is input 2 of the I/O APIC");
	(void)hvm_lapic_write(&vcpu[0], 0xb0, 0);
	hvm_platform_isa(platform, 12, true);
	result(!enter() && vlapic_next(&vcpu[1].hvm->lapic) == 0, "an APIC that is off takes none");
	(void)hvm_lapic_write(&vcpu[1], 0xf0, 0x1ff);
	hvm_platform_end(platform, 0x60);
	result(vlapic_next(&vcpu[1].hvm->lapic) == 0x60, "a level is tried again at its end");
	vlapic_accept(&vcpu[1].hvm->lapic, 0x60);
	(void)hvm_lapic_write(&vcpu[1], 0xb0, 0);
	result(vlapic_next(&vcpu[1].hvm->lapic) == 0x60, "and comes again while it is there");
	vlapic_accept(&vcpu[1].hvm->lapic, 0x60);
	hvm_platform_isa(platform, 12, false);
	(void)hvm_lapic_write(&vcpu[1], 0xb0, 0);
	result(!vlapic_next(&vcpu[1].hvm->lapic), "and no more when it is gone");
	(void)hvm_lapic_write(&vcpu[0], 0xd0, 0x01000000);
	ioapic(1, 0x851, 1);
	hvm_platform_isa(platform, 1, true);
	result(enter() == 0x51, "logical destinations");
	(void)hvm_lapic_write(&vcpu[0], 0xb0, 0);
	ioapic(5, 0x400, 4);
	hvm_platform_isa(platform, 5, true);
	result(vcpu[2].hvm->requests == REQUEST_NMI, "an NMI");
	end();
}

static void test_pci(void)
{
	begin();
	ioapic(16 + 12, 0x8070, 0);
	outb(0x4d0, 0x20), outb(0x4d1, 0x0c);
	result(hvm_platform_pci(platform, 3, 0, true) && enter() == 0x70,
	       "a pin of a PCI device is an input of the I/O APIC");
	hvm_platform_pci(platform, 10, 3, true), hvm_platform_pci(platform, 10, 3, true);
	hvm_platform_pci(platform, 3, 0, false);
	result(platform->gsi_count[12] == 1 && (platform->ioapic.lines >> 28 & 1),
	       "which devices share");
	hvm_platform_pci(platform, 10, 3, false);
	result(!(platform->ioapic.lines >> 28 & 1), "until the last has let go");
	(void)hvm_lapic_write(&vcpu[0], 0xb0, 0);
	result(!enter() && hvm_platform_route(platform, 3, 5) &&
		       hvm_platform_pci(platform, 3, 0, true) && enter() == 0x25,
	       "its link drives an ISA interrupt");
	outb(0x20, 0x20);
	result(hvm_platform_route(platform, 3, 11) && !(platform->pic.chip[0].lines >> 5 & 1) &&
		       (platform->pic.chip[1].lines >> 3 & 1),
	       "another, when it is routed there");
	hvm_platform_route(platform, 3, 0);
	result(!(platform->pic.chip[1].lines >> 3 & 1), "or none");
	result(!hvm_platform_pci(platform, 32, 0, true) &&
		       !hvm_platform_pci(platform, 0, 4, true) &&
		       !hvm_platform_route(platform, 4, 1) && !hvm_platform_route(platform, 0, 16),
	       "what is not there is refused");
	end();
}

static void test_clocks(void)
{
	begin();
	outb(0x70, 11), outb(0x71, 0x12);
	result(fire() && now % 1000000000 == 0 && enter() == 0x28, "the clock's update");
	outb(0xa0, 0x20), outb(0x20, 0x20);
	outb(0x70, 12);
	result((inb(0x71) & 0x90) == 0x90 && fire() && enter() == 0x28, "again, when it was seen");
	outb(0xa0, 0x20), outb(0x20, 0x20);
	outb(0x70, 11), outb(0x71, 2);
	outb(0x4d1, 2);
	(void)io(0x1f42, 2, false, 1);
	result(fire() && enter() == 0x29, "the ACPI timer's carry is interrupt 9");
	outb(0xa0, 0x20), outb(0x20, 0x20);
	result(enter() == 0x29, "a level");
	(void)io(0x1f40, 2, false, 1);
	outb(0xa0, 0x20), outb(0x20, 0x20);
	result(!enter(), "until it is cleared");
	end();
}

static void test_random(void)
{
	static const uint16_t ports[] = {0x20, 0x21, 0xa0, 0xa1, 0x40, 0x43, 0x61, 0x70,
					 0x71, 0x4d0, 0x1f40, 0x1f42, 0x1f48, 0xcf8};
	unsigned int taken = 0;

	begin();
	srand(1981);
	for (unsigned int step = 0; step < 200000; step++) {
		switch (rand() % 8) {
		case 0:
		case 1:
			(void)io(ports[rand() % 14], 1u << rand() % 3, rand() % 2,
				 (uint32_t)rand());
			break;
		case 2: hvm_platform_isa(platform, (unsigned int)rand() % 17, rand() % 2); break;
		case 3:
			hvm_platform_pci(platform, (unsigned int)rand() % 33,
					 (unsigned int)rand() % 5, rand() % 2);
			break;
		case 4:
			hvm_platform_route(platform, (unsigned int)rand() % 5,
					   (unsigned int)rand() % 17);
			break;
		case 5:
			ioapic((unsigned int)rand() % 50, (uint32_t)rand(),
			       (uint8_t)(rand() % 6));
			break;
		case 6:
			(void)fire();
			(void)hvm_lapic_write(&vcpu[rand() % 3], 0xb0, 0);
			break;
		default: taken += enter() != 0; break;
		}
	}
	for (unsigned int i = 0; i < 128; i++)
		hvm_platform_pci(platform, i / 4, i % 4, false);
	bool good = true;

	for (unsigned int i = 0; i < 32; i++)
		good &= !platform->gsi_count[i] && !(platform->ioapic.lines >> (16 + i) & 1);
	for (unsigned int i = 0; i < PCI_LINKS; i++)
		good &= !platform->link_count[i];
	result(good && taken > 100 && !crashes, "200,000 random steps, and no line stays up");
	hvm_platform_destroy(dom);
	result(!dom->hvm->platform, "and it goes");
	end();
}

int main(void)
{
	test_ports();
	test_pic();
	test_ioapic();
	test_pci();
	test_clocks();
	test_random();
	printf("1..%u\n", world_number);
	return world_failures != 0;
}
