package station

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/devices"
	"rasure/logs"
	"rasure/logs/durable"
)

// ErasuresFile says which entry of the log is the newest certificate of each disk, by serial number, so that a list of disks need not read the
// log. It is only a cache, made with [CacheFile]: an entry that it names is read and verified before anything is said of it.
//
//	rasure-erasures 1 SIZE
//	SERIAL<TAB>INDEX
const ErasuresFile = "erasures.cache" // 0600

// Erasure is the newest certificate of a disk in the log.
type Erasure struct {
	Index   int64     `json:"index"` // in the log
	Ended   time.Time `json:"ended"`
	Outcome string    `json:"outcome"`
	Job     string    `json:"job"`

	Disk certify.Disk `json:"-"` // that it is of: namespaces of a drive have its serial number in common
}

// Covers reports whether a certificate of a disk is one of d, which has the same serial number. The namespaces of an NVMe drive have that in
// common, so that their size and WWN must agree.
func Covers(was certify.Disk, d devices.Disk) bool {
	if d.Protocol != devices.ProtocolNVMe {
		return true
	}
	same := func(size int64, wwn string) bool { return size == d.Size && (wwn == "" || d.WWN == "" || wwn == d.WWN) }
	return same(was.Size, was.WWN) || slices.ContainsFunc(was.Namespaces, func(n certify.Namespace) bool { return same(n.Size, n.WWN) })
}

const erasuresHead = "rasure-erasures 1 "

// writeErasures keeps the newest certificates that a state knows.
func (s *Station) writeErasures(state *audit.State) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s%d\n", erasuresHead, state.Checkpoint.Size)
	newest := state.Chain.Newest()
	for _, serial := range slices.Sorted(maps.Keys(newest)) {
		if !strings.ContainsAny(serial, "\t\n") {
			fmt.Fprintf(&b, "%s\t%d\n", serial, newest[serial])
		}
	}
	_ = durable.WriteFile(s.Path(ErasuresFile), b.Bytes(), 0o600)
}

// maxUnread is how many entries behind the cache are looked through: more would make a list of disks wait.
const maxUnread = 2 * cacheEvery

// Erasures returns the newest certificate of each serial number that has one in the log of the station in a directory. It takes no lock, writes
// nothing, and needs no TPM. Behind a log that is long and has no cache it knows nothing: a command that appends makes the cache.
func Erasures(stateDir string, serials []string) (map[string]Erasure, error) {
	found := map[string]Erasure{}
	dir, id, err := readIdentity(stateDir)
	if err != nil {
		return found, err
	}
	pub, err := ReadPublicKey(filepath.Join(stateDir, PublicKeyFile))
	if err != nil {
		return found, err
	}
	log, err := logs.ReadSnapshot(dir, id)
	if err != nil {
		return found, err
	}
	cache, _ := durable.ReadFile(filepath.Join(stateDir, ErasuresFile), maxCache)
	size, newest := cachedErasures(cache, serials)
	if size > log.Size() { // of another log
		size, newest = 0, map[string]int64{}
	}
	if log.Size()-size > maxUnread {
		return found, nil
	}
	of := func(entry []byte) *certify.Certificate {
		if e, err := certify.CheckEntry(entry, pub); err == nil {
			return e.Certificate
		}
		return nil
	}
	for e, err := range log.Entries(size) {
		if err != nil {
			return found, err
		}
		if !certify.IsCertificate(certify.KindOf(e.Data)) || !slices.ContainsFunc(serials, func(s string) bool { return s != "" && mayName(e.Data, s) }) {
			continue
		}
		if c := of(e.Data); c != nil && slices.Contains(serials, c.Disk.Serial) {
			newest[c.Disk.Serial] = e.Index
		}
	}
	for serial, index := range newest {
		entry, err := log.Entry(index)
		if err != nil {
			return found, err
		}
		if c := of(entry); c != nil && c.Disk.Serial == serial {
			found[serial] = Erasure{index, c.Ended, c.Outcome, c.ID, c.Disk}
		}
	}
	return found, nil
}

// mayName reports whether an entry can have a serial number: one of letters and digits is in it as it is.
func mayName(entry []byte, serial string) bool {
	plain := !strings.ContainsFunc(serial, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune("-_.", r))
	})
	return !plain || bytes.Contains(entry, []byte(serial))
}

// cachedErasures returns how many entries a cache covers, and what it has of serial numbers.
func cachedErasures(cache []byte, serials []string) (size int64, newest map[string]int64) {
	newest = map[string]int64{}
	head, _, _ := bytes.Cut(cache, []byte("\n"))
	text, ok := bytes.CutPrefix(head, []byte(erasuresHead))
	size, err := strconv.ParseInt(string(text), 10, 64)
	if !ok || err != nil || size < 0 {
		return 0, newest
	}
	for _, serial := range serials {
		_, rest, ok := bytes.Cut(cache, []byte("\n"+serial+"\t"))
		if !ok || serial == "" {
			continue
		}
		line, _, _ := bytes.Cut(rest, []byte("\n"))
		if index, err := strconv.ParseInt(string(line), 10, 64); err == nil && index > 0 && index < size {
			newest[serial] = index
		}
	}
	return size, newest
}
