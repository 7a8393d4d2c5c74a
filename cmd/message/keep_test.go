package message

import (
	"testing"
	"time"
)

type color string

// TestKeep keeps sentences with arguments of all kinds and shows them in another language afterwards.
func TestKeep(t *testing.T) {
	const test Language = "x-test"
	catalogs[test] = func() map[string]string {
		return map[string]string{"opening %s: %w": "打开 %s：%w", "%s is mounted": "%s 已挂载", "%d of %d, %q, %v": "%[2]d 中的 %[1]d，%[3]q，%[4]v", "100%% done": "完成 100%%"}
	}
	defer delete(catalogs, test)
	for name, c := range map[string]struct {
		text Text
		want string
	}{
		"none":        {Text{}, ""},
		"numbers":     {Of("%d of %d, %q, %v", 3, int64(-4), color("red"), true), `-4 中的 3，"red"，true`},
		"large":       {Of("%d of %d, %q, %v", uint64(1<<63), uint8(2), "", false), `2 中的 9223372036854775808，""，false`},
		"sentences":   {Errorf("opening %s: %w", "sda", refusal{"sda1"}).(Messenger).Message(), "打开 sda：sda1 已挂载"},
		"an error":    {Errorf("opening %s: %w", Of("%s is mounted", "x"), New("100% done")).(Messenger).Message(), "打开 x 已挂载：完成 100%"},
		"a duration":  {Of("%s is mounted", time.Minute), "1m0s 已挂载"},
		"only text":   {Of("%.1f%%", 1.25), "1.2%"},
		"a null byte": {Of("%s is mounted", "a\x00\u202eb"), `a\x00\u202eb 已挂载`},
	} {
		format, args := c.text.Keep()
		back, err := Kept(format, args)
		if err != nil || back.In(test) != c.want || back.String() != c.text.String() {
			t.Errorf("%s: got %q and %q, %v, want %q and %q", name, back.In(test), back, err, c.want, c.text)
		}
	}
	for _, args := range []string{"", "{}", "[[]]", `[{"format":"x","args":3}]`} {
		if _, err := Kept("%s", []byte(args)); err == nil {
			t.Errorf("Kept took %q", args)
		}
	}
}
