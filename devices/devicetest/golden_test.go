package devicetest_test

import (
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"rasure/devices/ata"
	"rasure/devices/mmc"
	"rasure/devices/nvme"
	"rasure/devices/scsi"
)

// golden is the answer of a real drive, and what independent tools say of it.
type golden struct {
	kind, name string
	answer     []byte
	want       map[string]string
}

// readGolden reads testdata/golden.txt: below the head of each answer are its source, what is expected, and the bytes in hex, without the zeros at
// their end.
func readGolden(t *testing.T) (all []golden) {
	t.Helper()
	text, err := os.ReadFile("testdata/golden.txt")
	if err != nil {
		t.Fatal(err)
	}
	sections := strings.Split(string(text), "\n-- ")
	for _, s := range sections[1:] {
		lines := strings.Split(s, "\n")
		head := strings.Fields(lines[0]) // kind, name, size and the closing --
		if len(head) != 4 || !strings.HasPrefix(lines[1], "# ") || !strings.HasPrefix(lines[2], "= ") {
			t.Fatal(lines[0])
		}
		g := golden{kind: head[0], name: head[1], want: map[string]string{}}
		for pair := range strings.SplitSeq(lines[2][2:], " | ") {
			key, value, ok := strings.Cut(pair, "=")
			if !ok {
				t.Fatal(pair)
			}
			g.want[key] = strings.TrimSpace(value)
		}
		b, err := hex.DecodeString(strings.Join(lines[3:], ""))
		size, failed := strconv.Atoi(head[2])
		if err != nil || failed != nil || size < len(b) {
			t.Fatal(g.name, err, failed)
		}
		g.answer = append(b, make([]byte, size-len(b))...)
		all = append(all, g)
	}
	return all
}

// read are the bits that our readers read of a number; they leave out the others.
var read = map[string]int64{"oacs": 0x1b, "cmic": 0x02, "features": 0x51}

// ours is a number of another tool as our readers have it: only the bits that they read, and 0 for a time that the drive does not report.
func ours(key, value string) string {
	n, err := strconv.ParseInt(value, 10, 64)
	switch mask, ok := read[key]; {
	case err != nil:
		return value
	case ok:
		return fmt.Sprint(n & mask)
	case key == "rpmbs":
		return bit(n&0x07 != 0)
	case n == 0xffffffff:
		return "0"
	}
	return value
}

func bit(set bool) string {
	if set {
		return "1"
	}
	return "0"
}

// TestGolden: our readers say of the answers of real drives what independent tools say of them.
func TestGolden(t *testing.T) {
	t.Parallel()
	decoders := map[string]func([]byte) (map[string]string, error){
		"ata-identify": ataIdentify, "nvme-ctrl": nvmeController, "nvme-ns": nvmeNamespace, "nvme-sanitize": nvmeSanitize, "scsi-sense": scsiSense,
		"scsi-inquiry": scsiInquiry, "scsi-serial": scsiSerial, "scsi-name": scsiName, "mmc-extcsd": mmcExtCSD,
	}
	n := map[string]int{}
	for _, g := range readGolden(t) {
		got, err := decoders[g.kind](g.answer)
		if err != nil {
			t.Errorf("%s %s: %v", g.kind, g.name, err)
			continue
		}
		n[g.kind]++
		for key, want := range g.want {
			if have, ok := got[key]; !ok || have != ours(key, want) {
				t.Errorf("%s %s: %s is %q, want %q", g.kind, g.name, key, have, want)
			}
		}
	}
	if len(n) != len(decoders) || n["ata-identify"] < 44 || n["scsi-sense"] < 16 {
		t.Errorf("only %v were read", n)
	}
}

func ataIdentify(b []byte) (map[string]string, error) {
	id, err := ata.ParseIdentify(b)
	if err != nil {
		return nil, err
	}
	a, err := ata.ParseAbilities(b)
	if err != nil {
		return nil, err
	}
	var security []string
	for _, f := range []struct {
		name string
		set  bool
	}{{"supported", a.Security.Supported}, {"enabled", a.Security.Enabled}, {"locked", a.Security.Locked}, {"frozen", a.Security.Frozen}, {"enhanced", a.Security.Enhanced}} {
		if f.set {
			security = append(security, f.name)
		}
	}
	return map[string]string{"model": id.Model, "firmware": id.Firmware, "sectors": fmt.Sprint(a.Sectors), "sector": fmt.Sprint(a.Sector), "security": strings.Join(security, " ")}, nil
}

