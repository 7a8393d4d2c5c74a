package canon

import (
	"strings"
	"testing"
)

const zeros = "0000000000000000000000000000000000000000000000000000000000000000"

// spellings are other texts of the same value, or of none, each made by one change of [fullText] or of what stands in its place.
var spellings = []struct{ name, old, new string }{
	// the frame
	{"no newline at the end", "]\n}\n", "]\n}"},
	{"two newlines at the end", "]\n}\n", "]\n}\n\n"},
	{"byte order mark", "rasure/", "\ufeffrasure/"},
	{"another first line", "/v2", "/v3"},
	{"space in the first line", "/v2\n", "/v2 \n"},
	{"carriage return", "{\n", "{\r\n"},
	{"a second object", "]\n}\n", "]\n}\n{\n}\n"},
	{"a list for the object", "v2\n{", "v2\n[{"},
	{"comment", "{\n", "{\n  // a comment\n"},
	// white space
	{"no indentation", `  "word"`, `"word"`},
	{"tab", `  "word"`, "\t\"word\""},
	{"three spaces", `  "word"`, `   "word"`},
	{"no space after the colon", `"word": `, `"word":`},
	{"two spaces after the colon", `"word": `, `"word":  `},
	{"space before the colon", `"word": `, `"word" : `},
	{"space before the comma", `"full",`, `"full" ,`},
	{"space at the end of a line", `"full",`, `"full", `},
	{"two members on a line", "\"full\",\n  ", `"full", `},
	{"list of integers on lines", "[0, 1, 22]", "[\n    0,\n    1,\n    22\n  ]"},
	{"list of integers without spaces", "[0, 1, 22]", "[0,1,22]"},
	{"list of strings on a line", "[\n    \"一\",\n    \"b\"\n  ]", `["一", "b"]`},
	{"object on a line", "{\n      \"text\": \"y\"\n    }", `{"text": "y"}`},
	// members
	{"another order", "\"word\": \"full\",\n  \"number\": -840,", "\"number\": -840,\n  \"word\": \"full\","},
	{"member twice", "  \"word\": \"full\",\n", "  \"word\": \"full\",\n  \"word\": \"full\",\n"},
	{"member twice, the second another", "  \"word\": \"full\",\n", "  \"word\": \"full\",\n  \"word\": \"none\",\n"},
	{"unknown member", "{\n", "{\n  \"approved\": true,\n"},
	{"unknown last member", "]\n}\n", "],\n  \"approved\": true\n}\n"},
	{"missing member", "  \"word\": \"full\",\n", ""},
	{"member in another case", `"word"`, `"Word"`},
	{"escaped name", `"word"`, `"w\u006frd"`},
	{"comma too many", "]\n}\n", "],\n}\n"},
	{"comma too few", `"full",`, `"full"`},
	{"empty object", "{\n    \"text\": \"x\",\n    \"n\": 1\n  }", "{}"},
	{"null for an object", "{\n    \"text\": \"x\",\n    \"n\": 1\n  }", "null"},
	{"null for a string", `"full"`, "null"},
	{"null for a list", "[0, 1, 22]", "null"},
	{"empty optional list", "[0, 1, 22]", "[]"},
	{"empty list with a newline", "[0, 1, 22]", "[\n  ]"},
	{"empty optional string", `"//4="`, `""`},
	{"optional value that is zero", "9007199254740991", "0"},
	{"optional bool that is false", `"also": true`, `"also": false`},
	// strings
	{"escape by number", `"full"`, `"ful\u006c"`},
	{"escaped slash", `"//4="`, `"\/\/4="`},
	{"escaped newline", `a \"b`, `a\n\"b`},
	{"escaped tab", `a \"b`, `a\t\"b`},
	{"escape of nothing", `\\c`, `\c`},
	{"character by number", "𮯰", `\ud87a\udff0`},
	{"string that does not end", "𮯰\",", "𮯰\\\","},
	{"apostrophes", `"full"`, `'full'`},
	{"string without quotation marks", `"full"`, `full`},
	{"not UTF-8", "𮯰", "\xff"},
	// integers and bool
	{"leading zero", "-840", "-0840"},
	{"minus zero", `"zero": 0`, `"zero": -0`},
	{"plus", `"zero": 0`, `"zero": +0`},
	{"fraction", "-840", "-840.0"},
	{"exponent", "-840", "-84e1"},
	{"number in quotation marks", "-840", `"-840"`},
	{"2^53", "9007199254740991", "9007199254740992"},
	{"2^64", "9007199254740991", "18446744073709551616"},
	{"only a minus", "-840", "-"},
	{"bool in another case", `"sure": true`, `"sure": True`},
	{"bool as a number", `"sure": true`, `"sure": 1`},
	// times, days
	{"time with a fraction", "59Z", "59.0Z"},
	{"time with an offset", "59Z", "59+00:00"},
	{"time with a small t", "29T23", "29t23"},
	{"time with a space", "29T23", "29 23"},
	{"time without Z", "59Z", "59"},
	{"leap second", "59:59Z", "59:60Z"},
	{"hour 24", "29T23:59:59", "29T24:00:00"},
	{"day that is none", "2028-02-29T", "2027-02-29T"},
	{"month 13", "2028-02-29T", "2028-13-01T"},
	{"year 1999", "2028-02-29T", "1999-02-28T"},
	{"day without a zero", `"2000-02-29"`, `"2000-2-29"`},
	{"day with a sign", `"2000-02-29"`, `"+200-02-29"`},
	// bytes
	{"hexadecimal in capitals", `"ab0`, `"AB0`},
	{"hash that is cut short", `0001"`, `00"`},
	{"hash that is longer", `0001"`, `000100"`},
	{"no hexadecimal", `"ab0`, `"ag0`},
	{"base64 without padding", `//4=`, `//4`},
	{"base64 with loose bits", `//4=`, `//5=`},
	{"base64 of another alphabet", `//4=`, `__4=`},
	{"base64 with a space", `//4=`, `// 4=`},
}

