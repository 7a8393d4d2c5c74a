//go:build browser

package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"rasure/cmd/message"
)

// TestLarge has Chromium audit a whole log, RASURE_PAGE_LOG, against a card, RASURE_PAGE_CARD, and prints how long that took: with the functions of the
// browser, and without them. TestLargeLog of cmd/rasure-hub makes such a log.
func TestLarge(t *testing.T) {
	dir, card := os.Getenv("RASURE_PAGE_LOG"), os.Getenv("RASURE_PAGE_CARD")
	if dir == "" || card == "" {
		t.Skip("RASURE_PAGE_LOG and RASURE_PAGE_CARD name no log and card")
	}
	files := load(t, dir, func(name string) string { return "log/" + name })
	files = append(files, load(t, card, func(string) string { return "station.card" })...)
	want := natively(files, message.English)
	for _, c := range []struct{ name, script string }{
		{"with WebCrypto", ""},
		{"without", `Object.defineProperty(self.crypto, 'subtle', { value: undefined });`},
	} {
		address := strings.TrimPrefix(page(t), "file://")
		text, err := os.ReadFile(address)
		head, tail, ok := strings.Cut(string(text), `// Runs the verifier`)
		if !ok {
			t.Fatal("the page has no worker")
		}
		if err == nil {
			err = os.WriteFile(address, []byte(head+c.script+`\n// Runs the verifier`+tail), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		b := start(t)
		b.do(chromedp.Navigate("file://"+address), visible("#drop"))
		b.run("given = []")
		for _, f := range files {
			b.run(fmt.Sprintf("given.push({ name: %q, data: bytesOf(%q) })", f.Name, base64.StdEncoding.EncodeToString(f.Data)))
		}
		call[bool](b, "loaded.then(() => true)")
		began, before := time.Now(), chromium(t)
		got := call[[]found](b, `ask("check", [given, "en"])`)
		t.Logf("%s: %.1f s, %.1f s of the processors", c.name, time.Since(began).Seconds(), chromium(t)-before)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: the page says\n%.600s\nand the package here\n%.600s", c.name, fmt.Sprint(got), fmt.Sprint(want))
		}
	}
}

// chromium returns the seconds that the processes of the browser have had of the processors.
func chromium(t *testing.T) (seconds float64) {
	parent, ticks := map[string]string{}, map[string]float64{}
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range all {
		text, _ := os.ReadFile(name)
		f := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if len(f) > 12 {
			pid, user, system := filepath.Base(filepath.Dir(name)), 0.0, 0.0
			fmt.Sscan(f[11]+" "+f[12], &user, &system)
			parent[pid], ticks[pid] = f[1], user+system
		}
	}
	for pid := range ticks {
		for at := parent[pid]; at != ""; at = parent[at] {
			if at == strconv.Itoa(os.Getpid()) {
				seconds += ticks[pid] / 100
			}
		}
	}
	return seconds
}
