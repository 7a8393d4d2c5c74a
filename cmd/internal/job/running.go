package job

import (
	"os"
	"path/filepath"
	"strings"

	"rasure/logs/durable"
)

// Running returns a job of a state directory that a process owns, and that process; "" if there is none. It reads no job file, which may be damaged.
func Running(stateDir string) (id string, pid int) {
	dir := filepath.Join(stateDir, jobsDir)
	entries, _ := os.ReadDir(dir) // without a directory there is no job
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".lock")
		if !ok || strings.HasPrefix(id, ".") {
			continue
		}
		if pid, held := durable.Open(dir).Holder(e.Name()); held {
			return id, pid
		}
	}
	return "", 0
}
