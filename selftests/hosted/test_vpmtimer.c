/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ACPI power-management timer. Claim: it counts as ACPI says for as long as a machine may run,
 * its carries and other events ask for the system control interrupt where that is enabled, and its
 * ports are where they belong, in accesses of every size.
 */
/* sources: hypervisor/hvm/vpmtimer.c */
#include <stdio.h>
#include <stdlib.h>

#include <hv/hvm/vpmtimer.h>

#define S	UINT64_C(1000000000)

static unsigned int failures, count;
static struct vpmtimer pm;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++count, claim);
	failures += !good;
}

static void test_timer(void)
{
	uint64_t carry;

	vpmtimer_reset(&pm, 0);
	result(vpmtimer_read(&pm, 0x1f48, 4, S) == 3579545 &&
		       vpmtimer_read(&pm, 0x1f48, 4, 10 * 365 * 86400 * S) ==
			       (uint32_t)(10 * 365 * UINT64_C(86400) * 3579545),
	       "it counts, for years");
	result(vpmtimer_read(&pm, 0x1f49, 1, 20 * 365 * 86400 * S) ==
		       (uint8_t)(20 * 365 * UINT64_C(86400) * 3579545 >> 8),
	       "in bytes too");
	vpmtimer_reset(&pm, 0);
	result(!vpmtimer_deadline(&pm, 0) && !vpmtimer_sci(&pm, 0), "it asks for nothing unasked");
	vpmtimer_write(&pm, 0x1f42, 2, 0xffff, 0);
	result(vpmtimer_read(&pm, 0x1f42, 2, 0) == 0x321, "events that there are can be enabled");
	carry = vpmtimer_deadline(&pm, 0);
	result(carry / S == 599 && !vpmtimer_sci(&pm, carry - 1) && vpmtimer_sci(&pm, carry) &&
		       !vpmtimer_deadline(&pm, carry),
	       "every ten minutes its topmost bit changes, which is an event");
	vpmtimer_write(&pm, 0x1f40, 2, 1, carry);
	result(!vpmtimer_sci(&pm, carry) && vpmtimer_deadline(&pm, carry) / S == 1199 &&
		       vpmtimer_sci(&pm, carry + 700 * S),
	       "and again, when it was cleared");
	vpmtimer_event(&pm, PM1_POWER);
	result(vpmtimer_read(&pm, 0x1f41, 1, carry) == 1, "a button is an event");
	vpmtimer_write(&pm, 0x1f40, 1, 0xff, carry);
	result(vpmtimer_read(&pm, 0x1f40, 2, carry) == 0x100,
	       "of which each byte is cleared alone");
	vpmtimer_write(&pm, 0x1f40, 4, 0x01000100, carry);
	result(vpmtimer_read(&pm, 0x1f40, 4, carry) == 0x01000000 && !vpmtimer_sci(&pm, carry),
	       "status and enable in one access");
	vpmtimer_write(&pm, 0x1f48, 4, 5, carry);
	result(vpmtimer_read(&pm, 0x1f48, 4, S) == 3579545, "the timer cannot be written");
}

static void test_ports(void)
{
	unsigned int n = 0;

	vpmtimer_reset(&pm, 0);
	for (unsigned int port = 0; port < 0x10000; port++)
		n += vpmtimer_has_port(&pm, (uint16_t)port);
	bool good = n == 8 && vpmtimer_has_port(&pm, 0x1f40) && vpmtimer_has_port(&pm, 0x1f4b) &&
		    !vpmtimer_has_port(&pm, 0xb008);

	pm.moved = true;
	result(good && vpmtimer_has_port(&pm, 0xb003) && !vpmtimer_has_port(&pm, 0xb004) &&
		       vpmtimer_has_port(&pm, 0xb008) && !vpmtimer_has_port(&pm, 0x1f48),
	       "its ports, where the firmware wants them");
	result(vpmtimer_read(&pm, 0xb002, 4, 0) == 0xffff0000 &&
		       vpmtimer_read(&pm, 0xb00b, 4, 0) == 0xffffff00,
	       "an access that goes beyond them reads ones there");
}

int main(void)
{
	test_timer();
	test_ports();
	printf("1..%u\n", count);
	return failures != 0;
}
