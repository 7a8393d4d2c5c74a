package people_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"rasure/certify/people"
)

func rootLines(t testing.TB, names string, keys ...ssh.Signer) []people.Signer {
	t.Helper()
	all := []people.Signer{}
	for i, name := range strings.Fields(names) {
		all = append(all, mustSigner(t, name+`@office namespaces="rasure-roster" `+publicLine(keys[i])))
	}
	return all
}

func TestOpenRosterThreshold(t *testing.T) {
	t.Parallel()
	o := newOffice(t, map[string]string{"li": `namespaces="rasure-witness"`})
	fresh, witness := newKey(t, "ed25519"), newKey(t, "ed25519")
	same := rootLines(t, "director deputy archivist", o.roots...)
	turned := rootLines(t, "director deputy new", o.roots[0], o.roots[1], fresh)
	replaced := rootLines(t, "deputy new", o.roots[1], fresh)
	onePerson := rootLines(t, "director deputy deputy", o.roots...)
	added := []people.Signer{mustSigner(t, `wang@office namespaces="rasure-witness" `+publicLine(witness))}
	draft := func(before *people.Roster, at time.Time, threshold int, roots []people.Signer) string {
		t.Helper()
		text, err := people.NewRoster(before, at, threshold, roots, added)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	second := draft(o.roster, noon, 2, same)
	for _, tt := range []struct {
		name, text string
		by         []ssh.Signer
		want       string // "" where it must be taken
	}{
		{"two of three", second, o.roots[:2], ""},
		{"the other two", second, o.roots[1:], ""},
		{"one of three", second, o.roots[:1], "signed by 1 root(s) of roster 1, which demands 2"},
		{"one and a stranger", second, []ssh.Signer{o.roots[0], fresh}, "signed by 1 root(s)"},
		{"one and a witness", second, []ssh.Signer{o.roots[0], o.keys["li"]}, "signed by 1 root(s)"},
		{"two and a stranger", second, []ssh.Signer{o.roots[0], o.roots[1], fresh}, "not in roster"},
		{"another root", draft(o.roster, noon, 2, turned), o.roots[:2], ""},
		{"the new root only by itself and one", draft(o.roster, noon, 2, turned), []ssh.Signer{o.roots[0], fresh}, "roster 1, which demands 2"},
		{"new roots that do not prove their keys", draft(o.roster, noon, 2, replaced), o.roots[:2], "signed by 1 root(s) of roster 2"},
		{"new roots that do", draft(o.roster, noon, 2, replaced), []ssh.Signer{o.roots[0], o.roots[1], fresh}, ""},
		{"a lower threshold by fewer", draft(o.roster, noon, 1, same), o.roots[:1], "signed by 1 root(s) of roster 1"},
		{"one person with two keys, as two votes", draft(o.roster, noon, 2, onePerson), []ssh.Signer{o.roots[1], o.roots[2]}, "roster 2, which demands 2"},
		{"dated before", draft(o.roster, noon.AddDate(0, -1, 0), 2, same), o.roots[:2], "dated before"},
		{"a first roster again", draft(nil, noon, 2, same), o.roots[:2], "does not follow"},
		{"a number left out", strings.Replace(second, `"number": 2`, `"number": 3`, 1), o.roots[:2], "does not follow"},
		{"of another log", strings.Replace(second, o.roster.SHA256()[:8], "00000000", 1), o.roots[:2], "does not follow"},
	} {
		r, err := people.OpenRoster(attach(t, tt.text, people.Root, tt.by...), o.roster)
		if tt.want == "" {
			if err != nil || r.Number != 2 {
				t.Errorf("%s: %v", tt.name, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error is %v, want one with %q", tt.name, err, tt.want)
		}
	}
	_, err := people.OpenRoster(attach(t, second, people.Root, o.roots[:2]...), nil)
	wants(t, err, "not in the log")
	_, err = people.OpenRoster(attach(t, draft(nil, noon, 2, same), people.Root, o.roots[0]), nil)
	wants(t, err, "signed by 1 root(s) of roster 1")
	_, err = people.OpenRoster(attach(t, second, people.Witness, o.roots[:2]...), o.roster)
	wants(t, err, "signed by 0 root(s)")
}

func TestRostersAt(t *testing.T) {
	t.Parallel()
	o := newOffice(t, map[string]string{"li": `namespaces="rasure-witness"`})
	var log people.Rosters
	if log.At(9) != nil {
		t.Error("a roster before the first")
	}
	if err := log.Add(1, o.signed, nil); err != nil {
		t.Fatal(err)
	}
	without, err := people.NewRoster(log.At(5), noon, 2, rootLines(t, "director deputy archivist", o.roots...), nil)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, log.Add(4, attach(t, without, people.Root, o.roots[0]), nil), "demands 2")
	if r := log.At(99); r.Number != 1 {
		t.Errorf("a refused roster is in force: %d", r.Number)
	}
	if err := log.Add(5, attach(t, without, people.Root, o.roots[:2]...), nil); err != nil {
		t.Fatal(err)
	}
	wants(t, log.Add(5, attach(t, without, people.Root, o.roots[:2]...), nil), "out of order")
	wants(t, log.Add(6, attach(t, without, people.Root, o.roots[1:]...), nil), "does not follow")
	sig := mustSign(t, text, people.Witness, o.keys["li"])
	for index, ok := range map[int64]bool{2: true, 5: true, 6: false, 99: false} {
		if _, err := log.At(index).Verify([]byte(text), sig, people.Witness, noon); (err == nil) != ok {
			t.Errorf("signature in entry %d: %v, want ok %v", index, err, ok)
		}
	}
	if log.At(1) != nil || log.At(0) != nil {
		t.Error("a roster is in force before it was in the log")
	}
}

func TestParseRosterRefuses(t *testing.T) {
	t.Parallel()
	root, key := newKey(t, "ed25519"), newKey(t, "ed25519")
	good, err := people.NewRoster(nil, noon, 1, rootLines(t, "director", root), []people.Signer{mustSigner(t, `li@office namespaces="rasure-witness" `+publicLine(key))})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, old, new, want string }{
		{"as it should be", "", "", ""},
		{"a field twice", `"number": 1,`, "\"number\": 1,\n  \"threshold\": 1,", "not in the form"},
		{"a field in capitals", `"threshold"`, `"Threshold"`, "not in the form"},
		{"an unknown field", `"number": 1,`, "\"number\": 1,\n  \"more\": 1,", "not in the form"},
		{"an escaped letter", `li@office`, `\u006ci@office`, "not in the form"},
		{"a second object", "}\n", "}\n{}\n", "reading"},
		{"another zone", `12:00:00Z`, `12:00:00+01:00`, "not in the form"},
		{"parts of a second", `12:00:00Z`, `12:00:00.5Z`, "not in the form"},
		{"no threshold", `"threshold": 1`, `"threshold": 0`, "threshold is 0"},
		{"a threshold that nobody reaches", `"threshold": 1`, `"threshold": 2`, "threshold is 2"},
		{"a signer who is root", "rasure-witness", "rasure-*", "only roots"},
		{"a root who is none", "rasure-roster", "rasure-witness", "only roots"},
		{"a line in another form", `li@office `, `li@office  `, "write it as"},
		{"null for a list", `"previous": ""`, `"previous": null`, "not in the form"},
	} {
		text := strings.Replace(good, tt.old, tt.new, 1)
		_, err := people.OpenRoster(attach(t, text, people.Root, root), nil)
		if tt.want == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error is %v, want one with %q", tt.name, err, tt.want)
		}
	}
	second := newKey(t, "ed25519")
	_, err = people.NewRoster(nil, noon, 2, rootLines(t, "director director", root, second), nil)
	wants(t, err, "threshold is 2, but there are 1 root person(s)")
	alone, err := people.NewRoster(nil, noon, 1, rootLines(t, "director", root), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := people.OpenRoster(attach(t, alone, people.Root, root), nil); err != nil {
		t.Errorf("a roster of roots alone: %v", err)
	}
	_, err = people.OpenRoster(attach(t, strings.Replace(alone, `"signers": []`, `"signers": null`, 1), people.Root, root), nil)
	wants(t, err, "not in the form")
	_, err = people.NewRoster(nil, noon, 1, rootLines(t, "director", root), []people.Signer{
		mustSigner(t, `li@office namespaces="rasure-witness" `+publicLine(key)), mustSigner(t, `wu@office namespaces="rasure-approve" `+publicLine(key)),
	})
	wants(t, err, "li@office and wu@office have the same key")
}

func TestRosterDate(t *testing.T) {
	t.Parallel()
	o := newOffice(t, map[string]string{"li": `namespaces="rasure-witness"`})
	var log people.Rosters
	refused := errors.New("dated in 9999")
	if err := log.Add(1, o.signed, func(*people.Roster) error { return refused }); !errors.Is(err, refused) || log.At(2) != nil {
		t.Errorf("a roster whose date is refused: %v, in force: %v", err, log.At(2))
	}
	var asked time.Time
	if err := log.Add(1, o.signed, func(r *people.Roster) error { asked = r.Issued; return nil }); err != nil || !asked.Equal(log.At(2).Issued) {
		t.Errorf("%v; asked about %v", err, asked)
	}
}
