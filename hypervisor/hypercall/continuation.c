// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hypercall that is interrupted leaves its remaining arguments with the vCPU. Whoever called the
 * handler (hypercall_dispatch() or do_multicall()) puts them where the guest's next attempt finds
 * them.
 */
#include <hv/domain/vcpu.h>
#include <hv/errno.h>
#include <hv/hypercall/hypercall.h>

long hypercall_restart(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
	struct vcpu *v = current;

	v->hc.restart = true;
	v->hc.args[0] = a1;
	v->hc.args[1] = a2;
	v->hc.args[2] = a3;
	v->hc.args[3] = a4;
	v->hc.args[4] = a5;
	return -ERESTART;
}
