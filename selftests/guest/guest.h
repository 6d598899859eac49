/* SPDX-License-Identifier: GPL-2.0-only */
/* The test kernel: one file a subject, README.md says how they go together. */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/callback.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/physdev.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>
#include <xen/xen.h>
#include "layout.h"

#include "mem.h"

#define PAGE_SIZE 4096UL
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define PTE_P	  1UL
#define PTE_RW	  2UL
#define PTE_US	  4UL
#define PTE_PWT	  8UL
#define PTE_PCD	  16UL
#define PTE_A	  32UL
#define PTE_D	  64UL
#define PTE_PSE	  128UL
#define PTE_NX	  (1UL << 63)
#define PTE_ADDR  0x000ffffffffff000UL
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum {
	EPERM = 1,
	ENOENT = 2,
	ESRCH = 3,
	EFAULT = 14,
	EBUSY = 16,
	EEXIST = 17,
	ENODEV = 19,
	EINVAL = 22,
	ENOSPC = 28,
	ENOSYS = 38,
	ENODATA = 61,
	ETIME = 62,
	EOPNOTSUPP = 95,
	ENOBUFS = 105,
	EACCES = 13,
	ENOMEM = 12,
	E2BIG = 7
};

/* Addresses that no copy may follow. */
#define BAD_UNMAPPED  0x00007000deadb000UL
#define BAD_HV	      0xffff820000000000UL
#define BAD_NONCANON  0x0000900000000000UL
#define BAD_WRAP      0xfffffffffffffff8UL

/* --- hypercalls --- */

static inline long hypercall(long nr, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
			     uint64_t a5)
{
	register uint64_t r10 __asm__("r10") = a4;
	register uint64_t r8 __asm__("r8") = a5;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10), "+r"(r8)
			 : "0"(nr)
			 : "rcx", "r11", "memory");
	return ret;
}

