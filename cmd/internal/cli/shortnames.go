package cli

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// ShortNames has a command take shorter words for flags that are often typed. It comes before the flags are added.
func ShortNames(c *cobra.Command, long map[string]string) {
	c.Flags().SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if full, ok := long[name]; ok {
			name = full
		}
		return pflag.NormalizedName(name)
	})
}
