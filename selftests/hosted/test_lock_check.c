/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: lib/lock_check.c lets pass what hv/lock_rank.h allows, and ends the machine at each kind
 * of step against it, with the names of the locks and the places where they were taken.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hv/console/printk.h>
#include <hv/event/evtchn.h>
#include <hv/event/evtchn_bind.h>
#include <hv/lib/lib.h>
#include <hv/mm/frame.h>
#include <hv/spinlock.h>

_Thread_local struct cpu_info hosted_cpu_info;
unsigned int nr_cpus = 2;

static spinlock_t lock[LOCK_RANK_END]; /* one of each rank */
static spinlock_t pair[2];
static struct frame frames[3];
static struct evtchn channel;
static unsigned int number, failures;
static int out;

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vdprintf(out, fmt, ap);
	va_end(ap);
	_exit(3);
}

/* Run it in a child: what it has panicked with, "" where it has not. */
static const char *panics(void (*step)(void))
{
	static char text[512];
	int ends[2], status;
	size_t n = 0;
	ssize_t got;

	if (pipe(ends))
		abort();
	fflush(stdout);
	if (!fork()) {
		out = ends[1];
		alarm(5); /* what is not found is a deadlock */
		step();
		_exit(0);
	}
	close(ends[1]);
	while ((got = read(ends[0], text + n, sizeof(text) - 1 - n)) > 0)
		n += (size_t)got;
	text[n] = 0;
	close(ends[0]);
	wait(&status);
	return WIFEXITED(status) && WEXITSTATUS(status) == (n ? 3 : 0) ? text
								       : "it ended otherwise";
}

static void result(bool good, const char *claim, const char *said)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, claim);
	if (!good)
		printf("# it said: '%s'\n", said);
	failures += !good;
}

static void passes(void (*step)(void), const char *claim)
{
	const char *said = panics(step);

	result(!*said, claim, said);
}

/* The panic has all three parts. */
static void fails(void (*step)(void), const char *a, const char *b, const char *c,
		  const char *claim)
{
	const char *said = panics(step);

	result(strstr(said, a) && strstr(said, b) && strstr(said, c), claim, said);
}

/* ---- what is allowed ---- */

/* Plain ones with interrupts on, then those of interrupt handlers with interrupts off. */
static void all_in_order(void)
{
	for (unsigned int from = LOCK_NO_RANK + 1; from < RANK_IRQ_ALLOC; from += 12) {
		unsigned int to = MIN(from + 12, (unsigned int)RANK_IRQ_ALLOC);

		for (unsigned int i = from; i < to; i++)
			spin_lock(&lock[i]);
		for (unsigned int i = from; i < to; i++)
			spin_unlock(&lock[i]);
	}
	irq_disable();
	for (unsigned int i = RANK_IRQ_ALLOC; i < LOCK_RANK_END; i++)
		spin_lock(&lock[i]);
	for (unsigned int i = LOCK_RANK_END; i-- > RANK_IRQ_ALLOC;)
		spin_unlock(&lock[i]);
	irq_enable();
	lock_check_return();
}

static void irqsave_nested(void)
{
	uint64_t flags = spin_lock_irqsave(&lock[RANK_RUNQ]), inner;

	inner = spin_lock_irqsave(&lock[RANK_TIMERS]);
	spin_unlock_irqrestore(&lock[RANK_TIMERS], inner);
	spin_unlock_irqrestore(&lock[RANK_RUNQ], flags);
	if (!irqs_enabled())
		panic("interrupts stayed off");
}

static void two_by_address(void)
{
	spin_lock(&pair[0]);
	spin_lock(&pair[1]);
	spin_unlock(&pair[0]);
	spin_unlock(&pair[1]);
}

static void frames_down(void)
{
	if (!frame_trylock(&frames[0], frame_level(FT_L4)) ||
	    !frame_trylock(&frames[2], frame_level(FT_L3)) ||
	    !frame_trylock(&frames[1], frame_level(FT_WRITABLE)))
		panic("not locked");
	frame_unlock(&frames[1]);
	frame_unlock(&frames[2]);
	frame_unlock(&frames[0]);
}

static void frame_with_count(void)
{
	if (!frame_trylock(&frames[0], 0))
		panic("not locked");
	frame_lock_level(&frames[0], 2);
	if (!frame_trylock(&frames[1], 1))
		panic("not locked");
	frame_unlock(&frames[1]);
	frame_lock_level(&frames[0], 0);
	frame_unlock(&frames[0]);
}

