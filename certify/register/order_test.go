package register

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"rasure/certify"
	"rasure/cmd/message"
	_ "rasure/cmd/message/zh"
)

func TestInOrder(t *testing.T) {
	t.Parallel()
	m := func(number string, class certify.Class) *Medium { return &Medium{Number: number, Class: class} }
	var got []string
	for _, m := range InOrder([]*Medium{m("N-1", "none"), m("JM-10", "secret"), m("密-2026/2", "secret"), m("JM-2", "secret"), m("Z-9", "top-secret"), m("JM-02", "confidential"), m("JM-", "secret")}) {
		got = append(got, m.Number)
	}
	if want := "Z-9 JM- JM-2 JM-10 密-2026/2 JM-02 N-1"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
	for _, order := range [][]string{{"9", "10"}, {"a9b2", "a9b10"}, {"a", "a1"}, {"99999999999999999999", "100000000000000000000"}} {
		if !slices.IsSortedFunc(order, Natural) || Natural(order[1], order[0]) <= 0 {
			t.Errorf("%v are not in natural order", order)
		}
	}
}

// TestCodesOfHistoriesHaveChinese holds that no history has an English code in a Chinese sentence.
func TestCodesOfHistoriesHaveChinese(t *testing.T) {
	t.Parallel()
	han := regexp.MustCompile(`\p{Han}`)
	for _, code := range strings.Fields("inside outside destroy borrow carry send abroad repair copy verified completed-with-exceptions failed interrupted unknown clear purge top-secret secret confidential none" +
		" done not-done irregular shred disintegrate grind melt incinerate degauss chemical magnetic ssd usb-flash sd emmc optical tape hybrid image other") {
		if zh := className(code).In(message.Chinese); !han.MatchString(zh) {
			t.Errorf("%s is %q", code, zh)
		}
	}
	if zh := className("none").In(message.Chinese); zh != "非密" {
		t.Errorf("a medium that is not classified is %q", zh)
	}
	if got := word("100% \x1b sure").In(message.Chinese); got != `100% \x1b sure` {
		t.Errorf("text is shown as %q", got)
	}
}
