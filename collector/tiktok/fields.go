package tiktok

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

// Fields are what a call asks for. Both APIs answer only with fields that were
// named, and refuse the whole call for a single one: because they do not know
// it any more, or because the owner has not permitted its scope. So what may be
// refused is asked for in groups, and what is refused is left out for the rest
// of the run: a group whose scope is missing, or a name that is not taken.
type fields struct {
	call     string   // in our errors
	kind     string   // in the platform's words: the call's path
	needed   []string // without them the call is of no use
	counters []string // needed too, and numbers
	optional []group
	told     bool // what became of them stands in the page
}

// A group is fields of one scope, or of one age.
type group struct {
	scope string // that opens them, where the platform may name it in a refusal
	names []string
}

// names returns what to ask for now.
func (f *fields) names() []string {
	return slices.Concat(f.needed, f.numbers())
}

// numbers returns what to ask for now and may be refused.
func (f *fields) numbers() []string {
	all := slices.Clone(f.counters)
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
		switch {
		case err == nil:
			r.given(f)
			return nil
		case !e.badFields() || len(f.optional) == 0:
			return err
		case f.drop(r, e):
		default:
			if err := r.without(f, ask); err != nil {
				return err
			}
			r.given(f)
			return nil
		}
	}
}

// drop leaves out the scope's group, or the field, that the refusal names, and
// says whether it names one.
func (f *fields) drop(r *run, e *refusal) bool {
	for i, g := range f.optional {
		if e.names(g.scope) {
			f.optional = slices.Delete(slices.Clone(f.optional), i, i+1)
			r.refused(f, g, e)
			return true
		}
		for j, name := range g.names {
			if e.fault != faultFields || !e.mentions(name) {
				continue
			}
			f.optional = slices.Clone(f.optional)
			f.optional[i].names = slices.Delete(slices.Clone(g.names), j, j+1)
			r.refused(f, group{g.scope, []string{name}}, e)
			return true
		}
	}
	return false
}

// without finds out what is refused: it begins with none of the groups and adds
// one at a time; of one that is refused for a name it adds each name by itself,
// so that none loses the others.
func (r *run) without(f *fields, ask func(names []string) error) error {
	all := f.optional
	f.optional = nil
	if err := ask(f.names()); err != nil {
		f.optional = all // it was none of them
		return err
	}
	for queue := slices.Clone(all); len(queue) > 0; {
		g := queue[0]
		queue = queue[1:]
		f.optional = append(f.optional, g)
		err := ask(f.names())
		e := asRefusal(err)
		if !e.badFields() {
			if err != nil {
				return err
			}
			continue
		}
		f.optional = f.optional[:len(f.optional)-1]
		if e.fault == faultScope || len(g.names) == 1 {
			r.refused(f, g, e)
			continue
		}
		var singles []group
		for _, name := range g.names {
			singles = append(singles, group{g.scope, []string{name}})
		}
		queue = append(singles, queue...)
	}
	return nil
}

// refused notes that fields are left out. What the owner has not permitted is
// told once the pass is complete: connecting the account again can help. Where
// no scope opens the fields, it cannot.
func (r *run) refused(f *fields, g group, e *refusal) {
	r.metrics(f, g.names, schema.MetricRefused, e.Error())
	if g.scope != "" && errors.Is(e, collector.ErrUnauthorized) {
		r.notPermitted(f.call, e)
		return
	}
	r.skip("fields are refused and left out", "call", f.call, "fields", fmt.Sprint(g.names), "detail", e.Error())
}

// notPermitted notes that the owner has not permitted part of what is asked for.
func (r *run) notPermitted(what string, e *refusal) {
	if r.noRight == nil {
		r.noRight = fmt.Errorf("read %s: %w: %w", what, collector.ErrNoInsights, e)
	}
}

// given notes, once a run, which numbers the platform takes the names of.
func (r *run) given(f *fields) {
	if !f.told {
		f.told = true
		r.metrics(f, f.numbers(), schema.MetricGiven, "")
	}
}

// metrics adds what became of the names to the page at hand.
func (r *run) metrics(f *fields, names []string, status schema.MetricState, detail string) {
	for _, name := range names {
		r.page.Metrics = append(r.page.Metrics, schema.MetricStatus{
			Platform: schema.TikTok, Kind: f.kind, Metric: name, Status: status, Detail: detail,
			AccountID: r.job.Account.ID, RunID: r.job.RunID, At: r.now(),
		})
	}
}

// now returns our clock's time.
func (r *run) now() time.Time {
	if r.Now != nil {
		return r.Now().UTC()
	}
	return time.Now().UTC()
}

// mentions says whether the refusal speaks of the field: its name stands there
// as a word.
func (e *refusal) mentions(name string) bool {
	return slices.Contains(strings.FieldsFunc(e.message, func(c rune) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_')
	}), name)
}
