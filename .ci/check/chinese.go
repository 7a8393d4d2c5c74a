package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// chinese holds that every sentence of the program has its Chinese in cmd/message/zh. It takes for sentences the formats of calls of
// package message, and of functions that have a parameter named format and pass it on. Help is composed when it is shown: a test of
// cmd/rasure holds its Chinese.
func chinese(root fs.FS) (problems []string, err error) {
	known, err := translated(root)
	if err != nil {
		return nil, err
	}
	s := sentences{set: token.NewFileSet(), at: map[string][]int{"Of": {0}, "Errorf": {0}, "New": {0}, "Sentence": {0}, "Word": {0}, "Count": {1, 2}}}
	err = walk(root, func(name string, text []byte) error {
		pkg := path.Dir(name)
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(pkg, "test") || strings.HasPrefix(pkg, ".ci") || pkg == "cmd/message" {
			return nil
		}
		f, err := parser.ParseFile(s.set, name, text, 0)
		s.files = append(s.files, f)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.findWrappers()
	s.each(func(at token.Position, sentence string) {
		if !known[sentence] {
			problems = append(problems, fmt.Sprintf("%s:%d: no Chinese: %q", at.Filename, at.Line, sentence))
		}
	})
	return problems, nil
}

// translated returns the English of the catalog.
func translated(root fs.FS) (map[string]bool, error) {
	names, err := fs.Glob(root, "cmd/message/zh/*.txt")
	known := map[string]bool{}
	for _, name := range names {
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			known[strings.ReplaceAll(strings.TrimRight(line, "\n"), `\n`, "\n")] = true
		}
	}
	return known, err
}

// sentences finds the formats of messages in the source.
type sentences struct {
	set   *token.FileSet
	files []*ast.File
	at    map[string][]int // name of functions -> which arguments can be the format
}

// findWrappers adds the functions that have a parameter named format.
func (s *sentences) findWrappers() {
	for _, f := range s.files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.FuncDecl:
				s.wrapper(x.Name.Name, x.Type)
			case *ast.AssignStmt:
				if len(x.Lhs) == 1 && len(x.Rhs) == 1 {
					id, named := x.Lhs[0].(*ast.Ident)
					if fn, ok := x.Rhs[0].(*ast.FuncLit); ok && named {
						s.wrapper(id.Name, fn.Type)
					}
				}
			}
			return true
		})
	}
}

func (s *sentences) wrapper(name string, fn *ast.FuncType) {
	i := 0
	for _, p := range fn.Params.List {
		for _, id := range p.Names {
			if id.Name == "format" && !slices.Contains(s.at[name], i) {
				s.at[name] = append(s.at[name], i)
			}
			i++
		}
	}
}

// foreign are packages whose functions have the same names.
var foreign = []string{"fmt", "errors", "time", "strings", "sha256", "md5", "base64", "aes", "big"}

func (s *sentences) each(found func(token.Position, string)) {
	for _, f := range s.files {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			pkg, name := called(call)
			places := s.at[name]
			if len(places) == 0 || slices.Contains(foreign, pkg) || name == "New" && pkg != "message" {
				return true
			}
			for _, i := range places {
				if i >= len(call.Args) {
					continue
				}
				text, ok := constant(call.Args[i])
				if !ok || !hasWords(text) || len(places) > 1 && !strings.Contains(text, " ") { // of two functions of that name it is the other one
					continue
				}
				if name == "New" || name == "Sentence" || name == "Word" {
					text = strings.ReplaceAll(text, "%", "%%")
				}
				found(s.set.Position(call.Pos()), strings.TrimSpace(text))
			}
			return true
		})
	}
}

func called(c *ast.CallExpr) (pkg, name string) {
	switch fn := c.Fun.(type) {
	case *ast.Ident:
		return "", fn.Name
	case *ast.SelectorExpr:
		if id, ok := fn.X.(*ast.Ident); ok {
			pkg = id.Name
		}
		return pkg, fn.Sel.Name
	}
	return "", ""
}

// constant returns the text of a string that is written in the source.
func constant(e ast.Expr) (string, bool) {
	switch x := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(x.Value)
		return s, err == nil && x.Kind == token.STRING
	case *ast.BinaryExpr:
		a, ok := constant(x.X)
		b, too := constant(x.Y)
		return a + b, ok && too && x.Op == token.ADD
	}
	return "", false
}

// hasWords reports whether more than verbs, signs and units would be left to translate.
func hasWords(format string) bool {
	letters := 0
	for i := 0; i < len(format); i++ {
		c := format[i]
		switch {
		case c == '%':
			for i++; i < len(format) && strings.IndexByte("-+# 0123456789.[]", format[i]) >= 0; i++ {
			}
			letters = 0
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			if letters++; letters > 2 {
				return true
			}
		default:
			letters = 0
		}
	}
	return false
}
