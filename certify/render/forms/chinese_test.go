package forms_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"rasure/cmd/message"
)

// TestEverySentenceHasItsChinese looks for the Chinese of every sentence of these pages, also of those that package render has for them.
func TestEverySentenceHasItsChinese(t *testing.T) {
	t.Parallel()
	onlyVerbs := regexp.MustCompile(`^[^a-zA-Z]*(%(\d|\.)*[a-z][^a-zA-Z]*)*$`)
	n := 0
	look := func(name string, only func(string) bool) {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && !only(fn.Name.Name) {
				continue
			}
			ast.Inspect(d, func(node ast.Node) bool {
				call, ok := node.(*ast.CallExpr)
				if !ok || len(call.Args) == 0 {
					return true
				}
				sel, ok := call.Fun.(*ast.SelectorExpr)
				lit, isText := call.Args[0].(*ast.BasicLit)
				if !ok || !isText || sel.Sel.Name != "Of" {
					return true
				}
				key, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				n++
				if text := (message.Text{Format: key}); text.In(message.Chinese) == text.In(message.English) && !onlyVerbs.MatchString(key) && key != "eMMC" {
					t.Errorf("%s: no Chinese for %q", name, key)
				}
				return true
			})
		}
	}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".go") && !strings.HasSuffix(f.Name(), "_test.go") {
			look(f.Name(), func(string) bool { return true })
		}
	}
	exported := func(name string) bool { return ast.IsExported(name) && name != "Text" && name != "Signed" }
	for _, f := range []string{"words.go", "text.go", "pass.go", "firmware.go", "version2.go"} {
		look("../"+f, exported)
	}
	if n < 250 {
		t.Errorf("only %d sentences", n)
	}
}
