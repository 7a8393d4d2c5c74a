package jobserver_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/jobserver"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/wipe"
)

// eachWay runs a test with the server itself, and with a client of its socket. The server starts when it is first needed.
func eachWay(t *testing.T, test func(t *testing.T, m *machine, open func() jobs.Service)) {
	t.Run("direct", func(t *testing.T) {
		t.Parallel()
		m := newMachine(t)
		server := sync.OnceValue(func() *jobserver.Server { return m.serve(nil) })
		test(t, m, func() jobs.Service { return server().Service(message.English) })
	})
	t.Run("through the socket", func(t *testing.T) {
		t.Parallel()
		m := newMachine(t)
		server := sync.OnceValue(func() *jobserver.Server { return m.serve(nil) })
		test(t, m, func() jobs.Service { return m.connect(server()) })
	})
}

func TestService(t *testing.T) {
	for name, test := range map[string]func(t *testing.T, m *machine, open func() jobs.Service){
		"erase two of three":                     eraseTwo,
		"unplug and plug in again":               replug,
		"refused disks are in the batch":         refused,
		"stop one of two":                        stopOne,
		"a disk is prepared on one screen only":  oneScreen,
		"what was prepared is released":          released,
		"a disk leaves while it is prepared":     leavesPrepared,
		"a disk leaves while it is erased":       leavesErased,
		"an outcome stays until it was seen":     untilSeen,
		"a second screen shows the same":         secondScreen,
		"jobs go on without the screen":          without,
		"a disk that is erased shows so later":   erasedLater,
		"nothing is begun without a word":        noWord,
		"follow shows the whole job":             follow,
		"stop all, for a reason":                 stopAll,
		"resume":                                 resume,
		"a prepared disk is named by its own":    words,
		"a disk that arrives is marked":          arrives,
		"a prepare that is cancelled holds none": cancelled,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachWay(t, test)
		})
	}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// prepare prepares disks by their names.
