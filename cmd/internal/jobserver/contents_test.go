package jobserver_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/jobserver"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/contents"
)

// What is on a disk is read once, and never while the disk is claimed: the read that runs ends before the claim begins.
func TestContents(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	letGo := m.plug("sda", "S1", true)
	var mu sync.Mutex // guards what follows
	read, open := []string{}, false
	slow := make(chan struct{}) // closed when the first read has begun
	s := m.serve(func(o *jobserver.Options) {
		o.Contents = func(ctx context.Context, _ *devices.Host, d devices.Disk) (contents.Summary, error) {
			mu.Lock()
			read, open = append(read, d.Name), true
			first := len(read) == 1
			mu.Unlock()
			defer func() { mu.Lock(); open = false; mu.Unlock() }()
			if first {
				close(slow)
				<-ctx.Done()
				return contents.Summary{}, ctx.Err()
			}
			return contents.Summary{Table: contents.GPT, Partitions: []contents.Volume{{FileSystem: "ntfs", Label: "Photos", Size: 1e9}, {Size: 1}}}, nil
		}
	}).Service(message.English)
	<-slow
	m.mu.Lock()
	m.opens = func() {
		mu.Lock()
		defer mu.Unlock()
		if open {
			t.Error("the disk is claimed while it is read")
		}
	}
	m.mu.Unlock()
	b := start(t, s, jobs.Options{}, "sda")
	m.plug("sdb", "S2", false)
	st := await(t, s, "the contents of the other disk", func(st jobs.State) bool { return disk(st, "sdb").OnIt != "" })
	if got, want := disk(st, "sdb").OnIt, `ntfs "Photos" 1.0 GB, and 1 more partitions`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	mu.Lock()
	if !slices.Equal(read, []string{"sda", "sdb"}) {
		t.Errorf("%q were read while sda was erased", read)
	}
	mu.Unlock()
	letGo()
	if _, err := b.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	await(t, s, "what is on the disk now", func(st jobs.State) bool { return disk(st, "sda").OnIt != "" })
}
