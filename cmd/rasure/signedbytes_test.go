package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"rasure/certify"
	"rasure/cmd/internal/fault"
	"rasure/devices/devicetest"
	"rasure/logs"
)

// chance is what differs from one run to the next: identifiers, hashes, keys and signatures, times, speeds.
var chance = regexp.MustCompile(`[0-9A-HJKMNP-TV-Z]{26}|[0-9a-f]{16,}|[A-Za-z0-9+/=]{40,}|\d+`)

var han = regexp.MustCompile(`\p{Han}`)

// What is signed is the same in every language: statements made with Chinese messages have the words of those made with English ones.
func TestSignedBytesInChinese(t *testing.T) {
	t.Parallel()
	english, chinese := signedStory(t, "en"), signedStory(t, "zh")
	if len(english) < 6 || len(english) != len(chinese) {
		t.Fatalf("%d and %d statements", len(english), len(chinese))
	}
	for i := range english {
		if english[i] != chinese[i] {
			t.Errorf("entry %d in English:\n%s\nin Chinese:\n%s", i, english[i], chinese[i])
		}
	}
}

// signedStory erases a good disk and one with bad blocks, and returns the texts of the log.
func signedStory(t *testing.T, language string) (texts []string) {
	b := newBench(t)
	run := func(want int, args ...string) { b.run(want, append(args, "--lang", language)...) }
	run(fault.Done, "station", "upgrade", "--organisation", "bench", "--yes")
	good, bad := b.plug("sdb", "GOOD1"), b.plug("sdc", "BAD1")
	bad.Inject(devicetest.Fault{Kind: devicetest.Unreadable, Offset: 3 << 20, Length: 8192})
	run(fault.Done, "wipe", good.name, "--confirm", good.serial, "--operator", "wang", "--order", "A 1", "--source", "office 3", "--out", b.at("out"))
	run(fault.Exceptions, "wipe", bad.name, "--confirm", bad.serial, "--operator", "wang", "--out", b.at("out"))
	for i := int64(0); ; i++ {
		entry, err := logs.ReadEntry(os.DirFS(b.at("state/log")), i)
		if err != nil {
			return texts // behind the last one; their number is compared
		}
		if text := certify.TextOf(entry); han.MatchString(text) {
			t.Errorf("entry %d has Chinese:\n%s", i, text)
		}
		texts = append(texts, chance.ReplaceAllString(strings.TrimSpace(certify.TextOf(entry)), "#"))
	}
}
