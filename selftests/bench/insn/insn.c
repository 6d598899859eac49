// SPDX-License-Identifier: GPL-2.0-only
/*
 * insn: counts the instructions that an emulated machine executes, by whose they are, and writes
 * the counters down at markers (common/mark.h).
 *
 *   qemu-system-x86_64 ... -plugin insn.so,out=FILE
 *
 * A line in FILE for each marker: "marker ID TOTAL HYPERVISOR KERNEL USER". Whose an instruction is
 * follows from its address: the Xen interface reserves 0xffff800000000000 to 0xffff87ffffffffff for
 * the hypervisor, what lies above is a guest's kernel, what lies below is user space (and the boot
 * loader's world, before anything runs).
 *
 * The counters are added to in translated code, without a call. They are exact with `-icount` or
 * `-accel tcg,thread=single`, where one thread runs all vCPUs; with several threads additions can
 * be lost.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../common/mark.h"
#include "plugin_api.h"

#define HYPERVISOR_FIRST 0xffff800000000000ULL
#define HYPERVISOR_LAST  0xffff87ffffffffffULL
#define KERNEL_FIRST     0xffff880000000000ULL

int qemu_plugin_version = 1;

enum owner { HYPERVISOR, KERNEL, USER, OWNERS };

static uint64_t counters[OWNERS];
static FILE *out;

static enum owner owner_of(uint64_t address)
{
	if (address >= KERNEL_FIRST)
		return KERNEL;
	return address >= HYPERVISOR_FIRST && address <= HYPERVISOR_LAST ? HYPERVISOR : USER;
}

/* The marker's id, or -1 for any other instruction. */
static int marker_of(const struct qemu_plugin_insn *insn)
{
	static const unsigned char opcode[3] = {0x0f, 0x1f, 0x80};
	const unsigned char *bytes = qemu_plugin_insn_data(insn);
	uint32_t displacement;

	if (qemu_plugin_insn_size(insn) != 7 || memcmp(bytes, opcode, sizeof(opcode)))
		return -1;
	memcpy(&displacement, bytes + 3, sizeof(displacement));
	return (displacement & ~0xffu) == SHOJI_MARK_MAGIC ? (int)(displacement & 0xff) : -1;
}

static void marker_executed(unsigned int vcpu, void *userdata)
{
	(void)vcpu;
	fprintf(out, "marker %d %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
		(int)(uintptr_t)userdata, counters[HYPERVISOR] + counters[KERNEL] + counters[USER],
		counters[HYPERVISOR], counters[KERNEL], counters[USER]);
	fflush(out); /* the machine may be stopped at any time */
}

/*
 * One addition for each instruction, not one for the block: a block that a fault or an interrupt
 * leaves in its middle is begun again, and would be counted twice.
 */
static void block_translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	for (size_t i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		enum owner owner = owner_of(qemu_plugin_insn_vaddr(insn));
		int marker = marker_of(insn);

		qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64,
							   &counters[owner], 1);
		if (marker >= 0)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, marker_executed,
							       QEMU_PLUGIN_CB_NO_REGS,
							       (void *)(uintptr_t)marker);
	}
}

static void at_exit(qemu_plugin_id_t id, void *userdata)
{
	(void)id, (void)userdata;
	fprintf(out, "end %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", counters[HYPERVISOR],
		counters[KERNEL], counters[USER]);
	fclose(out);
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
	const char *path = NULL;

	if (!info->system_emulation || strcmp(info->target_name, "x86_64")) {
		fprintf(stderr, "insn: this plugin is for qemu-system-x86_64\n");
		return -1;
	}
	for (int i = 0; i < argc; i++) {
		if (strncmp(argv[i], "out=", 4) == 0)
			path = argv[i] + 4;
	}
	if (!path) {
		fprintf(stderr, "insn: out=FILE is missing\n");
		return -1;
	}
	out = fopen(path, "w");
	if (!out) {
		fprintf(stderr, "insn: %s: %s\n", path, strerror(errno));
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, block_translated);
	qemu_plugin_register_atexit_cb(id, at_exit, NULL);
	return 0;
}
