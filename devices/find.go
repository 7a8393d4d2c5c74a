package devices

import (
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"rasure/cmd/message"
)

// Find returns the disk that a person named: by its kernel name, its path below /dev or a link to that, its serial number
// world wide name or port in any case of the letters, or the path of an image file. A path has a "/" in it; a name without one that is not a
// disk here may still be a file in the current directory.
//
// Errors: [ErrNotFound], where it can a *[NotFoundError], *[PartitionError], *[AmbiguousError], *[RefusedError] for a block device that is not a disk.
func (h *Host) Find(arg string) (Disk, error) {
	all, err := h.FindAll([]string{arg})
	if err != nil {
		return Disk{}, err
	}
	return all[0], nil
}

// FindAll is [Host.Find] for several names. It reads the disks of the machine once, and not once for each serial number.
func (h *Host) FindAll(args []string) ([]Disk, error) {
	all, errs := h.FindEach(args)
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// FindEach is [Host.FindAll] with an error, or nil, for each name.
func (h *Host) FindEach(args []string) ([]Disk, []error) {
	h, check := h.limited()
	list := &diskList{host: h}
	all, errs := make([]Disk, len(args)), make([]error, len(args))
	for i, arg := range args {
		d, err := h.find(arg, list)
		if err = check(err); err != nil {
			err = message.Errorf("finding %q: %w", Printable(arg), err)
		}
		if err == nil {
			list.mark(&d)
		}
		all[i], errs[i] = d, err
	}
	return all, errs
}

// diskList is all disks of a host, read when they are first needed.
type diskList struct {
	host *Host
	read bool
	all  []Disk
	err  error
}

func (l *diskList) disks() ([]Disk, error) {
	if !l.read {
		l.all, l.err = l.host.Disks()
		l.read = true
	}
	return l.all, l.err
}

// mark notes that another disk reports the serial number of d. If the disks cannot all be read, a claim of d fails.
func (l *diskList) mark(d *Disk) {
	if d.Serial == "" || d.Doubt != "" || !oneWay(*d) {
		return
	}
	disks, _ := l.disks()
	for _, o := range disks {
		if o.Name == d.Name {
			d.Doubt = o.Doubt
		}
	}
}

func (h *Host) find(arg string, list *diskList) (Disk, error) {
	switch {
	case arg == "":
		return Disk{}, ErrNotFound
	case strings.Contains(arg, "/"), arg == ".", arg == "..":
		return h.findPath(arg)
	}
	if h.exists(sysBlock, arg) {
		return h.findBlock(arg)
	}
	if h.exists("sys/class/block", arg) { // only the partitions are left
		return Disk{}, h.partition(arg)
	}
	disks, err := list.disks()
	var same []Disk
	for _, d := range disks {
		if strings.EqualFold(d.Serial, arg) || strings.EqualFold(d.WWN, arg) || strings.EqualFold(d.Port, arg) { // none is "": arg is not
			same = append(same, d)
		}
	}
	if image, err := h.findPath(arg); err == nil {
		same = append(same, image)
	}
	switch {
	case err != nil: // a disk that cannot be read may be the one, or another of that serial number
		return Disk{}, err
	case len(same) == 0:
		return Disk{}, &NotFoundError{arg, disks}
	case len(same) > 1:
		e := &AmbiguousError{Arg: Printable(arg)}
		for _, d := range same {
			e.Disks = append(e.Disks, Printable(d.Path))
		}
		return Disk{}, e
	}
	return same[0], nil
}

func (h *Host) findPath(arg string) (Disk, error) {
	abs, err := filepath.Abs(arg)
	if err != nil {
		return Disk{}, err
	}
	real := abs
	if !h.isBlock(abs) { // a kernel name needs no node to be found; the claim checks what the node is
		real, err = h.resolve(abs)
	}
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return Disk{}, ErrNotFound
		}
		return Disk{}, err
	}
	if name, ok := strings.CutPrefix(real, "/dev/"); ok {
		name = strings.ReplaceAll(name, "/", "!")
		if h.exists(sysBlock, name) {
			return h.findBlock(name)
		}
		if h.exists("sys/class/block", name) {
			return Disk{}, h.partition(name)
		}
	}
	info, err := fs.Stat(h.Root, real[1:])
	if err != nil {
		return Disk{}, err
	}
	if n, ok := nodeOf(info); ok { // a node somewhere else, made by mknod or in a container
		name := path.Base(h.follow("sys/dev/block", n.String()))
		if h.exists(sysBlock, name) {
			return h.findBlock(name)
		}
		return Disk{}, h.partition(name)
	}
	if !info.Mode().IsRegular() {
		return Disk{}, message.Errorf("%w: it is neither a disk nor a file", ErrNotFound)
	}
	return imageOf(real, info), nil
}

func (h *Host) isBlock(file string) bool {
	name, ok := strings.CutPrefix(file, "/dev/")
	return ok && h.exists("sys/class/block", strings.ReplaceAll(name, "/", "!"))
}

// findBlock finds a whole block device, disk or not.
func (h *Host) findBlock(name string) (Disk, error) {
	d, err := h.describe(name)
	if what, not := h.notADisk(name); not {
		d.Name, d.Path = name, "/dev/"+strings.ReplaceAll(name, "!", "/")
		return Disk{}, &RefusedError{d, []Hazard{{Kind: NotPhysical, Detail: message.Of("%s is %s", name, what)}}}
	}
	return d, err
}

func (h *Host) partition(name string) error {
	disk := path.Base(path.Dir(h.follow("sys/class/block", name)))
	if !h.exists(sysBlock, disk) {
		return ErrNotFound
	}
	return &PartitionError{name, disk}
}

// imageOf describes a regular file as a disk of 512-byte blocks.
func imageOf(file string, info fs.FileInfo) Disk {
	return Disk{
		Name: path.Base(file), Path: file, Number: fileNumber(info), Size: info.Size(),
		Bus: File, Protocol: ProtocolNone, Medium: Image, LogicalBlock: 512, PhysicalBlock: 4096,
	}
}
