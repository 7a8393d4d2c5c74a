// Package backup puts the whole state of a station into one file, and makes a state directory of such a file again.
//
// # The file
//
// It is a tar archive, which every tar reads. Below the directory rasure-backup it has:
//
//	backup.json      what it is a backup of, see [Contents]
//	settings.toml    the settings file, if there is one
//	state/...        the files of the state directory
//	SHA256SUMS       the SHA-256 of all files before it, as sha256sum -c reads them; the last one
//
// Not in it are lock files, caches, what a killed process left, and the log of the job server. Its mode is 0600: the key file, the file with
// the secret of the TPM's key, and the seeds of unfinished jobs are in it.
//
// # One moment
//
// The files are those of one moment, also while jobs run: nothing is appended to the log while those that can change are read into memory. What never
// changes, full tiles and certificates, is read afterwards.
package backup

import (
	"path"
	"strings"
	"time"

	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/station"
)

// Names in the archive.
const (
	top          = "rasure-backup"
	contentsFile = "backup.json"
	settingsFile = "settings.toml"
	stateDir     = "state"
	sumsFile     = "SHA256SUMS"
)

// format is the version of the archive that this program writes, and the newest that it reads.
const format = 1

// Contents is what an archive says of itself.
type Contents struct {
	Format    int       `json:"format"`
	Station   string    `json:"station"`
	KeySHA256 string    `json:"key_sha256"`
	First     string    `json:"first_sha256"` // of the text of the log's first entry
	Entries   int64     `json:"entries"`
	Made      time.Time `json:"made"`
	Program   string    `json:"program"` // version of rasure
	Secret    []string  `json:"secret"`  // names of files of the state that nobody else may read
}

// saved reports whether a file or directory of the state belongs into a backup.
func saved(name string) bool {
	base := path.Base(name)
	switch {
	case name == ".":
		return true
	case strings.HasPrefix(base, "."), strings.HasPrefix(name, station.ReplacedPrefix), base == "lock", strings.HasSuffix(base, ".lock"):
		return false
	case name == station.CacheFile, name == station.ErasuresFile, name == settingsFile, name == jobs.SocketFile, name == jobs.LogFile:
		return false
	}
	return true
}

// fixed reports whether a file never changes once it has its name: full tiles and records of the log, and certificates.
func fixed(name string) bool {
	if strings.HasPrefix(name, station.CertificateDir+"/") {
		return true
	}
	return (strings.HasPrefix(name, station.LogDir+"/tile/") || strings.HasPrefix(name, station.LogDir+"/attest/")) && !strings.Contains(name, ".p/")
}
