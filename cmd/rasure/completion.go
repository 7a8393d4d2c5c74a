package main

import (
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"rasure/certify/audit"
	"rasure/certify/people"
	"rasure/cmd/internal/complete"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/progress"
	"rasure/devices"
)

func newCompletionCmd(a *app) *cobra.Command {
	shells := []string{"bash", "zsh", "fish"}
	return &cobra.Command{
		Use:   "completion bash|zsh|fish",
		Short: "Print the completion script for a shell",
		Long: `Print the script with which a shell completes the commands of rasure, and disks, serial numbers, schemes, numbers of
media, people and jobs. Numbers and people are those of the station's log; what only root can read is completed for
root.`,
		Example: `rasure completion bash > /etc/bash_completion.d/rasure
rasure completion zsh > /usr/local/share/zsh/site-functions/_rasure
rasure completion fish > /etc/fish/completions/rasure.fish`,
		Args:      cobra.ExactArgs(1),
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch args[0] {
			case "bash":
				return cmd.Root().GenBashCompletionV2(a.Out, true)
			case "zsh":
				return cmd.Root().GenZshCompletion(a.Out)
			case "fish":
				return cmd.Root().GenFishCompletion(a.Out, true)
			}
			return fault.WithHint(fault.Usagef("there is no completion for the shell %q", args[0]), "use bash, zsh or fish")
		},
	}
}

// candidates are what a flag or an argument is completed with.
type candidates func() ([]string, cobra.ShellCompDirective)

func fixed(all ...string) candidates {
	return func() ([]string, cobra.ShellCompDirective) { return all, cobra.ShellCompDirectiveNoFileComp }
}

func files(ext ...string) candidates {
	return func() ([]string, cobra.ShellCompDirective) { return ext, cobra.ShellCompDirectiveFilterFileExt }
}

// complete adds to commands how their flags and arguments are completed. It is called only when a shell asks, so that no other start
// waits for it.
func (a *app) complete(root *cobra.Command) {
	flags, arguments := a.flagWords(), a.argumentWords()
	var each func(c *cobra.Command)
	each = func(c *cobra.Command) {
		for name, w := range flags {
			of, flag, only := strings.Cut(name, " ")
			if !only {
				of, flag = c.Name(), name
			}
			if of == c.Name() && c.Flag(flag) != nil {
				c.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) { return w() })
			}
		}
		if place, many := argumentOf(c.Use); arguments[place] != nil {
			c.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
				if len(args) > 0 && !many {
					return nil, cobra.ShellCompDirectiveNoFileComp
				}
				return arguments[place]()
			}
		}
		for _, sub := range c.Commands() {
			each(sub)
		}
	}
	each(root)
}

var placeholder = regexp.MustCompile(`^\S+ \[?([A-Z|]+)(\.\.\.)?`)

// argumentOf returns the placeholder of the arguments in a usage line, and whether there can be several.
func argumentOf(use string) (place string, many bool) {
	m := placeholder.FindStringSubmatch(use)
	if m == nil {
		return "", false
	}
	return m[1], m[2] != ""
}

// argumentWords has words by the placeholder in the usage line of a command.
func (a *app) argumentWords() map[string]candidates {
	return map[string]candidates{
		"DISK":              a.diskWords(complete.Disks),
		"NUMBER":            a.stateWords(complete.Media),
		"SERIAL|NUMBER|DAY": a.diskWords(complete.Words),
		"JOB": func() ([]string, cobra.ShellCompDirective) {
			return complete.Jobs(a.stateDir), cobra.ShellCompDirectiveNoFileComp
		},
		"CERT":        files("cert"),
		"CERT|BUNDLE": files("cert", "zst"),
		"INDEX":       fixed(),
		"UKI":         files("efi"),
	}
}

// flagWords has words by the name of a flag, or by those of the command and the flag where the same name means something else.
func (a *app) flagWords() map[string]candidates {
	modes := []string{}
	for _, m := range progress.Modes {
		modes = append(modes, string(m))
	}
	roles := []string{}
	for _, r := range people.Roles {
		roles = append(roles, string(r))
	}
	people := a.stateWords(complete.People)
	return map[string]candidates{
		"level":     fixed("clear", "purge"),
		"scheme":    fixed(complete.Schemes()...),
		"self-test": fixed("short", "long"),
		"verify":    fixed("full", "sample", "none"),
		"progress":  fixed(modes...),
		"lang":      fixed("en", "zh"),
		"as":        fixed(roles...),
		"init key":  fixed("tpm", "software"),
		"confirm":   a.diskWords(complete.Words),
		"medium":    a.stateWords(complete.Media),
		"custodian": people,
		"cert":      files("cert"),
		"station":   files("card"),
		"operator": func() ([]string, cobra.ShellCompDirective) {
			names, _ := people()
			return append(a.settings.Operators, names...), cobra.ShellCompDirectiveNoFileComp
		},
		"witness": func() ([]string, cobra.ShellCompDirective) {
			names, _ := people()
			for i, n := range names {
				name, meaning, _ := strings.Cut(n, "\t")
				names[i] = name + "=\t" + meaning
			}
			return names, cobra.ShellCompDirectiveNoSpace
		},
	}
}

// diskWords are of the disks attached now. Image files complete as files.
func (a *app) diskWords(of func([]devices.Disk) []string) candidates {
	return func() ([]string, cobra.ShellCompDirective) {
		all, _ := a.liveHost().Disks() // one that cannot be read is no candidate
		return of(all), cobra.ShellCompDirectiveDefault
	}
}

// stateWords are of the station's log. Without a station, or where it cannot be read, there are none.
func (a *app) stateWords(of func(*audit.State) []string) candidates {
	return func() ([]string, cobra.ShellCompDirective) {
		a.DropNotes() // nothing may be printed into a command line
		state, err := a.stateOfLog()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return of(state), cobra.ShellCompDirectiveNoFileComp
	}
}
