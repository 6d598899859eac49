/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Console input goes to Domain-0 or to the debug keys, in order, and never overflows its buffer.
 * Console output is accepted from Domain-0 only.
 */
/* sources: hypervisor/console/console.c hypervisor/console/keyhandler.c */
/* sources: hypervisor/hypercall/console_op.c */
#include "control_world.h"

#include "effects.h"

#include <hv/console/console.h>
#include <hv/console/keyhandler.h>
#include <hv/console/log.h>
#include <hv/console/printk.h>
#include <hv/event/event.h>
#include <hv/event/virq.h>
#include <hv/grant/grant.h>
#include <hv/hypercall/hypercall.h>
#include <hv/irq/irq.h>
#include <hv/sched/sched.h>
#include <hv/sched/timer.h>
#include <x86/uart.h>

static char written[4096];
static unsigned int virqs, timers_set, gsi_error, uart_gsi = 4, polls;
static bool preempt, restarted;
static uint64_t restart_count, restart_text;
static const char *typed = "";
static void (*rx)(void *);
static struct timer *last_timer;
static unsigned int x_runs;

void console_write(const char *text, size_t n)
{
	strncat(written, text, n);
}

void uart_init(uint16_t port, unsigned int baud, unsigned int irq)
{
	(void)port, (void)baud, (void)irq;
}

int uart_getc(void)
{
	polls++;
	return *typed ? *typed++ : -1;
}

unsigned int uart_irq(void)
{
	return uart_gsi;
}

void uart_enable_rx_irq(void)
{
}

int irq_request_gsi(unsigned int gsi, void (*fn)(void *), void *data)
{
	(void)gsi, (void)data;
	rx = fn;
	return (int)gsi_error;
}

void timer_init(struct timer *t, void (*fn)(void *), void *data, unsigned int cpu)
{
	(void)cpu;
	t->fn = fn;
	t->data = data;
}

void timer_set(struct timer *t, uint64_t deadline)
{
	(void)deadline;
	timers_set++;
	last_timer = t;
}

void send_global_virq(unsigned int virq)
{
	virqs += virq == VIRQ_CONSOLE;
}

bool hypercall_preempt_check(void)
{
	return preempt;
}

long hypercall_restart(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
	(void)a1, (void)a4, (void)a5;
	restarted = true;
	restart_count = a2;
	restart_text = a3;
	return -ERESTART;
}

void log_start_uart(void)
{
}

void log_start_virq(void)
{
}

void log_resize(uint64_t bytes)
{
	(void)bytes;
}

void evtchn_dump(struct domain *d)
{
	(void)d;
}

void irq_dump(void)
{
}

void stats_dump(void)
{
}

void sched_dump(void)
{
}

void timers_dump(void)
{
}

unsigned int grant_handle_pages(const struct domain *d)
{
	(void)d;
	return 2;
}

unsigned int evtchn_pages(const struct domain *d)
{
	(void)d;
	return 5;
}

void grant_counts(struct domain *d, unsigned int *pinned, unsigned int *mapped)
{
	(void)d;
	*pinned = *mapped = 0;
}

unsigned int grant_frames(const struct domain *d)
{
	(void)d;
	return 1;
}

static void x_key(void)
{
	x_runs++;
}

static void type(const char *text)
{
	while (*text)
		console_input(*text++);
}

static bool waiting(const char *text)
{
	char buf[2000];
	size_t n = console_read(buf, sizeof(buf));

	return n == strlen(text) && !memcmp(buf, text, n);
}

static void test_input(void)
{
	char buf[200];
	unsigned int i;

	type("hello");
	result(virqs == 5 && waiting("hello") && waiting(""),
	       "what is typed reaches Domain-0, once");
	for (i = 0; i < 3000; i++)
		console_input('a');
	for (i = 0; console_read(buf, 1); i++)
		;
	result(i == 1024, "and waits as long as there is room");
	result(keyhandler_register('x', x_key, "test") == 0 &&
		       keyhandler_register('x', x_key, "test") == -EEXIST &&
		       keyhandler_register('\n', x_key, "test") == -EINVAL &&
		       keyhandler_register((char)200, x_key, "test") == -EINVAL,
	       "a key has one handler");
	type("\1\1\1xx");
	result(waiting("\1\1") && timers_set == 2 && x_runs == 0,
	       "Ctrl-A three times: keys go to the hypervisor");
	last_timer->fn(last_timer->data);
	result(x_runs == 2, "and run later");
	for (i = 0; i < 100; i++)
		console_input('x');
	last_timer->fn(NULL);
	result(x_runs == 18, "16 at once, the rest is dropped");
	type("\1\1\1ab\1\1c");
	result(waiting("ab\1\1c"), "and back; two are not three");
	log_clear();
	result(keyhandler_run('h') == 0 && log_has("this list") && log_has("  x  test") &&
		       keyhandler_run('Z') == -ENOENT && keyhandler_run('\0') == -ENOENT,
	       "h lists the keys");
	for (i = ' '; i < 127; i++)
		(void)keyhandler_run((char)i);
	result(log_has("key 'q'") && log_has("d1:") && world_held == 0,
	       "every key can be pressed, and keeps no reference");
}

