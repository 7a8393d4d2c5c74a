package draft

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"rasure/certify"
	"rasure/certify/statement"
)

// playedLog answers as a log would in which the entries and the media are those that a vector states.
type playedLog struct {
	head    statement.Head
	media   map[string]statement.Medium
	targets []statement.Target
	texts   map[int64]string
	values  map[string]string // by field
}

func (l *playedLog) Head() (statement.Head, error)        { return l.head, nil }
func (l *playedLog) Value(_, field string) (string, bool) { v, ok := l.values[field]; return v, ok }
func (l *playedLog) Custodian(string) string              { return "" }
func (l *playedLog) Number(typed string) string           { return typed }
func (l *playedLog) Policy() *statement.Ref               { return nil }
func (l *playedLog) Text(index int64) (string, error)     { return l.texts[index], nil }

func (l *playedLog) Medium(number string) (statement.Medium, error) {
	m, ok := l.media[number]
	if !ok {
		return m, errors.New("not registered")
	}
	return m, nil
}

// Target takes the place of a target in the vector for its index.
func (l *playedLog) Target(place int64) (statement.Target, error) {
	if place < 0 || place >= int64(len(l.targets)) {
		return statement.Target{}, errors.New("no such entry")
	}
	return l.targets[place], nil
}

// play takes what a vector states of the log out of it, and returns the words for that.
func (l *playedLog) play(s *statement.Statement) map[string][]string {
	l.head, l.media = s.Log(), map[string]statement.Medium{}
	words := map[string][]string{}
	body := reflect.ValueOf(s.Body).Elem()
	entry := func(t statement.Target) []string {
		l.targets = append(l.targets, t)
		return []string{fmt.Sprint(len(l.targets) - 1)}
	}
	for _, f := range s.Kind.Fields() {
		v, there := f.Of(body)
		if !there {
			continue
		}
		switch x := v.Interface().(type) {
		case statement.Medium:
			l.media[x.Number] = x
			words[f.Path] = []string{x.Number}
		case []statement.Medium:
			for _, m := range x {
				l.media[m.Number] = m
				words[f.Path] = append(words[f.Path], m.Number)
			}
		case statement.Target:
			words[f.Path] = entry(x)
		case statement.Ref:
			words[f.Path] = entry(statement.Target{Index: x.Index, SHA256: x.SHA256})
		}
	}
	return words
}

func vectorsOfActs(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, k := range statement.Kinds {
		paths, err := filepath.Glob("../../../certify/testdata/v2/" + k.Name() + ".*")
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			file, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if k.ByPeople() {
				all[filepath.Base(path)] = certify.TextOf(file)
			}
		}
	}
	if len(all) < 2*len(Commands()) {
		t.Fatalf("only %d vectors for %d commands", len(all), len(Commands()))
	}
	return all
}

func commandOf(t *testing.T, kind *statement.Kind) *Command {
	t.Helper()
	for _, c := range Commands() {
		if c.Kind == kind {
			return c
		}
	}
	t.Fatalf("no command drafts %s", kind.Line)
	return nil
}

