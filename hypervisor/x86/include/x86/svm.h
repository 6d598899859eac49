/* SPDX-License-Identifier: GPL-2.0-only */
/* SVM on each CPU (x86/svm.c), and what svm_entry.S offers to it. */
#ifndef X86_SVM_H
#define X86_SVM_H

#include <hv/types.h>

/* Switch it on where svm_init() has found it. Every other CPU, when it starts. */
void svm_init_cpu(void);

/* See svm_entry.S. Interrupts off; on when it returns. */
void svm_enter(struct vcpu *v, maddr_t vmcb, maddr_t host);
/* What svm_enter() is to bring back, of this CPU as it is. Interrupts off. */
void svm_save_host(maddr_t host);

#endif
