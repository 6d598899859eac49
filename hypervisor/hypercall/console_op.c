// SPDX-License-Identifier: GPL-2.0-only
/*
 * console_io (hypercall 18): the hypervisor's console for Domain-0; others are refused
 * (ABI.md 5.5).
 */
#include <hv/console/console.h>
#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/hypercall/hypercall.h>
#include <hv/percpu.h>
#include <hv/sched/sched.h>
#include <x86/uaccess.h>
#include <xen/xen.h>

#define CHUNK	128	/* bytes copied at once */

/*
 * Write count bytes of text; whoever has much to say is continued, so that interrupts and others
 * get their turn.
 */
static long console_io_write(uint64_t count, gaddr_t text)
{
	char chunk[CHUNK];

	while (count) {
		size_t n = MIN(count, sizeof(chunk));

		if (copy_from_guest(chunk, text, n))
			return -EFAULT;
		console_write(chunk, n);
		text += n;
		count -= n;
		if (count && hypercall_preempt_check())
			return hypercall_restart(CONSOLEIO_write, count, text, 0, 0);
	}
	return 0;
}

static long console_io_read(uint64_t count, gaddr_t buffer)
{
	char chunk[CHUNK];
	size_t n = console_read(chunk, MIN(count, sizeof(chunk)));

	return copy_to_guest(buffer, chunk, n) ? -EFAULT : (long)n;
}

/*
 * a1: CONSOLEIO_*, a2: count in bytes (an int in the ABI), a3: buffer. 0, bytes read, -EPERM (not
 * Domain-0), -EINVAL, -EFAULT, -ENOSYS. ABI.md 5.5. Hypercall context, no locks.
 */
HYPERCALL(do_console_io)
{
	int32_t count = (int32_t)a2;

	(void)a4, (void)a5, (void)a6;
	if (!current->domain->privileged)
		return -EPERM;
	if (count < 0)
		return -EINVAL;
	switch ((uint32_t)a1) {
	case CONSOLEIO_write:
		return console_io_write((uint32_t)count, a3);
	case CONSOLEIO_read:
		return console_io_read((uint32_t)count, a3);
	default:
		return not_implemented("console_io", (unsigned int)a1);
	}
}
