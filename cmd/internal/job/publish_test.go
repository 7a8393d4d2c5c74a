package job

import (
	"context"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"rasure/certify"
	"rasure/certify/issue"
	"rasure/certify/statement"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/logs"
	"rasure/wipe"
)

func newManager(t *testing.T) *Manager {
	t.Helper()
	st, err := station.Init(t.Context(), filepath.Join(t.TempDir(), "state"), station.InitOptions{Name: "job.example", Key: station.KeySoftware, Version1: true}, station.Options{Root: fstest.MapFS{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	return New(st, nil)
}

// begun is a job that was killed in its first pass.
func (m *Manager) begun(t *testing.T, serial string) *file { return m.begunJob(t, serial).file }

func (m *Manager) begunJob(t *testing.T, serial string) *job {
	t.Helper()
	d := devices.Disk{Name: "sda", Size: 1 << 20, LogicalBlock: 512, PhysicalBlock: 512, Medium: devices.Magnetic, Identity: devices.Identity{Model: "ST4", Serial: serial},
		SerialSource: devices.SerialATA, Bus: devices.SATA}
	p, err := wipe.PlanFor(d, wipe.PlanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	j := &job{m: m, file: &file{dir: m.dir(), record: record{Disk: d, Plan: p, Dir: m.st.Path(station.CertificateDir), Who: operator{Account: "wang", By: "flag"}}},
		confirmation: statement.Confirmation{Typed: "serial", Seconds: 4}}
	if err := os.MkdirAll(j.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	tool, err := m.st.Tool()
	if err != nil {
		t.Fatal(err)
	}
	j.Facts = issue.Facts{Station: m.st.Describe(), Operator: "wang", Tool: tool}
	if err := j.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	key := strings.Repeat("0f", 32)
	if keys, err := j.keys(); err != nil {
		t.Fatal(err)
	} else if keys != nil {
		first := keys.Pass(1)
		key = hex.EncodeToString(first[:])
	}
	j.Wipe = &wipe.State{Report: wipe.Report{Plan: p, Disk: d, Started: station.Now(), Passes: []wipe.PassReport{{Pattern: "random", Key: key, Verify: wipe.Full, Started: station.Now()}}}}
	if err := j.save(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(j.unlock)
	return j
}

func (m *Manager) read(t *testing.T, path string) *certify.Certificate {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	e, err := certify.CheckEntry(text, m.st.PublicKey())
	if err != nil || e.Certificate == nil {
		t.Fatalf("%s: %v", path, err)
	}
	return e.Certificate
}

func TestPublish(t *testing.T) {
	t.Parallel()
	t.Run("two certificates never share a file", func(t *testing.T) { // the serial numbers differ only in what a file name cannot hold
		t.Parallel()
		m := newManager(t)
		files := []*file{m.begun(t, "S/1"), m.begun(t, "S:1")}
		ended := station.Now()
		for _, f := range files {
			r := f.aborted(message.Of("cut off"))
			r.Ended = ended
			if err := f.seal(m.st, r); err != nil {
				t.Fatal(err)
			}
		}
		var both sync.WaitGroup
		at := make([]published, 2)
		for i, f := range files {
			both.Go(func() {
				var err error
				f.Reason = ""
				if at[i], err = f.publish(m.st); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		if first, second := m.read(t, at[0].certificate), m.read(t, at[1].certificate); first.ID == second.ID {
			t.Errorf("both are of job %s: %v", first.ID, at)
		}
		if all, err := filepath.Glob(m.st.Path("certificates/S_1-*.cert")); len(all) != 2 || err != nil {
			t.Errorf("certificates %v, %v", all, err)
		}
	})
	t.Run("list of extents goes where its certificate goes", func(t *testing.T) {
		t.Parallel()
		m := newManager(t)
		f := m.begun(t, "S1")
		f.Dir = m.st.Path("station.pem/papers")
		p := &f.Wipe.Report.Passes[0]
		for i := range 300 { // more than a certificate lists
			p.Unwritten = append(p.Unwritten, wipe.Extent{Offset: int64(i) * 1024, Length: 512})
		}
		p.UnwrittenTotal = wipe.Total{Extents: 300, Bytes: 300 * 512}
		at, err := m.certifyAborted(f, message.Of("x"))
		if err != nil {
			t.Fatal(err)
		}
		list, err := os.ReadFile(strings.TrimSuffix(at.certificate, ".cert") + ".extents")
		if strings.Count(string(list), "\n") != 300 || err != nil || filepath.Dir(at.certificate) != m.st.Path("certificates") {
			t.Errorf("beside %s: %d extents, %v", at.certificate, strings.Count(string(list), "\n"), err)
		}
	})
	t.Run("certificate in the log with its signature written otherwise", func(t *testing.T) {
		t.Parallel()
		m := newManager(t)
		f := m.begun(t, "S1")
		if err := f.seal(m.st, f.aborted(message.Of("x"))); err != nil {
			t.Fatal(err)
		}
		if _, err := m.st.Append(malleate(t, f.Sealed, m.st)); err != nil {
			t.Fatal(err)
		}
		size := m.st.Log().Size()
		at, err := f.publish(m.st)
		if err != nil || at.index != size-1 || m.st.Log().Size() != size {
			t.Errorf("entry %d, %v; the log has %d entries, want %d", at.index, err, m.st.Log().Size(), size)
		}
		f.unlock()
		if _, err := m.Recover(context.Background()); err != nil {
			t.Errorf("the next process: %v", err)
		}
	})
	t.Run("proof is of the head that the certificate was the last of", func(t *testing.T) {
		t.Parallel()
		m := newManager(t)
		f, other := m.begun(t, "S1"), m.begun(t, "S2")
		for _, f := range []*file{f, other} {
			if err := f.seal(m.st, f.aborted(message.Of("x"))); err != nil {
				t.Fatal(err)
			}
		}
		sealed := f.Sealed
		index, err := m.st.Append(sealed) // by a process that was killed right after it
		if err == nil {
			_, err = m.st.Append(other.Sealed)
		}
		if err != nil {
			t.Fatal(err)
		}
		at, err := f.publish(m.st)
		if err != nil || at.index != index {
			t.Fatalf("entry %d, %v, want %d", at.index, err, index)
		}
		proof, err := os.ReadFile(at.proof)
		if err != nil {
			t.Fatal(err)
		}
		in, err := logs.Verify(m.st.Identity(), sealed, proof)
		if err != nil || in.Checkpoint.Size != index+1 {
			t.Errorf("the proof of entry %d is of a log of %d entries, %v", index, in.Checkpoint.Size, err)
		}
	})
	t.Run("directory is on another file system than when the job began", func(t *testing.T) { // the stick was unmounted: its mount point is left
		t.Parallel()
		m := newManager(t)
		f := m.begun(t, "S1")
		stick := t.TempDir()
		f.Dir, f.FileSystem = stick, "another"
		if fileSystem(stick) == "" {
			t.Skip("the file system has no id")
		}
		if err := f.seal(m.st, f.aborted(message.Of("x"))); err != nil {
			t.Fatal(err)
		}
		p, moved, err := m.publishSomewhere(f)
		if err != nil || moved == nil || filepath.Dir(p.certificate) != m.st.Path("certificates") {
			t.Errorf("%+v, %v, %v", p, moved, err)
		}
		if all, _ := os.ReadDir(stick); len(all) > 0 {
			t.Errorf("at the mount point are %v", all)
		}
	})
}

func TestNothingToResume(t *testing.T) {
	t.Parallel()
	was := devices.Disk{Name: "sda", Size: 1 << 20, LogicalBlock: 512, Identity: devices.Identity{Vendor: "SEAGATE", Model: "ST4", Serial: "S1"}}
	for name, c := range map[string]struct {
		is   func(d *devices.Disk)
		says string
		hint string
	}{
		"block size of another dock": {func(d *devices.Disk) { d.Name, d.LogicalBlock = "sdb", 4096 }, "sdb has blocks of 4096 bytes here, and the interrupted job began with blocks of 512 bytes", "attach it as it was then"},
		"another model":              {func(d *devices.Disk) { d.Model = "ST8" }, "no interrupted job of sda (serial number S1)", "an interrupted job exists for a different disk with this serial number: SEAGATE ST4, 1048576 bytes"},
		"another serial number":      {func(d *devices.Disk) { d.Serial = "S2" }, "no interrupted job of sda (serial number S2)", "without --resume"},
	} {
		t.Run(name, func(t *testing.T) {
			is := was
			c.is(&is)
			err := nothingToResume([]*file{{record: record{Disk: was}}}, is)
			hint, _ := fault.HintOf(err)
			if fault.Code(err) != fault.Refused || err.Error() != c.says || !strings.Contains(hint.String(), c.hint) {
				t.Errorf("%v\nhint: %s", err, hint)
			}
		})
	}
}
