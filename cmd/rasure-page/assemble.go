//go:build !js

package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
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
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(program); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	texts := map[string]map[string]string{}
	for _, l := range []message.Language{message.English, message.Chinese} {
		texts[string(l)] = map[string]string{}
		for name, t := range verifier.Texts() {
			texts[string(l)][name] = t.In(l)
		}
	}
	data := map[string]any{}
	for name, v := range map[string]any{"Texts": texts, "Sample": sample, "Worker": string(loader) + "\n" + workerJS, "Catalog": string(message.Part(zh.Files, program))} {
		text, err := json.Marshal(v) // escapes < and >, so that no text ends its element
		if err != nil {
			return nil, err
		}
		data[name] = string(text)
	}
	data["Wasm"], data["JS"], data["CSS"] = base64.StdEncoding.EncodeToString(packed.Bytes()), pageJS, pageCSS
	data["English"], data["Policy"] = texts[string(message.English)], policy()
	page, err := template.New("page").Parse(pageHTML)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = page.Execute(&out, data)
	return out.Bytes(), err
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
