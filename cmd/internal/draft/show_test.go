package draft

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"rasure/certify/people"
	"rasure/certify/statement"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// What a signer sees has every value of the text: a draft that says another thing is shown as another thing.
func TestShow(t *testing.T) {
	t.Parallel()
	for name, text := range vectorsOfActs(t) {
		s, err := statement.Read(text)
		if err != nil {
			t.Fatal(name, err)
		}
		body := reflect.ValueOf(s.Body).Elem()
		if e := body.FieldByName("ActEnd"); e.IsValid() { // an annex has a test of its own
			e.FieldByName("Annex").SetZero()
			if text, err = statement.Write(s.Body); err != nil {
				t.Fatal(name, err)
			}
		}
		for _, l := range []message.Language{message.English, message.Chinese} {
			lines, err := Show(l, text, nil)
			if err != nil {
				t.Fatal(name, err)
			}
			screen := strings.Join(lines, "\n")
			said := statement.SayingOf(s.Body).English
			if l == message.Chinese {
				said = statement.SayingOf(s.Body).Chinese
			}
			for _, want := range append(valuesOf(s, body), said) {
				if !strings.Contains(screen, want) && !strings.Contains(screen, cli.Word(want).In(l)) && !strings.Contains(screen, cli.Class(want).In(l)) { // a code is shown in words
					t.Errorf("%s in %s does not show %q:\n%s", name, l, want, screen)
				}
			}
			for _, line := range lines {
				if label, _, ok := strings.Cut(line, ": "); l == message.Chinese && ok && strings.HasPrefix(line, "  ") && !isChinese(label) && strings.TrimSpace(label) != "" {
					t.Errorf("%s: the label %q has no Chinese", name, label)
				}
			}
			if l == message.Chinese && name == "correction.full" && (!strings.Contains(screen, "\n  更正 1 原值: ") || !strings.Contains(screen, "\n  更正 1 新值: ")) {
				t.Errorf("%s shows no old and new value:\n%s", name, screen)
			}
		}
	}
}

// valuesOf are the values of a text as a signer must see them. Of an entry that is named the index is enough: the root of the log covers its hash.
func valuesOf(s *statement.Statement, block reflect.Value) (all []string) {
	for _, f := range statement.FieldsOf(block.Type()) {
		v, there := f.Of(block)
		if !there || f.Path == "says" {
			continue
		}
		each := []reflect.Value{v}
		if f.List {
			each = nil
			for i := range v.Len() {
				each = append(each, v.Index(i))
			}
		}
		for _, v := range each {
			switch x := v.Interface().(type) {
			case time.Time:
				all = append(all, x.In(time.FixedZone("", int(s.Act().Offset)*60)).Format("2006-01-02 15:04:05 -07:00"))
			case statement.Ref:
				all = append(all, fmt.Sprint(x.Index))
			case statement.Hash:
				if f.Path != "sha256" || block.Type() != reflect.TypeFor[statement.Target]() {
					all = append(all, x.String())
				}
			case statement.Bytes:
				all = append(all, base64.StdEncoding.EncodeToString(x))
			default:
				if v.Kind() == reflect.Struct {
					all = append(all, valuesOf(s, v)...)
				} else {
					all = append(all, fmt.Sprint(x))
				}
			}
		}
	}
	return all
}

