/* SPDX-License-Identifier: GPL-2.0-only */
/* Exceptions in kernel mode, privileged instructions, and the frames that iret accepts. */
#include "guest.h"

extern char trap_stubs[], syscall_entry[], event_entry[], failsafe_entry[];

static void do_int3(void *a) { (void)a; __asm__ volatile("int3"); }
static void do_ud2(void *a) { (void)a; __asm__ volatile("ud2"); }
static void do_div(void *a)
{
	(void)a;
	__asm__ volatile("xor %%edx, %%edx; xor %%ecx, %%ecx; mov $1, %%eax; div %%ecx" ::
				 : "eax", "ecx", "edx");
}
static void do_read(void *a) { (void)*(volatile uint64_t *)a; }
static void do_write(void *a) { *(volatile uint64_t *)a = 1; }
static void do_call(void *a) { ((void (*)(void))a)(); }
static void do_rdmsr(void *a)
{
	__asm__ volatile("rdmsr" ::"c"((uint32_t)(uint64_t)a) : "eax", "edx");
}
static void do_wrmsr(void *a)
{
	__asm__ volatile("wrmsr" ::"c"((uint32_t)(uint64_t)a), "a"(0), "d"(0));
}
static void do_lgdt(void *a) { __asm__ volatile("lgdt (%0)" :: "r"(a)); }
static void do_ltr(void *a) { __asm__ volatile("ltr %w0" :: "r"((uint64_t)a)); }
static void do_invd(void *a) { (void)a; __asm__ volatile("invd"); }
static void do_fninit(void *a) { (void)a; __asm__ volatile("fninit"); }
static void do_cli(void *a) { (void)a; __asm__ volatile("cli; sti"); }

static void in_ports(void *a)
{
	uint32_t *v = a;

	__asm__ volatile("inl %w1, %0" : "=a"(v[0]) : "d"(0x1f0));
	__asm__ volatile("inb %w1, %b0" : "=a"(v[1]) : "d"(0x60), "0"(0));
	__asm__ volatile("outb %b0, %w1" :: "a"(0xfe), "d"(0x64));
	__asm__ volatile("outl %0, %w1" :: "a"(0x2000), "d"(0x604));
	__asm__ volatile("outb %b0, %w1" :: "a"('!'), "d"(0x3f8));
	__asm__ volatile("outb %b0, %w1" :: "a"(6), "d"(0xcf9));
}

static void read_cr3(void *a)
{
	__asm__ volatile("mov %%cr3, %0" : "=r"(*(uint64_t *)a));
}

static void load_cr3(void *a)
{
	__asm__ volatile("mov %0, %%cr3" :: "r"(a));
}

static void exceptions(void)
{
	const struct catch *c = &this_cpu()->catch;
	void *ro = page_new();

	claim_is("breakpoint", catch_trap(do_int3, NULL), 3);
	claim("comes with the kernel's CS and events masked",
	      !(c->regs.cs & 3) && (c->regs.cs >> 32 & 0xff) == 1 && !(c->regs.rflags & 0x200));
	claim_is("undefined instruction", catch_trap(do_ud2, NULL), 6);
	claim("at its own address", *(uint16_t *)c->regs.rip == 0x0b0f);
	claim_is("division by zero", catch_trap(do_div, NULL), 0);
	claim_is("read what is not mapped", catch_trap(do_read, (void *)0x123456789000), 14);
	claim("cr2 and error code", c->cr2 == 0x123456789000 && c->regs.error == 0);
	(void)make_readonly(ro);
	claim_is("write what is read-only", catch_trap(do_write, ro), 14);
	claim("cr2 and error code", c->cr2 == (uint64_t)ro && c->regs.error == 3);
	claim_is("call what is not mapped", catch_trap(do_call, (void *)0x123456789000), 14);
	claim_is("read a non-canonical address", catch_trap(do_read, (void *)BAD_NONCANON), 13);
	claim_is("read the hypervisor", catch_trap(do_read, (void *)BAD_HV), 14);
	claim_is("write the hypervisor", catch_trap(do_write, (void *)BAD_HV), 14);
	claim_is("jump into the hypervisor", catch_trap(do_call, (void *)BAD_HV), 14);
	claim_is("read the M2P", catch_trap(do_read, (void *)MACH2PHYS_VIRT_START + 0x8000), -1);
	claim_is("write the M2P", catch_trap(do_write, (void *)MACH2PHYS_VIRT_START + 0x8000), 14);
	claim_is("read the M2P's last entry", catch_trap(do_read, (void *)MACH2PHYS_VIRT_END - 8),
		 14);
}

