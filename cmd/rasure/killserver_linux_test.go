package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"rasure/certify/audit"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/devices/firmware"
	"rasure/wipe"
)

// The job server is killed over and over with eight jobs, at any moment. Each time every disk has a job that can be resumed, or none. At the end
// every disk is erased, and the log is valid: every job that began has one certificate that counts.
func TestKillServer(t *testing.T) {
	t.Parallel()
	kills := 20
	if testing.Short() {
		kills = 3
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dir := memoryDir(t)
	state := filepath.Join(dir, "state")
	if code, _, text := command(t.Context(), firmware.Live, dir, "station", "init", "--name", "kill.example", "--key", "software"); code != fault.Done {
		t.Fatal(text)
	}
	images := []jobs.Request{}
	for i := range 8 {
		image := filepath.Join(dir, fmt.Sprintf("disk%d.img", i))
		if err := os.WriteFile(image, bytes.Repeat([]byte("secret!!"), 1<<20), 0o600); err != nil {
			t.Fatal(err)
		}
		images = append(images, jobs.Request{Disk: image})
	}
	longest := time.Second
	resumed := 0
	for n := 0; n <= kills; {
		p, c := serveProcess(t, state)
		// Resume what can be, and begin the rest.
		left := []jobs.Request{}
		o := jobs.Options{AllowImage: true, Operator: "tester", Scheme: "nnsa"}
		for _, resume := range []bool{true, false} {
			o.Resume = resume
			if o.Scheme = "nnsa"; resume {
				left, o.Scheme = images, ""
			}
			b, err := c.Prepare(t.Context(), o, left)
			if err != nil {
				t.Fatalf("after %d kills: %v", n, err)
			}
			rest, some := []jobs.Request{}, false
			for i, d := range b.Disks() {
				switch err := b.(jobs.Follower).Refused(i); {
				case err != nil && resume:
					if fault.Code(err) != fault.Refused {
						t.Fatalf("after %d kills: resuming: %v", n, err)
					}
					rest = append(rest, left[i])
				case err != nil:
					t.Fatalf("after %d kills: %v", n, err)
				default:
					if _, err := b.Confirm(t.Context(), d.Word, jobs.Typed); err != nil {
						t.Fatal(err)
					}
					if some = true; resume {
						resumed++
					}
				}
			}
			begun := time.Now()
			if some {
				if err := b.Start(t.Context()); err != nil {
					t.Fatalf("after %d kills: %v", n, err)
				}
			}
			if left = rest; n == kills && some { // to the end
				all, err := b.Wait(t.Context())
				for _, r := range all {
					if r.Outcome != wipe.Verified {
						t.Errorf("%+v", r)
					}
				}
				if err != nil {
					t.Fatal(err)
				}
				longest = max(longest, time.Since(begun))
			}
			if len(left) == 0 {
				break
			}
		}
		if n < kills {
			time.Sleep(time.Duration(random.Int64N(int64(longest))))
		}
		p.Process.Kill()
		p.Wait()
		c.Close()
		n++
	}
	code, out, text := command(t.Context(), firmware.Live, dir, "audit", "--json", "--key", filepath.Join(state, "station.pem"))
	var a audit.Report
	if err := json.Unmarshal([]byte(out), &a); code != fault.Done || err != nil {
		t.Fatal(code, err, text)
	}
	if !a.Valid || len(a.OpenJobs) > 0 || len(a.Problems) > 0 {
		t.Errorf("open jobs %v, problems %v", a.OpenJobs, a.Problems)
	}
	for i := range images {
		content, err := os.ReadFile(images[i].Disk)
		if err != nil || bytes.Contains(content, []byte("secret")) {
			t.Errorf("%s still has its secrets, %v", images[i].Disk, err)
		}
	}
	t.Logf("%d kills, %d jobs resumed, certificates %v, %d entries", kills, resumed, a.Outcomes, a.Entries)
}

// serveProcess starts a job server as a process, and connects to it.
func serveProcess(t *testing.T, state string) (*exec.Cmd, *jobs.Client) {
	t.Helper()
	var said bytes.Buffer
	p := exec.Command("rasure", "jobs", "serve", "--state", state)
	p.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	p.Stdout, p.Stderr = &said, &said
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill(); p.Wait() })
	for end := time.Now().Add(time.Minute); ; {
		c, err := jobs.Dial(t.Context(), state, message.English, station.Version)
		if err == nil {
			return p, c
		}
		if time.Now().After(end) {
			p.Process.Kill()
			p.Wait()
			t.Fatalf("%v: %s", err, &said)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
