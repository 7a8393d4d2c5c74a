package view

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
	"unicode/utf8"

	"rasure/certify/register"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/draft"
	"rasure/cmd/message"
)

// PrintAgenda prints what has to be done, a line for each day and kind.
func PrintAgenda(a *cli.Console, all []register.Event) {
	for _, e := range all {
		a.Printf("%s  %s\n", e.Day.Format(time.DateOnly), eventText(e).In(a.Lang))
	}
}

func eventText(e register.Event) message.Text {
	switch {
	case e.Word != "":
		return message.Of("count all media before %s", cli.Word(e.Word))
	case e.Kind == "inventory":
		return message.Of("count again: %s", someOf(e.Media))
	}
	return message.Of("%s: %s", cli.Word(e.Kind), someOf(e.Media))
}

// Calendar is the same for a calendar program: iCalendar, RFC 5545. stamp is when the log said so. The same log gives the same bytes.
func Calendar(l message.Language, all []register.Event, station string, stamp time.Time) []byte {
	var b strings.Builder
	line := func(name, value string) { b.WriteString(fold(name+":"+value) + "\r\n") }
	line("BEGIN", "VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", "-//rasure//"+escape(draft.Visible(station))+"//EN")
	for _, e := range all {
		sum := sha256.Sum256([]byte(station + "\n" + e.Kind + "\n" + e.Word + "\n" + e.Day.Format(time.DateOnly)))
		line("BEGIN", "VEVENT")
		line("UID", hex.EncodeToString(sum[:16])+"@rasure")
		line("DTSTAMP", stamp.UTC().Format("20060102T150405Z"))
		line("DTSTART;VALUE=DATE", e.Day.Format("20060102"))
		line("SUMMARY", escape(eventText(e).In(l)))
		line("END", "VEVENT")
	}
	line("END", "VCALENDAR")
	return []byte(b.String())
}

// escape writes a TEXT value (RFC 5545, 3.3.11).
func escape(s string) string {
	return strings.NewReplacer("\\", "\\\\", ";", "\\;", ",", "\\,", "\n", "\\n").Replace(s)
}

// fold breaks a line that has more than 75 octets, never inside a character (RFC 5545, 3.1).
func fold(s string) string {
	var b strings.Builder
	room := 75
	for _, r := range s {
		n := utf8.RuneLen(r)
		if n > room {
			b.WriteString("\r\n ")
			room = 74
		}
		b.WriteRune(r)
		room -= n
	}
	return b.String()
}
