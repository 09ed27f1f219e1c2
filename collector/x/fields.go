package x

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

// essential are the fields without which nothing can be stored: where X refuses
// one of them, the call is refused.
var essential = []string{"id", "text", "created_at"}

// notTaken finds in the message of a 400 the value that X does not take.
var notTaken = regexp.MustCompile(`value \[([^\[\],]+)\] is not`)

// isFields says whether a parameter holds names of fields or of expansions.
func isFields(parameter string) bool {
	return parameter == "expansions" || strings.HasSuffix(parameter, ".fields")
}

// without takes out of a request the fields that X refused in this run.
func (r *run) without(q url.Values) {
	for parameter, names := range r.refused {
		if !q.Has(parameter) {
			continue
		}
		left := slices.DeleteFunc(strings.Split(q.Get(parameter), ","), func(n string) bool { return slices.Contains(names, n) })
		if len(left) == 0 {
			q.Del(parameter)
		} else {
			q.Set(parameter, strings.Join(left, ","))
		}
	}
}

// learn notes the fields of the request that X refused by their names, and
// says whether it is worth asking again without them. One name that went out of
// use must not cost us all the others.
func (r *run) learn(kind string, q url.Values, e *refusal, a *api.Answer) bool {
	if e == nil || e.status != http.StatusBadRequest {
		return false
	}
	again := false
	for parameter, names := range e.values {
		for _, name := range names {
			if !isFields(parameter) || slices.Contains(essential, name) || !slices.Contains(strings.Split(q.Get(parameter), ","), name) {
				continue
			}
			if r.refused == nil {
				r.refused = make(map[string][]string)
			}
			r.refused[parameter] = append(r.refused[parameter], name)
			r.metric(kind, name, schema.MetricRefused, e.message, a.At)
			again = true
		}
	}
	return again
}

// metric adds to the page at hand what became of a metric: once in a run, and
// once more where X gives it for one post after it refused it for another.
func (r *run) metric(kind, name string, state schema.MetricState, detail string, at time.Time) {
	key := [2]string{kind, name}
	if old, ok := r.metrics[key]; ok && (old == state || old == schema.MetricGiven) {
		return
	}
	if r.metrics == nil {
		r.metrics = make(map[[2]string]schema.MetricState)
	}
	r.metrics[key] = state
	r.page.Metrics = append(r.page.Metrics, schema.MetricStatus{
		Platform:  schema.X,
		Kind:      kind,
		Metric:    name,
		Status:    state,
		Detail:    detail,
		AccountID: r.job.Account.ID,
		RunID:     r.job.RunID,
		At:        at,
	})
}

// denied adds to the page at hand the fields that X says we may not see.
func (r *run) denied(kind string, a *api.Answer, faults []fault) {
	for i := range faults {
		if f := &faults[i]; f.isField() && f.Field != "" {
			r.metric(kind, f.group(), schema.MetricRefused, a.Excerpt(f.Detail), a.At)
		}
	}
}
