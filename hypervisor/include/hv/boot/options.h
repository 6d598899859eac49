/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line's options, in Xen's syntax (boot/cmdline.c, whose table has the names, accepted
 * values and defaults).
 *
 *	dom0_mem=SIZE,min:SIZE,max:SIZE   memory of Domain-0; -SIZE means: all but SIZE
 *	dom0_max_vcpus=N | MIN-MAX        its vCPUs; a range: one for each CPU, within it
 *	dom0_vcpus_pin                    vCPU n runs on CPU n only
 *	dom0_ring=auto | 1 | 3            the ring of its kernel (hv/kernel_ring.h); default: 3
 *	com1=BAUD,DPS,PORT,IRQ            first UART, "com1=115200,8n1,0x3f8,4"; BAUD can be auto
 *	console=com1 | none               where messages go; "vga" is named in the log and
 *	                                  ignored
 *	loglvl=LEVEL  guest_loglvl=LEVEL  none error warning info debug all, "X/Y" takes X
 *	conring_size=SIZE                 log ring for `xl dmesg`
 *	noreboot  sync_console            flags
 *	sched=credit2                     the only scheduler; others are refused
 *	gnttab_max_frames=N  gnttab_max_maptrack_frames=N
 *	sched_ratelimit_us=N              for how long a vCPU that was given a CPU keeps it,
 *	                                  whoever wakes
 *	vcpu_poll_us=N                    how long an idle CPU polls at most before it halts;
 *	                                  else as waking it costs
 *	dma_bits=N                        memory below 2^N bytes is low: a part of it is kept
 *	                                  from guests; 0: none
 *	pv=m2p-user                       guests' user mode may read the M2P, as their kernels
 *	                                  may
 *	erms=auto | show | hide           are guests told that REP MOVSB is fast? auto: as it was
 *	                                  measured
 *	spec-ctrl=LIST                    what is done for each of the processor's faults
 *	                                  (x86/protection.h)
 *	xpti=LIST                         are guests without the hypervisor's memory in their
 *	                                  page tables: dom0=, domu=
 *	pv-l1tf=LIST                      may guests leave page table entries through which L1TF
 *	                                  reads: dom0=, domu=
 *	smt=BOOL                          are all threads of a core used
 *	tsx=BOOL                          do transactions work, where the CPU lets them be
 *	                                  switched off
 *	tbuf_size=N                       pages of each CPU's trace buffer: traces from the
 *	                                  start on; 0: no buffers
 *	tevt_mask=N                       which events; 0: all
 *	ucode=scan | N                    microcode from the initial RAM disk, or from module N
 *	allow_unsafe                      guests are created although the CPU cannot hold them
 *	                                  apart
 *	smep=yes | no | hvm               no code of ring 3 in ring 0; hvm: only in HVM guests,
 *	                                  which here means no
 *	smap=yes | no | hvm               no data of ring 3 in ring 0 but by the copy routines
 *	pvh                               guests of type pvh, where the CPU has SVM
 *	xen_version=4.17 | 4.20           the version that guests and the toolstack are told
 *	selftest=NAME                     break a rule of memory protection on purpose
 *	                                  (boot/selftest.c): for tests only
 *
 * SIZE is a number with B, K, M, G or T behind it; without a letter it counts KiB. A number is
 * decimal, hexadecimal (0x) or octal (0). A flag X can be written X, X=yes (on, true, enable, 1),
 * X=no (off, false, disable, 0), no-X.
 */
#ifndef HV_BOOT_OPTIONS_H
#define HV_BOOT_OPTIONS_H

#include <hv/types.h>

#define VCPU_POLL_AUTO	(~0U)

/* A choice: made by errata.c for this CPU, or by the administrator. */
enum { OPT_AUTO = -1, OPT_OFF = 0, OPT_ON = 1 };

/* How an indirect branch of the hypervisor is made (x86/thunk.S). */
enum thunk { THUNK_AUTO, THUNK_RETPOLINE, THUNK_LFENCE, THUNK_JMP };

/*
 * spec-ctrl=: each a choice. boot/cmdline_cpu.c has the names; x86/protection.h says what each
 * does.
 */
struct spec_options {
	int8_t msr_sc, rsb, verw, ibpb_entry, bhb_entry, ibrs, stibp, ibpb, ssbd, psfd, bhi_dis_s,
		l1d_flush, srb_lock, unpriv_mmio, gds_mit, div_scrub;
	enum thunk thunk;
};

