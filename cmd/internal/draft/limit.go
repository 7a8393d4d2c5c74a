package draft

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"rasure/certify/statement"
	"rasure/cmd/message"
)

// limitFlag gives the limit of a classification in one word, whichever of its forms that is.
const limitFlag = "limit"

var limitHelp = message.Of("how long it is classified: years (20), months (6m), the last day (2030-12-31), or the condition that ends it")

// hasLimit reports whether statements of this kind set a limit.
func (c *Command) hasLimit() bool {
	return slices.Contains([]string{"registration", "reclassify"}, c.Kind.Name())
}

// setLimit reads 20, 20年, 6m, 6个月, a day, or else a condition.
func (d *act) setLimit(word string) error {
	l, number := new(statement.Limit), func(suffixes ...string) int64 {
		for _, s := range suffixes {
			if digits, ok := strings.CutSuffix(word, s); ok {
				if n, err := strconv.ParseInt(digits, 10, 32); err == nil && n > 0 {
					return n
				}
			}
		}
		return 0
	}
	_, err := time.Parse(time.DateOnly, word)
	switch {
	case word == "":
		return message.New("it is empty")
	case err == nil:
		l.Day = statement.Day(word)
	default:
		if l.Months = number("m", "个月", "月"); l.Months == 0 {
			if l.Years = number("y", "年", ""); l.Years == 0 {
				l.Condition = word
			}
		}
	}
	switch b := d.body.(type) {
	case *statement.Registration:
		b.Limit = l
	case *statement.Reclassify:
		b.Limit = l
	}
	return nil
}
