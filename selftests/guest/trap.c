/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traps and events: each is counted, and passed to the function that expects it; an unexpected one
 * ends the run with a line that says where it occurred.
 */
#include "guest.h"

volatile uint32_t event_count[4096];
volatile uint64_t upcalls, nmis;
bool upcall_ends_user, nmis_expected;
void (*volatile upcall_hook)(const struct regs *r);

extern char trap_stubs[], int80_entry[], syscall_entry[], event_entry[], failsafe_entry[];
extern char cpu0_stack[], cpu1_stack[];
void catch_leave(void);
void catch_enter(struct catch *c, void (*fn)(void *), void *arg);
void trap_handler(struct regs *r);

static struct cpu cpus[2] = {{.id = 0}, {.id = 1}};
static struct trap_info table[34];

/* By the stack, so whoever makes a stack pointer for the kernel makes one in here. */
struct cpu *this_cpu(void)
{
	uint64_t sp;

	__asm__("mov %%rsp, %0" : "=r"(sp));
	return &cpus[sp >= (uint64_t)cpu1_stack && sp < (uint64_t)cpu1_stack + STACK_SIZE];
}

struct vcpu_info *this_info(void)
{
	return &shared_info->vcpu_info[this_cpu()->id];
}

void trap_table_load(void)
{
	unsigned int i;

	for (i = 0; i < 32; i++) {
		table[i].vector = (uint8_t)i;
		table[i].cs = FLAT_KERNEL_CS;
		table[i].flags = i == 3 || i == 4 ? 3 : 0;
		table[i].address = (uint64_t)trap_stubs + i * 32;
	}
	table[32].vector = 0x80;
	table[32].cs = FLAT_KERNEL_CS;
	table[32].flags = 3;
	table[32].address = (uint64_t)int80_entry;
	table[33].address = 0;
	(void)HC1(set_trap_table, table);
}

static void callback(uint16_t type, uint16_t flags, void *address)
{
	struct callback_register c = {.type = type, .flags = flags, .address = (uint64_t)address};

	(void)HC2(callback_op, CALLBACKOP_register, &c);
}

void traps_init(void)
{
	trap_table_load();
	callback(CALLBACKTYPE_event, 0, event_entry);
	callback(CALLBACKTYPE_failsafe, CALLBACKF_mask_events, failsafe_entry);
	callback(CALLBACKTYPE_syscall, CALLBACKF_mask_events, syscall_entry);
	(void)HC2(stack_switch, FLAT_KERNEL_SS,
		  (this_cpu()->id ? cpu1_stack : cpu0_stack) + STACK_SIZE / 2);
}

/* All pending ports of the 2-level ABI. */
static void take_events(void)
{
	struct vcpu_info *info = this_info();
	uint64_t words, bits;

	upcalls++;
	__atomic_store_n(&info->evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST);
	words = __atomic_exchange_n(&info->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
	for (; words; words &= words - 1) {
		unsigned int w = (unsigned int)__builtin_ctzl(words);

		bits = __atomic_load_n(&shared_info->evtchn_pending[w], __ATOMIC_SEQ_CST) &
		       ~shared_info->evtchn_mask[w];
		(void)__atomic_fetch_and(&shared_info->evtchn_pending[w], ~bits, __ATOMIC_SEQ_CST);
		for (; bits; bits &= bits - 1)
			event_count[w * 64 + (unsigned int)__builtin_ctzl(bits)]++;
	}
}

void trap_handler(struct regs *r)
{
	struct catch *c = &this_cpu()->catch;

	if (r->vector == 2 && nmis_expected) {
		nmis++;
		return;
	}
	if (r->vector == TRAP_EVENT) {
		take_events();
		if (upcall_hook)
			upcall_hook(r);
		if (!upcall_ends_user || !c->active || (r->cs & 3) != 3)
			return;
	}
	if (c->active) {
		c->active = false;
		c->cr2 = this_info()->arch.cr2;
		c->regs = *r;
		r->rip = (uint64_t)catch_leave;
		r->rdi = (uint64_t)c;
		r->cs = FLAT_KERNEL_CS & ~3UL;
		r->ss = FLAT_KERNEL_SS;
		r->rflags = 2;	/* events masked */
		r->rsp = c->saved[6] - 256;
		return;
	}
	/* A breakpoint that the evil mode has set hits anywhere. */
	if (upcall_ends_user && r->vector == 1)
		return;
	print("not ok - unexpected trap %lu error %lx rip %lx cs %lx rsp %lx cr2 %lx\n", r->vector,
	      r->error, r->rip, r->cs, r->rsp, this_info()->arch.cr2);
	guest_end(SHUTDOWN_crash);
}

int catch_trap(void (*fn)(void *), void *arg)
{
	struct catch *c = &this_cpu()->catch;

	c->active = true;
	c->regs.vector = ~0UL;
	catch_enter(c, fn, arg);
	c->active = false;
	return (int)c->regs.vector;
}

uint64_t now_ns(void)
{
	volatile struct vcpu_time_info *t = &this_info()->time;
	uint32_t version, lo, hi;
	uint64_t delta, time;

	do {
		version = t->version;
		__asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi) :: "memory");
		delta = ((uint64_t)hi << 32 | lo) - t->tsc_timestamp;
		delta = t->tsc_shift < 0 ? delta >> -t->tsc_shift : delta << t->tsc_shift;
		time = t->system_time +
		       (uint64_t)((unsigned __int128)delta * t->tsc_to_system_mul >> 32);
		__asm__ volatile("" ::: "memory");
	} while ((version & 1) || version != t->version);
	return time;
}