#define HC1(nr, a)	    hypercall(__HYPERVISOR_##nr, (uint64_t)(a), 0, 0, 0, 0)
#define HC2(nr, a, b)	    hypercall(__HYPERVISOR_##nr, (uint64_t)(a), (uint64_t)(b), 0, 0, 0)
#define HC3(nr, a, b, c) \
	hypercall(__HYPERVISOR_##nr, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), 0, 0)
#define HC4(nr, a, b, c, d) \
	hypercall(__HYPERVISOR_##nr, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), (uint64_t)(d), 0)

long call_page(unsigned int nr, uint64_t a1, uint64_t a2);

/* --- console.c --- */
void console_init(struct start_info *si);
void console_write(const char *text, size_t n);
/* Wait until the console daemon took all there is. */
void console_drain(void);
/* %s %d %u %x %lx %ld %c only. */
void print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void print_lock(void);
void print_unlock(void);

/* --- memory.c --- */
extern struct start_info *start_info;
extern struct shared_info *shared_info;
extern uint64_t *p2m;
extern uint64_t nr_pages, mapped_pages;

void memory_init(struct start_info *si);
/*
 * A zeroed, mapped page of the kernel's own; never given back. Ends the guest when there is none.
 */
void *page_new(void);
uint64_t mfn_of(const void *va);
uint64_t virt_to_maddr(const void *va);
/* The frame's number in the M2P; ~0 where there is none. */
uint64_t m2p(uint64_t mfn);
void *mfn_to_va(uint64_t mfn);
/* The entry that maps va, for reading; NULL: no L1 table there. */
uint64_t *pte_of(uint64_t va);
/* Its machine address; 0: none. */
uint64_t pte_maddr(uint64_t va);
long set_pte(uint64_t ptr, uint64_t val);
long set_va(const void *va, uint64_t pte, uint64_t flags);
/* Turn a page of ours read-only / writable again. */
long make_readonly(void *page);
long make_writable(void *page);
/* A frame number that is RAM of another domain, of the hypervisor, of nobody. */
uint64_t foreign_mfn(void);
uint64_t hypervisor_mfn(void);
uint64_t beyond_mfn(void);
/* A pseudo-physical page that the kernel has no mapping of; each call another one. */
uint64_t spare_pfn(void);
/* Map a fresh page as a table: read-only, zeroed. */
uint64_t *table_new(void);

/* --- trap.c --- */
struct regs {
	uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	uint64_t vector, error;
	uint64_t rip, cs, rflags, rsp, ss;
};
struct catch {
	uint64_t saved[7];
	bool active;
	struct regs regs; /* of the trap that was caught */
	uint64_t cr2;
};
struct cpu {
	unsigned int id;
	struct catch catch;
};
void traps_init(void);
void trap_table_load(void);
struct cpu *this_cpu(void);
struct vcpu_info *this_info(void);
/* Call fn(arg). -1: it returned; else the vector, and the rest is in this_cpu()->catch. */
int catch_trap(void (*fn)(void *), void *arg);
extern volatile uint32_t event_count[4096];
extern volatile uint64_t upcalls;
/*
 * An upcall ends what catch_trap() called, when it runs in user mode: evil mode's way out of a loop
 * there.
 */
extern bool upcall_ends_user;
/* NMIs are only counted, wherever they hit: who sends them wants the interrupt. */
extern bool nmis_expected;
extern volatile uint64_t nmis;
/* Called at the end of each upcall, if set. */
extern void (*volatile upcall_hook)(const struct regs *r);
void do_iret(void *frame) __attribute__((noreturn));
static inline void events_on(void)
{
	*(volatile uint8_t *)&this_info()->evtchn_upcall_mask = 0;
	__asm__ volatile("" ::: "memory");
	if (*(volatile uint8_t *)&this_info()->evtchn_upcall_pending)
		(void)HC2(xen_version, 0, 0);
}
static inline void events_off(void)
{
	*(volatile uint8_t *)&this_info()->evtchn_upcall_mask = 1;
}
uint64_t now_ns(void);

/* --- user.c --- */
/* Build a user address space. */
void user_init(void);
uint64_t user_l4_mfn(void);
#define USER_CODE  0x400000UL
#define USER_STACK 0x500000UL
/* Enter user mode by this frame; the vector of what ends it. */
int user_enter(const struct iret_context *frame, uint64_t rdi);
/* Run the blob with rax, rdi in user mode until it comes back; the vector. */
int user_run(uint64_t rax, uint64_t rdi, uint64_t rflags);

/* --- claim.c --- */
void group_begin(const char *name);
void group_end(void);
void claim(const char *text, bool holds);
/* The answer is `want`. */
void claim_is(const char *text, long got, long want);
/* The answer is one of two: only where the ABI leaves it open (README.md lists each). */
void claim_either(const char *text, long got, long a, long b);
/* A frame or entry that may not be used: -EINVAL or -EPERM (ABI.md 6.2). */
void claim_refused(const char *text, long got);
/* A negative answer, whichever. */
void claim_negative(const char *text, long got);

/* --- smp.c --- */
void cpu1_main(void);
extern volatile unsigned int cpu1_beats;
extern void (*volatile cpu1_work)(void);
void context_fill(struct vcpu_guest_context *c);

/* --- main.c --- */
const char *option(const char *name);
uint64_t option_number(const char *name, uint64_t otherwise);
void guest_end(unsigned int reason) __attribute__((noreturn));
extern uint16_t own_domid;

/* --- groups --- */
void group_version(void);
void group_privileged(void);
void group_memory(void);
void group_mmu(void);
void group_tables(void);
void group_va(void);
void group_mmuext(void);
void group_desc(void);
void group_trap(void);
void group_user(void);
void group_regs(void);
void group_event(void);
void group_sched(void);
void group_vcpu(void);
void group_grant(void);
void group_copy(void);
void group_physdev(void);
void group_multicall(void);
void group_l4(void);
void group_segment(void);
void group_cpu(void);
void group_fpu(void);
void crash_run(const char *how);
void evil_run(void);
void attack_run(void);

#endif
