// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end: power off, reset, halt. Domain-0 knows the ACPI values for S5; without them there is
 * only halting.
 */
#include <x86/machine.h>
#include <hv/boot/boot.h>
#include <hv/errno.h>
#include <hv/percpu.h>
#include <hv/time/clock.h>
#include <arch/io.h>

#define PM1_SLEEP_ENABLE 0x2000

int machine_acpi_sleep(uint16_t pm1a, uint16_t pm1b)
{
	if (!boot_info.pm1a_cnt)
		return -ENODEV;
	outw((uint16_t)boot_info.pm1a_cnt, pm1a | PM1_SLEEP_ENABLE);
	if (boot_info.pm1b_cnt)
		outw((uint16_t)boot_info.pm1b_cnt, pm1b | PM1_SLEEP_ENABLE);
	delay_us(100000);
	return -EIO;
}

void machine_reboot(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __packed no_idt = {0, 0};

	irq_disable();
	if (boot_info.reset_port)
		outb((uint16_t)boot_info.reset_port, boot_info.reset_value);
	delay_us(10000);
	outb(0xcf9, 0x02);
	outb(0xcf9, 0x06);
	delay_us(10000);
	outb(0x64, 0xfe);
	delay_us(10000);
	__asm__ volatile("lidt %0; int3" :: "m"(no_idt));
	for (;;)
		__asm__ volatile("hlt");
}

void machine_halt(void)
{
	irq_disable();
	for (;;)
		__asm__ volatile("hlt");
}
