/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: options have Xen's syntax; an unknown option or a value that is not accepted is named in
 * the log and changes nothing.
 */
/* sources: hypervisor/boot/cmdline.c hypervisor/boot/cmdline_cpu.c hypervisor/lib/string.c */
#include <errno.h>

#include <hv/boot/options.h>
#include <hv/console/printk.h>
#include <hv/lib/lib.h>

#include "log_capture.h"

static struct options defaults;
static struct tunables tunable_defaults;

static void parse(const char *line)
{
	options = defaults;
	tunables = tunable_defaults;
	log_clear();
	cmdline_parse(line);
}

/* The line changes nothing and its log names all three. */
static bool refused(const char *line, const char *option, const char *value, const char *accepted)
{
	parse(line);
	return memcmp(&options, &defaults, sizeof(options)) == 0 &&
	       memcmp(&tunables, &tunable_defaults, sizeof(tunables)) == 0 && log_has(option) &&
	       log_has(value) && log_has(accepted);
}

static void test_memory(void)
{
	parse("dom0_mem=512M");
	result(options.dom0_mem == MIB(512) && log_empty(), "dom0_mem=512M is 512 MiB");
	parse("dom0_mem=2g,min:1048576,max:0x4G");
	result(options.dom0_mem == GIB(2) && options.dom0_mem_min == GIB(1) &&
		       options.dom0_mem_max == GIB(4) && log_empty(),
	       "dom0_mem takes min: and max:, small letters, hexadecimal, and KiB without a "
	       "letter");
	parse("dom0_mem=max:-256M,010K");
	result(options.dom0_mem_max == MIB(256) && options.dom0_mem_max_rest &&
		       options.dom0_mem == KIB(8) && !options.dom0_mem_rest,
	       "a negative size counts what stays with the hypervisor; 010 is octal");
	result(refused("dom0_mem=512Q", "dom0_mem", "512Q", "min:SIZE"),
	       "dom0_mem=512Q is refused by name");
	result(refused("dom0_mem=1G,max:", "dom0_mem", "1G,max:", "max:SIZE"),
	       "one bad part refuses the whole value");
	result(refused("conring_size=018K", "conring_size", "018K", "size") &&
		       refused("conring_size=0x", "conring_size", "0x", "size") &&
		       refused("conring_size=0x1g0", "conring_size", "0x1g0", "size"),
	       "digits that are none in their base are refused");
	result(refused("dom0_mem=20000000T", "dom0_mem", "20000000T", "SIZE"),
	       "a size beyond 64 bits is refused");
	result(refused("dom0_mem=99999999999999999999", "dom0_mem", "9999", "SIZE"),
	       "a number beyond 64 bits is refused");
	result(refused("dom0_mem", "dom0_mem", "''", "SIZE") &&
		       refused("dom0_mem=", "dom0_mem", "''", "SIZE"),
	       "dom0_mem without a value is refused");
	result(refused("dom0_mem=0", "dom0_mem", "0", "SIZE"), "no memory at all is refused");
}

static void test_memory_size(void)
{
	parse("");
	result(dom0_mem_size(GIB(4)) == GIB(4) - MIB(256) &&
		       dom0_mem_size(GIB(2)) == GIB(2) - MIB(128) &&
		       dom0_mem_size(MIB(512)) == MIB(448),
	       "without dom0_mem, all but a sixteenth within 64 and 256 MiB");
	result(dom0_mem_size(MIB(32)) == 0 && dom0_mem_size(MIB(64)) == 0 &&
		       dom0_mem_size(MIB(64) + 4096) == 4096,
	       "without dom0_mem, a tiny machine has nothing for Domain-0");
	parse("dom0_mem=1G");
	result(dom0_mem_size(GIB(4)) == GIB(1) && log_empty(), "dom0_mem is taken as it is");
	result(dom0_mem_size(MIB(512)) == MIB(512) && log_has("1024 MiB wanted, 512 MiB"),
	       "more than there is is cut, with a warning");
	parse("dom0_mem=-1G,min:512M");
	result(dom0_mem_size(GIB(4)) == GIB(3) && dom0_mem_size(MIB(1200)) == MIB(512),
	       "a negative size, and min: as a floor");
	parse("dom0_mem=max:1G");
	result(dom0_mem_size(GIB(4)) == GIB(1), "max: alone is a ceiling");
	parse("dom0_mem=1000001B");
	result(dom0_mem_size(GIB(4)) == 999424, "the size is rounded down to pages");
}