#define UCODE_MAX_MODULE 3	/* the loader gives us four modules at most */

/* dom0_ring= */
enum dom0_ring { DOM0_RING_AUTO, DOM0_RING_1, DOM0_RING_3 };

enum erms { ERMS_AUTO, ERMS_SHOW, ERMS_HIDE };

enum selftest {
	SELFTEST_NONE,
	SELFTEST_PROTECTION,
	SELFTEST_STACK_OVERFLOW,
	SELFTEST_WRITE_TEXT,
	SELFTEST_WRITE_CONST,
	SELFTEST_WRITE_IDT,
	SELFTEST_EXEC_DATA,
	SELFTEST_READ_USER,
	SELFTEST_SMASH,
	SELFTEST_LOCK_ORDER
};

struct options {
	uint64_t dom0_mem, dom0_mem_min, dom0_mem_max;	/* bytes, 0: not given */
	bool dom0_mem_rest, dom0_mem_min_rest,
		dom0_mem_max_rest;      /* the bytes are what stays with us */
	unsigned int dom0_max_vcpus;	/* 0: as many as CPUs */
	unsigned int dom0_min_vcpus;	/* 0: dom0_max_vcpus is the number itself */
	bool dom0_vcpus_pin;
	uint16_t com1_port;
	unsigned int com1_baud, com1_irq;	/* baud 0: leave it as the firmware has set it */
	bool console_com1;
	uint64_t conring_size;		/* bytes, a power of 2 */
	bool sync_console;
	unsigned int sched_ratelimit_us;
	unsigned int tbuf_size, tevt_mask;	/* 0: not given */
	enum erms erms;
	enum dom0_ring dom0_ring;
	unsigned int dma_bits;		/* 0, or 20 to 40 */
	bool pv_m2p_user;
	struct spec_options spec;
	int8_t xpti_dom0, xpti_domu;		/* choices, all four */
	int8_t pv_l1tf_dom0, pv_l1tf_domu;
	int8_t smt, tsx;
	int ucode_module;			/* 0: none; below 0 counted from the end */
	bool ucode_scan;
	bool allow_unsafe;
	bool smep, smap;
	uint32_t xen_version;		/* XEN_ABI_4_17 or XEN_ABI_4_20 */
	enum selftest selftest;
	bool pvh;
};

/* Written by cmdline_parse() only; before that, the defaults. */
extern struct options options;

/*
 * The options that can be changed while the machine runs (cmdline_tune()). Each is read wherever it
 * counts, so a change takes effect with the next line of the log, wait of an idle CPU, creation of
 * a domain or end of Domain-0.
 */
struct tunables {
	int loglvl, guest_loglvl;	/* highest enum log_level shown; -1: none */
	bool noreboot;
	unsigned int gnttab_max_frames, gnttab_max_maptrack_frames;
	unsigned int vcpu_poll_us;	/* VCPU_POLL_AUTO: as the machine says */
};
/* Written by cmdline_parse() and cmdline_tune(), read without a lock. */
extern struct tunables tunables;

/*
 * Read a line into options. An unknown option, and a value that is not accepted, give a line in the
 * log that names them and change nothing. Reading ends at the word "--": what follows is
 * Domain-0's. Context: boot CPU.
 */
void cmdline_parse(const char *line);

/*
 * Set an option of struct tunables to a value, which is overwritten. 0; -ENOENT: there is no such
 * option, or it cannot be changed any more; -EINVAL: the value is not accepted, nothing changed.
 * Nothing is printed. Hypercall context, one at a time.
 */
int cmdline_tune(const char *name, char *value);

/* What follows the word "--" in our line, to be added to Domain-0's; "" if there is none. */
const char *cmdline_for_dom0(const char *line);

/*
 * Bytes of memory for Domain-0, a multiple of 4096, when available bytes can be given away:
 * dom0_mem within [dom0_mem_min, dom0_mem_max]. Without dom0_mem, all but a sixteenth (at least 64,
 * at most 256 MiB) for us. More than there is is cut to what there is, with a line in the log.
 */
uint64_t dom0_mem_size(uint64_t available);

/* Number of vCPUs of Domain-0 on this many CPUs; from 1 to MAX_VCPUS. */
unsigned int dom0_vcpu_count(unsigned int cpus);

#endif
