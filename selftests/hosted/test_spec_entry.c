/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: a block of the entry code runs when, and only when, its feature is patched in; it writes
 * the registers that it should, leaves the stack where it was, and touches the registers that it
 * may. Indirect branches of each kind arrive.
 */
/* sources: hypervisor/x86/patch.c hypervisor/x86/spec.S hypervisor/x86/thunk.S */
/* sources: selftests/hosted/spec_entry.S */
/* libs: -no-pie -Wl,-z,noexecstack */
#include <sys/mman.h>

#include <hv/layout.h>
#include <x86/cpu.h>
#include <x86/patch.h>
#include <x86/protection.h>

#include "log_capture.h"

struct seen {
	uint64_t rax, rcx, rdx, r12, rsp;
};
struct entry_vcpu {	/* as asm-offsets.h has it */
	uint32_t spec_hv, spec_guest;
	uint16_t verw_selector;
	uint8_t entry_ibpb, pad[5];
};

void run_SPEC_ENTER_GUEST(const struct entry_vcpu *v, struct seen *s);
void run_SPEC_EXIT_GUEST(const struct entry_vcpu *v, struct seen *s);
void run_SPEC_ENTER_IST(const struct entry_vcpu *v, struct seen *s);
void run_SPEC_EXIT_IST(const struct entry_vcpu *v, struct seen *s);
void run_exit_last(const struct entry_vcpu *v);
void call_through_all(void);
extern char blocks_start[], blocks_end[], thunks_start[];
extern struct {
	uint32_t msr, value;
} noted[16];
extern uint64_t noted_count, target_calls;
extern uint16_t verw_operand;
extern const struct patch_site patch_sites_start[], patch_sites_end[];

static const struct entry_vcpu plain = {.spec_hv = 0x401,
					.spec_guest = 0x2,
					.verw_selector = 0x1110},
			       barrier = {.spec_hv = 1, .entry_ibpb = 1, .verw_selector = 0x1110};
static char original[8192];

void host_cpuid(uint32_t leaf, uint32_t sub, struct cpuid_regs *out)
{
	(void)leaf, (void)sub;
	*out = (struct cpuid_regs){0};
}

static void patched(uint32_t features)
{
	memcpy(blocks_start, original, (size_t)(blocks_end - blocks_start));
	patch_entry(features);
}

/* Run a block; the writes that it has noted are these. */
static bool runs(void (*block)(const struct entry_vcpu *, struct seen *),
		 const struct entry_vcpu *v, struct seen *s, unsigned int n,
		 const uint32_t (*writes)[2])
{
	noted_count = 0;
	verw_operand = 0;
	*s = (struct seen){0};
	block(v, s);
	if (noted_count != n || s->rsp)
		return false;
	for (unsigned int i = 0; i < n; i++)
		if (noted[i].msr != writes[i][0] || noted[i].value != writes[i][1])
			return false;
	return true;
}

#define WROTE(...) (const uint32_t[][2]){__VA_ARGS__}
#define B(f) (1u << SPEC_##f)

static bool untouched(const struct seen *s)
{
	return s->rax == 0x5555 && s->rcx == 0x5555 && s->rdx == 0x5555 && s->r12 == 0x1234;
}

static void test_off(void)
{
	struct seen s[4];

	patched(0);
	result(runs(run_SPEC_ENTER_GUEST, &barrier, &s[0], 0, NULL) &&
		       runs(run_SPEC_EXIT_GUEST, &barrier, &s[1], 0, NULL) &&
		       runs(run_SPEC_ENTER_IST, &barrier, &s[2], 0, NULL) &&
		       runs(run_SPEC_EXIT_IST, &barrier, &s[3], 0, NULL),
	       "off: nothing is written");
	result(untouched(&s[0]) && untouched(&s[1]) && untouched(&s[2]) && untouched(&s[3]),
	       "and no register changes");
	run_exit_last(&plain);
	result(verw_operand == 0, "no VERW either");
}

