package view

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"rasure/certify/register"
	"rasure/cmd/internal/cli"
	"rasure/cmd/message"
)

func TestCalendar(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("", 8*3600)
	numbers := []string{}
	for range 8 {
		numbers = append(numbers, "机密★2026-017号")
	}
	all := []register.Event{{Kind: "check", Day: time.Date(2027, 2, 6, 0, 0, 0, 0, zone), Word: "spring-festival"}, {Kind: "inventory", Day: time.Date(2027, 3, 1, 0, 0, 0, 0, zone), Media: numbers}}
	text := string(Calendar(message.English, all, "a.example", time.Unix(0, 0)))
	for _, want := range []string{"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "DTSTART;VALUE=DATE:20270206\r\n", "DTSTAMP:19700101T000000Z\r\n", "SUMMARY:count all media before ", "\\, 机密★2026-017号", "END:VCALENDAR\r\n"} {
		if !strings.Contains(strings.ReplaceAll(text, "\r\n ", ""), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Count(text, "UID:") != 2 || strings.Count(text, "BEGIN:VEVENT") != 2 {
		t.Error(text)
	}
	for line := range strings.Lines(text) {
		if len(line) > 77 || !strings.HasSuffix(line, "\r\n") || strings.ContainsRune(line, '\ufffd') {
			t.Errorf("%d octets: %q", len(line), line)
		}
	}
	var out bytes.Buffer
	PrintAgenda(&cli.Console{Out: &out, Lang: message.English}, all)
	if lines := strings.Split(out.String(), "\n"); len(lines) != 3 || !strings.HasPrefix(lines[0], "2027-02-06  count all media before") || !strings.HasPrefix(lines[1], "2027-03-01  count again: 机密★2026-017号, ") {
		t.Errorf("%s", out.String())
	}
}
