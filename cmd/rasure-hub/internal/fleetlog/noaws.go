//go:build !aws

package fleetlog

import (
	"context"

	"github.com/transparency-dev/tessera"
)

func newAWS(context.Context, settings) (tessera.Driver, error) { return nil, errNotBuilt("aws") }
