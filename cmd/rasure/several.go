package main

import (
	"errors"

	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// severalHelp is in the help of commands that take several arguments.
const severalHelp = `With several, a line at the end counts them, and the exit status is that of the worst. --json then prints an object
with "results", one for each in their order, and "exit_status". A result has "argument", "exit_status", "error" and
"hint", and in "result" what --json prints for one.`

// result is what a command found out about one of its arguments.
type result struct {
	Argument string `json:"argument"`
	Status   int    `json:"exit_status"`
	Error    string `json:"error,omitempty"` // in English
	Hint     string `json:"hint,omitempty"`
	Result   any    `json:"result,omitempty"` // what --json prints for one argument

	err   error
	print func()
}

func newResult(arg string, value any, print func(), err error) result {
	r := result{Argument: arg, Status: fault.Code(err), Result: value, err: err, print: print}
	if !fault.Quiet(err) {
		r.Error = err.Error()
	}
	if h, ok := fault.HintOf(err); ok {
		r.Hint = h.String()
	}
	return r
}

// listing is how several results are printed for people.
type listing struct {
	count func(all, good int) message.Text // the line at the end
	lines bool                             // each result is a line, and not a page
}

// several makes results for arguments one after the other, until one is interrupted, and prints them.
func (a *app) several(args []string, l listing, one func(arg string) result) error {
	if len(args) == 1 {
		return a.printOne(one(args[0]))
	}
	all := []result{}
	for i, arg := range args {
		r := one(arg)
		all = append(all, r)
		if !a.JSON {
			a.printOneOf(r, i == 0 || l.lines)
		}
		if errors.Is(r.err, fault.ErrInterrupted) {
			break
		}
	}
	return a.printSeveral(all, len(args), l)
}

// printOne prints the only result of a command.
func (a *app) printOne(r result) error {
	switch {
	case r.Result == nil:
	case a.JSON:
		if err := a.PrintJSON(r.Result); err != nil {
			return err
		}
	default:
		r.print()
	}
	return r.err
}

// printOneOf prints one of several results, for people: after an empty line, unless it joins what is before it.
func (a *app) printOneOf(r result, joins bool) {
	if r.Result != nil {
		if !joins {
			a.Printf("\n")
		}
		r.print()
	}
	if !fault.Quiet(r.err) {
		a.PrintError(r.err)
	}
}

// printSeveral ends the output of a command with several results. Of those that it was asked for some may be missing.
func (a *app) printSeveral(all []result, asked int, l listing) error {
	codes, good := []int{}, 0
	for _, r := range all {
		codes = append(codes, r.Status)
		if r.Status == fault.Done {
			good++
		}
	}
	worst := fault.WorstCode(codes...)
	if !a.JSON {
		a.Printf("\n%s\n", l.count(asked, good))
	} else if err := a.PrintJSON(map[string]any{"results": all, "exit_status": worst}); err != nil {
		return err
	}
	return fault.Coded(worst)
}