static void set_iopl(uint32_t to)
{
	struct physdev_set_iopl iopl = {.iopl = to};

	(void)HC2(physdev_op, PHYSDEVOP_set_iopl, &iopl);
}

static void by_iopl(void)
{
	uint32_t ports[2];

	set_iopl(0);
	claim_is("at IOPL 0 a port faults", catch_trap(in_ports, ports), 13);
	claim_is("and cli", catch_trap(do_cli, NULL), 13);
	claim_is("assist: the IOPL is in the flags",
		 HC2(vm_assist, VMASST_CMD_enable, VMASST_TYPE_architectural_iopl), 0);
	claim_is("at IOPL 0 a port does not fault then", catch_trap(in_ports, ports), -1);
	claim_is("nor cli", catch_trap(do_cli, NULL), -1);
	set_iopl(2);
	(void)catch_trap(do_ud2, NULL);
	claim_is("a frame shows IOPL 2", this_cpu()->catch.regs.rflags >> 12 & 3, 2);
	(void)HC2(vm_assist, VMASST_CMD_disable, VMASST_TYPE_architectural_iopl);
	(void)catch_trap(do_ud2, NULL);
	claim_is("and nothing without the assist", this_cpu()->catch.regs.rflags >> 12 & 3, 0);
	set_iopl(1);
}

