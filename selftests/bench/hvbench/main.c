// SPDX-License-Identifier: GPL-2.0-only
/*
 * hvbench: /dev/hvbench takes samples of what a hypervisor is asked for all the time.
 *
 * This file is the door: it copies requests in, checks them, and hands them to local.c (one domain)
 * or peer.c (two domains). Locking: a file handle's mutex serialises its requests; handles share
 * nothing.
 */
#include <linux/cpumask.h>
#include <linux/fs.h>
#include <linux/math64.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <xen/xen.h>
#include "internal.h"

struct handle {
	struct mutex lock; /* guards both below */
	struct offer *offer;
	struct peer *peer;
};

static int hvbench_open(struct inode *inode, struct file *file)
{
	struct handle *handle = kzalloc(sizeof(*handle), GFP_KERNEL);

	if (!handle)
		return -ENOMEM;
	mutex_init(&handle->lock);
	file->private_data = handle;
	return 0;
}

static int hvbench_release(struct inode *inode, struct file *file)
{
	struct handle *handle = file->private_data;

	peer_destroy(handle->peer);
	offer_destroy(handle->offer);
	kfree(handle);
	return 0;
}

static int check_run(const struct handle *handle, const struct hvbench_run *run)
{
	if (run->test >= HVBENCH_TESTS || run->samples == 0 || run->samples > HVBENCH_MAX_SAMPLES)
		return -EINVAL;
	if (run->test >= HVBENCH_DOMAINS && !handle->peer)
		return -ENOTCONN;
	if (run->test >= HVBENCH_MAP && (run->batch == 0 || run->batch > HVBENCH_MAX_PAGES))
		return -EINVAL;
	if ((run->test == HVBENCH_CTXSW || run->test == HVBENCH_VCPUS) && run->cpu >= nr_cpu_ids)
		return -ENODEV;
	if (run->test == HVBENCH_VCPUS && run->other >= nr_cpu_ids)
		return -ENODEV;
	return 0;
}

static int dispatch(struct handle *handle, const struct hvbench_run *run, struct samples *s)
{
	switch (run->test) {
	case HVBENCH_HYPERCALL: return local_hypercall(s);
	case HVBENCH_CTXSW: return local_ctxsw(s, run->cpu);
	case HVBENCH_TIMER: return local_timer(s);
	case HVBENCH_VCPUS: return pingpong_vcpus(s, run->cpu, run->other);
	case HVBENCH_DOMAINS: return peer_pingpong(handle->peer, s);
	case HVBENCH_MAP: return peer_map(handle->peer, s, run->batch, false);
	case HVBENCH_UNMAP: return peer_map(handle->peer, s, run->batch, true);
	case HVBENCH_COPY: return peer_copy(handle->peer, s, run->batch);
	}
	return -EINVAL;
}

/*
 * The timer's lateness is in ns from the start: it compares with when the kernel's own clock was to
 * reach a time.
 */
static void to_ns(struct samples *s, u32 test)
{
	u32 i;

	for (i = 0; i < s->taken && test != HVBENCH_TIMER; i++)
		s->time[i] = mul_u64_u32_div(s->time[i], USEC_PER_SEC, tsc_khz);
}

static int do_run(struct handle *handle, struct hvbench_run __user *user)
{
	struct hvbench_run run;
	struct samples s = {};
	int err;

	if (copy_from_user(&run, user, sizeof(run)))
		return -EFAULT;
	err = check_run(handle, &run);
	if (err)
		return err;
	s.time = kvcalloc(run.samples, sizeof(*s.time), GFP_KERNEL);
	if (!s.time)
		return -ENOMEM;
	s.wanted = run.samples;
	s.ops = 1;
	s.deadline = ktime_get_ns() + (u64)HVBENCH_MAX_SECONDS * NSEC_PER_SEC;
	err = dispatch(handle, &run, &s);
	if (err)
		goto free;
	to_ns(&s, run.test);
	run.samples = s.taken;
	run.ops = s.ops;
	if (copy_to_user(u64_to_user_ptr(run.buffer), s.time, s.taken * sizeof(*s.time)) ||
	    copy_to_user(user, &run, sizeof(run)))
		err = -EFAULT;
free:
	kvfree(s.time);
	return err;
}

static int do_offer(struct handle *handle, struct hvbench_offer __user *user)
{
	struct hvbench_offer request;
	struct offer *offer;

	if (handle->offer)
		return -EBUSY;
	if (copy_from_user(&request, user, sizeof(request)))
		return -EFAULT;
	offer = offer_create(&request);
	if (IS_ERR(offer))
		return PTR_ERR(offer);
	handle->offer = offer;
	return copy_to_user(user, &request, sizeof(request)) ? -EFAULT : 0;
}

static int do_peer(struct handle *handle, struct hvbench_peer __user *user)
{
	struct hvbench_peer request;
	struct peer *peer;

	if (handle->peer)
		return -EBUSY;
	if (copy_from_user(&request, user, sizeof(request)))
		return -EFAULT;
	peer = peer_create(&request);
	if (IS_ERR(peer))
		return PTR_ERR(peer);
	handle->peer = peer;
	return copy_to_user(user, &request, sizeof(request)) ? -EFAULT : 0;
}

static long hvbench_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct handle *handle = file->private_data;
	void __user *user = (void __user *)argument;
	long err;

	if (mutex_lock_killable(&handle->lock))
		return -EINTR;
	switch (command) {
	case HVBENCH_IOC_RUN: err = do_run(handle, user); break;
	case HVBENCH_IOC_OFFER: err = do_offer(handle, user); break;
	case HVBENCH_IOC_PEER: err = do_peer(handle, user); break;
	default: err = -ENOTTY; break;
	}
	mutex_unlock(&handle->lock);
	return err;
}

static const struct file_operations hvbench_fops = {
	.owner = THIS_MODULE, /* an open handle keeps the module: nothing of a handle outlives it */
	.open = hvbench_open,
	.release = hvbench_release,
	.unlocked_ioctl = hvbench_ioctl,
};

static struct miscdevice hvbench_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hvbench",
	.fops = &hvbench_fops,
	.mode = 0600,
};

static int __init hvbench_init(void)
{
	if (!xen_domain()) {
		pr_err("hvbench: this kernel does not run on a hypervisor with the Xen "
		       "interface\n");
		return -ENODEV;
	}
	return misc_register(&hvbench_device);
}

static void __exit hvbench_exit(void)
{
	misc_deregister(&hvbench_device);
}

module_init(hvbench_init);
module_exit(hvbench_exit);
MODULE_DESCRIPTION("Measures hypercalls, event channels, grants, context switches and timers");
MODULE_LICENSE("GPL v2");