func TestOtherSpellings(t *testing.T) {
	t.Parallel()
	for _, s := range spellings {
		text := strings.Replace(fullText, s.old, s.new, 1)
		if text == fullText {
			t.Fatalf("%s: nothing to change", s.name)
		}
		if err := Read(sampleKind, text, new(sample)); err == nil {
			t.Errorf("%s is read:\n%s", s.name, text)
		}
	}
}

// Each prefix of a text is refused, and each text with a byte more or less.
func TestCutTexts(t *testing.T) {
	t.Parallel()
	for n := range len(fullText) {
		if Read(sampleKind, fullText[:n], new(sample)) == nil {
			t.Errorf("%d bytes of %d are read", n, len(fullText))
		}
	}
	for n := range len(leastText) {
		for _, text := range []string{leastText[:n] + leastText[n+1:], leastText[:n] + " " + leastText[n:], leastText[:n] + "\n" + leastText[n:]} {
			v := new(sample)
			if Read(sampleKind, text, v) != nil {
				continue
			}
			if again, err := Write(sampleKind, v); err != nil || again != text {
				t.Errorf("%q is read and written as %q, %v", text, again, err)
			}
		}
	}
}

// The error of a text says where it is wrong.
func TestSyntaxError(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		strings.Replace(leastText, `"sure": false`, `"sure": no`, 1):         "line 8: true or false is expected; the text of a statement has one form only",
		strings.Replace(leastText, "  \"word\": \"none\",\n", "", 1):         `line 4: the member "word" is expected; the text of a statement has one form only`,
		strings.Replace(leastText, `"number": 0`, `"number": -0`, 1):         "line 5: the value is not spelt as it must be; the text of a statement has one form only",
		strings.Replace(leastText, `"none"`, `"no"`, 1):                      `word: "no" is none of: full none`,
		strings.Replace(leastText, `"name": "a"`, "\"name\": \"\ue001\"", 1): "name: U+E001 is a private-use character: each font shows it as something else. Type the character of Unicode; its extensions A to J have the rare characters of names",
	} {
		if err := Read(sampleKind, text, new(sample)); err == nil || err.Error() != want {
			t.Errorf("%v, not %s", err, want)
		}
	}
}
