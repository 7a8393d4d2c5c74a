package statement

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"math/big"
	"testing"
	"time"

	schemes "rasure/wipe/scheme"
)

// The values of the vectors in ../testdata/v2. They never change: what is signed there must open for ever once version 2 is final.

const (
	origin = "s7.archive.example"
	job    = "01JKB2M8V00000000000000000"
	id     = "01JKB2M8V0ZZZZZZZZZZZZZZZZ"
)

var when = time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)

func sum(s string) Hash { return sha256.Sum256([]byte(s)) }

func number(n int64) *int64 { return &n }

func after(d time.Duration) *time.Time {
	t := when.Add(d)
	return &t
}

// publicKey is the key of the vectors' station. Its secret is the SHA-256 of a sentence, so that anybody can make the vectors again.
func publicKey(t testing.TB) Bytes {
	t.Helper()
	secret := sum("the key of the station in the vectors of version 2")
	key := new(ecdsa.PrivateKey)
	key.Curve, key.D = elliptic.P256(), new(big.Int).SetBytes(secret[:])
	key.X, key.Y = key.Curve.ScalarBaseMult(secret[:])
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func head(size int64) Head {
	return Head{origin, sum("first entry"), size, sum("root")}
}

func ref(index int64) Ref    { return Ref{index, sum("an entry")} }
func refTo(index int64) *Ref { return &Ref{index, sum("an entry")} }

func byStation(t testing.TB, size int64) ByStation {
	return ByStation{ID: id, Log: head(size), Station: Station{Name: origin, Key: sha256.Sum256(publicKey(t)), Assurance: "software"}, Org: Org{Organisation: "市档案局"},
		Clock: Clock{At: when}, Software: Software{Name: "rasure", Version: "0.2.0", SHA256: sum("rasure"), Go: "go1.26.8", Attested: "none"}}
}

// inTPM makes it a statement of a station with a TPM, from a bound image, with all that is known of clock and organisation.
func inTPM(b ByStation) ByStation {
	b.Station.Assurance, b.Station.Counter = "tpm-verified", &Counter{0x01800aa0, 1000, sum("policy")}
	b.Org.Department, b.Org.Site, b.Org.UnitCode = "保密办", "二号楼", "110101-07"
	b.Clock = Clock{when, 480, true, "ntp", number(0)}
	b.Software.Revision, b.Software.Attested, b.Software.Boot = "9e4815e", "bound", refTo(3)
	b.Software.Image = &Image{"rasure-image", "0.2.0", sum("uki")}
	return b
}

// act is the beginning of an act by these persons, role and name in turn.
func act(signers ...string) Act {
	a := Act{ID: id, Log: head(40), At: when}
	for i := 0; i < len(signers); i += 2 {
		a.Signers = append(a.Signers, Signer{Role: signers[i], Person: signers[i+1]})
	}
	return a
}

// whole has all that an act may have.
func whole(a *Act, e *ActEnd) {
	a.Happened, a.Offset = after(-time.Hour), 480
	for i := range a.Signers {
		a.Signers[i].Title = "副处长"
	}
	*e = ActEnd{`他说："\ 与 \"`, []File{{"scan.pdf", sum("scan"), 123456}}, sum("annex")}
}

func medium(number string) Medium {
	return Medium{Number: number, Classification: "secret", Type: "magnetic", Registration: ref(7)}
}

func wholeMedium() Medium {
	return Medium{"密-2026/017", "secret", "magnetic", "WD-0001", "WD40EFRX", "Western Digital", 4000787030016, "PC-0412", ref(7)}
}

func target(kind string) Target {
	return Target{Index: 12, SHA256: sum("target"), Kind: "rasure/" + kind + "/v2", At: when}
}

func wholeTarget(kind string) Target {
	return Target{12, sum("target"), "rasure/" + kind + "/v2", job, "密-2026/017", "WD-0001", "verified", "clear", when}
}

func disk() Disk {
	return Disk{Bus: "usb", MediumType: "magnetic", Size: 1 << 20, Logical: 512, Physical: 4096, Hidden: "not-examined", Direct: "yes", Node: Node{Name: "sdb", Major: 8, Minor: 16}}
}

func wholeDisk() Disk {
	return Disk{Maker: "Western Digital", Vendor: "ATA", Model: "WD40EFRX", Serial: "WD-0001", SerialSource: "ata-identify", Confirmed: true, Shared: true, WWN: "naa.50014ee0", Firmware: "80.00A80",
		Bus: "usb", Protocol: "ata", Driver: "uas", Bridge: &Bridge{"0bda", "9201", "Realtek", "RTL9201", "0123", "0209", &BridgeTrial{"2026-11-30", []string{"identify", "sense", "echo", "address"}}}, MediumType: "magnetic", Rotational: true, Removable: true,
		Size: 1 << 20, Logical: 512, Physical: 4096, Alignment: number(0), Hidden: "examined", Direct: "yes", Dropped: number(0), Node: Node{"sdb", 8, 16, 12},
		Namespaces: []Namespace{{1, "sdb", 3 << 18, "naa.50014ee0"}, {3, "sdc", 1 << 18, "eui.0025385"}}}
}

func plan(scheme string) Plan {
	s := schemes.Lookup(scheme)
	p := Plan{Scheme: s.ID, Level: "clear", Verify: "full", Standard: "NIST SP 800-88 Rev. 2"}
	h, _ := parseHash(s.Sum)
	p.SHA256 = h
	return p
}

func wholeHealth() *Health {
	return &Health{"worn", []string{"reallocated"}, number(41000), number(12), number(0), number(0), number(3), number(-5), "smart", sum("smart")}
}

func profile() []int64 {
	all := make([]int64, 64)
	for i := range all {
		all[i] = int64(180 - i)
	}
	return all
}
