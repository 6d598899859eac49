/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two 8259 interrupt controllers of a PC (hvm/vpic.c): a state machine. The caller holds a lock
 * around each call.
 */
#ifndef HV_HVM_VPIC_H
#define HV_HVM_VPIC_H

#include <hv/types.h>

struct vpic_chip {
	uint8_t irr, imr, isr;	/* requested, masked, in service: bit n is input n */
	uint8_t lines;		/* levels of the inputs */
	uint8_t elcr;		/* inputs that are level-triggered */
	uint8_t base;		/* vector of input 0 */
	uint8_t lowest;		/* input of the lowest priority */
	uint8_t expects;	/* 0: it works; 2, 3, 4: which initialisation word comes next */
	bool word4;		/* word 4 is to come */
	bool single;		/* word 3 is not to come */
	bool auto_eoi, rotate_auto, special_mask, special_nested;
	bool read_isr;		/* the first port reads isr, not irr */
	bool poll;		/* the next read acknowledges */
};

struct vpic {
	struct vpic_chip chip[2];	/* the second's output is input 2 of the first */
};

/* Both chips as after power-on: nothing is masked, and no vector is set. */
void vpic_reset(struct vpic *p);
/* Is port one of theirs: 0x20, 0x21, 0xa0, 0xa1, 0x4d0, 0x4d1? */
bool vpic_has_port(uint16_t port);
/* One byte from such a port. Polling acknowledges. */
uint8_t vpic_read(struct vpic *p, uint16_t port);
/* One byte to such a port. */
void vpic_write(struct vpic *p, uint16_t port, uint8_t value);
/* Input irq, 0-15, has this level from now on. 2 is the second chip's: it is left alone. */
void vpic_set_line(struct vpic *p, unsigned int irq, bool level);
/* Does the first chip ask for an interrupt? */
bool vpic_pending(const struct vpic *p);
/* The processor acknowledges: the vector. Without a request: that of input 7, the spurious one. */
uint8_t vpic_accept(struct vpic *p);

#endif