func nvmeController(b []byte) (map[string]string, error) {
	c, err := nvme.ParseController(b)
	if err != nil {
		return nil, err
	}
	return map[string]string{"serial": c.Serial, "model": c.Model, "firmware": c.Firmware, "tnvmcap": fmt.Sprint(c.Total), "unvmcap": fmt.Sprint(c.Unallocated), "nn": fmt.Sprint(c.MaxNamespace),
		"wctemp": fmt.Sprint(c.WarningKelvin), "cctemp": fmt.Sprint(c.CriticalKelvin),
		"oacs": bits(1<<0, c.Security, 1<<1, c.Format, 1<<3, c.Namespaces, 1<<4, c.SelfTest), "sanicap": sanicap(c.Sanitize),
		"fna":  bits(1<<0, c.FormatFor.AllOnFormat, 1<<1, c.FormatFor.AllOnErase, 1<<2, c.FormatFor.Crypto, 1<<3, c.FormatFor.NoBroadcastID),
		"cmic": bits(1<<1, c.Controllers), "rpmbs": bit(c.ReplayProtected)}, nil
}

// bits is a number made of pairs: a bit, and whether it is set.
func bits(pairs ...any) string {
	n := 0
	for pair := range slices.Chunk(pairs, 2) {
		if pair[1].(bool) {
			n |= pair[0].(int)
		}
	}
	return fmt.Sprint(n)
}

func sanicap(s nvme.SanitizeCapabilities) string {
	n, _ := strconv.Atoi(bits(1<<0, s.Crypto, 1<<1, s.Block, 1<<2, s.Overwrite, 1<<3, s.MediaVerification, 1<<29, s.NoDeallocateInhibited))
	return fmt.Sprint(n | int(s.ModifiesAfter)<<30)
}

func nvmeNamespace(b []byte) (map[string]string, error) {
	n, err := nvme.ParseNamespace(b)
	if err != nil {
		return nil, err
	}
	fpi := "0"
	if n.Formatting >= 0 {
		fpi = fmt.Sprint(0x80 | int(n.Formatting))
	}
	return map[string]string{"nsze": fmt.Sprint(n.Size), "ncap": fmt.Sprint(n.Capacity), "nuse": fmt.Sprint(n.Used), "nmic": bit(n.Shared), "fpi": fpi, "dlfeat": fmt.Sprint(n.Deallocated),
		"nvmcap": fmt.Sprint(n.Bytes), "dps": fmt.Sprint(n.Protection), "metadata": fmt.Sprint(n.Metadata), "block": fmt.Sprint(n.Block)}, nil
}

func nvmeSanitize(b []byte) (map[string]string, error) {
	s, err := nvme.ParseSanitizeStatus(b)
	if err != nil {
		return nil, err
	}
	return map[string]string{"progress": fmt.Sprint(s.Progress), "state": fmt.Sprint(uint8(s.State)), "cdw10": fmt.Sprint(s.CDW10), "erased": bit(s.Erased),
		"fill": seconds(s.Fill), "block": seconds(s.Block), "crypto": seconds(s.Crypto), "fillkept": seconds(s.FillKept), "blockkept": seconds(s.BlockKept), "cryptokept": seconds(s.CryptoKept)}, nil
}

func seconds(d time.Duration) string { return fmt.Sprint(int64(d / time.Second)) }

func scsiSense(b []byte) (map[string]string, error) {
	s, err := scsi.ParseSense(b)
	if err != nil {
		return nil, err
	}
	progress := ""
	if s.HasProgress {
		progress = fmt.Sprintf("%.2f", math.Floor(float64(s.Progress)*10000/65536)/100)
	}
	return map[string]string{"key": fmt.Sprint(s.Key), "asc": fmt.Sprint(s.ASC), "ascq": fmt.Sprint(s.ASCQ), "deferred": bit(s.Deferred), "progress": progress}, nil
}

func scsiInquiry(b []byte) (map[string]string, error) {
	q, err := scsi.ParseInquiry(b)
	return map[string]string{"type": fmt.Sprint(q.Type), "removable": bit(q.Removable), "version": fmt.Sprint(q.Version), "vendor": q.Vendor, "product": q.Product, "revision": q.Revision}, err
}

func scsiSerial(b []byte) (map[string]string, error) {
	s, err := scsi.UnitSerial(b)
	return map[string]string{"serial": s}, err
}

func scsiName(b []byte) (map[string]string, error) {
	s, err := scsi.WorldWideName(b)
	return map[string]string{"wwn": s}, err
}

func mmcExtCSD(b []byte) (map[string]string, error) {
	c, err := mmc.ParseExtCSD(b)
	if err != nil {
		return nil, err
	}
	return map[string]string{"sectors": fmt.Sprint(c.Sectors), "features": bits(1<<0, c.Secure, 1<<4, c.Trim, 1<<6, c.Sanitize), "boot": fmt.Sprint(c.Boot >> 17), "ones": bit(c.ErasedOnes),
		"rpmb": fmt.Sprint(c.Replay >> 17), "lifea": fmt.Sprint(c.LifeA), "lifeb": fmt.Sprint(c.LifeB), "eol": fmt.Sprint(c.EndOfLife)}, nil
}
