package statement

import (
	"strings"
	"testing"
)

// Other spellings of one text, each made by one change of certificate.full. A reader that takes one of them has two texts, and two identities,
// for one statement.
var otherSpellings = []struct{ name, old, new string }{
	{"no-newline-at-the-end", "\n}\n", "\n}"},
	{"newline-too-many", "\"\n}\n", "\"\n}\n\n"},
	{"byte-order-mark", "rasure/certificate", "\ufeffrasure/certificate"},
	{"carriage-return", "v2\n{", "v2\r\n{"},
	{"kind-with-a-space", "v2\n{", "v2 \n{"},
	{"second-object", "\"\n}\n", "\"\n}\n{}\n"},
	{"indentation-of-three", `  "outcome"`, `   "outcome"`},
	{"indentation-by-tab", `  "outcome"`, "\t\"outcome\""},
	{"no-space-after-colon", `"outcome": `, `"outcome":`},
	{"space-before-colon", `"outcome": `, `"outcome" : `},
	{"space-at-the-end", `"level_achieved": "purge",`, `"level_achieved": "purge", `},
	{"members-on-one-line", "\"verified\",\n  \"level_achieved\"", `"verified", "level_achieved"`},
	{"integers-on-lines", "\"write_profile\": [180, ", "\"write_profile\": [\n        180, "},
	{"integers-without-spaces", "[180, 179, ", "[180,179, "},
	{"object-on-one-line", "\"before\": {\n      \"phase\": ", "\"before\": {\"phase\": "},
	{"members-in-another-order", "\"outcome\": \"verified\",\n  \"level_achieved\": \"purge\"", "\"level_achieved\": \"purge\",\n  \"outcome\": \"verified\""},
	{"member-twice", "  \"outcome\": \"verified\",\n", "  \"outcome\": \"verified\",\n  \"outcome\": \"verified\",\n"},
	{"member-twice-differently", "  \"outcome\": \"verified\",\n", "  \"outcome\": \"failed\",\n  \"outcome\": \"verified\",\n"},
	{"member-unknown", "{\n  \"id\"", "{\n  \"approved\": true,\n  \"id\""},
	{"member-missing", "  \"limits\": [\n    \"spare-blocks-by-the-drives-word\"\n  ],\n", ""},
	{"member-in-another-case", `"outcome"`, `"Outcome"`},
	{"member-with-a-long-s", `"passes"`, `"pas` + "\u017f" + `es"`},
	{"member-escaped", `"outcome"`, `"outc\u006fme"`},
	{"comma-too-many", "\"\n}\n", "\",\n}\n"},
	{"null-for-absent", "{\n  \"id\"", "{\n  \"resumes\": null,\n  \"id\""},
	{"null-for-a-list", "\"unwritten\": []", "\"unwritten\": null"},
	{"list-with-a-line", "\"unwritten\": []", "\"unwritten\": [\n      ]"},
	{"empty-for-absent", "  \"batch\": \"box 4\",\n", "  \"batch\": \"box 4\",\n  \"asset\": \"\",\n"},
	{"false-for-absent", `"serial_shared": true`, `"serial_shared": false`},
	{"zero-for-absent", `"estimated_seconds": 60`, `"estimated_seconds": 0`},
	{"escaped-slash", `"usb"`, `"us\/b"`},
	{"escaped-letter", `"verified",`, `"\u0076erified",`},
	{"escaped-ideograph", "张三", `\u5f20三`},
	{"number-with-a-zero", `"begin": {
    "index": 12`, `"begin": {
    "index": 012`},
	{"number-minus-zero", `"retries": 0`, `"retries": -0`},
	{"number-with-a-fraction", `"retries": 0`, `"retries": 0.0`},
	{"number-with-an-exponent", `"size_bytes": 1048576`, `"size_bytes": 1048576e0`},
	{"number-in-quotes", `"retries": 0`, `"retries": "0"`},
	{"number-too-large", `"size_bytes": 1048576`, `"size_bytes": 9007199254740992`},
	{"hash-in-capitals", `"seed": "19b25856`, `"seed": "19B25856`},
	{"base64-without-padding", `"raw": "UAA="`, `"raw": "UAA"`},
	{"base64-with-loose-bits", `"raw": "UAA="`, `"raw": "UAB="`},
	{"time-with-a-fraction", `"at": "2026-02-03T04:05:06Z"`, `"at": "2026-02-03T04:05:06.0Z"`},
	{"time-with-an-offset", `"at": "2026-02-03T04:05:06Z"`, `"at": "2026-02-03T04:05:06+00:00"`},
	{"time-in-small-letters", `"at": "2026-02-03T04:05:06Z"`, `"at": "2026-02-03t04:05:06z"`},
	{"character-zero-width", `"order": "2026`, "\"order\": \"20\u200b26"},
	{"character-right-to-left", `"order": "2026`, "\"order\": \"\u202e2026"},
	{"character-private-use", `"order": "2026`, "\"order\": \"\ue000"},
	{"character-not-utf-8", `"order": "2026`, "\"order\": \"\xff"},
	{"character-selector-of-a-letter", `"order": "2026`, "\"order\": \"a\U000e0100"},
	{"character-control", `"order": "2026`, "\"order\": \"\t"},
	{"word-unknown", `"outcome": "verified",
  "level`, `"outcome": "erased",
  "level`},
}

