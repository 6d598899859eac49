/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log. Claims: messages are in the ring in order, the oldest are dropped first, a guest cannot
 * fill it, and a reader can continue where it stopped.
 */
/* sources: hypervisor/console/logring.c hypervisor/console/printk.c */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/boot/options.h>
#include <hv/console/log.h>
#include <hv/console/logring.h>
#include <hv/console/printk.h>
#include <hv/event/virq.h>
#include <hv/mm/alloc.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/ratelimit.h>
#include <hv/sched/softirq.h>
#include <hv/time/clock.h>
#include <x86/uart.h>
#include <xen/xen.h>

_Thread_local struct cpu_info hosted_cpu_info;
unsigned int nr_cpus = 1;
struct options options;
struct tunables tunables = {.loglvl = L_INFO, .guest_loglvl = L_WARN};

static unsigned int number, failures;
static char uart_text[100000];
static size_t uart_length;
static uint64_t now;
static struct frame one_frame;
static char *ring_memory;

uint64_t now_ns(void)
{
	return now;
}

void uart_putc(char c)
{
	if (uart_length < sizeof(uart_text) - 1)
		uart_text[uart_length++] = c;
}

static void (*announce)(void);
static unsigned int raised, virqs;

void softirq_open(enum softirq nr, void (*fn)(void))
{
	announce = nr == SOFTIRQ_LOG ? fn : NULL;
}

void softirq_raise(enum softirq nr)
{
	raised += nr == SOFTIRQ_LOG;
}

static bool bound;

bool global_virq_bound(unsigned int virq)
{
	return bound && virq == VIRQ_CON_RING;
}

void send_global_virq(unsigned int virq)
{
	virqs += virq == VIRQ_CON_RING;
}

struct frame *alloc_frames(unsigned int order, unsigned int flags)
{
	(void)flags;
	ring_memory = malloc(4096UL << order);
	return ring_memory ? &one_frame : NULL;
}

mfn_t frame_to_mfn(const struct frame *f)
{
	(void)f;
	return mfn(0);
}

void *maddr_to_virt(maddr_t a)
{
	return ring_memory + a;
}

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, claim);
	failures += !good;
}

/* ---- the ring ---- */

static struct logring r;

static bool holds(const char *text)
{
	char out[64] = "";
	uint32_t pos = r.cons;

	return logring_read(&r, &pos, out, sizeof(out)) == strlen(text) &&
	       !memcmp(out, text, strlen(text)) && pos == r.prod;
}

static void test_ring(void)
{
	char small[8], large[16], out[16];
	uint32_t pos;

	logring_init(&r, small, sizeof(small));
	result(holds(""), "a new ring is empty");
	logring_write(&r, "abcdef", 6);
	result(holds("abcdef"), "what is written can be read");
	logring_write(&r, "ghij", 4);
	result(holds("cdefghij"), "the oldest bytes give way");
	logring_write(&r, "0123456789abcdef", 16);
	result(holds("89abcdef"), "of a text longer than the ring the end is kept");
	pos = r.prod - 3;
	result(logring_read(&r, &pos, out, 2) == 2 && !memcmp(out, "de", 2) &&
		       logring_read(&r, &pos, out, 9) == 1 && out[0] == 'f' &&
		       logring_read(&r, &pos, out, 9) == 0,
	       "a reader goes on where it stopped");
	pos = r.prod + 5;
	result(logring_read(&r, &pos, out, 1) == 1 && out[0] == '8',
	       "one that comes from the future starts at the oldest");
	pos = r.cons - 1;
	result(logring_read(&r, &pos, out, 1) == 1 && out[0] == '8',
	       "and so does one that was left behind");
	logring_discard(&r, r.prod - 2);
	logring_discard(&r, r.prod + 1);
	result(holds("ef"), "what was read can be forgotten");
	logring_init(&r, large, sizeof(large));
	logring_write(&r, "gh", 2);
	result(holds("efgh"), "a larger ring takes over what was there");
	r = (struct logring){
		.buf = small, .size = 8, .prod = UINT32_MAX - 2, .cons = UINT32_MAX - 2};
	logring_write(&r, "12345", 5);
	result(holds("12345"), "positions wrap without harm");
	logring_write(&r, "6789ab", 6);
	result(holds("456789ab"), "and the oldest give way there too");
}

static void test_rate(void)
{
	struct ratelimit limit = RATELIMIT_INIT(3, 100);
	unsigned int i, passed = 0;

	for (i = 0; i < 10; i++)
		passed += ratelimit_ok(&limit, 5);
	result(passed == 3 && limit.dropped == 7, "three at once, and no more");
	result(!ratelimit_ok(&limit, 99) && ratelimit_ok(&limit, 105) && !ratelimit_ok(&limit, 106),
	       "one more later");
	for (passed = 0, i = 0; i < 100; i++)
		passed += ratelimit_ok(&limit, UINT64_MAX - 5);
	result(passed == 3, "a long silence earns no more than a burst");
	result(!ratelimit_ok(&limit, 0), "a clock that goes back earns nothing");
}

/* ---- printk ---- */

