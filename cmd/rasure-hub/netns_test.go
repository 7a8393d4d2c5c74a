package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"rasure/cmd/internal/witness"
	"rasure/cmd/rasure-hub/internal/hubtest"
	"rasure/logs"
)

// network is a bridge of this machine with a hub in one network namespace and each station in another: they reach each other only over it.
type network struct {
	t    *testing.T
	name string
}

// asProgram has the test run as the program, which needs not be built.
const asProgram = "RASURE_HUB_TEST_MAIN=1"

func TestMain(m *testing.M) {
	if slices.Contains(os.Environ(), asProgram) {
		main()
	}
	os.Exit(m.Run())
}

// hubProgram is the program.
func hubProgram(args ...string) *exec.Cmd { return withEnv(exec.Command(os.Args[0], args...)) }

func withEnv(c *exec.Cmd) *exec.Cmd {
	c.Env = append(os.Environ(), asProgram, "LC_ALL=C")
	return c
}

// ip runs the ip command.
func (n *network) ip(args ...string) {
	n.t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		n.t.Fatalf("ip %q: %v: %s", args, err, out)
	}
}

func newNetwork(t *testing.T) *network {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("network namespaces need root")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("ip is missing: apt install iproute2")
	}
	n := &network{t: t, name: fmt.Sprintf("rh%d", os.Getpid())}
	if out, err := exec.Command("ip", "netns", "add", n.space(0)).CombinedOutput(); err != nil {
		t.Skipf("no network namespaces here: %s", out)
	}
	t.Cleanup(func() { exec.Command("ip", "netns", "del", n.space(0)).Run() })
	// The bridge is in the hub's namespace, so nothing of this machine's own network is touched.
	n.ip("-n", n.space(0), "link", "add", "name", "hub0", "type", "bridge")
	n.ip("-n", n.space(0), "addr", "add", "10.77.0.1/24", "dev", "hub0")
	n.ip("-n", n.space(0), "link", "set", "hub0", "up")
	n.ip("-n", n.space(0), "link", "set", "lo", "up")
	return n
}

func (n *network) space(i int) string { return fmt.Sprintf("%s-%d", n.name, i) }

// join makes the namespace of a station and connects it.
func (n *network) join(i int) {
	n.t.Helper()
	n.ip("netns", "add", n.space(i))
	n.t.Cleanup(func() { exec.Command("ip", "netns", "del", n.space(i)).Run() })
	port := fmt.Sprintf("p%d", i)
	n.ip("-n", n.space(0), "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", n.space(i))
	n.ip("-n", n.space(0), "link", "set", port, "master", "hub0", "up")
	n.ip("-n", n.space(i), "addr", "add", fmt.Sprintf("10.77.0.%d/24", i+1), "dev", "eth0")
	n.ip("-n", n.space(i), "link", "set", "eth0", "up")
}

// in is the program in a namespace.
func (n *network) in(i int, args ...string) *exec.Cmd {
	return withEnv(exec.Command("ip", append([]string{"netns", "exec", n.space(i), os.Args[0]}, args...)...))
}

// serve starts the hub and returns what stops it. The address is where it listens.
func (n *network) serve(args ...string) (address string, stop func()) {
	n.t.Helper()
	c := n.in(0, append([]string{"serve"}, args...)...)
	lines, w, err := os.Pipe()
	hubtest.Check(n.t, err)
	c.Stderr = w
	hubtest.Check(n.t, c.Start())
	w.Close()
	ended, found := make(chan struct{}), make(chan string, 1)
	go func() {
		defer close(ended)
		defer close(found)
		for in := bufio.NewScanner(lines); in.Scan(); {
			if after, ok := strings.CutPrefix(in.Text(), "rasure-hub serves "+args[0]+" at "); ok {
				found <- after
			}
		}
	}()
	where, ok := <-found
	if !ok {
		n.t.Fatal("the hub does not start")
	}
	stop = func() {
		c.Process.Signal(syscall.SIGTERM)
		if err := c.Wait(); err != nil {
			n.t.Errorf("the hub ends with %v", err)
		}
		<-ended
	}
	return where, stop
}