// Every kind is drafted, least and full, from a file and from the words of a command line: the draft is the vector.
func TestActs(t *testing.T) {
	t.Parallel()
	for name, text := range vectorsOfActs(t) {
		s, err := statement.Read(text)
		if err != nil {
			t.Fatal(name, err)
		}
		if s.Kind.Name() == "roster" {
			continue // it is drafted from files of keys
		}
		_, object, _ := strings.Cut(text, "\n")
		fields, err := parseObject([]byte(object))
		if err != nil {
			t.Fatal(name, err)
		}
		delete(fields, "log")
		delete(fields, "says")
		t.Run(name+" from a file", func(t *testing.T) {
			log := &playedLog{}
			from := cloned(fields)
			for path, words := range log.play(s) {
				from[path] = words[0]
				if reflect.ValueOf(s.Body).Elem().FieldByName("Media").IsValid() && path == "media" {
					from[path] = words
				}
			}
			drafted(t, s, text, log, func(d Draft) error { return d.Merge(encode(t, from)) })
		})
		t.Run(name+" from words", func(t *testing.T) {
			log := &playedLog{}
			words := log.play(s)
			from := map[string]any{}
			for _, path := range []string{"id", "at", "offset_minutes", "signers", "evidence", "annex_sha256", "changes", "lists", "finding"} {
				if x, ok := fields[path]; ok {
					from[path] = x
				}
			}
			drafted(t, s, text, log, func(d Draft) error {
				errs := []error{d.Merge(encode(t, from))}
				c := commandOf(t, s.Kind)
				for _, f := range c.fields() {
					v, there := f.Of(reflect.ValueOf(s.Body).Elem())
					if _, known := from[f.Path]; !there || known {
						continue
					}
					if words[f.Path] == nil {
						words[f.Path] = wordsOf(t, f, v)
					}
					if len(words[f.Path]) == 0 {
						continue
					}
					flag := c.flag(f.Path)
					if flag != Numbers && !slices.ContainsFunc(c.Flags(), func(f Flag) bool { return f.Name == flag }) {
						t.Errorf("the command has no flag %s", flag)
					}
					if s.Kind.Name() == "policy" && flag == Numbers {
						path := filepath.Join(t.TempDir(), "policy.toml")
						if err := os.WriteFile(path, []byte(strings.Join(words[f.Path], "\n\n\t")), 0o600); err != nil {
							t.Fatal(err)
						}
						words[f.Path] = []string{path}
					}
					errs = append(errs, d.Set(flag, words[f.Path]))
				}
				return errors.Join(errs...)
			})
		})
	}
}

// drafted compares a draft with a vector. The policies of the vectors are shorter than any that an office could have.
func drafted(t *testing.T, s *statement.Statement, text string, log Log, fill func(Draft) error) {
	t.Helper()
	d, err := commandOf(t, s.Kind).Begin(log, nil, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	err = fill(d)
	if p, ok := s.Body.(*statement.Policy); ok {
		if err == nil {
			_, err = d.Text()
		}
		if err == nil || !strings.Contains(err.Error(), "reading the policy: ") {
			t.Errorf("a policy of %d lines: %v", len(p.Lines), err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if missing := d.Missing(); len(missing) > 0 {
		t.Errorf("%v are missing", missing)
	}
	if got, err := d.Text(); got != text {
		t.Errorf("drafted as %s, %v, not as %s", got, err, text)
	}
}

func cloned(fields map[string]any) map[string]any {
	to := map[string]any{}
	for k, v := range fields {
		to[k] = v
	}
	return to
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// wordsOf are the words of a command line for a value.
func wordsOf(t *testing.T, f statement.Field, v reflect.Value) (words []string) {
	t.Helper()
	values := []reflect.Value{v}
	if f.List {
		values = nil
		for i := range v.Len() {
			values = append(values, v.Index(i))
		}
	}
	for _, v := range values {
		switch x := v.Interface().(type) {
		case time.Time:
			words = append(words, x.Format(time.RFC3339))
		case statement.Bytes:
			words = append(words, base64.StdEncoding.EncodeToString(x))
		case statement.Head:
			words = append(words, fmt.Sprintf(`{"origin":%q,"first_sha256":"%s","size":%d,"root":"%s"}`, x.Origin, x.First, x.Size, x.Root))
		case statement.Receiver:
			words = append(words, x.Organisation+","+x.At.Format(time.RFC3339)+","+x.Reference)
		case statement.Finding:
			words = append(words, strings.ReplaceAll(fmt.Sprintf("%s,%d,%s,%s", x.Rule, x.Index, x.Medium, x.SHA256), ",,", ","))
		default:
			words = append(words, fmt.Sprint(x))
		}
	}
	return words
}
