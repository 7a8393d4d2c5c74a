package audit

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"rasure/certify"
	"rasure/certify/tpm/tpmtest"
)

// The holder of a key can sign other logs than the one that the office knows. The key opens all of them, and the report says so; the card
// opens one.
func TestOtherLogsOfTheKey(t *testing.T) {
	honest := newPlayed(t, certify.TPMUnverified)
	job(honest)
	other := tpmtest.Play(t, honest.key, nvIndex+5)
	other.Value = 1
	soft := newLog(t)
	for name, c := range map[string]struct {
		card Pin
		log  *testLog
		warn string
	}{
		"begun again on the same counter": {honest.cardPin(), newStation(t, honest.key, honest.played, nvIndex, certify.TPMUnverified), ""},
		"on a second counter":             {honest.cardPin(), newStation(t, honest.key, other, nvIndex+5, certify.TPMUnverified), ""},
		"without a counter":               {honest.cardPin(), newStation(t, honest.key, nil, 0, certify.TPMUnverified), "and no counter is named"},
		"a software key, begun again":     {soft.cardPin(), newStation(t, soft.key, nil, 0, certify.Software), ""},
	} {
		t.Run(name, func(t *testing.T) {
			l := c.log
			cert := job(l)
			r := l.audit()
			if !r.Valid || r.Pinned != PinnedByKey || !slices.Contains(r.NotShown, OtherLogs) {
				t.Errorf("by key: %+v", r)
			}
			if warnings := warningsOf(r); (c.warn == "") != (warnings == "") || !strings.Contains(warnings, c.warn) {
				t.Errorf("warnings %q, want %q", warnings, c.warn)
			}
			o := Options{Pin: c.card, Now: start.AddDate(1, 0, 0)}
			_, err := Log(l.files(), o)
			fails(t, "audit", err, "this is another log, which the same key signed")

			b, err := r.Bundle(cert, l.pin(), fstest.MapFS{})
			check(t, err)
			v, err := VerifyBundle(unpack(t, b), l.pin(), Trusted{})
			if err != nil || !slices.Contains(v.NotShown, OtherLogs) || v.First != r.First {
				t.Errorf("bundle by key: %+v, %v", v, err)
			}
			_, err = VerifyBundle(unpack(t, b), c.card, Trusted{})
			fails(t, "bundle", err, "this is another log, which the same key signed")

			proof, err := l.log.Prove(2)
			check(t, err)
			if v, err := VerifyCertificate(cert, proof, l.pin()); err != nil || !slices.Contains(v.NotShown, OtherLogs) || len(v.Warnings) > 0 != (c.warn != "") {
				t.Errorf("certificate by key: %+v, %v", v, err)
			}
			// A proof shows one entry. Without a counter nothing in it differs from one of the right log, and the result says so.
			v2, err := VerifyCertificate(cert, proof, c.card)
			if l.station.SameAs(c.card.Card.Station) {
				if err != nil || !slices.Contains(v2.NotShown, FirstIs) || slices.Contains(v2.NotShown, OtherLogs) || v2.First != "" {
					t.Errorf("certificate by card: %+v, %v", v2, err)
				}
			} else {
				fails(t, "certificate", err, "than the station card")
			}
		})
	}
	t.Run("the log of the card", func(t *testing.T) {
		for _, l := range []*testLog{honest, soft} {
			r, err := Log(l.files(), Options{Pin: l.cardPin(), Now: start.AddDate(1, 0, 0)})
			if err != nil || !r.Valid || r.Pinned != PinnedByCard || slices.Contains(r.NotShown, OtherLogs) {
				t.Errorf("%+v, %v", r, err)
			}
		}
	})
}

// job adds a job, and returns its certificate.
func job(l *testLog) []byte {
	l.Helper()
	cert := l.begin(start, nil)
	l.add(cert)
	return cert
}

func warningsOf(r *Report) string {
	all := ""
	for _, w := range r.Warnings {
		all += w.Detail.String() + "\n"
	}
	return all
}

func fails(t *testing.T, what string, err error, want string) {
	t.Helper()
	var f *Failure
	if !errors.As(err, &f) || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: error is %v, want %q", what, err, want)
	}
}

func TestParseCard(t *testing.T) {
	l, soft := newPlayed(t, certify.TPMUnverified), newLog(t)
	if pin, err := ParseCard(l.card); err != nil || !pin.Key.Equal(&l.key.PublicKey) || pin.Card.Station.Counter.Base != 40 {
		t.Errorf("%+v, %v", pin, err)
	}
	pem, err := certify.MarshalPublicKey(&l.key.PublicKey)
	check(t, err)
	begin, err := l.log.Entry(0)
	check(t, err)
	cert := job(l)
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"a key":                         {pem, "this is a public key, not a station card"},
		"a certificate":                 {cert, "this is a certificate (.cert), not a station card"},
		"nothing":                       {nil, "this is an empty file, not a station card"},
		"any file":                      {[]byte("hello"), "this is not a station card"},
		"changed":                       {flip(begin, 400), "the station card"},
		"by another key than it names":  {newStation(t, l.key, nil, 0, certify.Software).sign2(soft), "the station card"},
		"a TPM without a counter":       {newStation(t, l.key, nil, 0, certify.TPMUnverified).card, "no counter is named"},
		"an emulator without a counter": {newStation(t, l.key, nil, 0, certify.TPMEmulated).card, "no counter is named"},
		"a file with a counter":         {newPlayed(t, certify.Software).card, "a key in a file has none"},
		"verified by nobody":            {newPlayed(t, certify.TPMVerified).card, "no authority enrolled the station"},
		"an unknown assurance":          {newPlayed(t, "tpm-certified").card, "is not known"},
	} {
		_, err := ParseCard(c.file)
		fails(t, name, err, c.want)
	}
}

