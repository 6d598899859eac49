// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypercall page (ABI.md 1.5): the builder asks for it on behalf of a kernel that has the
 * note for it.
 */
#include <hv/hypercall/hypercall_page.h>
#include <hv/domain/domain.h>
#include <hv/hypercall/hypercall.h>
#include <hv/lib/lib.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <xen/xen.h>

#define STUB_SIZE 32
#define NUMBER_AT 4	/* of the call's number in a stub */

/* push rcx; push r11; mov $n, eax; syscall; pop r11; pop rcx; ret */
static const uint8_t call_stub[] = {0x51, 0x41, 0x53, 0xb8, 0,    0,    0,
				    0,    0x0f, 0x05, 0x41, 0x5b, 0x59, 0xc3};
/* push rcx; push r11; push rax; mov $23, eax; syscall: it does not come back */
static const uint8_t iret_stub[] = {0x51, 0x41, 0x53, 0x50, 0xb8, __HYPERVISOR_iret,
				    0,    0,    0,    0x0f, 0x05};

void hypercall_page_fill(uint8_t *page)
{
	memset(page, 0xcc, PAGE_SIZE);
	for (unsigned int n = 0; n < NR_HYPERCALLS; n++) {
		uint8_t *stub = page + n * STUB_SIZE;

		if (n == __HYPERVISOR_iret) {
			memcpy(stub, iret_stub, sizeof(iret_stub));
			continue;
		}
		memcpy(stub, call_stub, sizeof(call_stub));
		stub[NUMBER_AT] = (uint8_t)n;
	}
}

int hypercall_page_write(struct domain *d, mfn_t m)
{
	int rc = get_page_and_type(m, d, FT_WRITABLE);

	if (rc)
		return rc;
	hypercall_page_fill(mfn_to_virt(m));
	put_page_and_type(mfn_to_frame(m));
	return 0;
}
