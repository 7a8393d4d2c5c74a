//go:build browser

package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"rasure/cmd/internal/verifier"
	"rasure/cmd/message"
)

const sampleDir = "../rasure/testdata/sample"

// page builds the page as make page does, and returns its address.
func page(t *testing.T) string {
	out := filepath.Join(t.TempDir(), "page.html")
	if text, err := exec.Command("../../.ci/page", out).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	info, err := os.Stat(out)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the page has %d bytes", info.Size())
	return "file://" + out
}

// found is an answer as the page's program gives it.
type found struct {
	Name   string   `json:"name"`
	Status int      `json:"status"`
	Lines  []string `json:"lines"`
	Why    string   `json:"why"`
	Page   string   `json:"page"`
	Code   string   `json:"code"`
}

// natively is what the same package answers without a browser.
func natively(files []verifier.File, l message.Language) (all []found) {
	for _, a := range verifier.Check(files, time.Now(), l, nil) {
		f := found{Name: a.Name, Status: int(a.Status), Lines: []string{}, Page: string(a.Page), Code: a.Code}
		for _, line := range a.Lines.Texts {
			f.Lines = append(f.Lines, message.Printable(strings.TrimSuffix(line.In(l), "\n"), false))
		}
		if a.Err != nil {
			f.Why = message.Printable(message.In(l, a.Err), true)
		}
		all = append(all, f)
	}
	return all
}

func load(t *testing.T, dir string, as func(name string) string) (all []verifier.File) {
	if err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(p)
		if name, _ := filepath.Rel(dir, p); as(filepath.ToSlash(name)) != "" {
			all = append(all, verifier.File{Name: as(filepath.ToSlash(name)), Data: data})
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// cases are sets of files: every certificate of the vectors, a log, and many of them with bytes changed.
func cases(t *testing.T) (all [][]verifier.File) {
	sample := load(t, sampleDir, func(name string) string {
		if strings.HasSuffix(name, ".html") || strings.HasPrefix(name, "not-") {
			return ""
		}
		return name
	})
	all = append(all, sample, sample[:1], nil)
	keys := load(t, "../../certify/testdata/v1", func(name string) string {
		if name == "station.pem" {
			return name
		}
		return ""
	})
	for _, dir := range []string{"v1", "v1/refused", "v1/purge", "0.1.0", "v2", "v2/refused"} {
		for _, f := range load(t, "../../certify/testdata/"+dir, func(name string) string { return name }) {
			if !strings.Contains(f.Name, "/") {
				f.Name = strings.ReplaceAll(f.Name, ".", "-") + ".cert"
				all = append(all, append([]verifier.File{f}, keys...))
			}
		}
	}
	whole := append(load(t, "../../certify/testdata/v2/log", func(name string) string { return "log/" + name }), sample[len(sample)-1])
	all = append(all, whole)
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		set := bytesChanged(sample, random)
		if random.IntN(8) == 0 {
			set = bytesChanged(whole, random)
		}
		all = append(all, set)
	}
	return all
}

// bytesChanged changes, cuts or doubles bytes of one file.
func bytesChanged(files []verifier.File, random *rand.Rand) []verifier.File {
	set := append([]verifier.File{}, files...)
	f := &set[random.IntN(len(set))]
	data := bytes.Clone(f.Data)
	if len(data) > 0 {
		switch at := random.IntN(len(data)); random.IntN(3) {
		case 0:
			data[at] ^= byte(1 << random.IntN(8))
		case 1:
			data = data[:at]
		default:
			data = append(data[:at:at], data[at/2:]...)
		}
	}
	f.Data = data
	return set
}

func TestPage(t *testing.T) {
	address := page(t)
	b := start(t)
	var mu sync.Mutex
	var asked []string
	err := chromedp.Listen(b.ctx, func(event any) {
		if r, ok := event.(*network.EventRequestWillBeSent); ok && !strings.HasPrefix(r.Request.URL, "file:") && !strings.HasPrefix(r.Request.URL, "blob:") && !strings.HasPrefix(r.Request.URL, "data:") {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, r.Request.URL)
		}
	})
	if err == nil {
		_, err = chromedp.Call(b.ctx, network.Enable, network.EnableParams{})
	}
	if err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Navigate(address+"#sample"), visible("iframe[data-loaded]"))
	b.shot("sample-en")
	b.run(`$("language").value = "zh"; $("language").onchange()`)
	b.do(visible("html[lang=zh-CN] iframe[data-loaded]"))
	b.shot("sample-zh")

	b.run(`$("scanned").value = document.title = "x"; compare()`)
	b.do(visible("#same.bad"))
	code := call[string](b, `ask("check", [Object.entries(stored("samples")).map(([name, data]) => ({ name, data: bytesOf(data) })), "en"]).then((a) => a[0].code)`)
	b.run(fmt.Sprintf(`$("scanned").value = %q; compare()`, code))
	b.do(visible("#same.good"))

	b.do(chromedp.Click(chromedp.CSS("#clear")), chromedp.WaitNotPresent(chromedp.CSS(".answer")))
	b.upload("not-erased.cert", "not-erased.tlog-proof", "station.card")
	b.do(visible("iframe[data-loaded]"))
	b.shot("not-erased-zh")
	b.do(chromedp.Click(chromedp.CSS("#clear")), chromedp.WaitNotPresent(chromedp.CSS(".answer")))
	b.upload("erased.cert", "not-erased.tlog-proof", "station.card")
	b.do(visible(".answer.bad"), chromedp.WaitNotPresent(chromedp.CSS("iframe")))
	b.shot("forged-zh")

	if !testing.Short() {
		b.agree(cases(t))
	}
	mu.Lock()
	defer mu.Unlock()
	if len(asked) > 0 {
		t.Errorf("the page asked for %q", asked)
	}
}

