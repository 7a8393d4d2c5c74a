//go:build !js

package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"text/template"

	"rasure/cmd/internal/verifier"
	"rasure/cmd/message"
	"rasure/cmd/message/zh"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

//go:embed worker.js
var workerJS string

// assemble makes the page: the same bytes of the same input. Scripts run only if they have the hashes of its policy.
func assemble(program, loader []byte, sample map[string][]byte) ([]byte, error) {
	texts := map[string]map[string]string{}
	for _, l := range []message.Language{message.English, message.Chinese} {
		texts[string(l)] = map[string]string{}
		for name, t := range verifier.Texts() {
			texts[string(l)][name] = t.In(l)
		}
	}
	data := map[string]any{}
	for name, v := range map[string]any{"Texts": texts, "Sample": sample, "Worker": string(loader) + "\n" + workerJS} {
		text, err := json.Marshal(v) // escapes < and >, so that no text ends its element
		if err != nil {
			return nil, err
		}
		data[name] = string(text)
	}
	words, err := catalog()
	if err != nil {
		return nil, err
	}
	data["Wasm"], data["Catalog"], data["JS"], data["CSS"] = packed(program), packed(words), pageJS, pageCSS
	data["English"], data["Policy"] = texts[string(message.English)], policy()
	page, err := template.New("page").Parse(pageHTML)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = page.Execute(&out, data)
	return out.Bytes(), err
}

// catalog is the whole Chinese catalog, not only what the program can say: details of signed files, which are in English, are recognised by it as the command does.
func catalog() (all []byte, err error) {
	names, err := fs.Glob(zh.Files, "*.txt")
	for _, name := range names {
		text, err := fs.ReadFile(zh.Files, name)
		if err != nil {
			return nil, err
		}
		all = append(append(all, text...), '\n')
	}
	return all, err
}

// packed is data as a page has it: compressed, in base64.
func packed(data []byte) string {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err == nil {
		_, err = z.Write(data)
	}
	if err = errors.Join(err, z.Close()); err != nil {
		panic(err) // into memory
	}
	return base64.StdEncoding.EncodeToString(out.Bytes())
}

// policy lets the page load nothing and talk to nobody. The worker is made of the page's own text; the page of a certificate, in a frame
// without scripts, has a style of its own.
func policy() string {
	rules := []string{"default-src 'none'", "script-src '" + hashOf(pageJS) + "' 'wasm-unsafe-eval' blob:", "worker-src blob:", "style-src 'unsafe-inline'",
		"img-src data: blob:", "media-src blob:", "base-uri 'none'", "form-action 'none'"}
	return strings.Join(rules, "; ")
}

func hashOf(script string) string {
	sum := sha256.Sum256([]byte(script))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