static void start_up(void)
{
	nr_cpus = 1;
	irq_disable();
	spin_lock(&lock[RANK_HEAP]);
	spin_unlock(&lock[RANK_HEAP]);
}

static void other_cpu(void)
{
	spin_lock(&lock[RANK_BUDDY]);
	hosted_cpu_info.cpu = 1;
	spin_lock(&lock[RANK_POOL]);
	spin_unlock(&lock[RANK_POOL]);
	lock_check_return();
}

static void wait_with_plain(void)
{
	spin_lock(&lock[RANK_HEAP]);
	lock_check_wait("flush");
}

static void send_in_interrupt(void)
{
	evtchn_set_state(&channel, EVTCHN_IPI);
	if (evtchn_enter(&channel) != EVTCHN_IPI)
		panic("not held");
	irq_disable();
	lock_check_handler(true);
	spin_lock(&lock[RANK_IRQ_DESC]);
	if (evtchn_enter(&channel) != EVTCHN_IPI)
		panic("not held");
	spin_lock(&lock[RANK_FIFO]);
	spin_unlock(&lock[RANK_FIFO]);
	evtchn_leave(&channel);
	spin_unlock(&lock[RANK_IRQ_DESC]);
	lock_check_handler(false);
	irq_enable();
	evtchn_leave(&channel);
	lock_check_return();
}

static void after_the_end(void)
{
	lock_check_stop();
	spin_lock(&lock[RANK_LOG]);
	spin_lock(&lock[RANK_POOL]);
	lock_check_return();
}

/* ---- what is not ---- */

static void out_of_order(void)
{
	spin_lock(&lock[RANK_MM]);
	spin_lock(&lock[RANK_MAPTRACK]);
}

static void under_an_older_one(void)
{
	spin_lock(&lock[RANK_EVTCHN]);
	spin_lock(&lock[RANK_PIRQ]);
	spin_unlock(&lock[RANK_PIRQ]);
	spin_lock(&lock[RANK_INTERDOMAIN]);
}

static void twice(void)
{
	spin_lock(&lock[RANK_DOMAIN]);
	spin_lock(&lock[RANK_DOMAIN]);
}

static void two_of_a_rank(void)
{
	spin_lock_init(&pair[1], RANK_DOMAIN);
	spin_lock(&lock[RANK_DOMAIN]);
	spin_lock(&pair[1]);
}

static void two_against_address(void)
{
	spin_lock(&pair[1]);
	spin_lock(&pair[0]);
}

static void frames_up(void)
{
	(void)frame_trylock(&frames[0], frame_level(FT_L1));
	(void)frame_trylock(&frames[1], frame_level(FT_L2));
}

static void frames_level(void)
{
	(void)frame_trylock(&frames[0], frame_level(FT_L2));
	(void)frame_trylock(&frames[1], frame_level(FT_L2));
}

static void frame_without_count(void)
{
	(void)frame_trylock(&frames[0], 0);
	(void)frame_trylock(&frames[1], frame_level(FT_WRITABLE));
}

static void not_held(void)
{
	spin_lock(&lock[RANK_HEAP]);
	spin_unlock(&lock[RANK_BUDDY]);
}

static void held_elsewhere(void)
{
	spin_lock(&lock[RANK_HEAP]);
	hosted_cpu_info.cpu = 1;
	spin_unlock(&lock[RANK_HEAP]);
}

static void held_at_return(void)
{
	spin_lock(&lock[RANK_HEAP]);
	lock_check_return();
}

static void held_at_switch(void)
{
	irq_disable();
	spin_lock(&lock[RANK_RUNQ]);
	lock_check_none("switch of vCPUs");
}

static void interrupts_on(void)
{
	spin_lock(&lock[RANK_IRQ_DESC]);
}

static void interrupts_off(void)
{
	irq_disable();
	spin_lock(&lock[RANK_HEAP]);
}

static void in_handler(void)
{
	irq_disable();
	lock_check_handler(true);
	spin_lock(&lock[RANK_DOMAIN]);
}

static void interrupts_go_on(void)
{
	uint64_t flags = spin_lock_irqsave(&lock[RANK_RUNQ]);

	spin_lock(&lock[RANK_TIMERS]);
	spin_unlock_irqrestore(&lock[RANK_RUNQ], flags);
}

static void interrupted(void)
{
	irq_disable();
	spin_lock(&lock[RANK_RUNQ]);
	irq_enable();
	lock_check_handler(true);
}

