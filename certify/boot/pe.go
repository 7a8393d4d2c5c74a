package boot

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"

	"rasure/cmd/message"
)

// MaxImage is how many bytes a program may have.
const MaxImage = 1 << 29

// Other bounds of what is read.
const (
	maxSections = 96 // Windows loads no more
	maxHeaders  = 1 << 20
)

var errPE = message.New("this is no UEFI program (PE32+)")

// PE is an UEFI program: a PE32+ file, as the "PE Format" of Microsoft defines it.
type PE struct {
	Sections []Section

	data     []byte
	checksum int // where its four bytes are
	security int // where the eight bytes are that say where the signatures are; -1: there are none such
	headers  int // their length
	signed   int // where the signatures begin; the end of the file if there are none
}

// Section is one of a PE.
type Section struct {
	Name    string
	Content []byte // as it is in memory: VirtualSize bytes, without what pads the file

	raw []byte // SizeOfRawData bytes of the file
	at  int    // PointerToRawData
}

// ParsePE reads the headers. It refuses sections that overlap or leave the file, and signatures that do not end it: firmwares differ in
// what they make of these.
func ParsePE(data []byte) (*PE, error) {
	le := binary.LittleEndian
	if len(data) < 64 || len(data) > MaxImage || string(data[:2]) != "MZ" {
		return nil, errPE
	}
	at := int64(le.Uint32(data[60:])) // e_lfanew
	if at < 64 || at+24+112 > int64(len(data)) || string(data[at:at+4]) != "PE\x00\x00" {
		return nil, errPE
	}
	coff := data[at+4:]
	count, optional := int(le.Uint16(coff[2:])), int(le.Uint16(coff[16:]))
	opt := int(at) + 24
	table := opt + optional
	if optional < 112 || table+40*count > len(data) || le.Uint16(data[opt:]) != 0x20b || count == 0 || count > maxSections {
		return nil, errPE
	}
	p := &PE{data: data, checksum: opt + 64, security: -1, headers: int(le.Uint32(data[opt+60:])), signed: len(data)}
	if p.headers < table+40*count || p.headers > len(data) || p.headers > maxHeaders {
		return nil, errPE
	}
	if n := le.Uint32(data[opt+108:]); n > 4 { // the fifth data directory is that of the signatures
		if n > 16 || optional < 112+8*int(n) {
			return nil, errPE
		}
		p.security = opt + 112 + 4*8
		from, size := int64(le.Uint32(data[p.security:])), int64(le.Uint32(data[p.security+4:]))
		if size > 0 {
			if from < int64(p.headers) || from+size != int64(len(data)) {
				return nil, message.New("the signatures are not the end of the program")
			}
			p.signed = int(from)
		}
	}
	for i := range count {
		s, err := p.section(data[table+40*i:])
		if err != nil {
			return nil, err
		}
		p.Sections = append(p.Sections, s)
	}
	return p, p.checkLayout()
}

func (p *PE) section(header []byte) (Section, error) {
	le := binary.LittleEndian
	virtual, size, at := int64(le.Uint32(header[8:])), int64(le.Uint32(header[16:])), int64(le.Uint32(header[20:]))
	s := Section{Name: strings.TrimRight(string(header[:8]), "\x00"), at: int(at)}
	if size == 0 {
		return s, nil
	}
	if at < int64(p.headers) || at+size > int64(p.signed) {
		return s, message.Errorf("section %q is not inside the program", s.Name)
	}
	s.raw = p.data[at : at+size]
	s.Content = s.raw[:min(virtual, size)]
	if strings.HasPrefix(s.Name, ".") && virtual > size && measured(s.Name) {
		return s, message.Errorf("section %q has fewer bytes in the file than in memory", s.Name)
	}
	return s, nil
}

// checkLayout refuses sections that overlap, and two of one name.
func (p *PE) checkLayout() error {
	names, end := map[string]bool{}, p.headers
	for _, s := range p.inFile() {
		if s.at < end {
			return message.Errorf("section %q overlaps another one", s.Name)
		}
		end = s.at + len(s.raw)
	}
	for _, s := range p.Sections {
		if names[s.Name] {
			return message.Errorf("the program has two sections %q", s.Name)
		}
		names[s.Name] = true
	}
	return nil
}

// inFile returns the sections that have bytes, in the order of the file.
func (p *PE) inFile() []Section {
	all := slices.DeleteFunc(slices.Clone(p.Sections), func(s Section) bool { return len(s.raw) == 0 })
	slices.SortStableFunc(all, func(a, b Section) int { return cmp.Compare(a.at, b.at) })
	return all
}

// Section returns the content of a section; ok is false if there is none of that name.
func (p *PE) Section(name string) (content []byte, ok bool) {
	i := slices.IndexFunc(p.Sections, func(s Section) bool { return s.Name == name })
	if i < 0 {
		return nil, false
	}
	return p.Sections[i].Content, true
}

// Authenticode is the hash by which a firmware measures the program, and which a signature for Secure Boot signs: of everything except the checksum, the place of
// the signatures and the signatures ("Windows Authenticode Portable Executable Signature Format", Calculating the PE Image Hash). A signature does not change it if the
// length of the unsigned program is a multiple of 8.
func (p *PE) Authenticode() Digest {
	h := sha256.New()
	h.Write(p.data[:p.checksum])
	if p.security < 0 {
		h.Write(p.data[p.checksum+4 : p.headers])
	} else {
		h.Write(p.data[p.checksum+4 : p.security])
		h.Write(p.data[p.security+8 : p.headers])
	}
	hashed := p.headers
	for _, s := range p.inFile() {
		h.Write(s.raw)
		hashed += len(s.raw)
	}
	if hashed < p.signed { // as EDK2 has it: by the sum of the lengths, wherever the sections are
		h.Write(p.data[hashed:p.signed])
	}
	return Digest(h.Sum(nil))
}