// TestFiveNamespaces is a fleet over a network, with the commands as their users run them: two stations are honest, one rolls back, one forks, and one
// has no network and comes by stick.
func TestFiveNamespaces(t *testing.T) {
	n := newNetwork(t)
	dir := filepath.Join(hubtest.Scratch(t), "hub")
	key, err := hubProgram("init", dir, "--name", "hub.example").Output()
	hubtest.Check(t, err)
	by, err := logs.ParseCosigner(strings.TrimSpace(string(key)))
	hubtest.Check(t, err)
	var all []*hubtest.Station
	roster := ""
	for i := range 5 {
		s := hubtest.New(t, fmt.Sprintf("station%d.example", i+1))
		s.Erase(fmt.Sprintf("S-%d", i+1))
		all = append(all, s)
		hubtest.Check(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.card", i)), s.Card, 0o644))
		roster += fmt.Sprintf("[[station]]\ncard = \"%d.card\"\n", i)
		if i < 4 {
			n.join(i + 1)
		}
	}
	hubtest.Check(t, os.WriteFile(filepath.Join(dir, "stations.toml"), []byte(roster), 0o644))
	cert, pem := filepath.Join(dir, "hub.crt"), filepath.Join(dir, "hub.pem")
	if out, err := exec.Command("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=hub",
		"-addext", "subjectAltName=IP:10.77.0.1", "-keyout", pem, "-out", cert).CombinedOutput(); err != nil {
		t.Skipf("openssl: %v: %s", err, out)
	}
	if out, err := n.in(0, "serve", dir, "--listen", "10.77.0.1:0").CombinedOutput(); err == nil || !strings.Contains(string(out), "loopback") {
		t.Errorf("without a certificate it serves others: %s, %v", out, err)
	}
	address, stop := n.serve(dir, "--listen", "10.77.0.1:0", "--tls-cert", cert, "--tls-key", pem)
	push := func(i int, s *hubtest.Station, since int64) (submission string, code int) {
		t.Helper()
		submission = s.Submit(since)
		c := n.in(i, "push", submission, "https://"+address, "--ca", cert, "--tries", "2")
		out, err := c.CombinedOutput()
		if c.ProcessState == nil {
			t.Fatal(err)
		}
		t.Logf("station %d: %d: %s", i, c.ProcessState.ExitCode(), bytes.TrimSpace(out))
		return submission, c.ProcessState.ExitCode()
	}
	takes := func(s *hubtest.Station, submission string) error {
		t.Helper()
		answer, err := os.ReadFile(filepath.Join(submission, witness.AnswerFile))
		hubtest.Check(t, err)
		_, _, err = witness.Receive(s.Log.Snapshot(), hubtest.Scratch(t), s.Dir, answer, by)
		return err
	}
	const done, refused = 0, 4
	backup, fork := all[2].Copied(), all[3].Copied()
	all[2].Erase("S-lost")
	all[3].Erase("S-one")
	for i, s := range all[:4] {
		submission, code := push(i+1, s, 0)
		if code != done {
			t.Fatalf("station %d: exit %d", i+1, code)
		}
		hubtest.Check(t, takes(s, submission))
	}
	all[0].Erase("S-more")
	if _, code := push(1, all[0], 3); code != done {
		t.Errorf("more of the first station: exit %d", code)
	}
	submission, code := push(3, backup, 3)
	if err := takes(backup, submission); code != refused || err == nil {
		t.Errorf("rolled back: exit %d; the station takes the answer: %v", code, err)
	}
	fork.Erase("S-other")
	if _, code := push(4, fork, 3); code != refused {
		t.Errorf("the fork: exit %d", code)
	}
	if out, err := n.in(1, "push", all[0].Submit(0), "http://10.77.0.1:1", "--tries", "1").CombinedOutput(); err == nil || !strings.Contains(string(out), "not encrypted") {
		t.Errorf("push without encryption: %s, %v", out, err)
	}
	if out, err := n.in(1, "push", all[0].Submit(0), "https://"+address, "--tries", "1").CombinedOutput(); err == nil || !strings.Contains(string(out), "certificate") {
		t.Errorf("push to a hub whose certificate nobody vouches for: %s, %v", out, err)
	}
	stop()

	stick := hubtest.Scratch(t)
	hubtest.Check(t, os.Rename(all[4].Submit(0), filepath.Join(stick, "five")))
	if out, err := hubProgram("ingest", dir, stick).CombinedOutput(); err != nil {
		t.Fatalf("ingest: %v: %s", err, out)
	}
	hubtest.Check(t, takes(all[4], filepath.Join(stick, "five")))
	var status []struct {
		Entries  int64    `json:"entries"`
		Evidence []string `json:"evidence"`
	}
	out, err := hubProgram("status", dir, "--json").Output()
	hubtest.Check(t, err)
	hubtest.Check(t, json.Unmarshal(out, &status))
	for i, want := range []int64{5, 3, 5, 5, 3} {
		if s := status[i]; s.Entries != want || (len(s.Evidence) == 1) != (i == 3) {
			t.Errorf("station %d: %+v, want %d entries", i+1, s, want)
		}
	}
	if out, err := hubProgram("find", dir, "serial", "S-5").CombinedOutput(); err != nil || !strings.Contains(string(out), "2 found") {
		t.Errorf("find: %v: %s", err, out)
	}
	if out, err := hubProgram("audit", dir).CombinedOutput(); err != nil {
		t.Errorf("audit: %v: %s", err, out)
	}
}
