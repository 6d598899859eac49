/* SPDX-License-Identifier: GPL-2.0-only */
/* A user address space of two pages, and a visit there that ends with the first trap. */
#include "evil.h"

extern char user_blob[], user_blob_end[];

static uint64_t *l4, *l3, *l2, *l1;
volatile uint8_t *user_page;

struct visit {
	struct iret_context frame;
	uint64_t rdi;
};

uint64_t user_l4_mfn(void)
{
	return mfn_of(l4);
}


void user_init(void)
{
	struct mmuext_op op[2] = {{.cmd = MMUEXT_PIN_L4_TABLE}, {.cmd = MMUEXT_NEW_USER_BASEPTR}};
	void *code, *stack;

	if (l4)
		return;
	code = page_new();
	user_page = code;
	stack = page_new();
	memcpy(code, user_blob, (size_t)(user_blob_end - user_blob));
	l1 = page_new();
	l2 = page_new();
	l3 = page_new();
	l4 = page_new();
	l1[USER_CODE >> 12 & 511] = mfn_of(code) << 12 | PTE_P | PTE_US | PTE_A;
	l1[USER_STACK >> 12 & 511] = mfn_of(stack) << 12 | PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D;
	l2[USER_CODE >> 21 & 511] = mfn_of(l1) << 12 | PTE_P | PTE_RW | PTE_US | PTE_A;
	l3[0] = mfn_of(l2) << 12 | PTE_P | PTE_RW | PTE_US | PTE_A;
	l4[0] = mfn_of(l3) << 12 | PTE_P | PTE_RW | PTE_US | PTE_A;
	(void)make_readonly(l1);
	(void)make_readonly(l2);
	(void)make_readonly(l3);
	(void)make_readonly(l4);
	op[0].arg1.mfn = op[1].arg1.mfn = mfn_of(l4);
	(void)HC4(mmuext_op, op, 2, 0, DOMID_SELF);
}

static void visit(void *arg)
{
	const struct visit *v = arg;
	struct iret_context c = v->frame;

	__asm__ volatile("mov %0, %%rsp; mov %1, %%rdi; mov $23, %%eax; syscall"
			 :: "r"(&c), "r"(v->rdi) : "rdi", "rax", "rcx", "r11", "memory");
	__builtin_unreachable();
}

int user_enter(const struct iret_context *frame, uint64_t rdi)
{
	struct visit v = {*frame, rdi};

	return catch_trap(visit, &v);
}

int user_run(uint64_t rax, uint64_t rdi, uint64_t rflags)
{
	struct iret_context frame = {
		.rax = rax,
		.rip = USER_CODE,
		.cs = FLAT_USER_CS,
		.rflags = rflags,
		.rsp = USER_STACK + PAGE_SIZE,
		.ss = FLAT_USER_SS,
	};

	return user_enter(&frame, rdi);
}
