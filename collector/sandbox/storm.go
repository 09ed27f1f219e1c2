package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/hamawaz/hamawaz/schema"
)

// A Plan says which faults happen at random, and how often.
type Plan struct {
	Seed   uint64 `yaml:"seed"`
	Faults []Gust `yaml:"faults"`
}

// A Gust is one kind of fault of a plan.
type Gust struct {
	Kind     string          `yaml:"kind"`   // see Kinds
	OneIn    int             `yaml:"one_in"` // of so many requests one is spoiled
	Platform schema.Platform `yaml:"platform"`
	Path     string          `yaml:"path"` // only requests whose path begins so; empty: all
}

// kinds are the faults that may happen on every platform.
var kinds = map[string]func(h Hash) Fault{
	"server-error": func(Hash) Fault { return HTMLPage(http.StatusInternalServerError) },
	"bad-gateway":  func(Hash) Fault { return HTMLPage(http.StatusBadGateway) },
	"unavailable":  func(Hash) Fault { return HTMLPage(http.StatusServiceUnavailable) },
	"html":         func(Hash) Fault { return HTMLPage(http.StatusOK) },
	"empty":        func(Hash) Fault { return Fault{Body: []byte{}} },
	"too-many":     func(Hash) Fault { return Fault{Status: http.StatusTooManyRequests, Body: []byte("{}")} },
	"too-many-retry-after": func(h Hash) Fault {
		return Fault{Status: http.StatusTooManyRequests, Body: []byte("{}"), Header: http.Header{"Retry-After": {fmt.Sprint(1 + h.Draw(2)%120)}}}
	},
	"unauthorized": func(Hash) Fault { return Fault{Status: http.StatusUnauthorized, Body: []byte("{}")} },
	"slow":         func(h Hash) Fault { return Slow(time.Duration(50+h.Draw(2)%450) * time.Millisecond) },
	"time-out":     func(Hash) Fault { return Slow(40 * time.Second) }, // connectors wait 30
	"reset":        func(h Hash) Fault { return Reset(int(1 + h.Draw(2)%2000)) },
	"cut": func(h Hash) Fault {
		return Fault{Mangle: func(b []byte) []byte { return b[:int(h.Unit(2)*float64(len(b)))] }}
	},
	"dead-page":      func(Hash) Fault { return inQuery(deadPage, "pageToken", "pagination_token", "after") },
	"refused-metric": func(Hash) Fault { return inQuery(retiredMetric, "metric", "metrics") },
	"huge":           func(Hash) Fault { return HugeBody(17 << 20) }, // connectors read 16 MiB
	"duplicate":      func(h Hash) Fault { return Fault{Mangle: func(b []byte) []byte { return shuffle(b, h, duplicateOne) }} },
	"reorder":        func(h Hash) Fault { return Fault{Mangle: func(b []byte) []byte { return shuffle(b, h, swapTwo) }} },
}

// inQuery changes the first of the parameters that a request has, in a way that
// the platform itself refuses.
func inQuery(change func(string) string, names ...string) Fault {
	first := func(r *http.Request) string {
		q := r.URL.Query()
		for _, name := range names {
			if q.Get(name) != "" {
				return name
			}
		}
		return ""
	}
	return Fault{
		On: func(r *http.Request) bool { return first(r) != "" },
		Ask: func(r *http.Request) {
			q, name := r.URL.Query(), first(r)
			q.Set(name, change(q.Get(name)))
			r.URL.RawQuery = q.Encode()
		},
	}
}

// deadPage turns the token of a page into one that has died.
func deadPage(token string) string { return token + "0dead" }

// retiredMetric adds a metric that is not given any more.
func retiredMetric(names string) string { return names + ",retired_metric" }

// Kinds returns the names of the kinds of faults.
func Kinds() []string { return slices.Sorted(maps.Keys(kinds)) }

