// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log: formatting, levels, the ring that `xl dmesg` reads, and the copy on the UART.
 *
 * A line of the hypervisor starts with "(shoji) ". The levels that a guest's actions can reach
 * (L_GUEST, L_DEBUG) are limited to a few lines a second each; how many were dropped is said with
 * the next line that is logged once there is room again, whatever its level. Until console_init()
 * lines only go to the ring; then the UART gets them as well.
 *
 * Lock: log_lock, the last in every order, taken with interrupts off, from any context. It guards
 * all statics here and the UART's transmitter. A panic does not take it (printk_break_lock).
 */
#include <hv/console/printk.h>
#include <hv/boot/options.h>
#include <hv/console/log.h>
#include <hv/console/logring.h>
#include <hv/event/virq.h>
#include <hv/lib/lib.h>
#include <hv/lib/lock_check.h>
#include <hv/mm/alloc.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/ratelimit.h>
#include <hv/sched/softirq.h>
#include <hv/spinlock.h>
#include <hv/time/clock.h>
#include <x86/uart.h>
#include <xen/xen.h>

#define LINE_MAX	320	/* characters of one message; the rest is cut */
#define BOOT_RING	KIB(16)	/* until there is an allocator */
#define RING_MAX	MIB(64)
#define PREFIX		"(shoji) "

static char boot_ring[BOOT_RING];
static struct logring ring = {.buf = boot_ring, .size = BOOT_RING};
static spinlock_t log_lock = SPINLOCK_INIT(RANK_LOG);
static bool lock_broken, uart_on, mid_line, virq_on;

/* Each has its own bucket, so that no level takes another's room. */
static struct limit {
	struct ratelimit rate;
	enum log_level level;
	const char *what;
} limits[] = {
	{RATELIMIT_INIT(20, NS_PER_SEC / 5), L_GUEST, "lines about guests"},
	{RATELIMIT_INIT(20, NS_PER_SEC / 5), L_DEBUG, "debug lines"},
};

static uint64_t lock(void)
{
	if (atomic_load(&lock_broken))
		return irq_save();
	return spin_lock_irqsave(&log_lock);
}

static void unlock(uint64_t flags)
{
	if (atomic_load(&lock_broken))
		irq_restore(flags);
	else
		spin_unlock_irqrestore(&log_lock, flags);
}

void printk_break_lock(void)
{
	atomic_store(&lock_broken, true);
	LOCK_CHECKED(lock_check_stop());
}

/* ---- output; the lock is held ---- */

static void uart_text(const char *text, size_t n)
{
	size_t i;

	for (i = 0; uart_on && i < n; i++) {
		if (text[i] == '\n')
			uart_putc('\r');
		uart_putc(text[i]);
	}
}

static void put_text(const char *text, size_t n)
{
	logring_write(&ring, text, n);
	uart_text(text, n);
}

/* Write text, with the prefix at the start of every line. */
static void put_lines(const char *text, size_t n)
{
	while (n) {
		const char *end = memchr(text, '\n', n);
		size_t part = end ? (size_t)(end - text) + 1 : n;

		if (!mid_line)
			put_text(PREFIX, sizeof(PREFIX) - 1);
		put_text(text, part);
		mid_line = !end;
		text += part;
		n -= part;
	}
}

/*
 * What a guest does wrong is a warning to the administrator: why a domain crashed is shown unless
 * it is asked not to be.
 */
static bool level_wanted(enum log_level level)
{
	if (level == L_GUEST)
		return tunables.guest_loglvl >= (int)L_WARN;
	return (int)level <= tunables.loglvl;
}

/* May a line of this level be written? Counts it as dropped if not. */
static bool passes(enum log_level level, uint64_t now)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(limits); i++)
		if (limits[i].level == level)
			return ratelimit_ok(&limits[i].rate, now);
	return true;
}

/* What was dropped, before a line that is written. */
static void report_dropped(uint64_t now)
{
	char text[64];

	for (unsigned int i = 0; i < ARRAY_SIZE(limits); i++) {
		struct limit *l = &limits[i];

		if (likely(!l->rate.dropped) || mid_line || !ratelimit_ready(&l->rate, now))
			continue;
		put_lines(text, (size_t)snprintf(text, sizeof(text), "%u %s were left out\n",
						 l->rate.dropped, l->what));
		l->rate.dropped = 0;
	}
}

static void vprintk(enum log_level level, const char *fmt, va_list ap)
{
	char text[LINE_MAX];
	uint64_t flags, now;
	bool good;
	int n;

	if (!level_wanted(level))
		return;
	n = vsnprintf(text, sizeof(text), fmt, ap);
	if (n < 0)
		return;
	if ((size_t)n >= sizeof(text)) {
		n = sizeof(text) - 1;
		text[n - 1] = '\n';
	}
	flags = lock();
	now = now_ns();
	report_dropped(now);
	good = passes(level, now);
	if (good)
		put_lines(text, (size_t)n);
	unlock(flags);
	/* Whoever prints may hold any lock, so the event is raised later. */
	if (good && atomic_load(&virq_on) && global_virq_bound(VIRQ_CON_RING))
		softirq_raise(SOFTIRQ_LOG);
}

void printk(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintk(level, fmt, ap);
	va_end(ap);
}

void console_write(const char *text, size_t n)
{
	uint64_t flags = lock();

	if (mid_line) {
		put_text("\n", 1);
		mid_line = false;
	}
	uart_text(text, n);
	unlock(flags);
}

/* ---- start-up ---- */

void log_start_uart(void)
{
	char text[64];
	uint64_t flags = lock();
	uint32_t pos = ring.cons;
	size_t n;

	uart_on = true;
	while ((n = logring_read(&ring, &pos, text, sizeof(text))) > 0)
		uart_text(text, n);
	unlock(flags);
}

static void announce(void)
{
	send_global_virq(VIRQ_CON_RING);
}

void log_start_virq(void)
{
	softirq_open(SOFTIRQ_LOG, announce);
	atomic_store(&virq_on, true);
}

void log_resize(uint64_t bytes)
{
	unsigned int order = 0;
	struct frame *f;
	uint64_t flags;

	bytes = MIN(bytes, RING_MAX);
	while ((PAGE_SIZE << (order + 1)) <= bytes)
		order++;
	if (bytes <= BOOT_RING)
		return;
	f = alloc_frames(order, 0);
	if (!f) {
		log_warn("conring_size: no memory for %lu KiB of log\n",
			 (unsigned long)(bytes >> 10));
		return;
	}
	flags = lock();
	logring_init(&ring, mfn_to_virt(frame_to_mfn(f)), (uint32_t)(PAGE_SIZE << order));
	unlock(flags);
}

/* ---- the log's readers ---- */

size_t log_read(bool incremental, uint32_t *pos, char *out, size_t max)
{
	uint64_t flags = lock();
	size_t n;

	if (!incremental)
		*pos = ring.cons;
	n = logring_read(&ring, pos, out, max);
	unlock(flags);
	return n;
}

void log_discard(uint32_t pos)
{
	uint64_t flags = lock();

	logring_discard(&ring, pos);
	unlock(flags);
}
