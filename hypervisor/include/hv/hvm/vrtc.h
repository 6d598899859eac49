/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The MC146818 clock of a PC (hvm/vrtc.c): its fourteen registers, alarm and interrupts, a state
 * machine over time in ns. The other bytes of CMOS memory are the device model's. The caller holds
 * a lock around each call.
 */
#ifndef HV_HVM_VRTC_H
#define HV_HVM_VRTC_H

#include <hv/types.h>

#define VRTC_BYTES	14u	/* registers 0-13 */

struct vrtc {
	uint8_t reg[VRTC_BYTES];	/* the date's count only while it is set */
	uint8_t index;		/* the register that the data port means; bit 7 is the NMI's */
	uint64_t offset;	/* s: what the clock shows is offset + now, in s since 1970 */
	uint64_t seen;		/* ns up to which events are in register 12 */
};

/* A clock that shows `seconds` since 1970 at `now` ns, in 24 hours and BCD. */
void vrtc_reset(struct vrtc *r, uint64_t seconds, uint64_t now);
/* Port 0x70: select a register. False: it is a byte of the device model's. */
bool vrtc_select(struct vrtc *r, uint8_t value);
/* Port 0x71, of a register that is the clock's. Reading register 12 takes the interrupt away. */
uint8_t vrtc_read(struct vrtc *r, uint64_t now);
/* The same, written. True: the time that it shows has changed. */
bool vrtc_write(struct vrtc *r, uint8_t value, uint64_t now);
/* Is its interrupt line up? */
bool vrtc_line(struct vrtc *r, uint64_t now);
/* When its line may next go up, ns; 0: not by time alone. */
uint64_t vrtc_deadline(const struct vrtc *r, uint64_t now);

#endif
