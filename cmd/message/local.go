package message

import "time"

// Local is the sentence with its times, which are strings as 2006-01-02T15:04:05Z, in the time zone of its reader: 2006-01-02 15:04 +08:00. An
// argument that has such a time among other text stays as it is.
func (t Text) Local(zone *time.Location) Text {
	args := make([]any, len(t.Args))
	for i, a := range t.Args {
		switch x := a.(type) {
		case string:
			if at, err := time.Parse("2006-01-02T15:04:05Z", x); err == nil {
				a = at.In(zone).Format("2006-01-02 15:04 -07:00")
			}
		case Text:
			a = x.Local(zone)
		}
		args[i] = a
	}
	return Text{t.Format, args}
}