static void test_vcpus(void)
{
	parse("dom0_max_vcpus=2 dom0_vcpus_pin");
	result(options.dom0_max_vcpus == 2 && options.dom0_vcpus_pin && dom0_vcpu_count(4) == 2,
	       "dom0_max_vcpus=2, pinned");
	parse("dom0_max_vcpus=2-4");
	result(log_empty() && dom0_vcpu_count(1) == 2 && dom0_vcpu_count(3) == 3 &&
		       dom0_vcpu_count(8) == 4,
	       "a range follows the CPUs");
	parse("");
	result(dom0_vcpu_count(3) == 3 && dom0_vcpu_count(1000) == 64 && dom0_vcpu_count(0) == 1,
	       "default: one for each CPU, 1 to 64");
	result(refused("dom0_max_vcpus=0", "dom0_max_vcpus", "'0'", "from 1 to 64") &&
		       refused("dom0_max_vcpus=65", "dom0_max_vcpus", "65", "64") &&
		       refused("dom0_max_vcpus=4-2", "dom0_max_vcpus", "4-2", "MIN-MAX") &&
		       refused("dom0_max_vcpus=two", "dom0_max_vcpus", "two", "number"),
	       "0, 65, 4-2 and two are refused");
}

static void test_flags(void)
{
	parse("noreboot sync_console=on");
	result(tunables.noreboot && options.sync_console, "a flag alone and =on set it");
	tunable_defaults.noreboot = defaults.sync_console = true;
	parse("noreboot=off no-sync_console");
	result(!tunables.noreboot && !options.sync_console && log_empty(), "=off and no- clear it");
	tunable_defaults.noreboot = defaults.sync_console = false;
	result(refused("noreboot=perhaps", "noreboot", "perhaps", "yes or no"),
	       "another value is refused");
	result(refused("no-loglvl", "no-loglvl", "unknown", ""), "no- is for flags only");
}

static void test_console(void)
{
	parse("com1=115200,8n1,0x2f8,3 console=com1");
	result(options.com1_baud == 115200 && options.com1_port == 0x2f8 &&
		       options.com1_irq == 3 && options.console_com1 && log_empty(),
	       "com1 with all four parts, console=com1");
	parse("com1=9600 console=none");
	result(options.com1_baud == 9600 && options.com1_port == 0x3f8 && options.com1_irq == 4 &&
		       !options.console_com1,
	       "com1 with a rate only, console=none");
	parse("com1=auto,,0x3e8");
	result(options.com1_baud == 0 && options.com1_port == 0x3e8 &&
		       log_empty(),
	       "com1=auto with empty parts");
	result(refused("com1=115200,7e2", "com1", "115200,7e2", "8n1") &&
		       refused("com1=1000", "com1", "1000", "BAUD") &&
		       refused("com1=9600,8n1,0x10000", "com1", "0x10000", "PORT") &&
		       refused("com1=9600,8n1,0x3f8,16", "com1", "16", "IRQ") &&
		       refused("com1=9600,8n1,0x3f8,4,pci", "com1", "pci", "PORT"),
	       "bad parts of com1 are refused");
	result(refused("console=com1,tty0", "console", "com1,tty0", "com1 or none"),
	       "an unknown console is refused");
	parse("console=com1,vga");
	result(options.console_com1 && log_has("'vga' is not accepted"),
	       "vga is named in the log, and the rest of the list holds");
	parse("conring_size=100");
	result(options.conring_size == KIB(128),
	       "conring_size counts KiB and is rounded up to a power of 2");
	parse("conring_size=16K");
	result(options.conring_size == KIB(16) && log_empty(), "the smallest log ring");
	parse("conring_size=64M");
	result(options.conring_size == MIB(64) && log_empty(), "the largest log ring");
	result(refused("conring_size=big", "conring_size", "big", "size") &&
		       refused("dom0_mem=max:huge", "dom0_mem", "huge", "SIZE"),
	       "sizes that are no numbers are refused");
	result(refused("conring_size=8K", "conring_size", "8K", "16K to 64M") &&
		       refused("conring_size=1G", "conring_size", "1G", "64M"),
	       "conring_size has bounds");
	parse("loglvl=all guest_loglvl=none/debug");
	result(tunables.loglvl == L_DEBUG && tunables.guest_loglvl == -1 && log_empty(),
	       "log levels, with a rate-limited part");
	result(refused("loglvl=loud", "loglvl", "loud", "warning") &&
		       refused("guest_loglvl=all/", "guest_loglvl", "all/", "error"),
	       "unknown log levels are refused");
}

