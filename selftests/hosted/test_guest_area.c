/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Areas that a guest registers for the hypervisor to write: several vCPUs register one area while
 * it is being written.
 */
/* sources: hypervisor/domain/guest_area.c */
/* libs: -lpthread */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <hv/domain/domain.h>
#include <hv/domain/guest_area.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/mm/mmu_op.h>
#include <hv/mm/pte_rules.h>
#include <hv/percpu.h>

#define FRAMES 8

_Thread_local struct cpu_info hosted_cpu_info;

static char memory[FRAMES][4096] __attribute__((aligned(4096)));
static struct frame frames[FRAMES];
static pte_t entries[FRAMES];
static int refs[FRAMES], underflows, strays, failures, count;
static struct guest_area area = {.lock = SPINLOCK_INIT(RANK_GUEST_AREA)};
static struct domain dom;
static struct vcpu vcpu = {.domain = &dom};

static void result(int good, const char *claim)
{
	failures += !good;
	printf("%s %d - %s\n", good ? "ok" : "not ok", ++count, claim);
}

/*
 * A guest address is a frame's number and an offset; the last frame is not mapped, the one before
 * is read-only.
 */
pte_t *guest_l1_entry(struct vcpu *v, gaddr_t va, mfn_t *l1)
{
	unsigned int n = (unsigned int)(va >> 12);

	(void)v;
	*l1 = mfn(0);
	if (n >= FRAMES - 1)
		return NULL;
	entries[n] = (pte_t)n << 12 | PTE_P | (n < FRAMES - 2 ? PTE_RW : 0);
	return &entries[n];
}

int get_page_and_type(mfn_t m, struct domain *d, enum frame_type type)
{
	(void)d, (void)type;
	__atomic_fetch_add(&refs[m.n], 1, __ATOMIC_SEQ_CST);
	return 0;
}

void put_page_and_type(struct frame *f)
{
	if (__atomic_fetch_sub(&refs[f - frames], 1, __ATOMIC_SEQ_CST) <= 0)
		underflows++;
}

struct frame *mfn_to_frame(mfn_t m)
{
	return &frames[m.n];
}

mfn_t frame_to_mfn(const struct frame *f)
{
	if (f < frames || f >= frames + FRAMES) {
		strays++;
		return mfn(0);
	}
	return mfn((uint64_t)(f - frames));
}

void *maddr_to_virt(maddr_t a)
{
	unsigned int n = (unsigned int)(a >> 12);

	/* Under the area's lock its frames are held. */
	if (__atomic_load_n(&refs[n], __ATOMIC_SEQ_CST) <= 0)
		strays++;
	return memory[n];
}

/*
 * A ticket lock whose next holder the host has put to sleep is slow: a second, however many rounds
 * that are.
 */
static bool time_is_over(void)
{
	static time_t end;
	time_t now = time(NULL);

	if (!end)
		end = now + 2;
	return now >= end;
}

static void *registrar(void *arg)
{
	uint64_t i, at = (uint64_t)arg;

	for (i = 0; !time_is_over(); i++) {
		if (guest_area_set(&vcpu, &area, (at << 12) + (i & 1 ? 4080 : 64), 48))
			strays++;
		if (i % 7 == 0)
			guest_area_clear(&area);
	}
	return NULL;
}

static void *writer(void *arg)
{
	static const char data[48] = "what the scheduler writes";

	while (!time_is_over())
		guest_area_write(&area, 0, data, sizeof(data));
	return arg;
}

static int sum(void)
{
	int i, n = 0;

	for (i = 0; i < FRAMES; i++)
		n += refs[i];
	return n;
}

int main(void)
{
	static const char data[48] = "0123456789012345678901234567890123456789012345";
	pthread_t t[3];

	printf("1..7\n");
	result(!guest_area_set(&vcpu, &area, 4096 + 4080, 48) && sum() == 2,
	       "an area that crosses a page holds both frames");
	guest_area_write(&area, 0, data, sizeof(data));
	result(!memcmp(memory[1] + 4080, data, 16) && !memcmp(memory[2], data + 16, 32),
	       "and is written in both");
	result(guest_area_set(&vcpu, &area, (FRAMES - 3) * 4096 + 4080, 48) && sum() == 2,
	       "half an area is none, and the old one stays");
	guest_area_write(&area, 40, data, 48);
	result(memory[2][32] == 0, "nothing is written beyond it");
	guest_area_clear(&area);
	result(sum() == 0, "it is given back");
	(void)time_is_over();
	pthread_create(&t[0], NULL, registrar, (void *)0);
	pthread_create(&t[1], NULL, registrar, (void *)2);
	pthread_create(&t[2], NULL, writer, NULL);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	guest_area_clear(&area);
	result(!underflows && sum() == 0,
	       "two vCPUs that register at once give back each frame once");
	result(!strays, "and the scheduler writes only to frames that are held");
	return failures != 0;
}
