package certify_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"flag"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
	"rasure/certify/statement"
)

var updateVectors = flag.Bool("update", false, "sign the vectors of version 2 again")

const vectors2 = "testdata/v2"

// deterministic signs as RFC 6979 says, so that the vectors can be made again.
type deterministic struct{ key *ecdsa.PrivateKey }

func (d deterministic) Name() string { return "s7.archive.example" }
func (d deterministic) KeyHash() uint32 {
	id, _ := certify.KeyID(&d.key.PublicKey)
	return id
}
func (d deterministic) Sign(text []byte) ([]byte, error) {
	sum := sha256.Sum256(text)
	sig, err := d.key.Sign(nil, sum[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	return certify.LowS(sig)
}

func stationOfVectors() deterministic {
	secret := sha256.Sum256([]byte("the key of the station in the vectors of version 2"))
	key := new(ecdsa.PrivateKey)
	key.Curve, key.D = elliptic.P256(), new(big.Int).SetBytes(secret[:])
	key.X, key.Y = key.Curve.ScalarBaseMult(secret[:])
	return deterministic{key}
}

func wire(parts ...string) string {
	out := ""
	for _, p := range parts {
		out += string(binary.BigEndian.AppendUint32(nil, uint32(len(p)))) + p
	}
	return out
}

// person is somebody with an Ed25519 key.
type person struct {
	name string
	key  ed25519.PrivateKey
}

func personOf(name string) person {
	seed := sha256.Sum256([]byte("the key of " + name + " in the vectors of version 2"))
	return person{name, ed25519.NewKeyFromSeed(seed[:])}
}

func (p person) public() string {
	return wire("ssh-ed25519", string(p.key.Public().(ed25519.PublicKey)))
}

// line signs as PROTOCOL.sshsig says, without package people.
func (p person) line(text, role string) string {
	sum := sha512.Sum512([]byte(text))
	namespace := "rasure-" + role
	sig := ed25519.Sign(p.key, []byte("SSHSIG"+wire(namespace, "", "sha512", string(sum[:]))))
	blob := "SSHSIG\x00\x00\x00\x01" + wire(p.public(), namespace, "", "sha512", wire("ssh-ed25519", string(sig)))
	id := sha256.Sum256([]byte(namespace + "\n\xffsshsig" + p.public()))
	return "\u2014 " + namespace + " " + base64.StdEncoding.EncodeToString(append(id[:4], blob...)) + "\n"
}

// signVector signs the text of a vector, by the station or by the persons that it names.
func signVector(t *testing.T, text string) []byte {
	t.Helper()
	s, err := statement.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Kind.ByPeople() {
		signed, err := note.Sign(&note.Note{Text: text}, stationOfVectors())
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	lines := []string{}
	for _, signer := range s.Act().Signers {
		lines = append(lines, personOf(signer.Person).line(text, signer.Role))
	}
	slices.Sort(lines)
	return []byte(text + "\n" + strings.Join(lines, ""))
}

// vectorsOf2 are the vectors of version 2, by name.
func vectorsOf2(t testing.TB) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, kind := range statement.Kinds {
		files, err := filepath.Glob(filepath.Join(vectors2, kind.Name()+".*"))
		if err != nil || len(files) < 2 {
			t.Fatalf("%s has %d vectors, %v", kind.Name(), len(files), err)
		}
		for _, file := range files {
			signed, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all[filepath.Base(file)] = signed
		}
	}
	return all
}

// Every vector is signed as it was, and opens.
func TestVectorsOfVersion2(t *testing.T) {
	t.Parallel()
	station := stationOfVectors()
	pem, err := certify.MarshalPublicKey(&station.key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string]bool{}
	for name, signed := range vectorsOf2(t) {
		text := certify.TextOf(signed)
		want := signVector(t, text)
		if *updateVectors {
			if err := os.WriteFile(filepath.Join(vectors2, name), want, 0o644); err != nil {
				t.Fatal(err)
			}
		} else if !bytes.Equal(signed, want) {
			t.Errorf("%s is signed otherwise", name)
		}
		e, err := certify.CheckEntry(want, &station.key.PublicKey)
		if e.Statement == nil || "rasure/"+strings.Split(name, ".")[0]+"/v2" != string(e.Kind) || e.TextSHA256() != sha256.Sum256([]byte(text)) {
			t.Errorf("%s: %v", name, err)
		}
		if e.Contradiction() != nil {
			t.Errorf("%s: %v", name, e.Contradiction())
		}
		if a := e.Statement.Act(); a != nil {
			for _, s := range a.Signers {
				p := personOf(s.Person)
				allowed[p.name+` namespaces="rasure-*" ssh-ed25519 `+base64.StdEncoding.EncodeToString([]byte(p.public()))] = true
			}
		}
	}
	lines := []string{}
	for line := range allowed {
		lines = append(lines, line+"\n")
	}
	slices.Sort(lines)
	for name, text := range map[string]string{"key.pem": string(pem), "allowed_signers": strings.Join(lines, "")} {
		file := filepath.Join(vectors2, name)
		if *updateVectors {
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != text {
			t.Errorf("%s is another, %v", file, err)
		}
	}
}

// The signatures of the vectors verify without rasure: with openssl and ssh-keygen.
func TestVectorsOfVersion2WithOtherTools(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"openssl", "ssh-keygen"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	dir := t.TempDir()
	for _, name := range []string{"certificate.full", "destruction.full", "audit.least"} {
		signed, err := os.ReadFile(filepath.Join(vectors2, name))
		if err != nil {
			t.Fatal(err)
		}
		text := certify.TextOf(signed)
		for i, line := range strings.Split(strings.TrimSpace(string(signed[len(text)+1:])), "\n") {
			_, b64, _ := strings.Cut(strings.TrimPrefix(line, "\u2014 "), " ")
			raw, err := base64.StdEncoding.DecodeString(b64)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, name+string(rune('0'+i)))
			var cmd *exec.Cmd
			if namespace, _, _ := strings.Cut(strings.TrimPrefix(line, "\u2014 "), " "); strings.HasPrefix(namespace, "rasure-") {
				armor := "-----BEGIN SSH SIGNATURE-----\n" + base64.StdEncoding.EncodeToString(raw[4:]) + "\n-----END SSH SIGNATURE-----\n"
				write(t, file, armor)
				cmd = exec.Command("ssh-keygen", "-Y", "check-novalidate", "-n", namespace, "-s", file)
			} else {
				write(t, file, string(raw[4:]))
				cmd = exec.Command("openssl", "dgst", "-sha256", "-verify", filepath.Join(vectors2, "key.pem"), "-signature", file)
			}
			cmd.Stdin = strings.NewReader(text)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", name, err, out)
			}
		}
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