// A stream that was used before is no erasure of this job: the audit objects to it in logs of version 1 as well.
func TestKeyReused(t *testing.T) {
	l := newLog(t)
	l.add(l.begin(start, nil))
	again := l.add(l.begin(start, func(c *certify.Certificate) { c.Passes[0].Key = strings.Repeat("0", 63) + "1" })).Index
	r := l.audit()
	if r.Valid || len(r.Problems) != 1 || r.Problems[0].Rule != certify.KeyReused || r.Problems[0].Index != again || len(r.Warnings) != 0 {
		t.Errorf("%+v, %+v", r.Problems, r.Warnings)
	}
}

// sign2 is the card of this station, signed by another.
func (l *testLog) sign2(by *testLog) []byte {
	pem, err := certify.MarshalPublicKey(&l.key.PublicKey)
	check(l, err)
	return by.sign(certify.KindStation, certify.StationStatement{Station: l.station, PublicKey: string(pem), Created: start})
}

// Nothing that a key in a file or an emulator says is a TPM's word.
func TestWhoseWordTheCounterIs(t *testing.T) {
	for assurance, c := range map[string]struct {
		log  *testLog
		by   Word
		warn string
	}{
		certify.TPMUnverified: {newPlayed(t, certify.TPMUnverified), OwnWord, ""},
		certify.TPMEmulated:   {newPlayed(t, certify.TPMEmulated), Emulator, ""},
		certify.TPMVerified:   {newPlayed(t, certify.TPMVerified), OwnWord, "no authority enrolled the station"},
		certify.Software:      {newLog(t), NoCounter, ""},
		"software, counting":  {newPlayed(t, certify.Software), OwnWord, "a key in a file has none"},
	} {
		cert := job(c.log)
		r := c.log.audit()
		if warnings := warningsOf(r); !r.Valid || r.CounterBy != c.by || !strings.Contains(warnings, c.warn) || (warnings == "") != (c.warn == "") {
			t.Errorf("%s: counter by %q, warnings %q", assurance, r.CounterBy, warnings)
		}
		// With its attestations, a log shows of each entry when it was fixed, by the counter's word.
		if counts := c.log.played != nil; !slices.Contains(r.NotShown, Tail) || slices.Contains(r.NotShown, Past) == counts || slices.Contains(r.NotShown, ByCounter) != counts {
			t.Errorf("%s: not shown %v", assurance, r.NotShown)
		}
		proof, err := c.log.log.Prove(2)
		check(t, err)
		v, err := VerifyCertificate(cert, proof, c.log.pin())
		if want := []Unshown{OtherLogs, BeginIs, Later, Tail}; err != nil || v.Fixed != (c.log.played != nil) || v.CounterBy != c.by || !slices.Equal(v.NotShown, want) {
			t.Errorf("%s: %+v, %v", assurance, v, err)
		}
		job(c.log)
		later, err := c.log.log.Prove(2)
		check(t, err)
		if v, err := VerifyCertificate(cert, later, c.log.pin()); err != nil || v.Fixed {
			t.Errorf("%s: proven later: %+v, %v", assurance, v, err)
		}
		v, err = VerifyCertificate(cert, nil, c.log.pin())
		if want := []Unshown{OtherLogs, InLog, BeginIs, Later}; err != nil || !slices.Equal(v.NotShown, want) {
			t.Errorf("%s: without proof: %+v, %v", assurance, v, err)
		}
		b, err := r.Bundle(cert, c.log.pin(), fstest.MapFS{})
		check(t, err)
		files := unpack(t, b)
		bundle, err := VerifyBundle(files, c.log.pin(), Trusted{})
		if want := []Unshown{OtherLogs, Later, Tail}; err != nil || bundle.CounterBy != c.by || !slices.Equal(bundle.NotShown, want) {
			t.Errorf("%s: %+v, %v", assurance, bundle, err)
		}
		for _, name := range []string{bundlePage, bundleText} {
			if text := string(files[name].Data); strings.Contains(text, "TPM attest") || strings.Contains(text, "TPM counter") || strings.Contains(text, "key is in a TPM") {
				t.Errorf("%s: %s says too much:\n%s", assurance, name, text)
			}
		}
	}
}
