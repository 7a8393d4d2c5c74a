package settings

import (
	"slices"
	"strings"
	"testing"

	"rasure/cmd/internal/fault"
	"rasure/devices/ata"
)

const bridge = "[[bridge]]\nid = \"152d:0578\"\nfirmware = \"0209\"\ntested = \"2026-11-30\"\ncarries = [\"identify\", \"sense\", \"echo\", \"address\"]\n"

func TestBridges(t *testing.T) {
	second := strings.ToUpper("[[bridge]]\nid = \"152d:0578\"\nfirmware = \"020a\"\n") + "tested = \"2026-11-29\"\ncarries = [\"identify\"]\n"
	second = strings.NewReplacer("BRIDGE", "bridge", "ID =", "id =", "FIRMWARE", "firmware").Replace(second)
	s, err := Read(write(t, "zone = \"UTC\"\n"+bridge+a1+second))
	if err != nil || len(s.Bridges) != 2 || len(s.Bays) != 1 || s.Bays[0].Line != 7 {
		t.Fatalf("%+v, %v", s, err)
	}
	if b := s.Bridges[0]; b.ID != "152d:0578" || b.Firmware != "0209" || b.Tested != "2026-11-30" || b.Line != 2 ||
		!slices.Equal(b.Carries, []ata.Part{ata.PartIdentify, ata.PartSense, ata.PartEcho, ata.PartAddress}) || b.Text() != bridge {
		t.Errorf("%+v\n%s", b, b.Text())
	}
	if b := s.Bridges[1]; b.ID != "152d:0578" || b.Firmware != "020a" || b.Line != 10 || b.String() != "carries identify; tested 2026-11-29" {
		t.Errorf("%+v", b)
	}
	if all := s.ListedBridges(); len(all) != 2 || all[1].Firmware != "020a" {
		t.Errorf("%+v", all)
	}
}

// TestBridges_Refused: only what a test can have shown is listed; a mistake is refused with its line.
func TestBridges_Refused(t *testing.T) {
	with := func(old, new string) string { return strings.Replace(bridge, old, new, 1) }
	for name, c := range map[string]struct{ text, says, hint string }{
		"text":              {"bridge = \"152d:0578\"\n", "line 1: bridge must be a table for each bridge", "as rasure bridge test DISK prints them"},
		"id":                {with("152d:0578", "152d"), `line 2: id: malformed bridge "152d"`, "as rasure bridge test DISK prints them"},
		"invents its data":  {with("152d:0578", "0BDA:9210"), "line 2: id: 0BDA:9210 cannot be listed: its bridge invents the IDENTIFY data", "attach the disk directly"},
		"firmware":          {with("\"0209\"", "\"2.09\""), `line 3: firmware: malformed firmware "2.09"`, ""},
		"firmware number":   {with("\"0209\"", "209"), "line 3: firmware must be a text", ""},
		"day":               {with("2026-11-30", "30.11.2026"), `line 4: tested: "30.11.2026" is not a day`, ""},
		"no such day":       {with("2026-11-30", "2026-02-30"), `line 4: tested: "2026-02-30" is not a day`, ""},
		"unknown word":      {with("\"echo\"", "\"echoes\""), `line 5: carries: unknown word "echoes"`, ""},
		"nvme":              {with("\"echo\"", "\"nvme\""), `line 5: carries: unknown word "nvme"`, ""},
		"nothing":           {with("\"identify\", \"sense\", \"echo\", \"address\"", ""), "line 5: carries: a bridge that carries nothing", ""},
		"no identity":       {with("\"identify\", ", ""), `line 5: carries: "sense" is not shown without "identify"`, ""},
		"no registers":      {with("\"sense\", ", ""), `line 5: carries: "echo" is not shown without "sense"`, ""},
		"address, no count": {with("\"echo\", ", ""), `line 5: carries: "address" is not shown without "echo"`, ""},
		"twice":             {with("\"echo\"", "\"echo\", \"echo\""), `line 5: carries: "echo" is there twice`, ""},
		"not given":         {with("firmware = \"0209\"\n", ""), "line 1: the bridge has no firmware", ""},
		"another key":       {bridge + "release = \"0209\"\n", `line 6: a bridge has no setting "release"`, "the settings are id, firmware, tested, carries"},
		"key of the file":   {a1 + bridge + "zone = \"UTC\"\n", `line 9: a bridge has no setting "zone"`, "above the first [[bridge]]"},
		"listed twice":      {bridge + a1 + bridge, "line 10: the bridge 152d:0578 with firmware 0209 is listed at line 1 already", ""},
	} {
		s, err := Read(write(t, c.text))
		hint, _ := fault.HintOf(err)
		if err == nil || fault.Code(err) != fault.BadUsage || !strings.Contains(err.Error(), c.says) || !strings.Contains(hint.String(), c.hint) || len(s.Bridges) > 0 {
			t.Errorf("%s: %v, hint %q", name, err, hint)
		}
	}
}
