package draft

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"rasure/certify/statement"
	"rasure/certify/statement/nfc"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// assign gives a field the value of x: a word or several of a command line, or a value of JSON.
func (d *act) assign(f statement.Field, to reflect.Value, x any) error {
	if words, ok := x.([]string); ok && !f.List {
		x = words[0]
	}
	if !f.List {
		return d.assignOne(f, to, x)
	}
	elements := []any{x}
	switch x := x.(type) {
	case []any:
		elements = x
	case []string:
		elements = nil
		for _, word := range x {
			elements = append(elements, word)
		}
	}
	list := reflect.MakeSlice(to.Type(), 0, len(elements))
	if f.Path == "changes" { // each from a flag of its own
		list = to
	}
	for i, x := range elements {
		element := reflect.New(f.Type).Elem()
		if err := d.assignOne(f, element, x); err != nil {
			if len(elements) == 1 {
				return err
			}
			return message.Errorf("%d: %w", i+1, err)
		}
		list = reflect.Append(list, element)
	}
	to.Set(list)
	return nil
}

// assignOne gives one value. What names a medium or an entry is looked up in the log, so that the text states all of it.
func (d *act) assignOne(f statement.Field, to reflect.Value, x any) error {
	if n, ok := x.(json.Number); ok {
		x = n.String()
	}
	switch x := x.(type) {
	case string:
		return d.assignWord(f, to, strings.TrimSpace(x))
	case bool:
		if to.Kind() == reflect.Bool {
			to.SetBool(x)
			return nil
		}
	case map[string]any:
		switch to.Interface().(type) {
		case statement.Medium, statement.Target, statement.Ref, time.Time:
		default:
			if to.Kind() == reflect.Struct {
				return d.merge(to, "", x, false)
			}
		}
	}
	return message.New("it is not a value of this field")
}

func (d *act) assignWord(f statement.Field, to reflect.Value, word string) (err error) {
	if word == "" {
		return message.New("it is empty")
	}
	switch v := to.Addr().Interface().(type) {
	case *time.Time:
		*v, err = d.time(word, slices.Contains([]string{"until", "due"}, f.Path))
	case *statement.Hash:
		*v, err = d.hash(f, word)
	case *statement.Bytes:
		*v, err = readBytes(word)
	case *statement.Medium:
		if *v, err = d.log.Medium(word); err != nil {
			err = fault.WithHint(fault.Refuse(err), "rasure medium list shows all")
		}
	case *statement.Target:
		*v, err = d.target(word)
	case *statement.Ref:
		t, failed := d.target(word)
		*v, err = statement.Ref{Index: t.Index, SHA256: t.SHA256}, failed
	case *statement.ListRef:
		*v, err = d.list(word)
	case *statement.File:
		*v, err = evidenceOf(word)
	case *statement.Change:
		*v, err = d.change(word)
	case *statement.Receiver:
		*v, err = d.receiver(word)
	case *statement.Finding:
		*v, err = findingOf(word)
	case *bool:
		if code, ok := truth[word]; ok {
			word = code
		}
		if *v, err = strconv.ParseBool(word); err != nil {
			err = message.Errorf("%q is neither true nor false", word)
		}
	case *int64:
		if *v, err = strconv.ParseInt(word, 10, 64); err != nil {
			err = message.Errorf("%q is not a whole number", word)
		}
	default:
		switch to.Kind() {
		case reflect.String:
			word = codeOf(f, word)
			nfc.Strings(&word)
			if err = d.checkWord(f, word); err == nil {
				to.SetString(word)
			}
		default:
			var fields map[string]any
			if fields, err = parseObject([]byte(word)); err == nil {
				err = d.merge(to, "", fields, false)
			}
		}
	}
	return err
}

