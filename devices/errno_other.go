//go:build !linux

package devices

func lostErrno(error) bool { return false }

func busyErrno(error) bool { return false }

func lockedErrno(error) bool { return false }
