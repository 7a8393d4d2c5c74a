package jobserver_test

import (
	"bufio"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestFormat has the conversation of FORMAT.md with a server.
func TestFormat(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../jobs/FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(text), "```\n")
	example, _, _ = strings.Cut(example, "```")
	m := newMachine(t)
	m.plug("sda", "S1", false)
	s := m.serve(nil)
	here, there := m.pair()
	go s.ServeConn(t.Context(), there)
	defer here.Close()
	lines := bufio.NewReader(here)
	said := 0
	for line := range strings.Lines(example) {
		if ours, ok := strings.CutPrefix(line, "> "); ok {
			if _, err := here.Write([]byte(ours)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want := strings.TrimSuffix(strings.TrimPrefix(line, "< "), "\n")
		pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(want), `\.\.\.`, ".*") + "$"
		for {
			got, err := lines.ReadString('\n')
			if err != nil {
				t.Fatalf("%v; want %s", err, want)
			}
			if regexp.MustCompile(pattern).MatchString(strings.TrimSuffix(got, "\n")) {
				said++
				break
			}
			if !strings.HasPrefix(got, `{"id":5,"event":`) { // of which there are several
				t.Fatalf("the server says\n%swant\n%s", got, want)
			}
		}
	}
	if said != 8 {
		t.Errorf("the server said %d lines of the example", said)
	}
}

// TestFormatCalls has every call in the table of FORMAT.md.
func TestFormatCalls(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../jobs/FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("../jobs/wire.go")
	if err != nil {
		t.Fatal(err)
	}
	calls := regexp.MustCompile(`(?m)^\tCall\w+ += "([a-z-]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(calls) != 19 {
		t.Errorf("%d calls in wire.go", len(calls))
	}
	for _, c := range calls {
		if !strings.Contains(string(text), "\n| "+c[1]+" ") {
			t.Errorf("FORMAT.md does not have the call %q", c[1])
		}
	}
}