static void wait_with_any(void)
{
	spin_lock(&lock[RANK_DOMAIN]);
	lock_check_wait("flush of other CPUs");
}

static void without_rank(void)
{
	spin_lock(&lock[LOCK_NO_RANK]);
}

static void too_many(void)
{
	evtchn_set_state(&channel, EVTCHN_IPI);
	for (unsigned int i = 0; i < 100; i++)
		(void)evtchn_enter(&channel);
}

static void holder_takes_table(void)
{
	evtchn_set_state(&channel, EVTCHN_IPI);
	(void)evtchn_enter(&channel);
	spin_lock(&lock[RANK_EVTCHN]);
}

static void holder_closes(void)
{
	evtchn_set_state(&channel, EVTCHN_IPI);
	(void)evtchn_enter(&channel);
	evtchn_quiesce(&channel);
}

int main(void)
{
	printf("1..32\n");
	for (unsigned int i = LOCK_NO_RANK; i < LOCK_RANK_END; i++)
		spin_lock_init(&lock[i], (enum lock_rank)i);
	spin_lock_init(&pair[0], RANK_EVTCHN);
	spin_lock_init(&pair[1], RANK_EVTCHN);

	passes(all_in_order, "all locks, outermost first");
	passes(irqsave_nested, "interrupts go on with the outermost of two");
	passes(two_by_address, "two event channel tables by address");
	passes(frames_down, "frames' locks down the levels");
	passes(frame_with_count, "a table's lock with a count, and then a lower one");
	passes(start_up, "one CPU with interrupts off");
	passes(other_cpu, "what another CPU holds does not count");
	passes(wait_with_plain, "a wait for other CPUs with a plain lock");
	passes(send_in_interrupt, "an interrupt sends while a sender is inside");
	passes(after_the_end, "after the end nothing is checked");

	fails(out_of_order, "maptrack.lock taken at", "while domain_mm.lock is held since",
	      "test_lock_check.c:", "an outer lock under an inner one");
	fails(under_an_older_one, "interdomain_lock taken at", "evtchn_domain.lock is held",
	      "test_lock_check.c:", "one that was released meanwhile hides nothing");
	fails(twice, "domain.lock taken at", "while it is held since",
	      "test_lock_check.c:", "the same lock twice");
	fails(two_of_a_rank, "domain.lock taken", "while domain.lock is held", "",
	      "two of a rank that has no order");
	fails(two_against_address, "evtchn_domain.lock taken", "while evtchn_domain.lock is held",
	      "", "two against the order of addresses");
	fails(frames_up, "frame.lock taken", "while frame.lock is held", "",
	      "frames' locks up the levels");
	fails(frames_level, "frame.lock taken", "while frame.lock is held", "", "two of one level");
	fails(frame_without_count, "frame.lock taken", "while frame.lock is held", "",
	      "a second frame's lock without a count on the first");
	fails(not_held, "released at", "test_lock_check.c:", "is not held",
	      "one that is not held is released");
	fails(held_elsewhere, "released at", "", "is not held by this CPU",
	      "another CPU's is released");
	fails(held_at_return, "return to a guest while heap_lock is held since",
	      "test_lock_check.c:", "", "back to a guest with a lock");
	fails(held_at_switch, "switch of vCPUs while runq.lock is held", "", "",
	      "to another vCPU with a lock");
	fails(interrupts_on, "irq_desc.lock taken at", "with interrupts on", "",
	      "an interrupt handler's lock with interrupts on");
	fails(interrupts_off, "heap_lock taken at", "with interrupts off", "",
	      "a plain lock with interrupts off");
	fails(in_handler, "domain.lock taken at", "in an interrupt handler", "",
	      "a lock of hypercalls in an interrupt handler");
	fails(interrupts_go_on, "interrupts go on at", "while timers.lock is held", "",
	      "interrupts on before the last is released");
	fails(interrupted, "interrupts go on at an interrupt while runq.lock is held", "", "",
	      "an interrupt comes while one of its locks is held");
	fails(wait_with_any, "flush of other CPUs while domain.lock is held", "", "",
	      "a wait for CPUs that may spin for it with interrupts off");
	fails(without_rank, "without a rank", "", "", "a lock without a rank");
	fails(too_many, "one too many", "", "", "more than the list holds");
	fails(holder_takes_table, "evtchn_domain.lock taken", "evtchn.word, count is held", "",
	      "a sender takes its table's lock");
	fails(holder_closes, "evtchn.word, count taken", "while it is held", "",
	      "a sender closes its channel");
	return failures != 0;
}
