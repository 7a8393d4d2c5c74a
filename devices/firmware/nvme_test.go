package firmware_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/devices/nvme"
)

// nvmeTraits are those of the NVMe disk of the laboratory, which can do everything here.
func nvmeTraits(lies ...devicetest.NVMeLie) devicetest.NVMeTraits {
	return devicetest.NVMeTraits{Serial: "NVME0001", Model: "QEMU NVMe Ctrl", OACS: 0x02, SANICAP: 0x80000007, FNA: 0x04, Polls: 2, Lies: lies}
}

// nvmeDrive puts a simulated drive behind the NVMe disk of the laboratory, and claims that. The first of its namespaces is the
// disk; "secret" stands at the beginning and in the last block of each.
func nvmeDrive(t *testing.T, traits devicetest.NVMeTraits, spaces int) (*devicetest.NVMe, *devices.Target) {
	t.Helper()
	return nvmeDriveOf(t, machine(t, "laboratory", ""), traits, spaces)
}

func nvmeDriveOf(t *testing.T, h *devices.Host, traits devicetest.NVMeTraits, spaces int) (*devicetest.NVMe, *devices.Target) {
	t.Helper()
	d := find(t, h, "nvme0n1")
	var all []*devicetest.Drive
	for range spaces {
		drive := devicetest.NewDrive(d.Size, d.LogicalBlock)
		drive.SetState(devices.State{Number: d.Number, Seq: d.Seq, Size: d.Size})
		all = append(all, drive)
	}
	n := devicetest.NewNVMe(traits, all...)
	for i := range spaces {
		for _, off := range []int64{0, d.Size - 512} {
			if _, err := n.Port(uint32(i+1)).WriteAt(secret(), off); err != nil {
				t.Fatal(err)
			}
		}
	}
	devicetest.Attach(h, d.Path, func(bool) (devices.Port, error) { return n.Port(1), nil })
	target, err := claim(h, d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { target.Close() })
	return n, target
}

func secret() []byte {
	b := devicetest.Aligned(512, 0)
	copy(b, "secret")
	return b
}

// method is one of those that the drive offers.
func method(t *testing.T, target *devices.Target, id devices.MethodID) devices.Method {
	t.Helper()
	all, err := target.Methods(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(m devices.Method) bool { return m.ID == id })
	if i < 0 {
		t.Fatalf("%s is not among %v", id, all)
	}
	return all[i]
}

// erased begins a method and asks until the drive does not run any more, or for twenty times.
func erased(t *testing.T, target *devices.Target, m devices.Method) (devices.EraseState, error) {
	t.Helper()
	ctx := context.Background()
	if err := target.Begin(ctx, m, ""); err != nil {
		return devices.EraseState{}, err
	}
	for range 20 {
		s, err := target.State(ctx, m)
		if err != nil || s.Phase != devices.EraseRunning {
			return s, err
		}
	}
	return target.State(ctx, m)
}

// leftOf says whether the secret is still at the beginning and at the end.
func leftOf(d *devicetest.Drive) (first, last bool) {
	s, _ := d.State()
	a, b := make([]byte, 6), make([]byte, 6)
	d.Peek(a, 0)
	d.Peek(b, s.Size-512)
	return string(a) == "secret", string(b) == "secret"
}