static void test_uart(void)
{
	options.console_com1 = true;
	console_init();
	console_rx_init();
	typed = "uart";
	rx(NULL);
	result(waiting("uart"), "the UART's interrupt takes what is there");
	uart_gsi = 0;
	timers_set = 0;
	console_rx_init();
	typed = "poll";
	last_timer->fn(NULL);
	result(waiting("poll") && timers_set == 2,
	       "without an interrupt a timer does, again and again");
	polls = 0;
	typed = "0123456789012345678901234567890123456789012345678901234567890123456789012345678901"
		"234567890123456789"
		"0123456789012345678901234567890123456789012345678901234567890123456789012345678901"
		"234567890123456789"
		"0123456789012345678901234567890123456789012345678901234567890123456789012345678901"
		"234567890123456789";
	rx(NULL);
	result(polls == 256, "but not for ever");
}

static void test_hypercall(void)
{
	char buf[300], text[300];

	while (console_read(buf, sizeof(buf)))
		;
	memset(text, 't', sizeof(text));
	written[0] = 0;
	result(do_console_io(CONSOLEIO_write, 5, at("abcde"), 0, 0, 0) == 0 &&
		       !strcmp(written, "abcde"),
	       "Domain-0 writes");
	written[0] = 0;
	result(do_console_io(CONSOLEIO_write, 300, at(text), 0, 0, 0) == 0 &&
		       strlen(written) == 300,
	       "long texts too");
	preempt = true;
	written[0] = 0;
	result(do_console_io(CONSOLEIO_write, 300, at(text), 0, 0, 0) == -ERESTART &&
		       restart_count == 172 && restart_text == at(text) + 128 &&
		       strlen(written) == 128,
	       "in pieces when others wait");
	preempt = false;
	type("in");
	result(do_console_io(CONSOLEIO_read, 300, at(buf), 0, 0, 0) == 2 && !memcmp(buf, "in", 2),
	       "it reads");
	result(do_console_io(CONSOLEIO_write, UINT32_MAX, at(text), 0, 0, 0) == -EINVAL &&
		       do_console_io(CONSOLEIO_write, 5, 1, 0, 0, 0) == -EFAULT &&
		       do_console_io(2, 0, 0, 0, 0, 0) == -ENOSYS,
	       "nonsense is refused");
	run_as(1);
	written[0] = 0;
	result(do_console_io(CONSOLEIO_write, 5, at("abcde"), 0, 0, 0) == -EPERM &&
		       do_console_io(CONSOLEIO_read, 5, at(buf), 0, 0, 0) == -EPERM && !written[0],
	       "guests may not");
	run_as(0);
}

/* ---- each sub-operation, and what is different after it ---- */

static struct {
	uint32_t cmd;
	uint64_t count, text;
} op;

/* The number of bytes is an answer, too. */
static long effect_call(uint32_t cmd)
{
	long rc = do_console_io(cmd, op.count, op.text, 0, 0, 0);

	if (rc > 0)
		memcpy(effect_buffer + sizeof(effect_buffer) - sizeof(rc), &rc, sizeof(rc));
	return rc;
}

static void prepare_write(void)
{
	op.count = 5;
	op.text = at("abcde");
}

static void prepare_bad_write(void)
{
	op.count = 5;
	op.text = 1;
}

static void prepare_read(void)
{
	type("typed");
	op.count = 3;
	op.text = at(effect_buffer);
}

static void prepare_nothing(void)
{
	char buf[300];

	while (console_read(buf, sizeof(buf)))
		;
	op.count = 3;
	op.text = at(effect_buffer);
}

static const struct sub_op rows[] = {
	{CONSOLEIO_write, "write", prepare_write, CHANGES, 0, NULL},
	{CONSOLEIO_write, "one of what cannot be read", prepare_bad_write, REFUSES, -EFAULT, NULL},
	{CONSOLEIO_read, "read", prepare_read, ANSWERS, 0, NULL},
	{CONSOLEIO_read, "read of nothing", prepare_nothing, IS_SO, 0, "0 is how much there is"},
};

static void test_effects(void)
{
	const struct region arg = {&op, sizeof(op)}, state[] = {{written, sizeof(written)},
								{NULL, 0}};

	effects_run(rows, ARRAY_SIZE(rows), effect_call, arg, state, NULL);
	effects_complete("console_io", rows, ARRAY_SIZE(rows), effect_call, arg, 100, UINT32_MAX);
}

int main(void)
{
	world_start();
	keyhandler_init();
	console_rx_init();
	test_input();
	test_uart();
	test_hypercall();
	test_effects();
	printf("1..%u\n", tap_number);
	return tap_failures != 0;
}