func prepare(t *testing.T, s jobs.Service, o jobs.Options, names ...string) jobs.Batch {
	t.Helper()
	all := []jobs.Request{}
	for _, n := range names {
		all = append(all, jobs.Request{Disk: n})
	}
	o.Operator = "tester"
	b, err := s.Prepare(t.Context(), o, all)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// start prepares disks, confirms them all and starts them.
func start(t *testing.T, s jobs.Service, o jobs.Options, names ...string) jobs.Batch {
	t.Helper()
	b := prepare(t, s, o, names...)
	for _, d := range b.Disks() {
		if _, err := b.Confirm(t.Context(), d.Word, jobs.Typed); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

// replug confirms a disk without a serial number because it was pulled out and plugged in again; none that was not, and no other one.
func replug(t *testing.T, m *machine, open func() jobs.Service) {
	m.plug("sda", "", false)
	m.plug("sdb", "", false)
	m.plug("sdc", "S-sdc", false)
	s := open()
	st := await(t, s, "they are there", count(3))
	if a, b := disk(st, "sda"), disk(st, "sdb"); a.Word != a.Port || a.Word == b.Word || !a.Returned.IsZero() {
		t.Fatalf("%+v", a)
	}
	refused := func(name string) {
		t.Helper()
		b := prepare(t, s, jobs.Options{}, name)
		defer b.Close()
		if _, err := b.Confirm(t.Context(), b.Disks()[0].Word, jobs.Replugged); fault.Code(err) != fault.Refused {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused("sda")
	for _, d := range []string{"sda", "sdc"} {
		m.pull(d)
		await(t, s, d+" has left", count(2))
		m.plug(d, map[string]string{"sdc": "S-sdc"}[d], false)
		st = await(t, s, d+" is back", count(3))
	}
	refused("sdb")
	refused("sdc") // it has a number
	if d := disk(st, "sdb"); !d.Returned.IsZero() || disk(st, "sda").Returned.IsZero() {
		t.Errorf("%+v", st.Disks)
	}
	b := prepare(t, s, jobs.Options{}, "sda", "sdb")
	if i, err := b.Confirm(t.Context(), disk(st, "sda").Word, jobs.Replugged); i != 0 || err != nil {
		t.Fatalf("Confirm() = %d, %v", i, err)
	}
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	results, err := b.Wait(t.Context())
	if err != nil || len(results) != 1 || results[0].Outcome != wipe.Verified {
		t.Fatalf("%+v, %v", results, err)
	}
	entry, err := m.st.Log().Entry(results[0].Index)
	if err != nil || !strings.Contains(string(entry), `"replugged": "port"`) {
		t.Errorf("%v, %s", err, entry)
	}
	// Another one in the same port is not what was pulled out.
	m.pull("sdb")
	await(t, s, "sdb has left", count(2))
	m.size = 2 * diskSize
	m.plug("sdb", "", false)
	if st = await(t, s, "another is there", count(3)); !disk(st, "sdb").Returned.IsZero() {
		t.Errorf("%+v", disk(st, "sdb"))
	}
}

func eraseTwo(t *testing.T, m *machine, open func() jobs.Service) {
	for _, d := range []string{"sda", "sdb", "sdc"} {
		m.plug(d, "S-"+d, false)
	}
	s := open()
	b := prepare(t, s, jobs.Options{}, "sda", "sdb", "S-sdc")
	if i, err := b.Confirm(t.Context(), "s-SDC", jobs.Scanned); i != 2 || err != nil {
		t.Errorf("Confirm() = %d, %v", i, err)
	}
	if i, err := b.Confirm(t.Context(), "S-sda", jobs.Typed); i != 0 || err != nil {
		t.Errorf("Confirm() = %d, %v", i, err)
	}
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	results, err := b.Wait(t.Context())
	if err != nil || len(results) != 2 || results[0].Disk.Name != "sda" || results[1].Disk.Name != "sdc" {
		t.Fatalf("%+v, %v", results, err)
	}
	for _, r := range results {
		if r.Outcome != wipe.Verified || r.Index < 1 || r.Certificate == "" || len(r.Errs) > 0 {
			t.Errorf("%+v", r)
		}
	}
	if has(m.drives["sda"], "secret") || !has(m.drives["sdb"], "secret") || has(m.drives["sdc"], "secret") {
		t.Error("the wrong disks were erased")
	}
}

func has(d *devicetest.Drive, text string) bool {
	content := make([]byte, diskSize)
	d.Peek(content, 0)
	return strings.Contains(string(content), text)
}

func refused(t *testing.T, m *machine, open func() jobs.Service) {
	m.plug("sda", "S1", false)
	m.plug("sdb", "S2", false)
	m.host.Root.(*devicetest.Files).Write("proc/swaps", "Filename\n/dev/sdb partition 1 0 -2\n")
	s := open()
	b := prepare(t, s, jobs.Options{}, "sda", "sdb", "none", "sda")
	disks, f := b.Disks(), b.(jobs.Follower)
	if len(disks) != 4 || disks[0].Refused != nil || f.Refused(0) != nil {
		t.Fatalf("%+v", disks)
	}
	for i, want := range map[int]jobs.Note{1: {Code: string(devices.Swap), Text: "sdb", Hint: "swapoff"}, 2: {Code: "failed", Text: "no such disk", Hint: "rasure list"}, 3: {Code: "usage", Text: "named twice"}} {
		r := disks[i].Refused
		if r == nil || r.Code != want.Code || !strings.Contains(r.Text, want.Text) || !strings.Contains(r.Hint, want.Hint) {
			t.Errorf("disk %d: refused %+v, want %+v", i, r, want)
		}
	}
	if fault.Code(f.Refused(1)) != fault.Refused || fault.Code(f.Refused(2)) != fault.Failed || fault.Code(f.Refused(3)) != fault.BadUsage {
		t.Errorf("codes %d %d %d", fault.Code(f.Refused(1)), fault.Code(f.Refused(2)), fault.Code(f.Refused(3)))
	}
	if _, err := b.Confirm(t.Context(), "S2", jobs.Typed); fault.Code(err) != fault.Refused {
		t.Errorf("the refused disk was confirmed: %v", err)
	}
	b.Confirm(t.Context(), "S1", jobs.Typed)
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r, err := b.Wait(t.Context()); err != nil || len(r) != 1 || r[0].Outcome != wipe.Verified {
		t.Errorf("%+v, %v", r, err)
	}
}

func stopOne(t *testing.T, m *machine, open func() jobs.Service) {
	openA, openB := m.plug("sda", "S1", true), m.plug("sdb", "S2", true)
	s := open()
	b := start(t, s, jobs.Options{}, "sda", "sdb")
	st := await(t, s, "both run", func(st jobs.State) bool { return len(st.Jobs) == 2 && st.Jobs[0].ID != "" && st.Jobs[1].ID != "" })
	a := disk(st, "sda")
	if a.Ready || a.Job == "" {
		t.Errorf("while it is erased: %+v", a)
	}
	if err := s.Stop(t.Context(), a.Key, "S2"); fault.Code(err) != fault.Refused {
		t.Errorf("stopped by the word of another disk: %v", err)
	}
	if err := s.Stop(t.Context(), a.Key, "s1"); err != nil {
		t.Fatal(err)
	}
	await(t, s, "stopping", func(st jobs.State) bool {
		return slices.ContainsFunc(st.Jobs, func(j jobs.Job) bool { return j.Disk == a.Key && j.Phase == jobs.Stopping })
	})
	openA()
	openB()
	r, err := b.Wait(t.Context())
	if err != nil || r[0].Outcome != wipe.Interrupted || !r[0].Resumable || r[1].Outcome != wipe.Verified {
		t.Errorf("%+v, %v", r, err)
	}
	await(t, s, "it can be resumed", func(st jobs.State) bool { d := disk(st, "sda"); return d.Resume && d.Job != "" && d.Ready })
	if err := s.Stop(t.Context(), a.Key, "S1"); fault.Code(err) != fault.Refused || !strings.Contains(err.Error(), "no job runs on sda") {
		t.Errorf("a job that has ended is stopped: %v", err)
	}
}

func oneScreen(t *testing.T, m *machine, open func() jobs.Service) {
	m.plug("sda", "S1", true)
	s, other := open(), open()
	b := prepare(t, s, jobs.Options{}, "sda")
	again := func() error {
		t.Helper()
		c := prepare(t, other, jobs.Options{}, "sda")
		defer c.Close()
		return c.(jobs.Follower).Refused(0)
	}
	if err := again(); err == nil || !strings.Contains(err.Error(), "sda is selected on another screen") && !strings.Contains(err.Error(), "in use") {
		t.Errorf("prepared twice: %v", err)
	}
	if err := b.Leave(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if err := again(); err != nil {
		t.Errorf("after it was left out: %v", err)
	}
	start(t, other, jobs.Options{}, "sda")
	await(t, s, "it runs", func(st jobs.State) bool { return len(st.Jobs) == 1 && st.Jobs[0].ID != "" })
	if err := again(); err == nil || !strings.Contains(err.Error(), "sda is being erased by job ") {
		t.Errorf("while it is erased: %v", err)
	}
}

func released(t *testing.T, m *machine, open func() jobs.Service) {
	m.plug("sda", "S1", false)
	s := open()
	b := prepare(t, s, jobs.Options{}, "sda")
	if err := errors.Join(b.Close(), b.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Confirm(t.Context(), "S1", jobs.Typed); err == nil {
		t.Error("a closed batch was confirmed")
	}
	b = prepare(t, s, jobs.Options{}, "sda")
	if d := b.Disks()[0]; d.Refused != nil {
		t.Errorf("refused: %+v", d.Refused)
	}
	b.Close()
}

func leavesPrepared(t *testing.T, m *machine, open func() jobs.Service) {
	m.plug("sda", "S1", false)
	m.plug("sdb", "S2", false)
	s := open()
	b := prepare(t, s, jobs.Options{}, "sda", "sdb")
	m.pull("sda")
	for _, w := range []string{"S1", "S2"} {
		if _, err := b.Confirm(t.Context(), w, jobs.Typed); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err := b.Wait(t.Context())
	if err != nil || r[0].Outcome != wipe.Failed || r[1].Outcome != wipe.Verified {
		t.Errorf("%+v, %v", r, err)
	}
}

func leavesErased(t *testing.T, m *machine, open func() jobs.Service) {
	letGo := m.plug("sda", "S1", true)
	s := open()
	b := start(t, s, jobs.Options{}, "sda")
	await(t, s, "it runs", func(st jobs.State) bool { return len(st.Jobs) == 1 && st.Jobs[0].ID != "" })
	m.pull("sda")
	letGo()
	if r, err := b.Wait(t.Context()); err != nil || r[0].Outcome != wipe.Failed || !r[0].Resumable {
		t.Errorf("%+v, %v", r, err)
	}
	st := await(t, s, "it is gone", func(st jobs.State) bool { return len(st.Disks) == 1 && st.Disks[0].Gone && len(st.Jobs) == 1 })
	if j := st.Jobs[0]; j.Phase != jobs.Ended || j.Outcome != "failed" || len(j.Problems) == 0 || j.Problems[0].Code != wipe.CodeDeviceLost {
		t.Errorf("%+v", j)
	}
	if err := s.Seen(t.Context(), []string{st.Disks[0].Key}); err != nil {
		t.Fatal(err)
	}
	await(t, s, "the row is taken off", func(st jobs.State) bool { return len(st.Disks) == 0 && len(st.Jobs) == 0 })
}

func untilSeen(t *testing.T, m *machine, open func() jobs.Service) {
	m.plug("sda", "S1", false)
	s := open()
	b := start(t, s, jobs.Options{}, "sda")
	if _, err := b.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	st := await(t, s, "it has ended", func(st jobs.State) bool { return len(st.Jobs) == 1 && st.Jobs[0].Phase == jobs.Ended })
	if j := st.Jobs[0]; j.Outcome != "verified" || j.Index < 1 || j.Path == "" || j.Done != j.Total || j.Operator != "tester" || j.Started.IsZero() {
		t.Errorf("%+v", j)
	}
	s.Seen(t.Context(), []string{st.Disks[0].Key})
	await(t, s, "it was seen", func(st jobs.State) bool { return len(st.Jobs) == 0 && len(st.Disks) == 1 })
}

func secondScreen(t *testing.T, m *machine, open func() jobs.Service) {
	m.plug("sda", "S1", true)
	s, other := open(), open()
	start(t, s, jobs.Options{Scheme: "nnsa"}, "sda")
	for _, screen := range []jobs.Service{s, other} {
		st := await(t, screen, "the job", func(st jobs.State) bool {
			return len(st.Jobs) == 1 && st.Jobs[0].ID != "" && st.Jobs[0].Progress.Passes > 0
		})
		if j := st.Jobs[0]; j.Scheme != "nnsa" || j.Level != "clear" || j.Verify != "full" || j.Progress.Passes != 3 || j.Phase != jobs.Running {
			t.Errorf("%+v", j)
		}
	}
}

func without(t *testing.T, m *machine, open func() jobs.Service) {
	letGo := m.plug("sda", "S1", true)
	s := open()
	b := start(t, s, jobs.Options{}, "sda")
	s.Close()
	letGo()
	if err := b.Close(); err != nil && !strings.Contains(err.Error(), "the connection to the job server was lost") {
		t.Error(err)
	}
	await(t, open(), "it has ended", func(st jobs.State) bool { return len(st.Jobs) == 1 && st.Jobs[0].Outcome == "verified" })
}