func TestShowAnnex(t *testing.T) {
	t.Parallel()
	file, sum, err := statement.AnnexText(&statement.Annex{Salt: statement.Hash{1}, Fields: []statement.AnnexField{{Path: "receiver.name", Value: "孙八"}}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := statement.Read(vectorsOfActs(t)["handover.outside"])
	if err != nil {
		t.Fatal(err)
	}
	s.Body.(*statement.Handover).Annex = sum
	text, err := statement.Write(s.Body)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := Show(message.English, text, []byte(file))
	if err != nil || !strings.Contains(strings.Join(lines, "\n"), "receiver.name: 孙八") {
		t.Errorf("%v, %q", err, lines)
	}
	for name, annex := range map[string][]byte{"it has an annex": nil, "another SHA-256": []byte(file + " ")} {
		if _, err := Show(message.English, text, annex); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%q: %v", annex, err)
		}
	}
}

// The number of a medium that was swapped in the draft is what its signer reads first.
func TestShowSwapped(t *testing.T) {
	t.Parallel()
	text := vectorsOfActs(t)["approval.least"]
	before, err := Show(message.English, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	after, err := Show(message.English, strings.ReplaceAll(text, "密-2026/017", "密-2026/018"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(before) != len(after) || before[2] == after[2] || !strings.Contains(after[2], "密-2026/018") {
		t.Errorf("%q is shown as %q", before[2], after[2])
	}
	if _, err := Show(message.English, strings.Replace(text, "{", "{\u202e", 1), nil); err == nil {
		t.Error("a control character is shown")
	}
}

// A statement of version 2 is signed only in a role in which it names somebody.
func TestCheckRole2(t *testing.T) {
	t.Parallel()
	all := vectorsOfActs(t)
	for _, c := range []struct {
		vector string
		role   people.Role
		ok     bool
	}{
		{"loss.least", people.Custodian, true}, {"loss.least", people.Secrecy, false}, {"loss.least", people.Root, false}, {"closure.least", people.Root, true},
		{"closure.full", people.Root, false}, {"enrolment.least", people.Enroller, true},
	} {
		if err := CheckRole(all[c.vector], c.role); (err == nil) != c.ok || err != nil && fault.Code(err) != fault.Refused {
			t.Errorf("%s as %s: %v", c.vector, c.role, err)
		}
	}
	if err := CheckRole(strings.Replace(all["loss.least"], "\n", "\n ", 1), people.Custodian); fault.Code(err) != fault.Refused {
		t.Errorf("another spelling: %v", err)
	}
}

// A name that means something else in another kind has its own label there.
func TestLabels(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, path, want string }{
		{"registration", "number", "number of the medium in the register"}, {"roster", "number", "number"}, {"registration", "place", "where it is kept"}, {"loss", "place", "where it happened"},
		{"succession", "old", "old log"}, {"succession", "new", "new log"}, {"destruction", "contractor.name", "company that destroyed the media"}, {"destruction", "machine.maker", "machine maker"},
	} {
		if got := label(c.kind, c.path).String(); got != c.want {
			t.Errorf("%s %s is %q, not %q", c.kind, c.path, got, c.want)
		}
	}
	for name := range labels {
		path := name[strings.Index(name, " ")+1:]
		if !slices.ContainsFunc(Commands(), func(c *Command) bool { _, ok := c.field(path); return ok }) {
			t.Errorf("no command has the field %s", path)
		}
	}
}

func isChinese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// TestWordsOfFields holds that the signer reads each code of each field, and the name of each field within a field, in Chinese.
func TestWordsOfFields(t *testing.T) {
	t.Parallel()
	var look func(kind string, block reflect.Type)
	look = func(kind string, block reflect.Type) {
		for _, f := range statement.FieldsOf(block) {
			for _, code := range f.Words {
				if !isChinese(cli.Word(code).In(message.Chinese)) && !isChinese(cli.Class(code).In(message.Chinese)) {
					t.Errorf("%s %s: %q has no Chinese", kind, f.Path, code)
				}
			}
			if f.Type.Kind() != reflect.Struct || f.Type.PkgPath() != block.PkgPath() {
				continue
			}
			look(kind, f.Type)
			switch f.Type {
			case reflect.TypeFor[statement.Signer](), reflect.TypeFor[statement.Medium](), reflect.TypeFor[statement.Target](): // sentences of their own
				continue
			}
			for _, inner := range statement.FieldsOf(f.Type) {
				said := labelWithin(f.Path, inner.Path).In(message.Chinese)
				if !isChinese(said) && said != "SHA-256" {
					t.Errorf("%s: %s of %s has no Chinese", kind, inner.Path, f.Path)
				}
				if strings.Contains(said, "日志") && kind != "succession" {
					t.Errorf("%s: %s of %s is %s", kind, inner.Path, f.Path, said)
				}
			}
		}
	}
	for name, text := range vectorsOfActs(t) {
		s, err := statement.Read(text)
		if err != nil {
			t.Fatal(name, err)
		}
		look(s.Kind.Name(), reflect.TypeOf(s.Body).Elem())
	}
}
