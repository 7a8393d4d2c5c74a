//go:build unix

package durable

import "syscall"

// nonblock makes open(2) of a FIFO return at once.
const nonblock = syscall.O_NONBLOCK

const errQuota = syscall.EDQUOT
