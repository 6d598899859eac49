/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Both instruction decoders. Claim: an accepted instruction is no longer than the input, nor than
 * 15 bytes.
 */
/* sources: hypervisor/trap/decode.c hypervisor/mm/ptwr_decode.c hypervisor/trap/insn_bytes.c */
#include <hv/lib/lib.h>
#include <hv/mm/ptwr.h>
#include <hv/trap/decode.h>

#include "quiet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int n = size < 20 ? (unsigned int)size : 20;
	struct ptwr_insn write;
	struct regs regs;
	struct insn insn;

	memset(&regs, 0x5a, sizeof(regs));
	if (insn_decode(data, n, &insn)) {
		struct insn shorter;

		CLAIM(insn.length && insn.length <= n && insn.length <= INSN_MAX);
		CLAIM(insn.size == 1 || insn.size == 2 || insn.size == 4 || insn.size == 8);
		CLAIM(!insn_decode(data, insn.length - 1u, &shorter));
		CLAIM(insn_decode(data, insn.length, &shorter) &&
		      memcmp(&insn, &shorter, sizeof(insn)) == 0);
		for (unsigned int r = 0; r < 16; r++) {
			insn_write_register(&regs, &insn, r, insn.size,
					    insn_read_register(&regs, &insn, r, insn.size));
			CLAIM((uint8_t *)insn_register(&regs, r) < (uint8_t *)(&regs + 1));
		}
	}
	if (ptwr_decode(data, n, &write)) {
		uint64_t value = 0x123456789abcdef0;

		CLAIM(write.length && write.length <= n && write.length <= INSN_MAX &&
		      write.reg < 16);
		CLAIM(write.size == 1 || write.size == 2 || write.size == 4 || write.size == 8);
		ptwr_execute(&write, &regs, &value);
	}
	return 0;
}
