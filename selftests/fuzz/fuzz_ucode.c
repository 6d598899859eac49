/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Microcode: a byte for the CPU, then an archive or a container. Claim: an update that is found
 * lies within the input and is newer than the revision that runs.
 */
/* sources: hypervisor/boot/ucode_parse.c hypervisor/lib/string.c */
#include <hv/boot/ucode_parse.h>

#include "quiet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	uint8_t how = (uint8_t)take(&in, 1);
	struct ucode_cpu cpu = {.amd = how & 1,
				.signature = how & 1 ? 0x830f10 : 0x50654,
				.platform = 1u << (how >> 1 & 7),
				.revision = how & 0x10 ? 0x2000010 : 0};
	struct ucode_update u = {0};
	const uint8_t *blob = in.data;
	size_t length = in.size;

	if (how & 0x20) {
		blob = ucode_cpio_file(in.data, in.size,
				       cpu.amd ? "kernel/x86/microcode/AuthenticAMD.bin"
					       : "kernel/x86/microcode/GenuineIntel.bin",
				       &length);
		if (!blob)
			return 0;
		CLAIM(blob >= in.data && length <= in.size && blob + length <= in.data + in.size);
	}
	if (ucode_find(&cpu, blob, length, &u)) {
		CLAIM(u.data >= blob && u.size <= length && u.data + u.size <= blob + length);
		CLAIM(cpu.amd ? u.revision > cpu.revision
			      : (int32_t)u.revision > (int32_t)cpu.revision);
	}
	return 0;
}
