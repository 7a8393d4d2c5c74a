package settings

import (
	"io/fs"
	"os"
	"syscall"
)

// ours reports whether a file belongs to root or to the user who runs this process.
func ours(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && (stat.Uid == 0 || int(stat.Uid) == os.Geteuid())
}