// checkWord refuses at once what the text could not have, so that nothing else has to be typed again.
func (d *act) checkWord(f statement.Field, word string) error {
	switch {
	case f.Words != nil && !slices.Contains(f.Words, word):
		return message.Errorf("%q is none of: %s", word, wordList(f.Words))
	case d.Command != nil && d.Kind.Name() == "registration" && f.Path == "number": // the particulars of a person have no command
		return statement.CheckNumber(word)
	}
	return nil
}

// time reads a time, or a day of the station's zone: its beginning, or its end at 24:00.
func (d *act) time(word string, end bool) (time.Time, error) {
	day, err := time.ParseInLocation(time.DateOnly, word, d.zone)
	if err != nil {
		return parseTime(word)
	}
	if end {
		day = day.AddDate(0, 0, 1)
	}
	return day.UTC(), nil
}

// hash reads 64 hex digits, or the SHA-256 of @FILE. An annex is always a file.
func (d *act) hash(f statement.Field, word string) (sum statement.Hash, err error) {
	path, isFile := strings.CutPrefix(word, "@")
	if sum, err = hashOf(word); err == nil {
		return sum, nil
	}
	if isFile || f.Path == "annex_sha256" {
		file, err := cli.ReadFile(path)
		if err != nil {
			return sum, err
		}
		sum = sha256.Sum256(file)
		if f.Path == "annex_sha256" {
			_, err = statement.ReadAnnex(string(file), sum)
		}
		return sum, err
	}
	return sum, err
}

func hashOf(word string) (sum statement.Hash, err error) {
	raw, err := hex.DecodeString(word)
	if err != nil || len(raw) != len(sum) || strings.ToLower(word) != word {
		return sum, message.Errorf("%q is not a SHA-256 in hex", word)
	}
	return statement.Hash(raw), nil
}

// readBytes reads base64, or @FILE.
func readBytes(word string) (statement.Bytes, error) {
	if path, isFile := strings.CutPrefix(word, "@"); isFile {
		return cli.ReadFile(path)
	}
	raw, err := base64.StdEncoding.DecodeString(word)
	if err != nil {
		return nil, message.New("it is not base64")
	}
	return raw, nil
}

func (d *act) target(word string) (statement.Target, error) {
	word, number, one := strings.Cut(word, ",") // of several media that the entry registers
	index, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		return statement.Target{}, message.Errorf("%q is not the index of an entry", word)
	}
	t, err := d.log.Target(index)
	if one && t.Number == "" {
		t.Number = d.log.Number(number)
	}
	return t, err
}

// list refers to a list of the log.
func (d *act) list(word string) (ref statement.ListRef, err error) {
	t, err := d.target(word)
	if err != nil {
		return ref, err
	}
	s, err := d.read(t.Index)
	if err != nil {
		return ref, err
	}
	list, ok := s.Body.(*statement.List)
	if !ok {
		return ref, message.Errorf("entry %d is a %s, not a list", t.Index, s.Kind.Name())
	}
	return statement.ListRef{Index: t.Index, SHA256: t.SHA256, Rows: int64(len(list.Rows))}, nil
}

func (d *act) read(index int64) (*statement.Statement, error) {
	text, err := d.log.Text(index)
	if err != nil {
		return nil, err
	}
	return statement.Read(text)
}

func evidenceOf(path string) (statement.File, error) {
	f, err := evidenceFile(path)
	if err != nil {
		return statement.File{}, err
	}
	sum, err := hashOf(f.SHA256)
	return statement.File{Name: f.Name, SHA256: sum, Size: f.Size}, err
}

// receiver reads ORGANISATION,TIME,REFERENCE.
func (d *act) receiver(word string) (statement.Receiver, error) {
	parts := strings.Split(word, ",")
	if len(parts) != 3 {
		return statement.Receiver{}, message.Errorf("%q is not ORGANISATION,TIME,REFERENCE", word)
	}
	at, err := d.time(parts[1], false)
	return statement.Receiver{Organisation: parts[0], At: at, Reference: parts[2]}, err
}