// TestNVMeMethods: sanitize comes before format.
func TestNVMeMethods(t *testing.T) {
	t.Parallel()
	_, target := nvmeDrive(t, nvmeTraits(), 1)
	all, err := target.Methods(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range all {
		got = append(got, string(m.ID)+" "+string(m.Level)+" "+m.Estimate.String()+" "+m.Unusable.String())
		if m.Blocking != strings.Contains(string(m.ID), "format") {
			t.Errorf("%s blocks: %v", m.ID, m.Blocking)
		}
	}
	want := []string{"nvme-sanitize-crypto purge 1m0s ", "nvme-sanitize-block purge 1m0s ", "nvme-sanitize-overwrite purge 3.75s ",
		"nvme-format-crypto clear 0s ", "nvme-format-user clear 0s "}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestNVMeMethods_Unusable: an unusable method has its reason, and is not begun.
func TestNVMeMethods_Unusable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*devicetest.NVMeTraits)
		spaces int
		id     devices.MethodID
		why    string
	}{
		"no block erase":        {func(t *devicetest.NVMeTraits) { t.SANICAP = 1 }, 1, devices.NVMeSanitizeBlock, "does not offer it"},
		"no format":             {func(t *devicetest.NVMeTraits) { t.OACS = 0 }, 1, devices.NVMeFormatUser, "does not offer it"},
		"no format by key":      {func(t *devicetest.NVMeTraits) { t.FNA = 0 }, 1, devices.NVMeFormatCrypto, "does not offer it"},
		"no log":                {func(t *devicetest.NVMeTraits) { t.Lies = []devicetest.NVMeLie{devicetest.NVMeNoLog} }, 1, devices.NVMeSanitizeCrypto, "does not report the result"},
		"write protected":       {func(t *devicetest.NVMeTraits) { t.ReadOnly = true }, 1, devices.NVMeFormatUser, "write-protected"},
		"another namespace":     {func(t *devicetest.NVMeTraits) {}, 2, devices.NVMeSanitizeCrypto, "would also erase namespace 2 of the drive"},
		"a format of all":       {func(t *devicetest.NVMeTraits) { t.FNA = 2 }, 2, devices.NVMeFormatUser, "would also erase namespace 2 of the drive"},
		"a revert, by no class": {func(t *devicetest.NVMeTraits) { t.Discovery = append([]byte{0, 0, 0, 44}, make([]byte, 44)...) }, 1, devices.TCGPSIDRevert, "no known TCG class"},
		"a revert, of two":      {func(t *devicetest.NVMeTraits) { t.PSID = string(psid) }, 2, devices.TCGPSIDRevert, "would also erase namespace 2 of the drive"},
	} {
		traits := nvmeTraits()
		c.change(&traits)
		n, target := nvmeDrive(t, traits, c.spaces)
		m := method(t, target, c.id)
		if !strings.Contains(m.Unusable.String(), c.why) {
			t.Errorf("%s: %q", name, m.Unusable)
		}
		m.Unusable = message.Text{} // Begin refuses it too
		if err := target.Begin(context.Background(), m, ""); err == nil {
			t.Errorf("%s: it was begun", name)
		}
		if a, b := leftOf(n.Space(1)); !a || !b {
			t.Errorf("%s: something was erased", name)
		}
	}
}

// secondNamespace is the disk that the kernel shows for another namespace of the drive.
const secondNamespace = `-- sys/block/nvme0n2 -> ../devices/pci0000:00/0000:00:01.0/nvme/nvme0/nvme0n2 --
-- sys/devices/pci0000:00/0000:00:01.0/nvme/nvme0/nvme0n2/ --
dev 259:9
size 131072
removable 0
ro 0
hidden 0
diskseq 90
nsid 2
wwid eui.0000000000000002
queue/logical_block_size 512
queue/rotational 0
queue/zoned none
device -> ../../nvme0
`

// With the other namespace claimed too both may be erased; without it the command is refused.
func TestNVMeNamespaces(t *testing.T) {
	t.Parallel()
	for _, id := range []devices.MethodID{devices.NVMeSanitizeCrypto, devices.NVMeFormatUser, devices.TCGPSIDRevert} {
		traits := nvmeTraits()
		traits.FNA, traits.PSID = 0x06, string(psid)
		n, target := nvmeDriveOf(t, machine(t, "laboratory", secondNamespace), traits, 2)
		m := method(t, target, id)
		if !m.Unusable.IsZero() || !slices.Equal(m.AlsoErases, []string{"nvme0n2"}) {
			t.Errorf("%s: %q, with %v", id, m.Unusable, m.AlsoErases)
		}
		alone := m
		alone.AlsoErases = nil
		if err := target.Begin(context.Background(), alone, psid); err == nil || !strings.Contains(err.Error(), "namespace 2 (nvme0n2)") {
			t.Errorf("%s: alone: Begin() = %v", id, err)
		}
		if a, b := leftOf(n.Space(2)); !a || !b {
			t.Errorf("%s: it was erased alone", id)
		}
		if err := target.Begin(context.Background(), m, psid); err != nil {
			t.Errorf("%s: Begin() = %v", id, err)
		}
	}
}

