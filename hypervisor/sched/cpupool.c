// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPU pools. A domain runs on the CPUs of its pool and nowhere else; a CPU in no pool runs nothing.
 *
 *  1. Pool 0 is there from the start, has Domain-0 in it for ever, and so is never empty nor
 *     destroyed.
 *  2. Sets of CPUs and d->sched.cpupool change under pool_lock; whoever changes one of them settles
 *     all vCPUs concerned before the lock is released, so that a vCPU whose masks were derived from
 *     the old state is corrected (vcpu_settle()).
 *  3. A pool with a domain has a CPU. A domain that is being created is in no list yet: it looks
 *     again when it has entered that (cpupool_entered()), and runs only afterwards.
 *
 * Lock: pool_lock, the outermost of all, in hypercalls only. Inside it: the list of domains, run
 * queues, and what freeing a domain takes, since its last reference may be dropped here.
 */
#include <hv/sched/cpupool.h>
#include <hv/bitops.h>
#include <hv/boot/options.h>
#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/domain/info.h>
#include <hv/errno.h>
#include <hv/event/virq.h>
#include <hv/irq/irq.h>
#include <hv/sched/place.h>
#include <hv/sched/runq.h>
#include <hv/time/clock.h>
#include <xen/xen.h>

#define POOLS	NR_CPUS

static struct pool {
	bool used;
	cpumask_t cpus;
	unsigned int ratelimit_us;
} pools[POOLS] = {{.used = true}};
static spinlock_t pool_lock = SPINLOCK_INIT(RANK_POOL);

static struct pool *find(unsigned int id)
{
	return id < POOLS && pools[index_nospec(id, POOLS)].used ? &pools[index_nospec(id, POOLS)]
								 : NULL;
}

cpumask_t cpupool_cpus(unsigned int id)
{
	return (cpumask_t){atomic_load(&pools[id].cpus.bits) & cpumask_online().bits};
}

cpumask_t cpupool_free_cpus(void)
{
	uint64_t taken = 0;

	for (unsigned int i = 0; i < POOLS; i++)
		taken |= atomic_load(&pools[i].cpus.bits);
	return (cpumask_t){cpumask_online().bits & ~taken};
}

/* ---- the domains of a pool; pool_lock is held ---- */

/* fn: NULL only counts. */
static unsigned int for_domains(unsigned int id, void (*fn)(struct domain *d))
{
	unsigned int n = 0;
	uint32_t next = 0;
	struct domain *d;

	while (next < DOMID_FIRST_RESERVED_ID && (d = domain_get_from((domid_t)next)) != NULL) {
		next = d->id + 1U;
		if (d->sched.cpupool == id) {
			n++;
			if (fn)
				fn(d);
		}
		domain_put(d);
	}
	return n;
}

static void settle(struct domain *d)
{
	struct vcpu *v;

	for_each_vcpu(d, v)
		vcpu_settle(v);
}

static void apply_ratelimit(unsigned int cpu, unsigned int us)
{
	WRITE_ONCE(per_cpu(runq, cpu).ratelimit_ns, us * NS_PER_US);
}

/* ---- pools ---- */

int cpupool_create(unsigned int wanted, unsigned int *id)
{
	unsigned int i = wanted == CPUPOOL_ANY ? 0 : wanted;
	int rc = 0;

	if (i >= POOLS)
		return -EINVAL;
	spin_lock(&pool_lock);
	if (wanted == CPUPOOL_ANY)
		while (i < POOLS && pools[i].used)
			i++;
	if (i == POOLS)
		rc = -ENOSPC;
	else if (pools[i].used)
		rc = -EEXIST;
	else
		pools[i] = (struct pool){.used = true, .ratelimit_us = options.sched_ratelimit_us};
	spin_unlock(&pool_lock);
	*id = i;
	return rc;
}

int cpupool_destroy(unsigned int id)
{
	struct pool *p;
	int rc = 0;

	spin_lock(&pool_lock);
	p = find(id);
	if (!p)
		rc = -ENOENT;
	else if (!id || for_domains(id, NULL))
		rc = -EBUSY;
	else
		*p = (struct pool){0};
	spin_unlock(&pool_lock);
	return rc;
}

int cpupool_info(unsigned int id, struct cpupool_info *info)
{
	unsigned int i = id == CPUPOOL_ANY ? 0 : id;
	int rc = -ENOENT;

	spin_lock(&pool_lock);
	while (i < POOLS && !pools[i].used)
		i++;
	if (i < POOLS) {
		*info = (struct cpupool_info){i, for_domains(i, NULL), cpupool_cpus(i)};
		rc = 0;
	}
	spin_unlock(&pool_lock);
	return rc;
}

int cpupool_accepts(unsigned int id)
{
	int rc;

	spin_lock(&pool_lock);
	rc = !find(id) ? -ENOENT : cpupool_cpus(id).bits ? 0 : -ENODEV;
	spin_unlock(&pool_lock);
	return rc;
}

/* ---- CPUs ---- */

int cpupool_add_cpu(unsigned int id, unsigned int cpu)
{
	uint64_t free;
	struct pool *p;
	int rc = 0;

	if (cpu != CPUPOOL_ANY && cpu >= nr_cpus)
		return -EINVAL;
	spin_lock(&pool_lock);
	p = find(id);
	free = cpupool_free_cpus().bits;
	if (cpu == CPUPOOL_ANY && free)
		cpu = first_bit(free);
	if (!p) {
		rc = -ENOENT;
	} else if (cpu == CPUPOOL_ANY || !(free >> cpu & 1)) {
		rc = -ENODEV;
	} else {
		apply_ratelimit(cpu, p->ratelimit_us);
		atomic_store(&p->cpus.bits, p->cpus.bits | BIT64(cpu));
		(void)for_domains(id, settle);
	}
	spin_unlock(&pool_lock);
	return rc;
}

