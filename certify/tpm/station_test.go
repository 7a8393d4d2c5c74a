package tpm_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-tpm/tpm2"

	"rasure/certify/tpm"
	"rasure/certify/tpm/tpmtest"
)

func TestTheCounterCountsByOne(t *testing.T) {
	t.Parallel()
	_, _, k, s := station(t)
	for i := range uint64(3) {
		if got, err := s.Read(); err != nil || got != k.Base+i {
			t.Fatalf("Read() = %d, %v, want %d", got, err, k.Base+i)
		}
		if got, err := s.Increment(); err != nil || got != k.Base+i+1 {
			t.Fatalf("Increment() = %d, %v, want %d", got, err, k.Base+i+1)
		}
	}
}

func TestACounterMadeAgainGoesOnWhereTheOldOneStopped(t *testing.T) {
	t.Parallel()
	e, chip, k, s := station(t)
	var last uint64
	for range 5 {
		var err error
		if last, err = s.Increment(); err != nil {
			t.Fatal(err)
		}
	}
	if err := chip.Remove(k); err != nil {
		t.Fatal(err)
	}
	if left := kept(t, e); len(left) != 0 {
		t.Errorf("left after Remove: %#x", left)
	}
	again, err := chip.Create()
	if err != nil {
		t.Fatal(err)
	}
	if again.NVIndex != k.NVIndex || again.Base <= last {
		t.Errorf("the new counter at %#x begins at %d, the old one at %#x stopped at %d", again.NVIndex, again.Base, k.NVIndex, last)
	}
	if _, err := chip.Load(k); !errors.Is(err, tpm.ErrOtherTPM) {
		t.Errorf("Load of the removed key: %v, want ErrOtherTPM", err)
	}
}

func TestAKeyIsUsableAfterItWasAFileAndDoesNotShowItsSecret(t *testing.T) {
	t.Parallel()
	_, chip, k, _ := station(t)
	file, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	var again tpm.Key
	if err := json.Unmarshal(file, &again); err != nil {
		t.Fatal(err)
	}
	s, err := chip.Load(again)
	if err != nil {
		t.Fatal(err)
	}
	sign(t, s, []byte("text\n"))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if shown := fmt.Sprintf(verb, k); strings.Contains(shown, fmt.Sprint([]byte(k.Auth))) || !strings.Contains(shown, "[secret]") {
			t.Errorf("%s shows %s", verb, shown)
		}
	}
}

func TestTwoStationsInOneTPMDoNotTouchEachOther(t *testing.T) {
	t.Parallel()
	e, chip, first, s := station(t)
	second, err := chip.Create()
	if err != nil {
		t.Fatal(err)
	}
	if second.Handle == first.Handle || second.NVIndex == first.NVIndex || string(second.Public) == string(first.Public) || string(second.Auth) == string(first.Auth) {
		t.Fatalf("first %+v, second %+v", first, second)
	}
	wrongHandle, wrongIndex := first, first
	wrongHandle.Handle, wrongIndex.NVIndex = second.Handle, second.NVIndex
	if _, err := chip.Load(wrongHandle); !errors.Is(err, tpm.ErrOtherTPM) {
		t.Errorf("Load with the other's handle: %v, want ErrOtherTPM", err)
	}
	if _, err := chip.Load(wrongIndex); err == nil {
		t.Error("Load with the other's counter succeeds")
	}
	for _, k := range []tpm.Key{{Handle: second.Handle, Public: first.Public}, {NVIndex: second.NVIndex, Auth: first.Auth}} {
		if err := chip.Remove(k); !errors.Is(err, tpm.ErrOtherTPM) {
			t.Errorf("Remove of what belongs to the other: %v, want ErrOtherTPM", err)
		}
	}
	for range 2 { // the second time nothing is there
		if err := chip.Remove(second); err != nil {
			t.Error(err)
		}
	}
	if left, want := kept(t, e), []tpm2.TPMHandle{tpm2.TPMHandle(first.Handle), tpm2.TPMHandle(first.NVIndex)}; !slices.Equal(left, want) {
		t.Errorf("left %#x, want %#x", left, want)
	}
	sign(t, s, []byte("text\n"))
}

