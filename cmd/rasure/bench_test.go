package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
	"rasure/certify/issue"
	"rasure/certify/tpm/tpmtest"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/station"
	"rasure/devices"
	"rasure/devices/firmware"
	"rasure/wipe"
)

// practiceStation makes a station in a directory of memory where there is one, so that the file system is not measured.
func practiceStation(b testing.TB, key, address string) (*app, *station.Station) {
	b.Helper()
	dir, err := os.MkdirTemp(shm(), "rasure-bench-")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	a := &app{Console: cli.Console{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard}, host: firmware.Live, stateDir: filepath.Join(dir, "state")}
	if err := a.runStationInit(b.Context(), initOptions{InitOptions: station.InitOptions{Name: "bench.example", Key: key, TPM: address}, version: 1}); err != nil {
		b.Fatal(err)
	}
	s, err := a.openStation()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.Close)
	return a, s
}

func shm() string {
	if _, err := os.Stat("/dev/shm"); err == nil {
		return "/dev/shm"
	}
	return ""
}

// practiceJob returns a begin and a certificate like those of a real job, the certificate for a begin at the given index.
func practiceJob(b testing.TB, s *station.Station, index int64) (begin, cert []byte) {
	b.Helper()
	return practiceJobBy(b, s.Describe(), s.Signer(), index)
}

func practiceJobBy(b testing.TB, by certify.Station, signer note.Signer, index int64) (begin, cert []byte) {
	b.Helper()
	d := devices.Disk{Name: "sdb", Size: 1 << 30, LogicalBlock: 512, PhysicalBlock: 512, Medium: devices.Magnetic,
		Identity: devices.Identity{Vendor: "ATA", Model: "WDC WD800JD", Serial: "WD-WMAM9XE78956"}}
	p, err := wipe.PlanFor(d, wipe.PlanOptions{})
	if err != nil {
		b.Fatal(err)
	}
	id, err := certify.NewID(time.Now(), strings.NewReader(string(binaryIndex(index))))
	if err != nil {
		b.Fatal(err)
	}
	f := issue.Facts{ID: id, Station: by, Operator: "root"}
	begin, err = certify.Sign(certify.KindBegin, certify.Begin{ID: id, Station: f.Station, Operator: "root", Disk: issue.DiskOf(d, f), Plan: issue.PlanOf(p)}, signer)
	if err != nil {
		b.Fatal(err)
	}
	sum := sha256.Sum256(begin)
	f.Begin, f.Direct = certify.EntryRef{Index: index, SHA256: hex.EncodeToString(sum[:])}, true
	r := wipe.Report{Plan: p, Disk: d, Outcome: wipe.Verified, Passes: []wipe.PassReport{{Pattern: "random", Key: fmt.Sprintf("%064x", index), Written: d.Size, Verified: d.Size, Verify: wipe.Full}}}
	cert, _, err = issue.Seal(r, f, "", signer)
	if err != nil {
		b.Fatal(err)
	}
	return begin, cert
}

func binaryIndex(i int64) []byte {
	return []byte{byte(i), byte(i >> 8), byte(i >> 16), byte(i >> 24), 0, 0, 0, 0, 0, 0}
}

// BenchmarkAppendTPM appends entries with an emulated TPM, on a directory of the file system, and reports the median.
func BenchmarkAppendTPM(b *testing.B) {
	_, s := practiceStation(b, station.KeyTPM, tpmtest.Start(b))
	entry := []byte(strings.Repeat("x", 4096))
	times := []time.Duration{}
	for b.Loop() {
		for range 200 {
			start := time.Now()
			if _, err := s.Log().Append(entry); err != nil {
				b.Fatal(err)
			}
			times = append(times, time.Since(start))
		}
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "ms/append(median)")
}
