package checks_test

import (
	"strings"
	"testing"
	"time"

	"rasure/certify/audit"
	"rasure/certify/render/checks"
	"rasure/cmd/message"
	_ "rasure/cmd/message/zh"
)

const sum = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

func in(lang message.Language, texts []message.Text) string {
	all := ""
	for _, t := range texts {
		all += t.In(lang)
	}
	return all
}

// What the event log of a boot does not explain is said by audit and by pages, in both languages. A boot that it explains has no such line.
func TestUnexplained(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		booted           audit.Booted
		english, chinese []string
		none             bool // it explains all
	}{
		"another boot":  {audit.Booted{Unexplained: []int64{0, 4}}, []string{"does not explain PCR 0, 4: something else was measured"}, []string{"不能解释 PCR 0, 4："}, false},
		"an event":      {audit.Booted{Unexplained: []int64{4}, Unnamed: true}, []string{"does not explain PCR 4: it has an event there that is neither"}, []string{"其中有一个事件既不是程序"}, false},
		"both":          {audit.Booted{Unexplained: []int64{4, 7}, Unnamed: true}, []string{"does not explain PCR 4: it has", "does not explain PCR 7: something else"}, []string{"其中有一个事件既不是程序", "不能解释 PCR 7："}, false},
		"not readable":  {audit.Booted{Unexplained: []int64{4, 11}, Unreadable: true}, []string{"not readable: it explains no PCR"}, []string{"事件日志无法读取"}, false},
		"all explained": {audit.Booted{Unexplained: []int64{}}, []string{"explain", "readable"}, []string{"解释", "无法读取"}, true},
	} {
		c.booted.EventLog, c.booted.PCRs, c.booted.Entries = audit.EventLogInEntry, map[string]string{"4": sum, "11": sum}, []audit.Span{{From: 1, To: 9}}
		l := checks.Lines{Zone: time.UTC}
		l.Booted([]*audit.Booted{&c.booted}, audit.OwnWord)
		page := audit.OriginOf(audit.OwnWord, "", nil, []*audit.Booted{&c.booted}, 5).Software()
		for where, texts := range map[string][]message.Text{"audit": l.Texts, "page": page} {
			for lang, wants := range map[message.Language][]string{message.English: c.english, message.Chinese: c.chinese} {
				for _, want := range wants {
					if text := in(lang, texts); strings.Contains(text, want) == c.none {
						t.Errorf("%s, %s, %q, explained %t:\n%s", name, where, want, c.none, text)
					}
				}
			}
		}
	}
}

// A bound key is said to be bound on the word of those who show it, and nobody is called its publisher without a comparison.
func TestBound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		policy   string
		compared bool
		by       audit.Word
		want     string
	}{
		"not bound":     {"", false, audit.OwnWord, ""},
		"own word":      {sum, false, audit.OwnWord, "by the key's own word: the key signs only in boots that the policy allows\n           who approves these boots was not compared"},
		"emulator":      {sum, false, audit.Emulator, "by the emulator's word: the key"},
		"enrolled":      {sum, false, audit.TPM, "by the TPM: the key signs only in boots that the policy allows\n           who approves these boots was not compared"},
		"compared":      {sum, true, audit.TPM, "allows\n           it allows the boots approved with the keys that you gave\n"},
		"own, compared": {sum, true, audit.OwnWord, "own word: the key signs only in boots that the policy allows\n           it allows"},
	} {
		l := checks.Lines{}
		l.Bound(c.policy, c.compared, c.by)
		text := in(message.English, l.Texts)
		if !strings.Contains(text, c.want) || (c.want == "") != (text == "") || c.policy != "" && !strings.HasPrefix(text, "bound      to the policy "+sum+", ") {
			t.Errorf("%s: %q", name, text)
		}
		key := in(message.English, audit.OriginOf(c.by, c.policy, nil, nil, 5).Key(time.UTC))
		if strings.Contains(key, "the key is bound to the policy "+sum) != (c.policy != "") || strings.Contains(key, "was not compared") != (c.policy != "") {
			t.Errorf("%s: a page says %q", name, key)
		}
	}
	if key := audit.OriginOf(audit.NoCounter, "", nil, nil, 5).Key(time.UTC); len(key) > 0 {
		t.Errorf("a key in a file: %v", key)
	}
}
