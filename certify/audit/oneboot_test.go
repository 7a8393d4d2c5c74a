package audit

import (
	"crypto/sha256"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"rasure/certify"
	"rasure/certify/boot"
	"rasure/certify/statement"
	"rasure/certify/tpm/tpmtest"
)

// relabelled is the program of image A as if the firmware had measured words.
func relabelled() []tpmtest.Measured {
	events := program("image A")
	events[0].Type, events[0].Data = boot.EventEFIAction, []byte("Calling EFI Application from Boot Option")
	return events
}

func TestOpenBoot(t *testing.T) {
	t.Parallel()
	o := emptyOffice2(t, newPlayed(t, certify.TPMUnverified), nil)
	whole := o.signNew(o.boot2(program("image A"), nil))
	without, name, kept := o.keptBoot()
	for _, c := range []struct {
		name     string
		signed   []byte
		evidence fstest.MapFS
		says     string // part of the error; "" for none
	}{
		{"in the entry", whole, nil, ""},
		{"kept", without, fstest.MapFS{name: {Data: kept}}, ""},
		{"not at hand", without, nil, "it is file " + name},
		{"missing", without, fstest.MapFS{}, "is not among the files"},
		{"changed", without, fstest.MapFS{name: {Data: []byte("x")}}, "is not the one that was signed for"},
		{"of another boot", o.signNew(o.boot2(program("image A"), func(b *statement.Boot) { b.Events = tpmtest.EventLog(program("image B")...) })), nil, "does not give PCR 4"},
		{"a program as words", o.signNew(o.boot2(relabelled(), nil)), nil, "neither a program nor words"},
		{"words", o.signNew(o.boot2(append([]tpmtest.Measured{{PCR: 4, Type: boot.EventEFIAction, SHA256: sha256.Sum256([]byte("words")), Data: []byte("words")}}, program("image A")...), nil)), nil, ""},
	} {
		var evidence fs.FS
		if c.evidence != nil {
			evidence = c.evidence
		}
		one, err := OpenBoot(c.signed, o.cardPin(), evidence)
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err == nil && !slices.Equal(one.Programs, []boot.Digest{sha256.Sum256([]byte("image A"))}) {
			t.Errorf("%s: %v", c.name, one.Programs)
		}
	}
}

// A program that the log calls something else is in no list, and the audit does not say that the log explains PCR 4.
func TestRelabelledProgram(t *testing.T) {
	t.Parallel()
	o := emptyOffice2(t, newPlayed(t, certify.TPMUnverified), nil)
	o.add(o.signNew(o.boot2(relabelled(), nil)))
	if r := o.audit(); !r.Valid || !slices.Equal(r.Boots[0].Unexplained, []int64{4}) || !r.Boots[0].Unnamed || r.Boots[0].Unreadable || len(r.Boots[0].Programs) > 0 {
		t.Errorf("%v, %+v", r.Problems, r.Boots)
	}
}