static void test_numbers(void)
{
	parse("gnttab_max_frames=128 gnttab_max_maptrack_frames=0x800 vcpu_poll_us=0 "
	      "sched_ratelimit_us=100 sched=credit2");
	result(tunables.gnttab_max_frames == 128 && tunables.gnttab_max_maptrack_frames == 2048 &&
		       tunables.vcpu_poll_us == 0 && options.sched_ratelimit_us == 100 &&
		       log_empty(),
	       "grant limits, polling, scheduler");
	result(refused("gnttab_max_frames=0", "gnttab_max_frames", "'0'", "4096") &&
		       refused("gnttab_max_maptrack_frames=65537", "gnttab_max_maptrack_frames",
			       "65537", "65536") &&
		       refused("vcpu_poll_us=25001", "vcpu_poll_us", "25001", "25000") &&
		       refused("sched=rtds", "sched", "rtds", "credit2") &&
		       refused("sched=null", "sched", "null", "credit2"),
	       "values out of bounds are refused");
	parse("tbuf_size=32 tevt_mask=0x2f000");
	result(options.tbuf_size == 32 && options.tevt_mask == 0x2f000 && log_empty() &&
		       refused("tbuf_size=65536", "tbuf_size", "65536", "65535") &&
		       refused("tevt_mask=0x100000000", "tevt_mask", "0x100000000", "0xffffffff"),
	       "the size of trace buffers, and the mask of events");
	result(options.dma_bits == 32, "low memory ends at 4 GiB");
	parse("dma_bits=36");
	result(options.dma_bits == 36 &&
		       refused("dma_bits=19", "dma_bits", "19", "0, or a number from 20 to 40") &&
		       refused("dma_bits=41", "dma_bits", "41", "0, or a number from 20 to 40"),
	       "dma_bits=");
	parse("dma_bits=0");
	result(options.dma_bits == 0 && log_empty(), "no reserve");
	parse("pv=m2p-user");
	result(options.pv_m2p_user && log_empty() &&
		       refused("pv=32", "pv", "32", "a list of m2p-user, no-m2p-user"),
	       "pv=");
	parse("pv=no-m2p-user");
	result(!options.pv_m2p_user && log_empty(), "and back");
	parse("erms=hide");
	result(options.erms == ERMS_HIDE && log_empty() &&
		       refused("erms=no", "erms", "no", "auto, show or hide"),
	       "erms=");
	parse("dom0_ring=1");
	result(options.dom0_ring == DOM0_RING_1 && defaults.dom0_ring == DOM0_RING_3 &&
		       log_empty() && refused("dom0_ring=0", "dom0_ring", "0", "auto, 1 or 3"),
	       "dom0_ring=");
	parse("dom0_ring=3");
	result(options.dom0_ring == DOM0_RING_3 && log_empty(), "and the classic one");
	parse("xen_version=4.20");
	result(options.xen_version == 0x40014 && defaults.xen_version == 0x40011 && log_empty() &&
		       refused("xen_version=4.2", "xen_version", "4.2", "4.17 or 4.20") &&
		       refused("xen_version=4.201", "xen_version", "4.201", "4.17 or 4.20"),
	       "xen_version=");
}

static void test_protection(void)
{
	parse("");
	result(options.smep && options.smap && options.selftest == SELFTEST_NONE,
	       "SMEP and SMAP unless asked otherwise");
	parse("smep=off no-smap");
	result(!options.smep && !options.smap && log_empty(), "smep=off, no-smap");
	parse("smap=hvm smep");
	result(options.smep && !options.smap && log_empty(),
	       "smap=hvm is off: there are no HVM guests");
	result(refused("smap=some", "smap", "some", "yes, no or hvm") && options.smap,
	       "other values are refused");
	parse("selftest=write-text");
	result(options.selftest == SELFTEST_WRITE_TEXT && log_empty() &&
		       refused("selftest=rm", "selftest", "rm", "smash"),
	       "selftest=");
}

