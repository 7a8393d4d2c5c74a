package jobs_test

import (
	"bufio"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"rasure/cmd/internal/jobs"
)

// FuzzReadLine reads whatever a peer may send.
func FuzzReadLine(f *testing.F) {
	f.Add("{\"id\":1,\"call\":\"watch\"}\n")
	f.Add("{\"rasure-jobs\":1}\n{}\n[]\nnull\n")
	f.Add(strings.Repeat("x", 5000))
	f.Add("{\"id\":1}")
	f.Fuzz(func(t *testing.T, text string) {
		const max = 4096
		r := bufio.NewReaderSize(strings.NewReader(text), 16)
		for read := 0; ; {
			var c jobs.Call
			err := jobs.ReadLine(r, max, &c)
			if err != nil {
				return
			}
			read++
			if read > strings.Count(text, "\n") {
				t.Fatal("more lines were read than there are")
			}
			again, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			var d jobs.Call
			if err := jobs.ReadLine(bufio.NewReader(strings.NewReader(string(again)+"\n")), len(again)+1, &d); err != nil || !reflect.DeepEqual(normal(c), normal(d)) {
				t.Fatalf("%s: %v", again, err)
			}
		}
	})
}

// normal has no empty lists: they are not sent.
func normal(c jobs.Call) jobs.Call {
	if len(c.Disks) == 0 {
		c.Disks = nil
	}
	if len(c.Requests) == 0 {
		c.Requests = nil
	}
	return c
}
