package manual

import (
	"strings"
	"testing"
)

func TestRoff(t *testing.T) {
	for _, c := range []struct{ what, got, want string }{
		{"a flag in a sentence", escape("use --json (-a), re-use it"), `use \-\-json (\-a), re-use it`},
		{"what is typed", bold(`a-b "c" \d`), `\fBa\-b \(dqc\(dq \ed\fR`},
		{"lines are joined", fill([]string{"one", "two"}), "one two"},
		{"Chinese lines are joined without a space", fill([]string{"磁", "盘"}), `磁\:盘`},
		{"no line begins with a comma, or ends with a bracket", fill([]string{"甲，（乙）。"}), `甲，\:（乙）。`},
		{"Latin words are not broken", fill([]string{"用 SSH 密"}), `用 SSH 密`},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.what, c.got, c.want)
		}
	}
	if got := strings.Join(fold("rasure medium approve S-2024-017 --purpose inside --technician wang --until 2027-01-31"), "|"); got != `rasure medium approve S-2024-017 --purpose inside --technician wang \|    --until 2027-01-31` {
		t.Errorf("a long command line is folded as %s", got)
	}
	var w roff
	w.line(".TH is no request here\n'nor here")
	if got, want := string(w.bytes()), "\\&.TH is no request here\n\\&'nor here\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
