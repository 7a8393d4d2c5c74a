package audit

import (
	"errors"
	"io/fs"
	"testing"

	"rasure/logs"
)

func TestVerdictOf(t *testing.T) {
	missing := &fs.PathError{Op: "open", Path: "tile/0/000", Err: fs.ErrNotExist}
	denied := &fs.PathError{Op: "open", Path: "tile/0/000", Err: fs.ErrPermission}
	for name, c := range map[string]struct {
		err    error
		verify bool // it is a Failure
	}{
		"damaged":                    {logs.ErrDamaged, true},
		"cut back":                   {logs.ErrCutBack, true},
		"bad signature":              {errors.New("invalid signature"), true},
		"missing file":               {missing, false},
		"missing tile":               {errors.Join(logs.ErrDamaged, missing), true},
		"permission denied":          {denied, false},
		"permission denied for tile": {errors.Join(logs.ErrDamaged, denied), false},
	} {
		var f *Failure
		if got := errors.As(verdictOf(c.err), &f); got != c.verify {
			t.Errorf("%s: Failure is %v, want %v", name, got, c.verify)
		}
	}
	if verdictOf(nil) != nil {
		t.Error("no error became one")
	}
}
