package main

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

// Discarding and zeroing by the kernel are hints: a drive may keep the data and return zeros for it. Other erasers erase with them,
// or discard after the last pass, and then nothing can be verified any more.
var kernelHint = regexp.MustCompile(`BLKDISCARD|BLKSECDISCARD|BLKZEROOUT|FALLOC_FL_|Fallocate\(|0x1277|0x127d|0x127f`)

// reserving is the one file that may call fallocate: it reserves space for certificates in the file system of the state directory.
const reserving = "cmd/internal/job/filesystem_linux.go"

// discards finds code of the program that lets the kernel discard or zero blocks. Tests and .ci may: they make disks with them.
func discards(root fs.FS) (problems []string, err error) {
	err = walk(root, func(name string, text []byte) error {
		if found := kernelHint.Find(text); found != nil && !strings.HasPrefix(name, ".ci/") && !strings.HasSuffix(name, "_test.go") && name != reserving {
			problems = append(problems, fmt.Sprintf("%s uses %s: the kernel's discarding and zeroing erase nothing that can be verified", name, found))
		}
		return nil
	})
	return problems, err
}
