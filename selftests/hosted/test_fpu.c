/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: the x87 pointers are cleared on the processors whose FXRSTOR and XRSTOR leave them, and on
 * no others.
 */
#include <string.h>

#include <x86/fpu.h>

#include "log_capture.h"

static bool keeps(const char *vendor, uint32_t max_ext, uint32_t ebx8)
{
	uint32_t w[3];	/* EBX, EDX, ECX */

	memcpy(w, vendor, sizeof(w));
	return fpu_keeps_pointers(w[0], w[2], w[1], max_ext, ebx8);
}

int main(void)
{
	printf("1..6\n");
	result(keeps("AuthenticAMD", 0x80000008, 0), "AMD before Zen 2");
	result(keeps("AuthenticAMD", 0x80000001, ~0U), "AMD without the leaf that says");
	result(!keeps("AuthenticAMD", 0x80000020, 0x4), "AMD from Zen 2 on");
	result(keeps("HygonGenuine", 0x8000001f, 0x1001), "Hygon");
	result(!keeps("GenuineIntel", 0x80000008, 0), "Intel");
	result(!keeps("CentaurHauls", 0x80000008, 0), "others");
	return tap_failures != 0;
}