int cpupool_remove_cpu(unsigned int id, unsigned int cpu)
{
	uint64_t left;
	struct pool *p;
	int rc = 0;

	if (cpu != CPUPOOL_ANY && cpu >= nr_cpus)
		return -EINVAL;
	spin_lock(&pool_lock);
	p = find(id);
	if (p && cpu == CPUPOOL_ANY && cpupool_cpus(id).bits)
		cpu = last_bit(cpupool_cpus(id).bits);
	if (!p) {
		rc = -ENOENT;
	} else if (cpu == CPUPOOL_ANY || !cpu_in(p->cpus, cpu)) {
		rc = -ENODEV;
	} else {
		left = p->cpus.bits & ~BIT64(cpu);
		if (!(left & cpumask_online().bits) && for_domains(id, NULL)) {
			rc = -EBUSY;
		} else {
			atomic_store(&p->cpus.bits, left);
			(void)for_domains(id, settle);
		}
	}
	spin_unlock(&pool_lock);
	return rc;
}

/* The pool that cpu is in; NULL: none. pool_lock is held. */
static struct pool *pool_of(unsigned int cpu)
{
	for (unsigned int i = 0; i < POOLS; i++)
		if (cpu_in(pools[i].cpus, cpu))
			return &pools[i];
	return NULL;
}

/* ---- CPUs off line ---- */

/* The sets change under the lock, before anybody settles: no vCPU is placed there any more. */
static int leave_pool(unsigned int cpu)
{
	struct pool *p = pool_of(cpu);
	unsigned int id = p ? (unsigned int)(p - pools) : 0;
	uint64_t left = p ? p->cpus.bits & ~BIT64(cpu) : 0;

	if (!cpu_in(cpumask_online(), cpu))
		return -EEXIST;
	if (p && !(left & cpumask_online().bits) && for_domains(id, NULL))
		return -EBUSY;
	if (p)
		atomic_store(&p->cpus.bits, left);
	cpumask_set_online(cpu, false);
	if (p)
		(void)for_domains(id, settle);
	return 0;
}

int cpupool_offline_cpu(unsigned int cpu)
{
	int rc;

	if (!cpu || cpu >= nr_cpus)
		return -EINVAL;
	spin_lock(&pool_lock);
	rc = leave_pool(cpu);
	spin_unlock(&pool_lock);
	if (rc)
		return rc;
	irq_leave_cpu(cpu, 0);
	log_info("cpu%u is off line\n", cpu);
	send_global_virq(VIRQ_PCPU_STATE);
	return 0;
}

int cpupool_online_cpu(unsigned int cpu)
{
	int rc = 0;

	if (cpu >= nr_cpus)
		return -EINVAL;
	spin_lock(&pool_lock);
	if (cpu_in(cpumask_online(), cpu)) {
		rc = -EEXIST;
	} else {
		cpumask_set_online(cpu, true);
		apply_ratelimit(cpu, pools[0].ratelimit_us);
		atomic_store(&pools[0].cpus.bits, pools[0].cpus.bits | BIT64(cpu));
		(void)for_domains(0, settle);
	}
	spin_unlock(&pool_lock);
	if (rc)
		return rc;
	log_info("cpu%u is on line\n", cpu);
	send_global_virq(VIRQ_PCPU_STATE);
	return 0;
}

void cpupool_init_cpu(unsigned int cpu)
{
	pools[0].cpus.bits |= BIT64(cpu);
	pools[0].ratelimit_us = options.sched_ratelimit_us;
	apply_ratelimit(cpu, pools[0].ratelimit_us);
}

/* ---- domains ---- */

int cpupool_move(struct domain *d, unsigned int id)
{
	int rc = 0;

	if (d == dom0)
		return -EINVAL;
	spin_lock(&pool_lock);
	if (!find(id)) {
		rc = -ENOENT;
	} else if (!cpupool_cpus(id).bits) {
		rc = -ENODEV;
	} else if (d->control.dying) {
		rc = -EINVAL;
	} else {
		atomic_store(&d->sched.cpupool, id);
		settle(d);
	}
	spin_unlock(&pool_lock);
	return rc;
}

void cpupool_entered(struct domain *d)
{
	spin_lock(&pool_lock);
	if (!find(d->sched.cpupool) || !cpupool_cpus(d->sched.cpupool).bits) {
		log_warn("CPU pool %u went while domain %u was created in it: it is in pool 0\n",
			 d->sched.cpupool, d->id);
		atomic_store(&d->sched.cpupool, 0U);
	}
	settle(d);
	spin_unlock(&pool_lock);
}

/* ---- parameters ---- */

int cpupool_ratelimit(unsigned int id, unsigned int *us)
{
	struct pool *p;

	spin_lock(&pool_lock);
	p = find(id);
	if (p)
		*us = p->ratelimit_us;
	spin_unlock(&pool_lock);
	return p ? 0 : -ENOENT;
}

int cpupool_set_ratelimit(unsigned int id, unsigned int us)
{
	struct pool *p;

	spin_lock(&pool_lock);
	p = find(id);
	if (p) {
		p->ratelimit_us = us;
		for (uint64_t left = p->cpus.bits; left; left &= left - 1)
			apply_ratelimit(first_bit(left), us);
	}
	spin_unlock(&pool_lock);
	return p ? 0 : -ENOENT;
}