static void test_line(void)
{
	char *line = malloc(5000);

	parse("  frobnicate=7\t dom0_mem=1G\n");
	result(log_has("frobnicate") && log_has("unknown") && options.dom0_mem == GIB(1),
	       "an unknown option is named, the next one read");
	parse("noreboot -- root=/dev/vda1 sync_console");
	result(tunables.noreboot && !options.sync_console && log_empty(), "reading ends at --");
	result(strcmp(cmdline_for_dom0("noreboot --  root=/dev/vda1 ro"), "root=/dev/vda1 ro") ==
			       0 &&
		       strcmp(cmdline_for_dom0("noreboot a--b --c"), "") == 0 &&
		       strcmp(cmdline_for_dom0("--"), "") == 0,
	       "Domain-0's part is what follows --");
	memset(line, 'x', 4999);
	line[4999] = 0;
	memcpy(line + 4980, " dom0_mem=2G", 13);
	parse(line);
	result(log_has("longer than 511") && options.dom0_mem == GIB(2),
	       "an endless word is named and passed over");
	line[511] = 0;
	parse(line);
	result(log_has("unknown") && !log_has("longer"), "a word of 511 bytes is read");
	line[511] = 'x';
	line[512] = 0;
	parse(line);
	result(log_has("longer than 511"), "one of 512 is not");
	parse("= =1 no- no-= ,,, com1=, console=, dom0_mem=, loglvl=/");
	result(!options.dom0_mem, "words without a name or a value do no harm");
	free(line);
}

static bool all_spec(int8_t choice)
{
	const int8_t *s = (const int8_t *)&options.spec;

	for (size_t i = 0; i < offsetof(struct spec_options, thunk); i++)
		if (s[i] != choice && i <= offsetof(struct spec_options, div_scrub))
			return false;
	return true;
}

static void test_spec_ctrl(void)
{
	parse("");
	result(all_spec(OPT_AUTO) && options.spec.thunk == THUNK_AUTO &&
		       options.xpti_domu == OPT_AUTO && options.smt == OPT_AUTO &&
		       !options.allow_unsafe,
	       "without options the CPU decides");
	parse("spec-ctrl=rsb=no,no-verw,ibrs,ssbd=on,bti-thunk=lfence");
	result(options.spec.rsb == OPT_OFF && options.spec.verw == OPT_OFF &&
		       options.spec.ibrs == OPT_ON && options.spec.ssbd == OPT_ON &&
		       options.spec.thunk == THUNK_LFENCE && options.spec.ibpb == OPT_AUTO &&
		       log_empty(),
	       "spec-ctrl= takes a list of names");
	parse("spec-ctrl=rsb=pv=no,verw=no-pv,msr-sc=pv,md-clear=yes");
	result(options.spec.rsb == OPT_OFF && options.spec.verw == OPT_ON &&
		       options.spec.msr_sc == OPT_ON && log_empty(),
	       "blocks of the entry code take pv, a later item wins, md-clear is verw");
	parse("spec-ctrl=no");
	result(all_spec(OPT_OFF) && options.spec.thunk == THUNK_JMP &&
		       options.xpti_dom0 == OPT_OFF && options.xpti_domu == OPT_OFF &&
		       options.pv_l1tf_domu == OPT_OFF && options.smt == OPT_ON && log_empty(),
	       "spec-ctrl=no ends all of it");
	parse("xpti=dom0=yes smt=no spec-ctrl=no xpti=domu=yes");
	result(options.xpti_dom0 == OPT_ON && options.xpti_domu == OPT_ON &&
		       options.smt == OPT_OFF && all_spec(OPT_OFF),
	       "but not what other options said before, or say later");
	parse("spec-ctrl=no-xen");
	result(options.spec.msr_sc == OPT_AUTO && options.spec.rsb == OPT_OFF &&
		       options.spec.div_scrub == OPT_OFF && options.spec.thunk == THUNK_JMP &&
		       options.xpti_domu == OPT_AUTO,
	       "no-xen leaves SPEC_CTRL to guests");
	parse("spec-ctrl=pv=no");
	result(options.spec.msr_sc == OPT_OFF && options.spec.bhb_entry == OPT_OFF &&
		       options.spec.ibrs == OPT_AUTO,
	       "pv=no ends the blocks");
	result(refused("spec-ctrl=yes", "spec-ctrl", "yes", "msr-sc") &&
		       refused("spec-ctrl", "spec-ctrl", "''", "no") &&
		       refused("spec-ctrl=xen", "spec-ctrl", "xen", "no"),
	       "there is no positive whole");
	result(refused("spec-ctrl=hvm=no", "spec-ctrl", "hvm=no", "pv") &&
		       refused("spec-ctrl=rsb=hvm", "spec-ctrl", "hvm", "pv") &&
		       refused("spec-ctrl=eager-fpu", "spec-ctrl", "eager-fpu", "ibrs") &&
		       refused("spec-ctrl=branch-harden=no", "spec-ctrl", "branch-harden", "ibrs"),
	       "names that would do nothing here are refused");
	result(refused("spec-ctrl=ibrs,nonsense", "spec-ctrl", "nonsense", "ibrs") &&
		       refused("spec-ctrl=ibrs,,rsb", "spec-ctrl", ",,", "ibrs") &&
		       refused("spec-ctrl=bti-thunk=ret", "spec-ctrl", "ret", "retpoline") &&
		       refused("spec-ctrl=ibrs=perhaps", "spec-ctrl", "perhaps", ""),
	       "one bad item refuses the whole list");
}

