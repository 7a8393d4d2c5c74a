package canon

import "time"

const sampleKind = "rasure/sample/v2"

// sample has a member of every form.
type sample struct {
	Name   string `canon:"name"`
	Word   string `canon:"word" words:"full none"`
	Number int    `canon:"number" range:"-840..840"`
	Zero   *int64 `canon:"zero,optional"`
	Big    int64  `canon:"big,optional"`
	common
	Level  *level   `canon:"level,optional"`
	Levels []level  `canon:"levels"`
	Few    []string `canon:"few,optional" count:"..2" max:"4"`
	Line   []int64  `canon:"line,optional" count:"3..4"`
	Short  Bytes    `canon:"short,optional" max:"4"`
	Hashes []Hash   `canon:"hashes"`
}

// common are members of the object that embeds it.
type common struct {
	At   time.Time `canon:"at"`
	Day  Day       `canon:"day,optional"`
	Hash Hash      `canon:"hash"`
	Sure bool      `canon:"sure"`
	Also bool      `canon:"also,optional"`
}

type level struct {
	Text string `canon:"text"`
	N    int64  `canon:"n,optional"`
}

// full is a sample with all members, and fullText its text.
func full() *sample {
	zero := int64(0)
	return &sample{Name: `a "b" \c 𮯰`, Word: "full", Number: -840, Zero: &zero, Big: 1<<53 - 1,
		common: common{time.Date(2028, 2, 29, 23, 59, 59, 0, time.UTC), "2000-02-29", Hash{0xab, 31: 1}, true, true},
		Level:  &level{"x", 1}, Levels: []level{{"y", 0}, {"z", 2}}, Few: []string{"一", "b"}, Line: []int64{0, 1, 22}, Short: Bytes{0xff, 0xfe}, Hashes: []Hash{{}, {1}}}
}

const fullText = sampleKind + `
{
  "name": "a \"b\" \\c 𮯰",
  "word": "full",
  "number": -840,
  "zero": 0,
  "big": 9007199254740991,
  "at": "2028-02-29T23:59:59Z",
  "day": "2000-02-29",
  "hash": "ab00000000000000000000000000000000000000000000000000000000000001",
  "sure": true,
  "also": true,
  "level": {
    "text": "x",
    "n": 1
  },
  "levels": [
    {
      "text": "y"
    },
    {
      "text": "z",
      "n": 2
    }
  ],
  "few": [
    "一",
    "b"
  ],
  "line": [0, 1, 22],
  "short": "//4=",
  "hashes": [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000"
  ]
}
`

// least is a sample with the members that it must have.
func least() *sample {
	return &sample{Name: "a", Word: "none", common: common{At: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)}}
}

const leastText = sampleKind + `
{
  "name": "a",
  "word": "none",
  "number": 0,
  "at": "2000-01-01T00:00:00Z",
  "hash": "0000000000000000000000000000000000000000000000000000000000000000",
  "sure": false,
  "levels": [],
  "hashes": []
}
`