func TestLoadRefusesWhatIsNotExactlyTheStation(t *testing.T) {
	t.Parallel()
	e, chip, k, _ := station(t)
	for name, c := range map[string]struct {
		change func(k *tpm.Key)
		other  bool // want ErrOtherTPM
	}{
		"no key there":             {func(k *tpm.Key) { k.Handle++ }, true},
		"the index changed":        {func(k *tpm.Key) { k.NVIndex++ }, false},
		"another kind of counter":  {func(k *tpm.Key) { k.NVPublic = slices.Clone(k.NVPublic); k.NVPublic[8] ^= 4 }, false},
		"another kind of key":      {func(k *tpm.Key) { k.Public = slices.Clone(k.Public); k.Public[5] ^= 1 }, false},
		"an endorsement key there": {func(k *tpm.Key) { k.Handle = 0x81010001 }, true},
		"a counter below its base": {func(k *tpm.Key) { k.Base += 1 }, true},
		"a wrong secret":           {func(k *tpm.Key) { k.Auth = slices.Repeat([]byte{1}, 32) }, false},
		"a public area cut off":    {func(k *tpm.Key) { k.Public = k.Public[:40] }, false},
		"a point not on the curve": {func(k *tpm.Key) { k.Public = slices.Clone(k.Public); k.Public[30] ^= 1 }, false},
		"an empty file":            {func(k *tpm.Key) { *k = tpm.Key{} }, false},
	} {
		changed := k
		c.change(&changed)
		if _, err := chip.Load(changed); err == nil || errors.Is(err, tpm.ErrOtherTPM) != c.other {
			t.Errorf("%s: %v, want ErrOtherTPM: %v", name, err, c.other)
		}
	}
	if _, err := chip.Load(k); err != nil {
		t.Errorf("the right key: %v", err)
	}
	owned := tpm2.TPMSNVPublic{NVIndex: tpm2.TPMHandle(k.NVIndex), NameAlg: tpm2.TPMAlgSHA256, DataSize: 8, Attributes: tpm2.TPMANV{OwnerWrite: true, OwnerRead: true}}
	if err := chip.Remove(tpm.Key{NVIndex: k.NVIndex, Auth: k.Auth}); err != nil {
		t.Fatal(err)
	}
	if _, err := chip.Load(k); !errors.Is(err, tpm.ErrOtherTPM) {
		t.Errorf("without its counter: %v, want ErrOtherTPM", err)
	}
	if _, err := (tpm2.NVDefineSpace{AuthHandle: tpm2.TPMRHOwner, PublicInfo: tpm2.New2B(owned)}).Execute(e); err != nil {
		t.Fatal(err)
	}
	if _, err := chip.Load(k); !errors.Is(err, tpm.ErrOtherTPM) {
		t.Errorf("with something else in its counter's place: %v, want ErrOtherTPM", err)
	}
	if err := chip.Remove(k); !errors.Is(err, tpm.ErrOtherTPM) {
		t.Errorf("Remove with something else in its counter's place: %v, want ErrOtherTPM", err)
	}
	e.Replace()
	if _, err := chip.Load(k); !errors.Is(err, tpm.ErrOtherTPM) {
		t.Errorf("in another TPM: %v, want ErrOtherTPM", err)
	}
	k, err := chip.Create()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (tpm2.Clear{AuthHandle: tpm2.TPMRHLockout}).Execute(e); err != nil {
		t.Fatal(err)
	}
	if _, err := chip.Load(k); !errors.Is(err, tpm.ErrOtherTPM) {
		t.Errorf("after it was cleared: %v, want ErrOtherTPM", err)
	}
}

// remade makes a primary key of the endorsement hierarchy from the public area of a station's key and a number that makes it unique, and
// returns the point.
func remade(t *testing.T, e *tpmtest.Emulator, k tpm.Key, unique []byte, change func(*tpm2.TPMTPublic)) *tpm2.TPMSECCPoint {
	t.Helper()
	area, err := tpm2.Unmarshal[tpm2.TPMTPublic](k.Public)
	if err != nil {
		t.Fatal(err)
	}
	area.Unique = tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, &tpm2.TPMSECCPoint{
		X: tpm2.TPM2BECCParameter{Buffer: unique}, Y: tpm2.TPM2BECCParameter{Buffer: make([]byte, 32)},
	})
	change(area)
	made, err := tpm2.CreatePrimary{
		PrimaryHandle: tpm2.TPMRHEndorsement, InPublic: tpm2.New2B(*area),
		InSensitive: tpm2.TPM2BSensitiveCreate{Sensitive: &tpm2.TPMSSensitiveCreate{UserAuth: tpm2.TPM2BAuth{Buffer: []byte("another")}}},
	}.Execute(e)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (tpm2.FlushContext{FlushHandle: made.ObjectHandle}).Execute(e); err != nil {
		t.Fatal(err)
	}
	out, err := made.OutPublic.Contents()
	if err != nil {
		t.Fatal(err)
	}
	point, err := out.Unique.ECC()
	if err != nil {
		t.Fatal(err)
	}
	return point
}

func TestATPMThatWasClearedMakesTheSameKeyAgain(t *testing.T) {
	t.Parallel()
	e, _, k, s := station(t)
	file, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	var kept tpm.Key
	if err := json.Unmarshal(file, &kept); err != nil || len(kept.Unique) != 32 {
		t.Fatalf("the file keeps %d bytes, %v", len(kept.Unique), err)
	}
	if shown := fmt.Sprintf("%v", k); strings.Contains(shown, fmt.Sprint([]byte(k.Unique))) {
		t.Errorf("it shows: %s", shown)
	}
	if _, err := (tpm2.Clear{AuthHandle: tpm2.TPMRHLockout}).Execute(e); err != nil {
		t.Fatal(err)
	}
	same := func(*tpm2.TPMTPublic) {}
	is := func(p *tpm2.TPMSECCPoint) bool {
		own, err := s.Public().Bytes()
		return err == nil && slices.Equal(own[1:], slices.Concat(p.X.Buffer, p.Y.Buffer))
	}
	if !is(remade(t, e, kept, kept.Unique, same)) {
		t.Error("another key, with the number that was kept")
	}
	if is(remade(t, e, kept, make([]byte, 32), same)) {
		t.Error("the same key, with another number")
	}
	// So nobody who has the file can have the TPM sign what only it may state.
	if is(remade(t, e, kept, kept.Unique, func(p *tpm2.TPMTPublic) { p.ObjectAttributes.Restricted = false })) {
		t.Error("the same key, without the restriction to the TPM's own statements")
	}
}

func TestAStationFileWithABadUniqueNumberIsRefused(t *testing.T) {
	t.Parallel()
	_, chip, k, _ := station(t)
	without := k
	without.Unique = nil // as rasure 0.1.0 wrote it
	if _, err := chip.Load(without); err != nil {
		t.Errorf("without the number: %v", err)
	}
	k.Unique = k.Unique[:31]
	if _, err := chip.Load(k); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("with 31 bytes: %v", err)
	}
}
