package draft

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"rasure/certify/statement"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// Imported is a registration that a line of a table asks for.
type Imported struct {
	Line int // of the file, from 1
	Text string
	*statement.Registration
}

// columns are titles of columns in Chinese, and the flags that they stand for.
var columns = map[string]string{"编号": "number", "保密编号": "number", "密级": "classification", "类型": "type", "序列号": "serial", "型号": "model", "保管人": "custodian", "来源": "source",
	"保密期限": "limit", "制发日": "marked-on", "地点": "place", "资产编号": "asset", "备注": "remarks"}

// Import drafts a registration for each line of a table of comma-separated values, whose first line has the names of fields. check says whether the log would take
// a draft. If one line is wrong, nothing is drafted, and the error names the line.
func Import(table []byte, log Log, zone *time.Location, here []string, check func(text string) error) ([]Imported, error) {
	i := slices.IndexFunc(commands, func(c struct{ noun, verb, kind, example string }) bool { return c.verb == "register" })
	command := Commands()[i]
	table = bytes.TrimPrefix(table, []byte("\ufeff")) // a spreadsheet writes it
	rows := csv.NewReader(bytes.NewReader(table))
	if first, _, _ := bytes.Cut(table, []byte("\n")); bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		rows.Comma = ';'
	}
	head, err := rows.Read()
	if err != nil {
		return nil, fault.Usagef("the table has no line with the names of its fields: %w", err)
	}
	for i, name := range head {
		if head[i] = strings.ReplaceAll(strings.TrimSpace(name), "_", "-"); columns[head[i]] != "" {
			head[i] = columns[head[i]]
		}
		if head[i] == "number" {
			head[i] = Numbers
		}
	}
	all, taken := []Imported{}, map[string]int{}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fault.Usage(err)
		}
		line, _ := rows.FieldPos(0)
		one, err := importRow(command, head, row, log, zone, here)
		if err == nil {
			err = check(one.Text)
		}
		for _, key := range []string{"number " + statement.NumberKey(one.key()), "serial " + one.serial()} {
			if other, twice := taken[key]; err == nil && twice && key != "serial " {
				err = message.Errorf("it has the %s of line %d", key, other)
			}
			taken[key] = line
		}
		if err != nil {
			return nil, fault.Refusef("line %d: %w", line, err)
		}
		one.Line = line
		all = append(all, one)
	}
}

func (i Imported) key() string {
	if i.Registration == nil {
		return ""
	}
	return i.Number
}

func (i Imported) serial() string {
	if i.Registration == nil {
		return ""
	}
	return i.Serial
}

func importRow(c *Command, head, row []string, log Log, zone *time.Location, here []string) (one Imported, err error) {
	d := newAct(c, log, zone)
	d.SetHere(here)
	for i, value := range row {
		if value = strings.TrimSpace(value); value == "" {
			continue
		}
		if err := d.Set(head[i], []string{value}); err != nil {
			return one, message.Errorf("%s: %w", head[i], err)
		}
	}
	if missing := d.Missing(); len(missing) > 0 {
		return one, message.Errorf("%s is missing", missing[0])
	}
	if err := d.SetSigners(nil); err != nil {
		return one, err
	}
	one.Text, err = d.Text()
	one.Registration = d.body.(*statement.Registration)
	return one, err
}