// A drive that does not know the namespace that is claimed is another, or lists wrongly: others may be missing too.
func TestNVMeNamespaces_Unlisted(t *testing.T) {
	t.Parallel()
	n, target := nvmeDrive(t, nvmeTraits(), 2)
	m := method(t, target, devices.NVMeFormatUser)
	n.Change(func(t *devicetest.NVMeTraits) { t.Lies = []devicetest.NVMeLie{devicetest.NVMeUnlisted} })
	if _, err := target.Methods(context.Background()); err == nil || !strings.Contains(err.Error(), "does not list namespace 1") {
		t.Errorf("Methods() = %v", err)
	}
	if err := target.Begin(context.Background(), m, ""); err == nil {
		t.Error("it was begun")
	}
}

// Some drives answer a format before it has ended, and tell how much remains.
func TestNVMeFormat_Running(t *testing.T) {
	t.Parallel()
	n, target := nvmeDrive(t, nvmeTraits(), 1)
	n.Change(func(t *devicetest.NVMeTraits) { t.FPI = 0x80 | 25 })
	ctx, m := context.Background(), method(t, target, devices.NVMeFormatUser)
	if err := target.Begin(ctx, m, ""); err != nil {
		t.Fatal(err)
	}
	if s, err := target.State(ctx, m); err != nil || s.Phase != devices.EraseRunning || s.Progress != 49152 {
		t.Errorf("%+v, %v", s, err)
	}
	n.Change(func(t *devicetest.NVMeTraits) { t.FPI = 0x80 })
	if s, err := target.State(ctx, m); err != nil || s.Phase != devices.EraseDone {
		t.Errorf("at the end: %+v, %v", s, err)
	}
}

// TestNVMeFormat_OneNamespace: a format of one namespace does not erase the others.
func TestNVMeFormat_OneNamespace(t *testing.T) {
	t.Parallel()
	n, target := nvmeDrive(t, nvmeTraits(), 2)
	s, err := erased(t, target, method(t, target, devices.NVMeFormatUser))
	if err != nil || s.Phase != devices.EraseDone {
		t.Fatalf("%+v, %v", s, err)
	}
	if a, b := leftOf(n.Space(1)); a || b {
		t.Error("it was not erased")
	}
	if a, b := leftOf(n.Space(2)); !a || !b {
		t.Error("the other namespace was erased")
	}
}