static void test_cpu_choices(void)
{
	parse("xpti=no pv-l1tf=yes");
	result(options.xpti_dom0 == OPT_OFF && options.xpti_domu == OPT_OFF &&
		       options.pv_l1tf_dom0 == OPT_ON && options.pv_l1tf_domu == OPT_ON &&
		       log_empty(),
	       "xpti= and pv-l1tf= take a boolean for both");
	parse("xpti=dom0=off,domu=on pv-l1tf=no-dom0,domu");
	result(options.xpti_dom0 == OPT_OFF && options.xpti_domu == OPT_ON &&
		       options.pv_l1tf_dom0 == OPT_OFF && options.pv_l1tf_domu == OPT_ON,
	       "or one for each");
	parse("xpti=no xpti=default");
	result(options.xpti_dom0 == OPT_AUTO && options.xpti_domu == OPT_AUTO && log_empty(),
	       "xpti=default goes back");
	result(refused("xpti=dom1=on", "xpti", "dom1=on", "dom0=") &&
		       refused("xpti=no,dom0=2", "xpti", "dom0=2", "default") &&
		       refused("pv-l1tf=default", "pv-l1tf", "default", "domu") &&
		       refused("xpti=,", "xpti", "','", "domu"),
	       "the rest is refused");
	parse("smt=off tsx=on allow_unsafe");
	result(options.smt == OPT_OFF && options.tsx == OPT_ON && options.allow_unsafe &&
		       log_empty(),
	       "smt=, tsx=, allow_unsafe");
	result(refused("smt=half", "smt", "half", "yes or no") &&
		       refused("tsx", "tsx", "''", "yes or no"),
	       "they are booleans");
	parse("ucode=scan");
	result(options.ucode_scan && !options.ucode_module && log_empty(), "ucode=scan");
	parse("ucode=2,scan=no");
	result(!options.ucode_scan && options.ucode_module == 2, "ucode=2");
	parse("ucode=-1");
	result(options.ucode_module == -1 && log_empty(), "ucode=-1 is the last module");
	result(refused("ucode=0", "ucode", "'0'", "1 to 3") &&
		       refused("ucode=4", "ucode", "4", "module") &&
		       refused("ucode=nmi", "ucode", "nmi", "scan") &&
		       refused("ucode=-", "ucode", "'-'", "module") &&
		       refused("ucode=digest-check=no", "ucode", "digest-check", "scan"),
	       "module 0 is the kernel; what is for late loading is refused");
}

static bool tune(const char *name, const char *value, int rc)
{
	char copy[32];

	strcpy(copy, value);
	return cmdline_tune(name, copy) == rc;
}

static void test_tune(void)
{
	parse("vcpu_poll_us=100 vcpu_poll_us=auto");
	result(tunables.vcpu_poll_us == VCPU_POLL_AUTO && log_empty(), "the default has a name");
	parse("");
	result(tune("loglvl", "error", 0) && tunables.loglvl == L_ERR &&
		       tune("noreboot", "yes", 0) && tunables.noreboot &&
		       tune("gnttab_max_frames", "10", 0) &&
		       tunables.gnttab_max_frames == 10 && log_empty(),
	       "some options can be set later");
	result(tune("loglvl", "loud", -EINVAL) && tune("noreboot", "perhaps", -EINVAL) &&
		       tune("gnttab_max_frames", "0", -EINVAL) && tunables.loglvl == L_ERR &&
		       tunables.noreboot && tunables.gnttab_max_frames == 10 && log_empty(),
	       "within the same bounds");
	result(tune("xpti", "no", -ENOENT) && tune("dom0_mem", "1G", -ENOENT) &&
		       tune("x", "1", -ENOENT) && !memcmp(&options, &defaults, sizeof(options)),
	       "others cannot");
}

int main(void)
{
	printf("1..86\n");
	defaults = options;
	tunable_defaults = tunables;
	test_memory();
	test_memory_size();
	test_vcpus();
	test_flags();
	test_console();
	test_numbers();
	test_spec_ctrl();
	test_cpu_choices();
	test_protection();
	test_line();
	test_tune();
	return tap_failures != 0;
}