// AllFaults is the plan in which everything happens that passes by itself: all
// kinds but unauthorized, after which a person must act.
func AllFaults(seed uint64) Plan {
	p := Plan{Seed: seed}
	for _, name := range Kinds() {
		often := 150
		switch name {
		case "unauthorized":
			continue
		case "time-out", "huge":
			often = 1500
		case "too-many", "too-many-retry-after":
			often = 400
		case "dead-page":
			often = 25 // few requests have a page's token
		}
		p.Faults = append(p.Faults, Gust{Kind: name, OneIn: often})
	}
	return p
}

// ParsePlan reads a plan from YAML.
func ParsePlan(text []byte) (Plan, error) {
	var p Plan
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&p); err != nil && !errors.Is(err, io.EOF) {
		return p, fmt.Errorf("plan of faults: %w", err)
	}
	if len(p.Faults) == 0 {
		return p, errors.New("plan of faults: it has none: want faults: [{kind: reset, one_in: 50}]")
	}
	for i, g := range p.Faults {
		switch {
		case kinds[g.Kind] == nil:
			return p, fmt.Errorf("plan of faults: fault %d: kind %q is not known: want one of %s", i+1, g.Kind, strings.Join(Kinds(), ", "))
		case g.OneIn < 1:
			return p, fmt.Errorf("plan of faults: fault %d: one_in is %d: want of how many requests one is spoiled", i+1, g.OneIn)
		}
	}
	return p, nil
}

// A Storm lets a plan's faults happen on one platform. Which request is spoiled
// depends on the seed and on how many came before it.
type Storm struct {
	seed     uint64
	gusts    []Gust
	requests atomic.Uint64
	happened atomic.Uint64
}

// Storm returns the plan's faults for a platform.
func (p Plan) Storm(platform schema.Platform) *Storm {
	s := &Storm{seed: p.Seed}
	for _, g := range p.Faults {
		if g.Platform == "" || g.Platform == platform {
			s.gusts = append(s.gusts, g)
		}
	}
	return s
}

// Happened returns how many answers were spoiled.
func (s *Storm) Happened() uint64 { return s.happened.Load() }

// next returns the fault for the next request, or nil.
func (s *Storm) next(r *http.Request) *Fault {
	n := s.requests.Add(1)
	for i, g := range s.gusts {
		h := HashOf(s.seed, g.Kind, fmt.Sprint(i), fmt.Sprint(n))
		if !strings.HasPrefix(r.URL.Path, g.Path) || h.Draw(1)%uint64(g.OneIn) != 0 {
			continue
		}
		f := kinds[g.Kind](h)
		if f.On != nil && !f.On(r) {
			continue
		}
		s.happened.Add(1)
		return &f
	}
	return nil
}

// shuffle changes the first list of objects in a JSON body that has two or
// more. A body without one stays as it is.
func shuffle(body []byte, h Hash, change func([]any, Hash) []any) []byte {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var whole any
	if d.Decode(&whole) != nil {
		return body
	}
	done := false
	var walk func(v any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				if !done {
					v[key] = walk(v[key])
				}
			}
		case []any:
			if len(v) < 2 {
				return v
			}
			if _, ok := v[0].(map[string]any); ok {
				done = true
				return change(v, h)
			}
		}
		return v
	}
	whole = walk(whole)
	if !done {
		return body
	}
	changed, err := json.Marshal(whole)
	if err != nil {
		return body
	}
	return changed
}

// duplicateOne repeats one of the list, after itself or at the end.
func duplicateOne(list []any, h Hash) []any {
	i := int(h.Draw(3) % uint64(len(list)))
	return append(slices.Clone(list), list[i])
}

// swapTwo changes the places of two neighbours.
func swapTwo(list []any, h Hash) []any {
	i := int(h.Draw(3) % uint64(len(list)-1))
	list = slices.Clone(list)
	list[i], list[i+1] = list[i+1], list[i]
	return list
}
