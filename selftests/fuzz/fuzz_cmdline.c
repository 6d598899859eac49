/* SPDX-License-Identifier: GPL-2.0-only */
/* A command line. Claim: for any input, the options stay within the accepted values. */
/* sources: hypervisor/boot/cmdline.c hypervisor/boot/cmdline_cpu.c hypervisor/lib/string.c */
#include <hv/boot/options.h>
#include <hv/console/printk.h>
#include <hv/layout.h>

#include "quiet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tunables tunable_defaults;
	static struct options defaults;
	static bool started;
	char *line = malloc(size + 1);
	uint64_t available;

	if (!started) {
		defaults = options;
		tunable_defaults = tunables;
		started = true;
	}
	memcpy(line, data, size);
	line[size] = 0;
	options = defaults;
	tunables = tunable_defaults;
	cmdline_parse(line);
	CLAIM(options.conring_size >= KIB(16) && options.conring_size <= MIB(64));
	CLAIM(!(options.conring_size & (options.conring_size - 1)));
	CLAIM(options.dom0_max_vcpus <= MAX_VCPUS &&
	      options.dom0_min_vcpus <= options.dom0_max_vcpus);
	CLAIM(tunables.loglvl >= -1 && tunables.loglvl <= L_DEBUG && tunables.guest_loglvl >= -1 &&
	      tunables.guest_loglvl <= L_DEBUG);
	CLAIM(tunables.gnttab_max_frames && tunables.gnttab_max_frames <= 4096);
	CLAIM(options.com1_irq < 16 && options.com1_port && options.com1_baud <= 115200);
	CLAIM(options.spec.msr_sc >= OPT_AUTO && options.spec.div_scrub <= OPT_ON &&
	      options.spec.thunk <= THUNK_JMP);
	CLAIM(options.xpti_dom0 >= OPT_AUTO && options.xpti_domu <= OPT_ON &&
	      options.smt >= OPT_AUTO && options.smt <= OPT_ON);
	CLAIM(options.ucode_module >= -UCODE_MAX_MODULE &&
	      options.ucode_module <= UCODE_MAX_MODULE);
	for (available = 0; available < UINT64_C(1) << 50; available = available * 3 + 4097)
		CLAIM(dom0_mem_size(available) <= available);
	for (unsigned int cpus = 0; cpus < 100; cpus++)
		CLAIM(dom0_vcpu_count(cpus) >= 1 && dom0_vcpu_count(cpus) <= MAX_VCPUS);
	CLAIM(cmdline_for_dom0(line) >= line && cmdline_for_dom0(line) <= line + size);
	free(line);
	return 0;
}
