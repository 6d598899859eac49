// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end by our own fault: say why, once, whatever locks are held, and stop or reset the machine.
 */
#include <hv/atomic.h>
#include <hv/lib.h>
#include <hv/log.h>
#include <hv/machine.h>
#include <hv/options.h>
#include <hv/percpu.h>
#include <hv/printk.h>

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
	if (options.noreboot)
		machine_halt();
	log_err("Rebooting\n");
	machine_reboot();
}
