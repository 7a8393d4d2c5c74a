package manual

import (
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// Command returns the command that writes the manual of a program of this version, for packages. It is hidden: help and completion do not name it. root
// returns the program's command in a language, and the console that its help is written for.
func Command(version string, root func(message.Language) (*cobra.Command, *cli.Console)) *cobra.Command {
	return &cobra.Command{
		Use:    "man DIR",
		Short:  "Write the man pages of all commands, in all languages, as a tree that man -M DIR reads",
		Args:   cobra.ExactArgs(1),
		Hidden: true,
		RunE: func(_ *cobra.Command, args []string) error {
			date, err := dayOf(os.Getenv("SOURCE_DATE_EPOCH"))
			if err != nil {
				return err
			}
			for lang, place := range map[message.Language]string{message.English: ".", message.Chinese: "zh_CN"} {
				top, console := root(lang)
				if err := write(filepath.Join(args[0], place, "man"+Section), (Source{Console: console, Version: version, Date: date}).Pages(top)); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// write writes pages into a directory, and replaces those that are there.
func write(dir string, pages []Page) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, page := range pages {
		if err := os.WriteFile(filepath.Join(dir, page.Name), page.Text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// dayOf is the day of the pages: that of SOURCE_DATE_EPOCH, which builds that can be repeated set, or today.
func dayOf(epoch string) (time.Time, error) {
	if epoch == "" {
		return time.Now(), nil
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return time.Time{}, fault.Usagef("SOURCE_DATE_EPOCH: %q is not a number of seconds", epoch)
	}
	return time.Unix(seconds, 0), nil
}