func TestOtherSpellings(t *testing.T) {
	t.Parallel()
	text := textOf(t, "certificate.full")
	for _, s := range otherSpellings {
		changed := strings.Replace(text, s.old, s.new, 1)
		if changed == text {
			t.Errorf("%s: nothing to change", s.name)
			continue
		}
		compareFile(t, "spelling-"+s.name, changed)
		if _, err := Read(changed); err == nil {
			t.Errorf("%s is read", s.name)
		}
	}
}

// The extensions I and J are allowed in numbers, names and texts, and a variation selector behind an ideograph.
func TestRareCharacters(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"\U0002ebf0", "\U000323b0", "\u8fbb\U000e0100"} {
		r := acts()["registration.full"].(*Registration)
		r.Number, r.Custodian, r.Signers[0].Person, r.Remarks = name+"-1", name, name, name
		text, err := Write(r)
		if err != nil {
			t.Errorf("%+q: %v", name, err)
		} else if s, err := Read(text); err != nil || s.Body.(*Registration).Custodian != name {
			t.Errorf("%+q: %v", name, err)
		}
	}
}

func TestCheckNumber(t *testing.T) {
	t.Parallel()
	for number, ok := range map[string]bool{
		"A-1": true, "密-2026/017": true, "\U0002ebf0": true, "\U000323b0": true, "ᠮᠣᠩ": true, "བོད": true, "ئۇيغۇر": true, "ꀀ": true, "Ａ１": true, "é": true, "º": true, "々〇": true, "机密★2026-017号": true, "〔2026〕3": true, "（2026）3": true,
		strings.Repeat("x", 64): true, strings.Repeat("x", 65): false, "": false, "a b": false, "a\u3000b": false, "a\u2014b": false, "a\uff0fb": false, "a+b": false, "a\\b": false, "a「b": false,
		"a\U0001f600": false, "a\ufffd": false, "a×b": false, "①": false, "a\u200bb": false, "a\xff": false, "a#": false,
	} {
		if err := CheckNumber(number); (err == nil) != ok {
			t.Errorf("%+q: %v", number, err)
		}
	}
}

func TestNumberKey(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{{"JM-017", "jm-017", "ＪＭ-０１７", "ｊｍ－０１７"}, {"机密〔2026〕017", "机密（２０２６）017"}} {
		for _, number := range same {
			if NumberKey(number) != NumberKey(same[0]) {
				t.Errorf("%q and %q are two", number, same[0])
			}
		}
	}
	if NumberKey("JM-017") == NumberKey("JM-O17") {
		t.Error("a zero is no O")
	}
}