static void instructions(void)
{
	struct physdev_set_iopl iopl = {.iopl = 1};
	uint32_t ports[2] = {0, 0}, a = 0x40000000, b, c, d;
	uint64_t cr3 = 0;

	(void)HC2(physdev_op, PHYSDEVOP_set_iopl, &iopl);
	claim_is("ports of others: reads and writes do not fault", catch_trap(in_ports, ports), -1);
	claim("they read as ones", ports[0] == 0xffffffff && (ports[1] & 0xff) == 0xff);
	claim_is("cli and sti are let pass", catch_trap(do_cli, NULL), -1);
	by_iopl();
	claim_is("read CR3", catch_trap(read_cr3, &cr3), -1);
	claim_is("it is the root table", (long)(cr3 >> 12),
		 (long)mfn_of((void *)start_info->pt_base));
	claim_is("load another domain's frame into CR3",
		 catch_trap(load_cr3, (void *)(foreign_mfn() << 12)), 13);
	claim_is("an MSR that is not", catch_trap(do_rdmsr, (void *)0x12345678), 13);
	claim_is("write an MSR that is not", catch_trap(do_wrmsr, (void *)0x12345678), 13);
	claim_is("read EFER", catch_trap(do_rdmsr, (void *)0xc0000080), -1);
	claim_is("lgdt", catch_trap(do_lgdt, ports), 13);
	claim_is("ltr", catch_trap(do_ltr, (void *)0xe040), 13);
	claim_is("invd", catch_trap(do_invd, NULL), 13);
	__asm__ volatile(XEN_CPUID : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
	claim("the marked CPUID names the hypervisor",
	      b == 0x566e6558 && c == 0x65584d4d && d == 0x4d4d566e);
	claim_is("set TS", HC1(fpu_taskswitch, 1), 0);
	claim_is("an FPU instruction then traps", catch_trap(do_fninit, NULL), 7);
	claim_is("once", catch_trap(do_fninit, NULL), -1);
	claim_is("clear TS", HC1(fpu_taskswitch, 0), 0);
}

/* What the CPU's table registers are stored to: ten bytes of sixteen. */
static uint8_t table[16], other[16];

static void do_sgdt(void *a) { __asm__ volatile("sgdt (%0)" :: "r"(a) : "memory"); }
static void do_sidt(void *a) { __asm__ volatile("sidt (%0)" :: "r"(a) : "memory"); }
static void do_smsw(void *a) { __asm__ volatile("smsw (%0)" :: "r"(a) : "memory"); }
static void sidt_index(void *a)
{
	__asm__ volatile("sidt 16(%0,%1,8)" ::"r"(a), "r"(-2L) : "memory");
}
static void sidt_rip(void *a) { (void)a; __asm__ volatile("sidt other(%%rip)" ::: "memory"); }
static void sidt_fs(void *a) { __asm__ volatile("sidt %%fs:(%0)" :: "r"(a) : "memory"); }

static void registers(void *a)
{
	uint64_t *r = a;

	__asm__ volatile("str %0" : "=r"(r[0]));
	__asm__ volatile("sldt %0" : "=r"(r[1]));
	__asm__ volatile("smsw %0" : "=r"(r[2]));
	__asm__ volatile("mov $-1, %0; str %k0" : "=r"(r[3]));
	__asm__ volatile("mov $-1, %0; str %w0" : "=r"(r[4]));
}

/*
 * Stored by another form of address: limit and the address's upper half are those of `table` on all
 * CPUs.
 */
static bool stored_alike(void (*fn)(void *), void *a)
{
	memset(other, 0xaa, sizeof(other));
	return catch_trap(fn, a) == -1 && !memcmp(other, table, 2) &&
	       !memcmp(other + 8, table + 8, 8);
}

/* Instructions that fault in ring 3 under UMIP, which a PV kernel is not told of. */
static void table_registers(void)
{
	const struct catch *c = &this_cpu()->catch;
	uint64_t r[5], base, here = (uint64_t)other;
	void *ro = page_new();

	memset(table, 0xaa, sizeof(table));
	claim_is("sidt", catch_trap(do_sidt, table), -1);
	claim("stores ten bytes", table[9] != 0xaa && table[10] == 0xaa);
	claim("sidt by base and index", stored_alike(sidt_index, other));
	claim("sidt by RIP", stored_alike(sidt_rip, NULL));
	claim_is("FS base", HC2(set_segment_base, SEGBASE_FS, here - 0x1000), 0);
	claim("sidt by FS", stored_alike(sidt_fs, (void *)0x1000));
	memcpy(&base, table + 2, sizeof(base));
	print("# the table of interrupts is said to be at %lx\n", base);
	claim_is("sgdt", catch_trap(do_sgdt, other), -1);
	claim_is("str, sldt and smsw of registers", catch_trap(registers, r), -1);
	claim("the TSS, no LDT but ours, protected mode",
	      r[0] == 0xe040 && (!r[1] || r[1] == 0xe050) && (r[2] & 1));
	claim("32 bits clear the upper half, 16 leave it",
	      r[3] == 0xe040 && r[4] == 0xffffffffffffe040);
	memset(other, 0xaa, sizeof(other));
	claim_is("smsw of memory", catch_trap(do_smsw, other), -1);
	claim("stores two bytes", !memcmp(other, &r[2], 2) && other[2] == 0xaa);
	claim_is("sidt to what is not mapped", catch_trap(do_sidt, (void *)0x123456789000), 14);
	claim("cr2 and error code: a write", c->cr2 == 0x123456789000 && (c->regs.error & 3) == 2);
	(void)make_readonly(ro);
	claim_is("sidt to what is read-only", catch_trap(do_sidt, ro), 14);
	claim("cr2", c->cr2 == (uint64_t)ro);
	claim_is("sidt to the hypervisor", catch_trap(do_sidt, (void *)BAD_HV), 14);
	claim_is("sidt to a non-canonical address", catch_trap(do_sidt, (void *)BAD_NONCANON), 13);
}

static struct iret_context frame;

static void iret_frame(void *a)
{
	do_iret(a);
}

static int iret_to(uint64_t rip, uint64_t cs, uint64_t rflags, uint64_t ss)
{
	static uint8_t stack[4096] __attribute__((aligned(16)));

	frame = (struct iret_context){
		.rip = rip, .cs = cs, .rflags = rflags, .rsp = (uint64_t)stack + 4096, .ss = ss};
	return catch_trap(iret_frame, &frame);
}

static void report_ud(void)
{
	__asm__ volatile("pushfq; pop %%rdi; ud2" ::: "rdi");
}

static void iret_frames(void)
{
	const struct catch *c = &this_cpu()->catch;
	uint64_t rip = (uint64_t)report_ud;
	int v;

	claim_is("iret to the kernel", iret_to(rip, FLAT_KERNEL_CS & ~3UL, 2, FLAT_KERNEL_SS), 6);
	claim_is("iret with IOPL 3, VM, NT and a set TF gives no IOPL",
		 iret_to(rip, FLAT_KERNEL_CS & ~3UL, 0x27002, FLAT_KERNEL_SS), 6);
	claim("the flags have IOPL 0 and interrupts on",
	      !(c->regs.rdi & 0x3000) && (c->regs.rdi & 0x200));
	claim_either("iret with a bad CS", iret_to(rip, 0x1230, 2, FLAT_KERNEL_SS), 13,
		     TRAP_FAILSAFE);
	claim_either("iret with the hypervisor's CS", iret_to(rip, 0xe008, 2, FLAT_KERNEL_SS), 13,
		     TRAP_FAILSAFE);
	claim_either("iret with a null CS", iret_to(rip, 0, 2, FLAT_KERNEL_SS), 13, TRAP_FAILSAFE);
	claim_either("iret with a bad SS", iret_to(rip, FLAT_KERNEL_CS & ~3UL, 2, 0x1230), 13,
		     TRAP_FAILSAFE);
	claim_either("iret with the TSS as SS", iret_to(rip, FLAT_KERNEL_CS & ~3UL, 2, 0xe040), 13,
		     TRAP_FAILSAFE);
	v = iret_to(BAD_NONCANON, FLAT_KERNEL_CS & ~3UL, 2, FLAT_KERNEL_SS);
	claim("iret to a non-canonical address", v == 13 || v == TRAP_FAILSAFE);
	claim_is("iret into the hypervisor",
		 iret_to(BAD_HV, FLAT_KERNEL_CS & ~3UL, 2, FLAT_KERNEL_SS), 14);
	claim_is("single step", iret_to(rip, FLAT_KERNEL_CS & ~3UL, 0x102, FLAT_KERNEL_SS), 1);
}

/* The callback for NMIs is an entry of the trap table by another name. */
static void nmi_callback(void)
{
	struct callback_register c = {.type = CALLBACKTYPE_nmi,
				      .address = (uint64_t)trap_stubs + 2 * 32};
	struct callback_unregister u = {.type = CALLBACKTYPE_nmi};
	uint64_t before = nmis;

	nmis_expected = true;
	claim_is("no handlers but one", HC1(set_trap_table, 0), 0);
	claim_is("for NMIs", HC2(callback_op, CALLBACKOP_register, &c), 0);
	claim_is("an NMI to itself", HC3(vcpu_op, VCPUOP_send_nmi, this_cpu()->id, NULL), 0);
	claim("it comes to the callback", nmis == before + 1);
	trap_table_load();
	claim_is("the callback is taken back", HC2(callback_op, CALLBACKOP_unregister, &u), 0);
	nmis_expected = false;
}

static void registration(void)
{
	struct trap_info t[2] = {{.vector = 5, .address = BAD_NONCANON}, {0}};
	struct callback_register c = {.type = 77};
	struct callback_unregister u = {.type = CALLBACKTYPE_event};

	claim_is("a trap table at a bad address", HC1(set_trap_table, BAD_UNMAPPED), -EFAULT);
	claim_is("a trap table in the hypervisor's range", HC1(set_trap_table, BAD_HV), -EFAULT);
	claim_is("a handler at a non-canonical address", HC1(set_trap_table, t), -EINVAL);
	claim_is("no handlers", HC1(set_trap_table, 0), 0);
	trap_table_load();
	claim_is("the table works again", catch_trap(do_ud2, NULL), 6);
	claim_is("an unknown kind of callback", HC2(callback_op, CALLBACKOP_register, &c), -ENOSYS);
	c.type = CALLBACKTYPE_sysenter;
	c.address = BAD_NONCANON;
	claim_is("a callback at a non-canonical address", HC2(callback_op, CALLBACKOP_register, &c),
		 -EINVAL);
	claim_is("a callback from an unmapped argument",
		 HC2(callback_op, CALLBACKOP_register, BAD_UNMAPPED), -EFAULT);
	claim_is("the event callback cannot be taken back",
		 HC2(callback_op, CALLBACKOP_unregister, &u), -EINVAL);
	claim_is("an unknown callback operation", HC2(callback_op, 9, &u), -ENOSYS);
	claim_is("set_callbacks", HC3(set_callbacks, event_entry, failsafe_entry, syscall_entry),
		 0);
	traps_init();
}

void group_trap(void)
{
	exceptions();
	instructions();
	table_registers();
	iret_frames();
	nmi_callback();
	registration();
}
