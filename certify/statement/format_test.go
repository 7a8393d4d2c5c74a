package statement

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// The tables of FORMAT.md are made from the types and their comments. A table is between a line `<!-- NAME -->` and an empty line.
func TestFormat(t *testing.T) {
	t.Parallel()
	types := parseTypes(t)
	text, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]bool{}
	want := regexp.MustCompile(`(?m)^<!-- (\w+) -->\n(?:\|.*\n)*`).ReplaceAllStringFunc(string(text), func(old string) string {
		name := regexp.MustCompile(`\w+`).FindString(old)
		if made[name] {
			t.Errorf("two tables of %s", name)
		}
		made[name] = true
		table := ""
		switch name {
		case "kinds":
			table = kindsTable()
		case "says":
			table = saysTable()
		case "versions":
			table = versionsTable()
		default:
			if table = types.table(name); table == "" {
				t.Errorf("no type %s", name)
			}
		}
		return "<!-- " + name + " -->\n" + table
	})
	for name := range types {
		if !made[name] {
			t.Errorf("FORMAT.md has no table of %s", name)
		}
	}
	if *update {
		if err := os.WriteFile("FORMAT.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(text) {
		t.Error("FORMAT.md differs from the types: go test ./certify/statement -run Format -update")
	}
	for _, code := range Codes() {
		if format, err := os.ReadFile("../FORMAT.md"); err != nil || !strings.Contains(string(format), "`"+code+"`") {
			t.Errorf("no FORMAT.md has the code %s, %v", code, err)
		}
	}
}

func kindsTable() string {
	table := "| kind | first line | signed by |\n|---|---|---|\n"
	for _, k := range Kinds {
		by := []string{}
		for _, s := range k.Signs {
			switch {
			case s.Least == 0:
				by = append(by, s.Role+" (may)")
			case s.Most == 1:
				by = append(by, "one "+s.Role)
			case s.Most > 1:
				by = append(by, fmt.Sprintf("%d to %d %s", s.Least, s.Most, s.Role))
			default:
				by = append(by, s.Role)
			}
		}
		if !k.ByPeople() {
			by = []string{"the station"}
		}
		table += fmt.Sprintf("| %s | `%s` | %s |\n", k.Name(), k.Line, strings.Join(by, ", "))
	}
	return table
}

func saysTable() string {
	table := "| kind | if it is | says: English | 中文 |\n|---|---|---|---|\n"
	for _, k := range Kinds {
		for _, s := range k.Says {
			table += fmt.Sprintf("| %s | %s | %s | %s |\n", k.Name(), s.Variant, s.English, s.Chinese)
		}
	}
	return table
}

func versionsTable() string {
	table := "| kind | version 1 | version 2 |\n|---|---|---|\n"
	first := "station begin certificate preparation roster registration approval handover witness validation destruction inventory loss correction"
	for _, k := range Kinds {
		v1 := "-"
		if strings.Contains(" "+first+" ", " "+k.Name()+" ") {
			v1 = "0.1.0"
		}
		table += fmt.Sprintf("| %s | %s | %s |\n", k.Name(), v1, k.Since)
	}
	return table
}

// typesByName are the structs of this package that have members of texts.
type typesByName map[string]*ast.StructType

func parseTypes(t *testing.T) typesByName {
	t.Helper()
	files, err := parser.ParseDir(token.NewFileSet(), ".", func(f os.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	types := typesByName{}
	for _, f := range files["statement"].Files {
		ast.Inspect(f, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok && spec.Name.IsExported() {
				if s, ok := spec.Type.(*ast.StructType); ok && len(s.Fields.List) > 0 {
					first := s.Fields.List[0] // an embedded block, or a member
					if len(first.Names) == 0 || first.Tag != nil && strings.Contains(first.Tag.Value, "canon:") {
						types[spec.Name.Name] = s
					}
				}
			}
			return true
		})
	}
	return types
}

func (types typesByName) table(name string) string {
	s := types[name]
	if s == nil {
		return ""
	}
	table := "| member | value | | meaning |\n|---|---|---|---|\n"
	for _, f := range s.Fields.List {
		if f.Tag == nil {
			block := f.Type.(*ast.Ident).Name
			table += fmt.Sprintf("| *all of %s* | | | |\n", link(block))
			continue
		}
		tag := reflect.StructTag(strings.Trim(f.Tag.Value, "`"))
		member, options, _ := strings.Cut(tag.Get("canon"), ",")
		must := "must"
		if options == "optional" {
			must = "may"
		}
		table += fmt.Sprintf("| `%s` | %s | %s | %s |\n", member, types.value(f.Type, tag, must == "may"), must, strings.TrimSpace(f.Comment.Text()))
	}
	return table
}

func link(block string) string { return "[" + block + "](#" + strings.ToLower(block) + ")" }

// value describes the values that a field can have.
func (types typesByName) value(e ast.Expr, tag reflect.StructTag, optional bool) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return types.value(e.X, tag, false)
	case *ast.ArrayType:
		count := tag.Get("count")
		low, high, _ := strings.Cut(count, "..")
		switch {
		case count == "":
			low, high = "0", "500"
		case low == "":
			low = "0"
		}
		if optional && low == "0" {
			low = "1"
		}
		if low == high {
			return "list of " + low + ": " + types.value(e.Elt, tag, false)
		}
		return "list of " + low + " to " + high + ": " + types.value(e.Elt, tag, false)
	case *ast.SelectorExpr:
		return "time"
	case *ast.Ident:
		max := tag.Get("max")
		switch e.Name {
		case "string":
			if words := tag.Get("words"); words != "" {
				return "`" + strings.Join(strings.Fields(words), "` `") + "`"
			}
			if max != "" {
				return "text of at most " + max + " bytes"
			}
			return "text"
		case "int64":
			low, high, _ := strings.Cut(tag.Get("range"), "..")
			switch {
			case high != "":
				return "integer from " + low + " to " + high
			case low != "" && low != "-9007199254740991":
				return "integer from " + low
			case low != "":
				return "integer"
			case optional:
				return "integer from 1"
			}
			return "integer from 0"
		case "bool":
			if optional {
				return "`true`"
			}
			return "`true` `false`"
		case "Hash":
			return "hash"
		case "Bytes":
			if max != "" {
				return "base64 of at most " + max + " bytes"
			}
			return "base64"
		case "Day":
			return "day"
		}
		return link(e.Name)
	}
	return "?"
}
