//go:build !linux

package tpmtest

import "os/exec"

func endWithParent(*exec.Cmd) {}
