package main

// What js/wasm makes large, besides packages: each type that is sorted by package slices is 25 kB, so that structs are sorted by package sort, and functions that
// build errors and lines are not inlined where they are called. go tool nm reads no js/wasm: take out a suspect and build again.

import (
	"bytes"
	"strings"
	"syscall/js"
	"time"

	"rasure/cmd/internal/archive"
	"rasure/cmd/internal/verifier"
	"rasure/cmd/message"
)

// answers are what was found last: a code of a printed page is compared with them.
var answers []verifier.Answer

func main() {
	self := js.Global()
	// The page has the catalog beside the program, compressed too.
	message.Register(message.Chinese, archive.Of(map[string][]byte{"page.txt": []byte(self.Get("rasureCatalog").String())}))
	self.Set("rasureTexts", js.FuncOf(func(_ js.Value, args []js.Value) any {
		texts := map[string]any{}
		for name, t := range verifier.Texts() {
			texts[name] = t.In(language(args[0]))
		}
		return texts
	}))
	self.Set("rasureCheck", js.FuncOf(func(_ js.Value, args []js.Value) any {
		return promise(func() any { return check(args[0], language(args[1]), args[2]) })
	}))
	self.Set("rasureCompare", js.FuncOf(func(_ js.Value, args []js.Value) any {
		same, says := verifier.Compare(args[0].String(), answers)
		return map[string]any{"same": same, "says": says.In(language(args[1]))}
	}))
	self.Get("rasureReady").Invoke()
	select {}
}

// promise has JavaScript wait for what f returns. f runs beside it, because it waits for the browser too.
func promise(f func() any) js.Value {
	var run js.Func
	run = js.FuncOf(func(_ js.Value, args []js.Value) any {
		go func() {
			defer run.Release()
			args[0].Invoke(f())
		}()
		return nil
	})
	return js.Global().Get("Promise").New(run)
}

func language(v js.Value) message.Language {
	if strings.HasPrefix(v.String(), "zh") {
		return message.Chinese
	}
	return message.English
}

// check verifies files, {name, data: Uint8Array}, and calls progress(done, all) from time to time.
func check(list js.Value, l message.Language, progress js.Value) any {
	files := make([]verifier.File, list.Length())
	for i := range files {
		f := list.Index(i)
		data := make([]byte, f.Get("data").Length())
		js.CopyBytesToGo(data, f.Get("data"))
		files[i] = verifier.File{Name: f.Get("name").String(), Data: data}
	}
	last := time.Now()
	answers = verifier.Check(files, time.Now(), l, func(done, all int) {
		if time.Since(last) > 100*time.Millisecond {
			last = time.Now()
			progress.Invoke(done, all)
		}
	})
	found := make([]any, len(answers))
	for i, a := range answers {
		found[i] = answer(a, l)
	}
	return found
}

func answer(a verifier.Answer, l message.Language) map[string]any {
	lines := []any{}
	for _, t := range a.Lines.Texts {
		lines = append(lines, message.Printable(strings.TrimSuffix(t.In(l), "\n"), false))
	}
	why := ""
	if a.Err != nil {
		why = message.Printable(message.In(l, a.Err), true)
	}
	return map[string]any{"name": message.Printable(a.Name, false), "status": int(a.Status), "lines": lines, "why": why,
		"page": string(bytes.ToValidUTF8(a.Page, nil)), "code": a.Code}
}