static void test_on(void)
{
	struct seen s;

	patched(B(IBRS));
	result(runs(run_SPEC_ENTER_GUEST, &plain, &s, 1, WROTE({0x48, 0x401})),
	       "IBRS: the hypervisor's SPEC_CTRL on entry");
	result(runs(run_SPEC_EXIT_GUEST, &plain, &s, 1, WROTE({0x48, 2})), "the guest's on exit");
	result(runs(run_SPEC_ENTER_IST, &plain, &s, 1, WROTE({0x48, 0x47f})) && s.r12 == 0x77,
	       "IST: added to what was there, which is kept");
	result(runs(run_SPEC_EXIT_IST, &plain, &s, 1, WROTE({0x48, 0x1234})), "and put back");
	patched(B(IBPB));
	result(runs(run_SPEC_ENTER_GUEST, &barrier, &s, 1, WROTE({0x49, 1})) &&
		       runs(run_SPEC_ENTER_GUEST, &plain, &s, 0, NULL),
	       "IBPB: for the vCPU that asks for it, and no other");
	patched(B(IBRS) | B(IBPB));
	result(runs(run_SPEC_ENTER_GUEST, &barrier, &s, 2, WROTE({0x48, 1}, {0x49, 1})),
	       "both, IBRS first");
	patched(B(RSB));
	result(runs(run_SPEC_ENTER_GUEST, &plain, &s, 0, NULL) && s.rcx == 0 &&
		       runs(run_SPEC_ENTER_IST, &plain, &s, 0, NULL) && s.rcx == 0 &&
		       s.rax == 0x5555,
	       "RSB: the return stack is filled, the stack is where it was");
	result(runs(run_SPEC_EXIT_GUEST, &plain, &s, 0, NULL) && untouched(&s), "not on exit");
	patched(B(BHB));
	result(runs(run_SPEC_ENTER_GUEST, &plain, &s, 0, NULL) && s.rcx == 0 && s.rax == 0 &&
		       runs(run_SPEC_ENTER_IST, &plain, &s, 0, NULL) && s.rcx == 0 && s.rax == 0,
	       "BHB: the branch history is cleared");
	patched(B(DIV));
	result(runs(run_SPEC_EXIT_GUEST, &plain, &s, 0, NULL) && s.rax == 1 && s.rdx == 0 &&
		       s.rcx == 1 && runs(run_SPEC_ENTER_GUEST, &plain, &s, 0, NULL) &&
		       untouched(&s),
	       "DIV: a division on exit");
	patched(B(VERW));
	run_exit_last(&plain);
	result(verw_operand == 0x1110, "VERW: last of all, with the selector of the vCPU's page");
	result(runs(run_SPEC_EXIT_IST, &plain, &s, 0, NULL) && verw_operand == SEL_HV_DS &&
		       untouched(&s),
	       "and on the way back from an IST");
}

static void test_sites(void)
{
	static uint8_t code[2][8] = {{0xe9, 1, 2, 3, 4, 0x90}, {0xe9, 5, 6, 7, 8, 0x90}};
	struct patch_site sites[] = {{(uint64_t)code[0], SPEC_RSB}, {(uint64_t)code[1], SPEC_DIV}};

	result(patch_sites(sites, sites + 2, B(DIV)) == 1 &&
		       memcmp(code[0], "\xe9\1\2\3\4\x90", 6) == 0 &&
		       memcmp(code[1], "\x0f\x1f\x44\0\0\x90", 6) == 0,
	       "a site becomes a NOP of its size, its neighbours stay");
	result(patch_sites_end - patch_sites_start == 14, "there are 14 sites in the blocks");
}

static void test_thunks(void)
{
	bool arrive = true, differ, upper = true;
	char bodies[3][32];

	for (unsigned int kind = THUNK_RETPOLINE; kind <= THUNK_JMP; kind++) {
		patch_thunks((enum thunk)kind);
		memcpy(bodies[kind - THUNK_RETPOLINE], thunks_start, 32);
		target_calls = 0;
		call_through_all();
		arrive &= target_calls == 15;
	}
	differ = memcmp(bodies[0], bodies[1], 32) && memcmp(bodies[1], bodies[2], 32) &&
		 memcmp(bodies[0], bodies[2], 32);
	result(arrive && differ,
	       "calls through each thunk of each kind arrive, and the kinds differ");
	result((uint8_t)bodies[0][0] == 0xe8 && memcmp(bodies[1], "\x0f\xae\xe8\xff\xe0", 5) == 0 &&
		       memcmp(bodies[2], "\xff\xe0\xcc", 3) == 0,
	       "call; lfence, jmp *%rax; jmp *%rax");
	for (unsigned int i = 0; i < 15; i++)
		upper &= ((uint64_t)thunks_start + i * 64) % 64 == 32;
	result(upper, "each lies in the upper half of a cache line");
}

int main(void)
{
	size_t size = (size_t)(blocks_end - blocks_start);
	char *thunks = (char *)((uint64_t)thunks_start & ~4095UL);

	if (size > sizeof(original) ||
	    mprotect(blocks_start, size, PROT_READ | PROT_WRITE | PROT_EXEC) ||
	    mprotect(thunks, 8192, PROT_READ | PROT_WRITE | PROT_EXEC))
		return 1;
	memcpy(original, blocks_start, size);
	printf("1..20\n");
	test_off();
	test_on();
	test_sites();
	test_thunks();
	return tap_failures != 0;
}
