// SPDX-License-Identifier: GPL-2.0-only
/*
 * The console's input side and its start-up. A character typed goes to Domain-0 (a ring that
 * CONSOLEIO_read empties, announced by VIRQ_CONSOLE); Ctrl-A three times turns the input to the
 * hypervisor's debug keys and back.
 *
 * The UART's interrupt, or a timer when it has none, takes the characters. Debug keys run in
 * softirq context. Lock: input_lock, with interrupts off; taken in interrupt context; nothing is
 * called with it held.
 */
#include <hv/console/console.h>
#include <hv/boot/options.h>
#include <hv/console/keyhandler.h>
#include <hv/console/log.h>
#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/event/virq.h>
#include <hv/irq/irq.h>
#include <hv/lib/lib.h>
#include <hv/sched/timer.h>
#include <hv/spinlock.h>
#include <hv/time/clock.h>
#include <x86/uart.h>
#include <xen/xen.h>

#define INPUT_SIZE	1024	/* a power of two; more waiting characters are dropped */
#define KEYS_SIZE	16	/* debug keys waiting, a power of two */
#define RX_BATCH	256	/* characters taken at one interrupt */
#define POLL_NS		(50 * NS_PER_MS)
#define SWITCH_CHAR	1	/* Ctrl-A */
#define SWITCH_COUNT	3

static spinlock_t input_lock = SPINLOCK_INIT(RANK_INPUT);
static char input[INPUT_SIZE];
static uint32_t input_prod, input_cons;
static char key_queue[KEYS_SIZE];
static uint32_t key_prod, key_cons;
static unsigned int switch_seen;
static bool to_hypervisor;
static struct timer poll_timer, key_timer;

/* ---- input ---- */

enum input_result { INPUT_TAKEN, INPUT_DOM0, INPUT_KEY, INPUT_SWITCHED };

/* Where does a character go? The lock is held. */
static enum input_result sort_char(char c)
{
	switch_seen = c == SWITCH_CHAR ? switch_seen + 1 : 0;
	if (switch_seen == SWITCH_COUNT) {
		switch_seen = 0;
		to_hypervisor = !to_hypervisor;
		return INPUT_SWITCHED;
	}
	if (to_hypervisor || !dom0) {
		if (key_prod - key_cons == KEYS_SIZE)
			return INPUT_TAKEN;
		key_queue[key_prod++ % KEYS_SIZE] = c;
		return INPUT_KEY;
	}
	if (input_prod - input_cons == INPUT_SIZE)
		return INPUT_TAKEN;
	input[input_prod++ % INPUT_SIZE] = c;
	return INPUT_DOM0;
}

void console_input(char c)
{
	uint64_t flags = spin_lock_irqsave(&input_lock);
	enum input_result what = sort_char(c);

	spin_unlock_irqrestore(&input_lock, flags);
	if (what == INPUT_DOM0)
		send_global_virq(VIRQ_CONSOLE);
	else if (what == INPUT_KEY)
		timer_set(&key_timer, now_ns());
	else if (what == INPUT_SWITCHED)
		log_info("console input goes to %s (Ctrl-A three times switches)\n",
			 to_hypervisor ? "the hypervisor; 'h' lists the keys" : "Domain-0");
}

size_t console_read(char *out, size_t max)
{
	uint64_t flags = spin_lock_irqsave(&input_lock);
	size_t n = 0;

	while (n < max && input_cons != input_prod)
		out[n++] = input[input_cons++ % INPUT_SIZE];
	spin_unlock_irqrestore(&input_lock, flags);
	return n;
}

static void run_keys(void *unused)
{
	(void)unused;
	for (;;) {
		uint64_t flags = spin_lock_irqsave(&input_lock);
		bool any = key_cons != key_prod;
		char key = any ? key_queue[key_cons++ % KEYS_SIZE] : 0;

		spin_unlock_irqrestore(&input_lock, flags);
		if (!any)
			return;
		(void)keyhandler_run(key);
	}
}

/* ---- the UART ---- */

static void drain_uart(void *unused)
{
	unsigned int n;

	(void)unused;
	for (n = 0; n < RX_BATCH; n++) {
		int c = uart_getc();

		if (c < 0)
			return;
		console_input((char)c);
	}
}

static void poll_uart(void *unused)
{
	drain_uart(unused);
	timer_set(&poll_timer, now_ns() + POLL_NS);
}

void console_init(void)
{
	if (!options.console_com1)
		return;
	uart_init(options.com1_port, options.com1_baud, options.com1_irq);
	log_start_uart();
}

void console_rx_init(void)
{
	log_resize(options.conring_size);
	log_start_virq();
	keyhandler_init();
	timer_init(&key_timer, run_keys, NULL, 0);
	if (!options.console_com1)
		return;
	if (uart_irq() && !irq_request_gsi(uart_irq(), drain_uart, NULL)) {
		uart_enable_rx_irq();
		return;
	}
	timer_init(&poll_timer, poll_uart, NULL, 0);
	timer_set(&poll_timer, now_ns() + POLL_NS);
}

