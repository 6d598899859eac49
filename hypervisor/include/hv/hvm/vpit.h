/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The 8254 timer of a PC with the speaker's port 0x61 (hvm/vpit.c): a state machine over time in
 * ns, which the caller tells. The caller holds a lock around each call.
 */
#ifndef HV_HVM_VPIT_H
#define HV_HVM_VPIT_H

#include <hv/types.h>

#define VPIT_HZ		1193182u
#define VPIT_CHANNELS	3

struct vpit_channel {
	uint32_t count;		/* 1 to 65536; 0: none was written since the mode was */
	uint64_t start;		/* ns: when counting began */
	uint64_t held;		/* ns: when the gate last held it */
	uint16_t latch;		/* a count that waits to be read */
	uint8_t latched;	/* bytes of it that wait: 0, 1, 2 */
	uint8_t status;		/* a status that waits to be read */
	bool status_latched;
	uint8_t mode;		/* 0-5 */
	uint8_t access;		/* 1: low byte, 2: high byte, 3: low, then high */
	bool bcd;
	bool gate;
	bool high_next_read, high_next_write;	/* access 3: the high byte's turn */
	uint8_t low;		/* access 3: the low byte that was written */
};

struct vpit {
	struct vpit_channel channel[VPIT_CHANNELS];
	bool speaker;		/* bit 1 of port 0x61 */
};

/* As after power-on: no channel counts; the gates of 0 and 1 are wired up. */
void vpit_reset(struct vpit *p);
/* Is port one of its: 0x40-0x43, 0x61? */
bool vpit_has_port(uint16_t port);
/* One byte from such a port at `now` ns. */
uint8_t vpit_read(struct vpit *p, uint16_t port, uint64_t now);
/*
 * One byte to such a port. True: channel 0 counts anew or no more, so the next tick is another:
 * vpit_deadline().
 */
bool vpit_write(struct vpit *p, uint16_t port, uint8_t value, uint64_t now);
/* The next rising edge of channel 0's output behind `now`, ns; 0: none comes. */
uint64_t vpit_deadline(const struct vpit *p, uint64_t now);
/* The output of a channel at `now`. */
bool vpit_output(const struct vpit *p, unsigned int nr, uint64_t now);

#endif
