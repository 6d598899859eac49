/* SPDX-License-Identifier: GPL-2.0-only */
/* Error numbers of the ABI (the values of Linux). Functions return them negative. */
#ifndef HV_ERRNO_H
#define HV_ERRNO_H

#ifdef HOSTED
#include <errno.h>
#else
#define EPERM		1
#define ENOENT		2
#define ESRCH		3
#define EIO		5
#define ENXIO		6
#define E2BIG		7
#define ENOEXEC		8
#define EAGAIN		11
#define ENOMEM		12
#define EACCES		13
#define EFAULT		14
#define EBUSY		16
#define EEXIST		17
#define ENODEV		19
#define EINVAL		22
#define ENOSPC		28
#define EDOM		33
#define ERANGE		34
#define ENOSYS		38
#define ENODATA		61
#define ETIME		62
#define EOVERFLOW	75
#define ERESTART	85
#define ENOBUFS		105
#define EOPNOTSUPP	95
#define ENOTCONN	107
#define ETIMEDOUT	110
#endif

#endif
