package settings

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/ata"
)

// Bridge is a USB bridge that was tried, as the file lists it.
type Bridge struct {
	devices.ListedBridge
	Line int // of the file; 0 if it is not known
}

var releaseForm = regexp.MustCompile(`^[0-9a-f]{4}$`)

var bridgeKeys = []key[Bridge]{
	text("id", func(b *Bridge, v string) (message.Text, error) {
		b.ID = strings.ToLower(v)
		if !bridgeForm.MatchString(b.ID) {
			return listing, message.Errorf("malformed bridge %q: want VID:PID, as in 152d:0562", v)
		}
		if why := devices.UnlistableBridge(b.ID); !why.IsZero() {
			return message.Of("attach the disk directly"), message.Errorf("%s cannot be listed: %s", v, why)
		}
		return message.Text{}, nil
	}),
	text("firmware", func(b *Bridge, v string) (message.Text, error) {
		if b.Firmware = strings.ToLower(v); !releaseForm.MatchString(b.Firmware) {
			return listing, message.Errorf("malformed firmware %q: want four hexadecimal digits, as in 0209", v)
		}
		return message.Text{}, nil
	}),
	text("tested", func(b *Bridge, v string) (message.Text, error) {
		b.Tested = v
		if day, err := time.Parse(time.DateOnly, v); err != nil || day.Format(time.DateOnly) != v {
			return listing, message.Errorf("%q is not a day: want year, month and day, as in 2026-11-30", v)
		}
		return message.Text{}, nil
	}),
	list("carries", func(b *Bridge, v []string) (message.Text, error) {
		for _, word := range v {
			b.Carries = append(b.Carries, ata.Part(word))
		}
		return listing, checkParts(b.Carries)
	}),
}

// listing is how to get a table right.
var listing = message.Of("write the lines as rasure bridge test DISK prints them")

// requires are the parts without which another cannot have been shown.
var requires = map[ata.Part][]ata.Part{
	ata.PartSense: {ata.PartIdentify}, ata.PartLogs: {ata.PartIdentify}, ata.PartSMART: {ata.PartIdentify}, ata.PartStatistics: {ata.PartLogs},
	ata.PartEcho: {ata.PartSense}, ata.PartAddress: {ata.PartEcho},
}

// checkParts refuses what no test can have shown.
func checkParts(parts []ata.Part) error {
	for i, p := range parts {
		switch {
		case !slices.Contains(ata.Parts, p):
			return message.Errorf("unknown word %q", string(p))
		case slices.Contains(parts[:i], p):
			return message.Errorf("%q is there twice", string(p))
		}
		for _, needs := range requires[p] {
			if !slices.Contains(parts, needs) {
				return message.Errorf("%q is not shown without %q", string(p), string(needs))
			}
		}
	}
	if len(parts) == 0 {
		return message.New("a bridge that carries nothing is not listed")
	}
	return nil
}

// parseBridges reads the tables [[bridge]]. The error is one for the line.
func (s *Settings) parseBridges(v any, lineOf func(n int, key string) int) (line int, hint message.Text, err error) {
	tables, ok := tablesOf(v)
	if !ok {
		return lineOf(0, ""), listing, message.New("bridge must be a table for each bridge")
	}
	for n, table := range tables {
		b, name, hint, err := parseBridge(table)
		if err != nil {
			return lineOf(n, name), hint, err
		}
		for _, o := range s.Bridges {
			if o.ID == b.ID && o.Firmware == b.Firmware {
				return lineOf(n, "id"), message.Text{}, message.Errorf("the bridge %s with firmware %s is listed at line %d already", b.ID, b.Firmware, o.Line)
			}
		}
		b.Line = lineOf(n, "")
		s.Bridges = append(s.Bridges, b)
	}
	return 0, message.Text{}, nil
}

// parseBridge reads one bridge. With an error it returns the setting that is wrong; "" is the table.
func parseBridge(table map[string]any) (b Bridge, name string, hint message.Text, err error) {
	for _, name := range slices.Sorted(maps.Keys(table)) {
		known := find(bridgeKeys, name)
		if known == nil {
			hint := nearest(name, bridgeKeys)
			if find(keys, name) != nil {
				hint = message.Of("write it above the first [[bridge]]: what is below is about the bridge")
			}
			return b, name, hint, message.Errorf("a bridge has no setting %q", name)
		}
		if hint, err := known.set(&b, table[name]); err != nil {
			return b, name, hint, err
		}
	}
	for _, k := range bridgeKeys {
		if _, ok := table[k.name]; !ok {
			return b, "", listing, message.Errorf("the bridge has no %s", k.name)
		}
	}
	return b, "", message.Text{}, nil
}

// ListedBridges are the bridges as [devices.Host.Bridges] takes them.
func (s *Settings) ListedBridges() (all []devices.ListedBridge) {
	for _, b := range s.Bridges {
		all = append(all, b.ListedBridge)
	}
	return all
}

// Text is the table that lists the bridge.
func (b Bridge) Text() string {
	words := []string{}
	for _, p := range b.Carries {
		words = append(words, fmt.Sprintf("%q", string(p)))
	}
	return fmt.Sprintf("[[bridge]]\nid = %q\nfirmware = %q\ntested = %q\ncarries = [%s]\n", b.ID, b.Firmware, b.Tested, strings.Join(words, ", "))
}

// String is the bridge in a line.
func (b Bridge) String() string {
	words := []string{}
	for _, p := range b.Carries {
		words = append(words, string(p))
	}
	return fmt.Sprintf("carries %s; tested %s", strings.Join(words, " "), b.Tested)
}
