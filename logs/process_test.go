package logs_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"rasure/logs"
)

// childEnv, if it is set, makes this test a process that appends to the log in
// the directory it names, as often as childCount says, and prints what Append
// acknowledges.
const (
	childEnv   = "LOGS_TEST_CHILD"
	childName  = "LOGS_TEST_CHILD_NAME"
	childCount = 1 << 30
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		if err := child(dir, os.Getenv(childName)); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func childOptions(dir string) logs.Options {
	return counted(fileCounter(filepath.Join(dir, "counter")), 0)
}

func child(dir, name string) error {
	l, err := logs.Open(filepath.Join(dir, "log"), childOptions(dir))
	if err != nil {
		return err
	}
	n := childCount
	fmt.Sscanf(name, "%d-", &n)
	for i := range n {
		entry := fmt.Sprintf("%s/%d %s", name, i, strings.Repeat("x", i%3000))
		index, err := l.Append([]byte(entry))
		if err != nil {
			return err
		}
		fmt.Printf("%d %s/%d\n", index, name, i)
	}
	return nil
}

// start runs a child and returns what it prints when it has ended. kill ends it
// at any moment; working is closed when it has printed something.
func start(t *testing.T, dir, name string) (kill func(), working <-chan bool, printed func() string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childEnv+"="+dir, childName+"="+name)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	var text []byte
	var wg sync.WaitGroup
	first := make(chan bool)
	wg.Go(func() {
		one := make([]byte, 1)
		n, _ := out.Read(one)
		close(first)
		rest, _ := io.ReadAll(out)
		text = append(one[:n], rest...)
	})
	return func() { cmd.Process.Kill() }, first, func() string {
		wg.Wait()
		cmd.Wait()
		return string(text)
	}
}

// acknowledged reads what children printed into acks; a last line that was cut
// off by the kill says nothing.
func acknowledged(t *testing.T, text string, acks map[int64]string) {
	t.Helper()
	for line := range strings.Lines(text) {
		var index int64
		var name string
		if !strings.HasSuffix(line, "\n") {
			continue
		}
		if _, err := fmt.Sscanf(line, "%d %s\n", &index, &name); err != nil {
			t.Fatalf("a child says: %s", line)
		}
		if acks[index] != "" {
			t.Errorf("index %d was given to %s and to %s", index, acks[index], name)
		}
		acks[index] = name
	}
}