static size_t read_log(char *out, size_t size)
{
	uint32_t pos = 0;
	size_t n = log_read(false, &pos, out, size - 1);

	out[n] = 0;
	return n;
}

static unsigned int count_lines(const char *text, const char *what)
{
	unsigned int n = 0;

	while ((text = strstr(text, what)) != NULL) {
		n++;
		text++;
	}
	return n;
}

/*
 * What a guest can make us say at the lowest level is as little as at its own: trap/privop.c, for
 * each refused MSR.
 */
static void test_debug_lines(char *text, size_t size)
{
	unsigned int i;

	tunables.loglvl = L_DEBUG;
	for (i = 0; i < 1000; i++)
		printk(L_DEBUG, "d1v0: refused MSR 123\n");
	read_log(text, size);
	result(count_lines(text, "refused MSR") == 20,
	       "of a thousand debug lines at once twenty are kept");
	printk(L_GUEST, "guest nonsense\n");
	now += NS_PER_SEC / 5;
	printk(L_INFO, "something else\n");
	read_log(text, size);
	result(strstr(text, "980 debug lines were left out\n(shoji) something else\n") != NULL,
	       "and the next line of any level says how many were not");
	printk(L_INFO, "and more\n");
	read_log(text, size);
	result(count_lines(text, "debug lines were left out") == 1, "once");
	tunables.loglvl = L_INFO;
}

static void test_printk(void)
{
	static char text[100000], long_line[1000];
	uint32_t pos = 0;
	unsigned int i;
	size_t n;

	printk(L_INFO, "before %s\n", "UART");
	result(uart_length == 0, "without a UART nothing is sent");
	log_start_uart();
	result(!strcmp(uart_text, "(shoji) before UART\r\n"),
	       "what was said before is sent when there is one");
	printk(L_DEBUG, "too much\n");
	printk(L_WARN, "a");
	printk(L_INFO, "b\nc\n");
	result(strstr(uart_text, "(shoji) ab\r\n(shoji) c\r\n") && !strstr(uart_text, "too much"),
	       "levels are left out, lines are put together and each has the prefix");
	memset(long_line, 'x', sizeof(long_line) - 1);
	printk(L_INFO, "%s\n", long_line);
	printk(L_INFO, "next\n");
	result(strstr(uart_text, "xx\r\n(shoji) next\r\n") != NULL,
	       "a line that is too long is cut and ended");
	console_write("guest text\n", 11);
	result(strstr(uart_text, "guest text\r\n") != NULL && read_log(text, sizeof(text)) &&
		       !strstr(text, "guest text"),
	       "Domain-0's console text goes to the UART, not to the log");
	tunables.guest_loglvl = L_ERR;
	printk(L_GUEST, "guest nonsense\n");
	tunables.guest_loglvl = L_WARN;
	for (i = 0; i < 1000; i++)
		printk(L_GUEST, "guest nonsense\n");
	read_log(text, sizeof(text));
	result(count_lines(text, "guest nonsense") == 20,
	       "a guest gets 20 lines at once, where guests' warnings are wanted");
	now += NS_PER_SEC;
	for (i = 0; i < 1000; i++)
		printk(L_GUEST, "guest nonsense\n");
	read_log(text, sizeof(text));
	result(count_lines(text, "guest nonsense") == 25 &&
		       strstr(text, "980 lines about guests were left out\n"),
	       "and five a second, and the log says how many were dropped");
	test_debug_lines(text, sizeof(text));
	printk(L_ERR, "ours\n");
	read_log(text, sizeof(text));
	result(strstr(text, "ours\n") != NULL, "our own lines are never dropped");
	log_resize(1 << 20);
	read_log(text, sizeof(text));
	result(strstr(text, "before UART") && strstr(text, "ours\n"),
	       "a larger ring keeps what was said");
	for (i = 0; i < 20000; i++)
		printk(L_INFO, "line %u\n", i);
	i = 0;
	while ((n = log_read(true, &pos, text, sizeof(text) - 1)) > 0) {
		text[n] = 0;
		i++;
	}
	result(i > 2 && !strncmp(strrchr(text, '('), "(shoji) line 19999\n", 19),
	       "a reader gets all of it in pieces");
	log_discard(pos);
	result(read_log(text, sizeof(text)) == 0, "and can clear it");
	result(raised == 0, "nobody is told of lines before somebody can hear it");
	log_start_virq();
	printk(L_INFO, "not told\n");
	bound = true;
	printk(L_INFO, "told\n");
	printk(L_DEBUG, "not told\n");
	announce();
	result(raised == 1 && virqs == 1,
	       "then Domain-0 is, later, and only of lines that are kept");
	for (i = 0; i < 1000; i++)
		printk(L_GUEST, "guest nonsense\n");
	result(raised <= 1 + 20,
	       "not of those that were left out: a guest cannot keep Domain-0 reading");
	printk_break_lock();
	printk(L_ERR, "panic\n");
	result(strstr(uart_text, "panic") != NULL || uart_length == sizeof(uart_text) - 1,
	       "a panic prints without the lock");
}

int main(void)
{
	printf("1..33\n");
	test_ring();
	test_rate();
	test_printk();
	free(ring_memory);
	return failures != 0;
}
