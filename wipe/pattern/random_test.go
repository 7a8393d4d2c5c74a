package pattern_test

import (
	"bytes"
	"crypto/aes"
	"encoding/binary"
	"encoding/hex"
	"os/exec"
	"testing"

	"rasure/wipe/pattern"
)

func key(t testing.TB, s string) [32]byte {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 32 {
		t.Fatalf("key %q", s)
	}
	return [32]byte(b)
}

// NIST's AES Algorithm Validation Suite, known answers KeySbox and VarKey for 256-bit keys: they encipher a block of zeros,
// and that is the first counter block here. (The counters of SP 800-38A F.5.5 begin beyond every offset of a disk.)
func TestRandomKnownAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ key, want string }{ // AESAVS Appendix B.3, GFSbox and KeySbox / E.3 VarKey of AES-256
		{"c47b0294dbbbee0fec4757f22ffeee3587ca4730c3d33b691df38bab076bc558", "46f2fb342d6f0ab477476fc501242c5f"},
		{"8000000000000000000000000000000000000000000000000000000000000000", "e35a6dcb19b201a01ebcfa8aa22b5759"},
		{"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "4bf85f1b5d54adbc307b0a048389adcb"},
	} {
		if got := hex.EncodeToString(at(pattern.Random(key(t, c.key)), 0, 16)); got != c.want {
			t.Errorf("random with key %s begins %s, want %s", c.key, got, c.want)
		}
	}
}

// reference is the definition, written out slowly: one block after the other by the bare cipher.
func reference(key [32]byte, off int64, n int) []byte {
	b, _ := aes.NewCipher(key[:])
	var in, out [16]byte
	var all []byte
	for i := off / 16; len(all) < n+int(off%16); i++ {
		binary.BigEndian.PutUint64(in[8:], uint64(i))
		b.Encrypt(out[:], in[:])
		all = append(all, out[:]...)
	}
	return all[off%16:][:n]
}

func TestRandomOffsets(t *testing.T) {
	t.Parallel()
	k := key(t, someKey)
	for _, off := range []int64{0, 1, 15, 16, 17, 511, 4096, 1<<32 - 1, 1<<36 - 8, 1<<36 + 3, 16<<32 - 20, 1<<62 + 5} {
		for _, n := range []int{0, 1, 15, 16, 17, 33, 4096, 40001} {
			want := reference(k, off, n)
			if got := at(pattern.Random(k), off, n); !bytes.Equal(got, want) {
				t.Errorf("random at %d, %d bytes, differs from the definition", off, n)
			}
			got := at(pattern.RandomComplement(k), off, n)
			for i := range got {
				if got[i] != ^want[i] {
					t.Errorf("random-complement at %d: byte %d = %#x, want %#x", off, i, got[i], ^want[i])
					break
				}
			}
		}
	}
}

func TestRandomOpenssl(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("no openssl here")
	}
	const n = 3<<20 + 5
	cmd := exec.Command(openssl, "enc", "-aes-256-ctr", "-K", someKey, "-iv", "00000000000000000000000000000000")
	cmd.Stdin = bytes.NewReader(make([]byte, n))
	want, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := at(pattern.Random(key(t, someKey)), 0, n); !bytes.Equal(got, want) {
		t.Error("random is not what openssl enc -aes-256-ctr makes")
	}
	// Beyond 64 GiB: openssl begins there with the counter that belongs to the offset.
	cmd = exec.Command(openssl, "enc", "-aes-256-ctr", "-K", someKey, "-iv", "00000000000000000000000100000001")
	cmd.Stdin = bytes.NewReader(make([]byte, 1000))
	if want, err = cmd.Output(); err != nil {
		t.Fatal(err)
	}
	if got := at(pattern.Random(key(t, someKey)), (1<<32+1)*16, 1000); !bytes.Equal(got, want) {
		t.Error("random beyond 64 GiB is not what openssl makes with that counter")
	}
}

func FuzzWindow(f *testing.F) {
	f.Add(someKey, "random", uint16(0), uint16(16))
	f.Add(someKey, "random-complement", uint16(13), uint16(20000))
	f.Add("", "bytes:924924", uint16(1), uint16(7))
	f.Add("", "zero", uint16(5), uint16(0))
	f.Fuzz(func(t *testing.T, key, name string, off, n uint16) {
		p, err := pattern.Parse(name, key)
		if err != nil {
			return
		}
		for _, base := range []int64{0, 1 << 36, 1<<40 - 3} {
			whole := at(p, base, int(off)+int(n))
			if got := at(p, base+int64(off), int(n)); !bytes.Equal(got, whole[off:]) {
				t.Fatalf("%s at %d+%d, %d bytes, differs from the whole", name, base, off, n)
			}
		}
		if p.String() != name {
			t.Fatalf("Parse(%q).String() = %q", name, p)
		}
	})
}

func BenchmarkFill(b *testing.B) {
	for _, c := range []struct {
		name string
		p    pattern.Pattern
		n    int
	}{
		{"random/64KiB", pattern.Random([32]byte{1}), 64 << 10},
		{"random/1MiB", pattern.Random([32]byte{1}), 1 << 20},
		{"random-complement/1MiB", pattern.RandomComplement([32]byte{1}), 1 << 20},
		{"bytes3/1MiB", pattern.Bytes(0x92, 0x49, 0x24), 1 << 20},
	} {
		b.Run(c.name, func(b *testing.B) {
			p := make([]byte, c.n)
			b.SetBytes(int64(c.n))
			b.ReportAllocs()
			for i := int64(0); b.Loop(); i++ {
				c.p.FillAt(p, i*int64(c.n))
			}
		})
	}
}
