package main

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
)

func TestStderrThatNobodyReads(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.plug("sda", "S1")
	r, w := io.Pipe()
	var out bytes.Buffer
	ended := make(chan int)
	go func() {
		a := &app{Console: cli.Console{In: strings.NewReader(""), Out: &out, Err: w}, host: b.host}
		ended <- a.run(t.Context(), append(words(d), "--progress", "json", "--state", b.at("state")))
		w.Close()
	}()
	certificates := []string{}
	for began := time.Now(); len(certificates) == 0 && time.Since(began) < 2*time.Minute; time.Sleep(10 * time.Millisecond) {
		certificates, _ = filepath.Glob(b.at("state/certificates/*.cert"))
	}
	if len(certificates) != 1 {
		t.Error("there is no certificate while nobody reads")
	}
	go io.Copy(io.Discard, r)
	if status := <-ended; status != fault.Done || !strings.Contains(out.String(), `"outcome": "verified"`) {
		t.Errorf("exit status %d, stdout %s", status, out.String())
	}
}
