/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypercall page: the bytes of each stub, as ABI.md 1.5 defines them. selftests/guest executes
 * the page.
 */
/* sources: hypervisor/hypercall/hypercall_page.c */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/domain/domain.h>
#include <hv/hypercall/hypercall_page.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <xen/xen.h>

static int failures, count;

int get_page_and_type(mfn_t m, struct domain *d, enum frame_type type)
{
	(void)m, (void)d, (void)type;
	return -16;
}

void *maddr_to_virt(maddr_t a)
{
	(void)a;
	abort();
}

struct frame *mfn_to_frame(mfn_t m)
{
	(void)m;
	abort();
}

void put_page_and_type(struct frame *f)
{
	(void)f;
	abort();
}

static void result(int good, const char *claim)
{
	failures += !good;
	printf("%s %d - %s\n", good ? "ok" : "not ok", ++count, claim);
}

int main(void)
{
	static const uint8_t version[] = {0x51, 0x41, 0x53, 0xb8, 17,   0,    0,   0,
					  0x0f, 0x05, 0x41, 0x5b, 0x59, 0xc3, 0xcc};
	static const uint8_t iret[] = {0x51, 0x41, 0x53, 0x50, 0xb8, 23, 0, 0, 0, 0x0f, 0x05, 0xcc};
	uint8_t *page = malloc(4096);	/* so that a byte too many is seen */
	unsigned int i;

	printf("1..4\n");
	memset(page, 0, 4096);
	hypercall_page_fill(page);
	result(!memcmp(page + 17 * 32, version, sizeof(version)),
	       "a call: the registers that SYSCALL takes are kept");
	result(!memcmp(page + 23 * 32, iret, sizeof(iret)),
	       "iret: the frame begins with RAX, R11, RCX");
	for (i = 64 * 32; i < 4096 && page[i] == 0xcc; i++)
		;
	result(i == 4096, "there is nothing behind the last call");
	result(hypercall_page_write(NULL, mfn(1)) == -16,
	       "a frame that is no ordinary page is refused");
	free(page);
	return failures != 0;
}