// lost counts the acknowledged entries that the log does not have, and checks
// that the log is complete, fits its counter, and has no entry twice.
func lost(t *testing.T, dir string, acks map[int64]string) (missing int, size int64) {
	t.Helper()
	o := childOptions(dir)
	seen := map[string]bool{}
	cp, err := auditLog(os.DirFS(filepath.Join(dir, "log")), o.Identity, nil, func(i int64, e []byte) error {
		name, _, _ := strings.Cut(string(e), " ")
		if seen[name] {
			t.Errorf("%s is in the log twice", name)
		}
		seen[name] = true
		if want := acks[i]; want != "" && want != name {
			t.Errorf("entry %d is %s, but %s was acknowledged", i, name, want)
			missing++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range acks {
		if i >= cp.Size {
			missing++
		}
	}
	return missing, cp.Size
}

func TestKill(t *testing.T) {
	dir := t.TempDir() // a real disk: the pace of the steps is that of its fsync
	if _, err := logs.Create(filepath.Join(dir, "log"), childOptions(dir)); err != nil {
		t.Fatal(err)
	}
	const kills = 50
	acks, recovered, begin := map[int64]string{}, 0, time.Now()
	for i := range kills {
		kill, working, printed := start(t, dir, fmt.Sprintf("kill%d", i))
		if i%5 != 0 { // every fifth may die while it opens the log
			<-working
		}
		time.Sleep(rand.N(100 * time.Millisecond))
		kill()
		acknowledged(t, printed(), acks)
		if i%3 != 0 {
			continue // the next child finds what this one left
		}
		l, err := logs.Open(filepath.Join(dir, "log"), childOptions(dir))
		if err != nil {
			t.Fatalf("after kill %d: %v", i, err)
		}
		if _, ok := l.Recovered(); ok {
			recovered++
		}
	}
	if _, err := logs.Open(filepath.Join(dir, "log"), childOptions(dir)); err != nil {
		t.Fatal(err)
	}
	missing, size := lost(t, dir, acks)
	if v, err := childOptions(dir).Counter.Read(); v != uint64(size) || err != nil {
		t.Errorf("the counter is at %d, %v, the log at %d", v, err, size)
	}
	t.Logf("%d kills in %v: %d entries acknowledged, %d lost; %d of %d opens had to finish an entry; the log has %d",
		kills, time.Since(begin).Round(time.Millisecond), len(acks), missing, recovered, kills/3, size)
	if missing != 0 {
		t.Errorf("%d acknowledged entries are lost", missing)
	}
	if len(acks) < kills || recovered == 0 {
		t.Errorf("the kills came too soon or between the entries: they prove nothing")
	}
}

func TestProcesses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir() // a real disk, so that the processes get in each other's way
	if _, err := logs.Create(filepath.Join(dir, "log"), childOptions(dir)); err != nil {
		t.Fatal(err)
	}
	const each = 80
	var printed []func() string
	for _, name := range []string{"a", "b", "c"} {
		_, _, p := start(t, dir, fmt.Sprintf("%d-%s", each, name))
		printed = append(printed, p)
	}
	// Meanwhile an auditor reads without any lock.
	for {
		cp, err := auditLog(os.DirFS(filepath.Join(dir, "log")), childOptions(dir).Identity, nil, nil)
		if err != nil {
			t.Fatalf("audit while others append: %v", err)
		}
		if cp.Size == 3*each {
			break
		}
	}
	acks := map[int64]string{}
	for _, p := range printed {
		acknowledged(t, p(), acks)
	}
	runs, last := 0, byte(0)
	for i := range int64(len(acks)) {
		if c := acks[i][len("80-")]; c != last {
			runs, last = runs+1, c
		}
	}
	missing, size := lost(t, dir, acks)
	t.Logf("%d entries by 3 processes, which took turns %d times; %d lost", size, runs, missing)
	if len(acks) != 3*each || size != 3*each || missing != 0 {
		t.Errorf("%d acknowledged, %d in the log, %d lost, want %d", len(acks), size, missing, 3*each)
	}
	if runs <= 3 {
		t.Errorf("the processes ran one after the other: this proves nothing")
	}
}

func TestAppendLocked(t *testing.T) {
	t.Parallel()
	o := plain()
	l, dir := create(t, o, 1)
	o.Wait = 30 * time.Millisecond
	hurried, err := logs.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	inside, goOn := make(chan bool), make(chan bool)
	var once sync.Once
	slow, err := logs.Open(dir, o.WithFault(func(call, name string) error {
		if name == "checkpoint" {
			once.Do(func() { close(inside); <-goOn })
		}
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if i, err := slow.Append(short(1)); i != 1 || err != nil {
			t.Errorf("the holder of the lock: Append = %d, %v", i, err)
		}
	})
	<-inside
	if _, err := hurried.Append(short(2)); !errors.Is(err, logs.ErrLocked) {
		t.Errorf("Append while another holds the lock = %v, want %v", err, logs.ErrLocked)
	}
	close(goOn)
	wg.Wait()
	if i, err := hurried.Append(short(2)); i != 2 || err != nil {
		t.Errorf("Append afterwards = %d, %v", i, err)
	}
	// l knows one entry; it takes over what the others appended.
	if e, err := l.Entry(2); err != nil || string(e) != string(short(2)) {
		t.Errorf("Entry(2) = %q, %v", e, err)
	}
}
