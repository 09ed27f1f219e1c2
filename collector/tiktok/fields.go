package tiktok

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hamawaz/hamawaz/collector"
)

// Fields are what a call asks for. Both APIs answer only with fields that were
// named, and refuse the whole call for a single one: because they do not know
// it any more, or because the owner has not permitted its scope. So what may be
// refused is asked for in groups, and a group that is refused is left out for
// the rest of the run.
type fields struct {
	call     string
	needed   []string
	optional []group
}

// A group is fields of one scope, or of one age.
type group struct {
	scope string // that opens them, where the platform may name it in a refusal
	names []string
}

// names returns what to ask for now.
func (f *fields) names() []string {
	all := slices.Clone(f.needed)
	for _, g := range f.optional {
		all = append(all, g.names...)
	}
	return all
}

// with calls ask until it is not refused for the fields any more. ask must keep
// nothing of an answer that is a refusal.
func (r *run) with(f *fields, ask func(names []string) error) error {
	for {
		err := ask(f.names())
		e := asRefusal(err)
		if !e.badFields() || len(f.optional) == 0 {
			return err
		}
		named := slices.IndexFunc(f.optional, func(g group) bool { return e.names(g.scope) })
		if named < 0 {
			return r.without(f, ask)
		}
		r.refused(f, f.optional[named], e)
		f.optional = slices.Delete(slices.Clone(f.optional), named, named+1)
	}
}

// without finds out which groups are refused: it begins with none of them, and
// adds one at a time.
func (r *run) without(f *fields, ask func(names []string) error) error {
	all := f.optional
	f.optional = nil
	if err := ask(f.names()); err != nil {
		f.optional = all // it was none of them
		return err
	}
	for _, g := range all {
		f.optional = append(f.optional, g)
		err := ask(f.names())
		if e := asRefusal(err); e.badFields() {
			f.optional = f.optional[:len(f.optional)-1]
			r.refused(f, g, e)
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// refused notes that fields are left out. What the owner has not permitted is
// told once the pass is complete: connecting the account again can help. Where
// no scope opens the fields, it cannot.
func (r *run) refused(f *fields, g group, e *refusal) {
	if g.scope != "" && errors.Is(e, collector.ErrUnauthorized) {
		if r.noRight == nil {
			r.noRight = fmt.Errorf("read %s: %w: %w", f.call, collector.ErrNoInsights, e)
		}
		return
	}
	r.skip("fields are refused and left out", "call", f.call, "fields", fmt.Sprint(g.names), "detail", e.Error())
}