// TestNVMeSanitize: a sanitize is followed to its end.
func TestNVMeSanitize(t *testing.T) {
	t.Parallel()
	for _, id := range []devices.MethodID{devices.NVMeSanitizeCrypto, devices.NVMeSanitizeBlock, devices.NVMeSanitizeOverwrite} {
		n, target := nvmeDrive(t, nvmeTraits(), 1)
		ctx, m := context.Background(), method(t, target, id)
		if s, err := target.State(ctx, m); err != nil || s.Phase != devices.EraseIdle {
			t.Errorf("%s: before: %+v, %v", id, s, err)
		}
		if err := target.Begin(ctx, m, ""); err != nil {
			t.Fatal(err)
		}
		s, err := target.State(ctx, m)
		if err != nil || s.Phase != devices.EraseRunning || s.Progress < 1 || s.Progress > 65535 {
			t.Errorf("%s: in the middle: %+v, %v", id, s, err)
		}
		if s, err = target.State(ctx, m); err != nil || s.Phase != devices.EraseDone || len(s.Raw) == 0 || len(s.Raw) > 64 {
			t.Errorf("%s: at the end: %+v, %v", id, s, err)
		}
		if a, b := leftOf(n.Space(1)); a || b {
			t.Errorf("%s: it was not erased", id)
		}
		if i := slices.IndexFunc(n.Sent(), func(c nvme.Command) bool { return c.Opcode == 0x84 }); n.Sent()[i].CDW[0]&8 != 0 {
			t.Errorf("%s: the drive may be used although it failed (AUSE)", id)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestNVMeFormat_Lies: every lie of a drive has its state.
func TestNVMeFormat_Lies(t *testing.T) {
	t.Parallel()
	for lie, c := range map[devicetest.NVMeLie]struct {
		phase devices.ErasePhase
		words string
		left  [2]bool // of the first namespace, at its beginning and end
	}{
		devicetest.NVMeErasesNothing: {devices.EraseDone, "without an error", [2]bool{true, true}},
		devicetest.NVMeErasesPart:    {devices.EraseDone, "without an error", [2]bool{false, true}},
		devicetest.NVMeHalfFormat:    {"", "what the drive did is unknown", [2]bool{false, true}},
		devicetest.NVMeDenies:        {"", "operation denied", [2]bool{true, true}},
		devicetest.NVMeLocked:        {"", "locked", [2]bool{true, true}},
		devicetest.NVMeWornOut:       {"", "write-protected", [2]bool{true, true}},
	} {
		n, target := nvmeDrive(t, nvmeTraits(), 1)
		n.Change(func(t *devicetest.NVMeTraits) { t.Lies = []devicetest.NVMeLie{lie} })
		m := method(t, target, devices.NVMeFormatUser)
		s, err := erased(t, target, m)
		if s.Phase != c.phase || (err != nil) != (c.phase == "") || !strings.Contains(s.Detail.String()+text(err), c.words) {
			t.Errorf("%s: %+v, %v", lie, s, err)
		}
		if a, b := leftOf(n.Space(1)); a != c.left[0] || b != c.left[1] {
			t.Errorf("%s: left: %v at the beginning, %v at the end", lie, a, b)
		}
		if s, err := target.State(context.Background(), m); c.phase == "" && (err != nil || s.Phase != devices.EraseUnknown) {
			t.Errorf("%s: afterwards: %+v, %v", lie, s, err)
		}
	}
}

func code(err error) uint16 {
	var e *nvme.StatusError
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// TestNVMeHidden: free capacity and detached namespaces are reported.
func TestNVMeHidden(t *testing.T) {
	t.Parallel()
	traits := nvmeTraits()
	_, target := nvmeDrive(t, traits, 1)
	all, err := target.Hidden(context.Background())
	want := []devices.HiddenArea{{Kind: devices.NVMeUnallocated}, {Kind: devices.NVMeNamespaces}}
	if err != nil || fmt.Sprint(all) != fmt.Sprint(want) {
		t.Errorf("nothing: %+v, %v", all, err)
	}
	traits.OACS, traits.Unallocated, traits.Unattached = 0x0a, 4096, []uint32{7}
	_, target = nvmeDrive(t, traits, 1)
	all, err = target.Hidden(context.Background())
	if err != nil || len(all) != 2 || all[0].Bytes != 4096 || all[1].Bytes != -1 || !strings.HasSuffix(all[1].Detail.String(), "namespace 7") {
		t.Errorf("something: %+v, %v", all, err)
	}
	if err := target.Restore(context.Background(), all[0]); err == nil {
		t.Error("it was restored")
	}
}

// A drive that answers for another one is not claimed.
func TestNVMeClaim_StaleIdentity(t *testing.T) {
	t.Parallel()
	h := machine(t, "laboratory", "")
	d := find(t, h, "nvme0n1")
	drive := devicetest.NewDrive(d.Size, d.LogicalBlock)
	drive.SetState(devices.State{Number: d.Number, Seq: d.Seq, Size: d.Size})
	n := devicetest.NewNVMe(nvmeTraits(devicetest.NVMeStale), drive)
	devicetest.Attach(h, d.Path, func(bool) (devices.Port, error) { return n.Port(1), nil })
	var changed *devices.ChangedError
	if _, err := claim(h, d); !errors.As(err, &changed) {
		t.Errorf("claim() = %v", err)
	}
}

// TestNVMe_OtherHost: a drive one of whose namespaces belongs to another host's controller is not sanitized; one that belongs to nobody
// does not prevent that.
func TestNVMe_OtherHost(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		elsewhere map[uint32][]uint16
		want      string
	}{"nobody": {nil, ""}, "another host": {map[uint32][]uint16{7: {3}}, "namespace 7 (controller 3)"}} {
		traits := nvmeTraits()
		traits.OACS, traits.CMIC, traits.Unattached, traits.Elsewhere = 0x0a, 0x02, []uint32{6, 7}, c.elsewhere
		n, target := nvmeDrive(t, traits, 1)
		m := method(t, target, devices.NVMeSanitizeBlock)
		if why := m.Unusable.String(); (why == "") != (c.want == "") || !strings.Contains(why, c.want) {
			t.Errorf("%s: %q, want %q", name, why, c.want)
		}
		m.Unusable = message.Text{}
		if err := target.Begin(context.Background(), m, ""); (err == nil) != (c.want == "") {
			t.Errorf("%s: Begin() = %v", name, err)
		}
		if sent := slices.ContainsFunc(n.Sent(), func(c nvme.Command) bool { return c.Opcode == 0x84 }); sent != (c.want == "") {
			t.Errorf("%s: a sanitize was sent: %v", name, sent)
		}
	}
}
