// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end by our own fault: say why, once, whatever locks are held, and stop or reset the machine.
 */
#include <hv/atomic.h>
#include <hv/boot/options.h>
#include <hv/console/log.h>
#include <hv/console/printk.h>
#include <hv/lib/lib.h>
#include <hv/percpu.h>
#include <x86/machine.h>

void panic(const char *fmt, ...)
{
	static uint32_t panicking;
	char text[256];
	va_list ap;

	irq_disable();
	if (atomic_xchg(&panicking, 1))
		machine_halt();
	printk_break_lock();
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_err("\n****************\nPanic on CPU %u: %s\n****************\n", cpu_id(), text);
	if (tunables.noreboot)
		machine_halt();
	log_err("Rebooting\n");
	machine_reboot();
}
