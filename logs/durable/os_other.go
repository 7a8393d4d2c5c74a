//go:build !unix

package durable

import "syscall"

const nonblock = 0

const errQuota = syscall.ENOSPC // there is no other name for it here
