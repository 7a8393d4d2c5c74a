package confirm_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"rasure/cmd/internal/confirm"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/jobs"
	"rasure/devices"
)

// batch confirms as a job server does.
type batch struct {
	disks []jobs.Prepared
	how   map[int]jobs.How
	fails error
}

func newBatch(serials ...string) *batch {
	b := &batch{how: map[int]jobs.How{}}
	for i, s := range serials {
		d := devices.Disk{Name: "sd" + string(rune('a'+i))}
		d.Serial = s
		b.disks = append(b.disks, jobs.Prepared{Disk: jobs.Disk{Disk: d}, Word: job.Word(d)})
	}
	return b
}

func (b *batch) Disks() []jobs.Prepared { return b.disks }

func (b *batch) Confirm(_ context.Context, word string, how jobs.How) (int, error) {
	for i, d := range b.disks {
		if d.Refused == nil && job.SameWord(word, d.Word) {
			b.how[i] = how
			return i, b.fails
		}
	}
	if b.fails != nil {
		return -1, b.fails
	}
	return -1, fault.Refusef("%q is not the serial number of a disk that was named", word)
}

func TestPrompt(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 10_000)
	for _, c := range []struct {
		name      string
		serials   string
		lines     []string
		confirmed string // the serial numbers of the disks to be erased
		code      int
		says      string
	}{
		{"one", "WD-1", []string{"WD-1"}, "WD-1", fault.Done, "sda is confirmed"},
		{"any case, and blanks", "WD-1", []string{" wd-1\r"}, "WD-1", fault.Done, "sda is confirmed"},
		{"any order", "A1 B2 C3", []string{"C3", "A1", "B2"}, "A1 B2 C3", fault.Done, "sdb is confirmed"},
		{"a wrong one costs nothing", "A1 B2", []string{"A2", "A1", "B3", "B2"}, "A1 B2", fault.Done, `"B3" is not the serial number of one of these disks`},
		{"a kernel name is no serial number", "A1", []string{"sda", "", ""}, "", fault.Refused, `"sda" is not the serial number of sda`},
		{"twice", "A1 B2", []string{"A1", "a1", "B2"}, "A1 B2", fault.Done, "sda is confirmed already"},
		{"no serial number", "-", []string{"sda"}, "sda", fault.Done, "sda is confirmed"},
		{"leave one out", "A1 B2", []string{"B2", "", "ERASE"}, "B2", fault.Done, "Not confirmed: sda"},
		{"go back to confirming", "A1 B2 C3", []string{"B2", "", "C3", "ERASE", "A1"}, "A1 B2 C3", fault.Done, `"ERASE" is not the serial number`},
		{"a scanner sends two line ends", "A1 B2 C3", []string{"B2", "", "C3", "", "A1"}, "A1 B2 C3", fault.Done, "sda is confirmed"},
		{"not the word", "A1 B2", []string{"B2", "", "erase", "y", ""}, "B2", fault.Refused, `"y" is not ERASE`},
		{"nothing typed", "A1 B2", []string{""}, "", fault.Refused, ""},
		{"a bar code of 10,000 characters", "A1", []string{long, "A1"}, "A1", fault.Done, `"` + long[:60] + `..." is not`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			serials := strings.Fields(c.serials)
			if c.serials == "-" {
				serials = []string{""}
			}
			b := newBatch(serials...)
			p, err := confirm.NewPrompt(b)
			if err != nil {
				t.Fatal(err)
			}
			said, done := []string{}, false
			for i, line := range c.lines {
				if done {
					t.Errorf("%d lines were enough", i)
				}
				text, now, fails := p.Answer(t.Context(), line)
				if done, err = now, fails; err != nil {
					break
				}
				said = append(said, text.String())
			}
			got := []string{}
			for i, d := range b.disks {
				if b.how[i] == jobs.Typed {
					got = append(got, d.Word)
				}
			}
			if strings.Join(got, " ") != c.confirmed || fault.Code(err) != c.code || done != (err == nil) {
				t.Errorf("confirmed %q, done %v, %v", got, done, err)
			}
			if all := strings.Join(said, "\n"); !strings.Contains(all, c.says) {
				t.Errorf("it said %q", all)
			}
		})
	}
}

func TestPromptQuestion(t *testing.T) {
	t.Parallel()
	b := newBatch("A1", "B2", "C3")
	b.disks[1].Refused = &jobs.Note{Text: "it is mounted"}
	p, err := confirm.NewPrompt(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ line, want string }{
		{"B2", "(2 are left)"},
		{"C3", "(1 is left)"},
		{"", "Type ERASE to erase sdc and leave out sda; or type another serial number: "},
	} {
		if _, done, err := p.Answer(t.Context(), c.line); err != nil || done {
			t.Fatalf("%q: done %v, %v", c.line, done, err)
		}
		if got := p.Question().String(); !strings.Contains(got, c.want) {
			t.Errorf("after %q it asks %q, want %q", c.line, got, c.want)
		}
	}
	b.fails = errors.New("the connection is gone")
	if _, done, err := p.Answer(t.Context(), "A1"); err == nil || done {
		t.Errorf("done %v, %v", done, err)
	}
}

func TestPromptAllRefused(t *testing.T) {
	t.Parallel()
	b := newBatch("A1")
	b.disks[0].Refused = &jobs.Note{Text: "it is mounted"}
	if _, err := confirm.NewPrompt(b); fault.Code(err) != fault.Refused {
		t.Error(err)
	}
}

func TestByFlags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		words []string
		says  string // "" if all is confirmed
	}{
		{"all, in any order and case", []string{"b2", "A1"}, ""},
		{"one too few", []string{"A1"}, "sdb (serial number B2) was not confirmed"},
		{"one too many", []string{"A1", "B2", "C3"}, `nothing was erased: "C3" is not the serial number of a disk that was named`},
		{"the same twice", []string{"A1", "a1"}, "sdb (serial number B2) was not confirmed"},
		{"an empty one", []string{"A1", ""}, `"" is not the serial number`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBatch("A1", "B2")
			err := confirm.ByFlags(t.Context(), b, c.words)
			if c.says == "" && (err != nil || b.how[0] != jobs.ByFlag || b.how[1] != jobs.ByFlag) {
				t.Errorf("%v, %v", b.how, err)
			}
			if c.says != "" && (fault.Code(err) != fault.Refused || !strings.Contains(err.Error(), c.says)) {
				t.Error(err)
			}
		})
	}
	t.Run("one is refused", func(t *testing.T) {
		t.Parallel()
		b := newBatch("A1", "B2")
		b.disks[1].Refused = &jobs.Note{Text: "it is mounted", Hint: "unmount it"}
		if err := confirm.ByFlags(t.Context(), b, []string{"A1"}); fault.Code(err) != fault.Refused || !strings.Contains(err.Error(), "it is mounted") {
			t.Error(err)
		}
	})
}
