package boot

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"rasure/cmd/message"
)

// Prediction is what a UKI gives the PCRs of a machine whose firmware starts it directly, without another program before it.
type Prediction struct {
	Stub   string `json:"stub"`                // such as "systemd-stub 252.39-1~deb12u2"
	Image  Digest `json:"image_authenticode"`  // Authenticode hash of the UKI
	Kernel Digest `json:"kernel_authenticode"` // and of the kernel in it
	PCR4   struct {
		Off Digest `json:"secure_boot_off"`
		On  Digest `json:"secure_boot_on"`
	} `json:"pcr4"`
	PCR11 Digest `json:"pcr11"`
	PCR12 Digest `json:"pcr12"` // with Secure Boot off; zero: nobody gave other options or credentials
	PCR13 Digest `json:"pcr13"` // zero: no system extensions
}

// measuredSections are those that systemd-stub 252 and 253 measure into PCR 11, in that order (src/fundamental/tpm-pcr.c). Version 254 added some.
var measuredSections = []string{".linux", ".osrel", ".cmdline", ".initrd", ".splash", ".dtb", ".pcrpkey"}

func measured(section string) bool { return slices.Contains(measuredSections, section) }

// Predict computes the PCRs of a UKI. It refuses what it was not compared with: another stub measures other things.
func Predict(uki []byte) (*Prediction, error) {
	pe, err := ParsePE(uki)
	if err != nil {
		return nil, err
	}
	p := &Prediction{Image: pe.Authenticode()}
	if p.Stub, err = stub(pe); err != nil {
		return nil, err
	}
	linux, ok := pe.Section(".linux")
	if !ok {
		return nil, message.New("the program is no unified kernel image: it has no section .linux")
	}
	kernel, err := ParsePE(linux)
	if err != nil {
		return nil, message.Errorf("the kernel in the image: %w", err)
	}
	p.Kernel = kernel.Authenticode()
	p.PCR4.On = startedBy(p.Image)
	p.PCR4.Off = p.PCR4.On // without Secure Boot the stub has the firmware load the kernel, which measures it
	p.PCR4.Off.extend(p.Kernel)
	for _, name := range measuredSections {
		if content, ok := pe.Section(name); ok {
			p.PCR11.extend(sha256.Sum256([]byte(name + "\x00")))
			p.PCR11.extend(sha256.Sum256(content))
		}
	}
	return p, nil
}

// By is PCR 4 of a machine whose firmware starts another program, which starts the image and has it measured: shim. Debian's shim 16.1 does so in
// OVMF, with Secure Boot off and on.
func (p *Prediction) By(program []byte) (off, on Digest, err error) {
	pe, err := ParsePE(program)
	if err != nil {
		return off, on, err
	}
	on = startedBy(pe.Authenticode())
	on.extend(p.Image)
	off = on
	off.extend(p.Kernel)
	return off, on, nil
}

// startedBy is PCR 4 after the firmware has started a program by a boot entry: TCG PC Client Platform Firmware Profile, 3.3.4.5.
func startedBy(program Digest) (pcr Digest) {
	pcr.extend(sha256.Sum256([]byte("Calling EFI Application from Boot Option")))
	pcr.extend(sha256.Sum256(make([]byte, 4))) // the separator
	pcr.extend(program)
	return pcr
}

// stub returns the name of the stub, from its section .sdmagic.
func stub(pe *PE) (string, error) {
	content, _ := pe.Section(".sdmagic")
	name, begins := strings.CutPrefix(strings.TrimSuffix(string(content), "\x00"), "#### LoaderInfo: ")
	name, ends := strings.CutSuffix(name, " ####")
	version, ok := strings.CutPrefix(name, "systemd-stub ")
	rest := strings.TrimLeft(version, "0123456789")
	printable := !strings.ContainsFunc(rest, func(r rune) bool { return r < ' ' || r > '~' })
	if !begins || !ends || !ok || rest == version || len(rest) > 60 || !printable {
		return "", message.New("the program is no unified kernel image of systemd-stub: it has no section .sdmagic")
	}
	if n, err := strconv.Atoi(strings.TrimSuffix(version, rest)); err != nil || n != 252 && n != 253 {
		return "", message.Errorf("the stub is %s: what it measures is known of systemd-stub 252 and 253 only", name)
	}
	return name, nil
}

// Options predicts PCR 12 for a program that starts the image with a command line of its own, such as iPXE, which passes the name of the file. systemd-stub
// takes a command line instead of that in the image only while Secure Boot is off, and measures it in UTF-16 with the NUL behind it.
func (p *Prediction) Options(text string) error {
	units := utf16.Encode([]rune(text))
	if !utf8.ValidString(text) || slices.Contains(units, 0) || len(units) > 0 && units[0] <= 0x1f {
		return message.New("systemd-stub takes no command line that begins with a control character or has a NUL")
	}
	p.PCR12 = Digest{}
	if len(units) == 0 {
		return nil
	}
	raw := []byte{}
	for _, u := range append(units, 0) {
		raw = binary.LittleEndian.AppendUint16(raw, u)
	}
	p.PCR12.extend(sha256.Sum256(raw))
	return nil
}
