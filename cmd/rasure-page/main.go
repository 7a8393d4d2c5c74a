//go:build !js

// Rasure-page is the verifier as one HTML file, which needs no network and no installation. For js/wasm it is the program in the page; for
// every other system it is the tool that puts the page together:
//
//	make page
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	wasm := flag.String("wasm", "", "the program, built for js/wasm")
	exec := flag.String("exec", "", "wasm_exec.js of the Go that built it")
	sample := flag.String("sample", "", "directory with station.card, erased.cert and erased.tlog-proof")
	out := flag.String("out", "", "the page to write")
	flag.Parse()
	if err := run(*wasm, *exec, *sample, *out); err != nil {
		fmt.Fprintln(os.Stderr, "rasure-page:", err)
		os.Exit(1)
	}
}

func run(wasm, exec, sample, out string) error {
	program, err := os.ReadFile(wasm)
	if err != nil {
		return err
	}
	loader, err := os.ReadFile(exec)
	if err != nil {
		return err
	}
	files := map[string][]byte{}
	for _, name := range []string{"station.card", "erased.cert", "erased.tlog-proof"} {
		if files[name], err = os.ReadFile(filepath.Join(sample, name)); err != nil {
			return err
		}
	}
	page, err := assemble(program, loader, files)
	if err != nil {
		return err
	}
	return os.WriteFile(out, page, 0o644)
}
