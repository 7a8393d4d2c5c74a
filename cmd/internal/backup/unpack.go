package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/interrupt"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

// maxText is the most that the files beside the state may have, in bytes. Chosen: a million files have 100 MB of sums.
const maxText = 256 << 20

// unpacker reads an archive.
type unpacker struct {
	to    *os.Root // of the state
	dirs  []string // that were made, in their order
	sums  strings.Builder
	about Contents
	first bool // the next member is the first
}

// unpack unpacks the state of an archive into an empty directory and puts it on the disk. Nothing of it counts before unpack has returned nil: then
// every byte is as it was written.
func unpack(ctx context.Context, name, dir string) (Contents, error) {
	f, err := durable.OpenFile(name)
	if err != nil {
		return Contents{}, err
	}
	defer f.Close()
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Contents{}, durable.Explain(err)
	}
	defer root.Close()
	u := &unpacker{to: root, first: true}
	sums, err := u.members(tar.NewReader(interrupt.Reader(ctx, f)))
	switch {
	case err != nil:
	case sums == "":
		err = damaged(message.New("its end is missing"))
	case sums != u.sums.String():
		err = damaged(message.Errorf("its files are not those that %s lists", sumsFile))
	default:
		err = u.sync(dir)
	}
	if err != nil {
		return Contents{}, message.Errorf("reading the backup %s: %w", name, err)
	}
	return u.about, nil
}

func damaged(why error) error {
	return fault.NotVerified(message.Errorf("it is damaged: %w", why))
}

// members reads all members, and returns the sums that are the last one; "" if there are none.
func (u *unpacker) members(t *tar.Reader) (sums string, err error) {
	for {
		h, err := t.Next()
		switch {
		case errors.Is(err, io.EOF):
			return sums, nil
		case errors.Is(err, fault.ErrInterrupted):
			return "", err
		case err != nil && u.first:
			return "", fault.NotVerified(message.Errorf("it is not a backup of a station: %w", err))
		case err != nil:
			return "", damaged(err)
		case sums != "":
			return "", damaged(message.Errorf("%s comes behind %s", h.Name, sumsFile))
		}
		name, ok := strings.CutPrefix(path.Clean(h.Name), top+"/")
		if !ok || !fs.ValidPath(name) || h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeDir {
			return "", fault.NotVerified(message.Errorf("it is not a backup of a station: it has %q", h.Name))
		}
		if u.first != (name == contentsFile) {
			return "", fault.NotVerified(message.Errorf("it is not a backup of a station: %s is not its first file", contentsFile))
		}
		u.first = false
		if sums, err = u.member(name, h, t); err != nil {
			return "", err
		}
	}
}

// member reads a member, and returns its text if it has the sums.
func (u *unpacker) member(name string, h *tar.Header, t io.Reader) (sums string, err error) {
	inner, ofState := strings.CutPrefix(name, stateDir+"/")
	switch {
	case name == sumsFile, name == contentsFile:
		text, err := io.ReadAll(io.LimitReader(t, maxText))
		if err != nil {
			return "", broken(err)
		}
		if name == sumsFile {
			return string(text), nil
		}
		u.note(name, sha256.Sum256(text))
		return "", u.read(text)
	case name == settingsFile:
		inner = settingsFile
	case !ofState:
		return "", fault.NotVerified(message.Errorf("it is not a backup of a station: it has %q", name))
	case !saved(inner):
		return "", fault.NotVerified(message.Errorf("it is not a backup of a station: %s is not saved in one", name))
	}
	perm := fs.FileMode(h.Mode).Perm() &^ 0o022
	if h.Typeflag == tar.TypeDir {
		u.dirs = append(u.dirs, inner)
		return "", durable.Explain(u.to.Mkdir(filepath.FromSlash(inner), perm|0o700))
	}
	sum, err := u.file(inner, perm, t)
	if err == nil {
		u.note(name, sum)
	}
	return "", err
}

// note adds a line to the sums of what was read.
func (u *unpacker) note(name string, sum [sha256.Size]byte) {
	fmt.Fprintf(&u.sums, "%s  %s\n", hex.EncodeToString(sum[:]), name)
}

// read reads what the archive says of itself.
func (u *unpacker) read(text []byte) error {
	if err := json.Unmarshal(text, &u.about); err != nil {
		return damaged(err)
	}
	if u.about.Format > format {
		return fault.WithHint(fault.Refusef("it is a backup of format %d, and this rasure reads format %d", u.about.Format, format),
			"use the rasure that wrote it, version %s, or a newer one", u.about.Program)
	}
	return nil
}

// file writes a file that must not be there yet.
func (u *unpacker) file(name string, perm fs.FileMode, data io.Reader) (sum [sha256.Size]byte, err error) {
	f, err := u.to.OpenFile(filepath.FromSlash(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if errors.Is(err, fs.ErrExist) {
		return sum, damaged(message.Errorf("%s is there twice", name))
	}
	if err != nil {
		return sum, durable.Explain(err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(io.MultiWriter(f, h), data); err != nil {
		return sum, broken(err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return sum, durable.Explain(err)
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}

// broken is the error of an archive that ends too early, or of a disk that is full.
func broken(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return damaged(err)
	}
	return durable.Explain(err)
}

// sync puts the names of all files on the disk.
func (u *unpacker) sync(dir string) error {
	for _, d := range u.dirs {
		if err := syncDir(filepath.Join(dir, filepath.FromSlash(d))); err != nil {
			return err
		}
	}
	return syncDir(dir)
}