type browser struct {
	*testing.T
	ctx context.Context
}

// start starts Chromium; it ends with the test.
func start(t *testing.T) *browser {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.WindowSize(1000, 2300))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return &browser{t, ctx}
}

func visible(css string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(chromedp.CSS(css))
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

func (b *browser) run(script string) {
	b.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](script))
}

// call returns what a promise ends with.
func call[T any](b *browser, script string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatal(err)
	}
	return v
}

// upload chooses files of the sample.
func (b *browser) upload(names ...string) {
	b.Helper()
	var paths []string
	for _, name := range names {
		path, err := filepath.Abs(filepath.Join(sampleDir, name))
		if err != nil {
			b.Fatal(err)
		}
		paths = append(paths, path)
	}
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#files"), paths))
}

// shot keeps a picture, in the directory that RASURE_PICTURES names.
func (b *browser) shot(name string) {
	dir := os.Getenv("RASURE_PICTURES")
	if dir == "" {
		return
	}
	b.do(chromedp.Sleep(5 * time.Second)) // a frame is painted after it is loaded, without an event
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		b.Fatal(err)
	}
}

// agree compares the program in the browser with the same package here, in both languages.
func (b *browser) agree(cases [][]verifier.File) {
	counts := map[int]int{}
	for i, files := range cases {
		l := []message.Language{message.English, message.Chinese}[i%2]
		list := []map[string]string{}
		for _, f := range files {
			list = append(list, map[string]string{"name": f.Name, "data": base64.StdEncoding.EncodeToString(f.Data)})
		}
		text, err := json.Marshal(list)
		if err != nil {
			b.Fatal(err)
		}
		got := call[[]found](b, fmt.Sprintf(`ask("check", [%s.map((f) => ({ name: f.name, data: bytesOf(f.data) })), %q])`, text, l))
		page, err := json.Marshal(got)
		if err != nil {
			b.Fatal(err)
		}
		if here, err := json.Marshal(natively(files, l)); err != nil || !bytes.Equal(page, here) {
			b.Errorf("case %d: the page says\n%.600s\nand the package here\n%.600s", i, page, here)
		}
		for _, f := range got {
			counts[f.Status]++
		}
	}
	b.Logf("%d cases, answers by status: %v", len(cases), counts)
	if counts[0] < 10 || counts[5] < 50 || counts[1] < 5 {
		b.Error("the cases are too much alike")
	}
}
