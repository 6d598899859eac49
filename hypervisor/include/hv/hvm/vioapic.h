/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The I/O APIC of a PC (hvm/vioapic.c): 48 inputs, a state machine. What it sends goes to a
 * function of the caller's, who holds a lock around each call.
 */
#ifndef HV_HVM_VIOAPIC_H
#define HV_HVM_VIOAPIC_H

#include <hv/types.h>

#define VIOAPIC_ADDRESS	UINT64_C(0xfec00000)
#define VIOAPIC_INPUTS	48u

/* An interrupt message, as local APICs take it. */
struct vioapic_message {
	uint8_t vector;
	uint8_t delivery;	/* 0 fixed, 1 lowest priority, 2 SMI, 4 NMI, 5 INIT, 7 ExtINT */
	uint8_t dest;
	bool logical, level;
};

struct vioapic {
	uint64_t entry[VIOAPIC_INPUTS];
	uint64_t lines;		/* levels of the inputs */
	uint32_t id;		/* bits 24-27 */
	uint8_t select;
	void (*send)(void *data, const struct vioapic_message *m);
	void *data;		/* send's first argument */
};

/* As after a reset: every input is masked. send and data stay. */
void vioapic_reset(struct vioapic *a);
/* The 32-bit register at this offset of its page; those that there are not read 0. */
uint32_t vioapic_read(const struct vioapic *a, uint32_t offset);
/* Write it; a level that waited behind a mask may be sent. */
void vioapic_write(struct vioapic *a, uint32_t offset, uint32_t value);
/* Input `nr` has this level from now on. */
void vioapic_set_line(struct vioapic *a, unsigned int nr, bool level);
/* A processor has ended an interrupt of this vector: levels that are still there come again. */
void vioapic_end(struct vioapic *a, uint8_t vector);
/* Does an input of this vector wait for its end? */
bool vioapic_wants_end(const struct vioapic *a, uint8_t vector);

#endif
