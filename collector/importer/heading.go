package importer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// headingDepth is how many lines of a file may come before its headings.
const headingDepth = 40

// normalHeading returns the heading as headings are compared: whatever the case
// of its letters and the white space around and within.
func normalHeading(s string) string {
	s = strings.TrimPrefix(s, "\ufeff")
	s = strings.Join(strings.Fields(s), " ")
	return norm.NFC.String(cases.Fold().String(s))
}

func sortedKeys[K ~string, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// A heading is the line of a file that names its columns.
type heading struct {
	line   uint64
	cells  []string
	titles []string // the cells above it that are not empty
}

// match returns which of the cells bear the headings, in the order of the
// headings. A heading that stands twice counts where it stands first.
func (h *heading) match(headings []string) []int {
	var at []int
	for _, want := range headings {
		want = normalHeading(want)
		if i := slices.IndexFunc(h.cells, func(c string) bool { return normalHeading(c) == want }); i >= 0 {
			at = append(at, i)
		}
	}
	return at
}

// findHeading reads to the line with the headings: the first that has one of
// each group.
func findHeading(r reader, groups [][]string) (heading, error) {
	var h heading
	var widest []string
	for range headingDepth {
		rec, err := r.next()
		if err != nil {
			if isEnd(err) {
				break
			}
			return h, err
		}
		if rec.bad != nil || rec.blank() {
			continue
		}
		h.line, h.cells = rec.line, slices.Clone(rec.cells)
		missing := slices.ContainsFunc(groups, func(g []string) bool { return len(h.match(g)) == 0 })
		if !missing {
			return h, nil
		}
		for _, c := range h.cells {
			if c = strings.TrimSpace(c); c != "" {
				h.titles = append(h.titles, c)
			}
		}
		if len(h.cells) > len(widest) {
			widest = h.cells
		}
	}
	return h, &headingError{groups, widest}
}

// A headingError says that a file has not the headings that a map wants.
type headingError struct {
	groups [][]string
	widest []string
}

func (e *headingError) Error() string {
	wants := make([]string, len(e.groups))
	for i, g := range e.groups {
		wants[i] = fmt.Sprintf("%q", g[0])
		if len(g) > 1 {
			wants[i] += fmt.Sprintf(" (or %q …)", g[1])
		}
	}
	found := "no line of cells"
	if len(e.widest) > 0 {
		first := e.widest[:min(len(e.widest), 12)]
		for i := range first {
			first[i] = excerpt(first[i])
		}
		found = fmt.Sprintf("%q", first)
	}
	return fmt.Sprintf("has no line with the headings %s in its first %d lines: found %s", strings.Join(wants, " and "), headingDepth, found)
}
