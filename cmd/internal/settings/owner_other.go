//go:build !linux

package settings

import "io/fs"

// ours is not checked where no disks are erased.
func ours(fs.FileInfo) bool { return true }
