package instagram

import (
	"net/url"
	"slices"
	"strings"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/graph"
)

// An accountMetric is one metric of an account's insights, by day.
type accountMetric struct {
	name       string
	total      bool // metric_type=total_value
	series     bool // metric_type=time_series
	breakdowns []string
	gain       func(*reading) int64 // the counter of a media behind it; nil: the data do not say
	title      string
}

// accountMetrics are the metrics of period day. Those without a gain are
// valid, and left out of every answer; online_followers and the demographics,
// which are lifetime metrics, are error 100 with period day and not served
// otherwise.
var accountMetrics = []accountMetric{
	{"reach", true, true, []string{"media_product_type", "follow_type"}, func(r *reading) int64 { return r.reach }, "Accounts reached"},
	{"views", true, false, []string{"media_product_type", "follow_type", "follower_type"}, func(r *reading) int64 { return r.views }, "Views"},
	{"total_interactions", true, false, []string{"media_product_type"}, func(r *reading) int64 { return r.interactions }, "Content interactions"},
	{"likes", true, false, []string{"media_product_type"}, func(r *reading) int64 { return r.likes }, "Likes"},
	{"comments", true, false, []string{"media_product_type"}, func(r *reading) int64 { return r.comments }, "Comments"},
	{"saves", true, false, []string{"media_product_type"}, func(r *reading) int64 { return r.saved }, "Saves"},
	{"shares", true, false, []string{"media_product_type"}, func(r *reading) int64 { return r.shares }, "Shares"},
	{"reposts", true, false, nil, func(r *reading) int64 { return r.reposts }, "Reposts"},
	{"follower_count", false, true, nil, nil, "Follower Count"},
	{"accounts_engaged", true, false, nil, func(r *reading) int64 { return r.interactions }, "Accounts engaged"},
	{"replies", true, false, nil, nil, "Replies"},
	{"profile_links_taps", true, false, []string{"contact_button_type"}, nil, "Profile links taps"},
	{"follows_and_unfollows", true, false, []string{"follow_type"}, nil, "Follows and unfollows"},
	{"profile_views", true, false, nil, func(r *reading) int64 { return r.visits }, "Profile views"},
	{"website_clicks", true, false, nil, nil, "Website taps"},
}

// insightsWindow is the longest that one call may cover.
const insightsWindow = 30 * sandbox.DaySeconds

// insightsQuery is a call of an account's insights that makes sense.
type insightsQuery struct {
	metrics      []accountMetric
	total        bool
	breakdowns   []string
	since, until int64
}

// accountInsights answers GET /{ig-user-id}/insights?period=day. With
// metric_type=total_value each metric has one total over the window from since
// to until; as time_series (the default, where the metric has it) one value
// for each Californian day that ended in the window.
func (c *call) accountInsights(a *account, query url.Values) ([]byte, error) {
	q, err := c.readInsightsQuery(query)
	if err != nil {
		return nil, err
	}
	b := []byte(`{"data":[`)
	for _, m := range q.metrics {
		if !c.known(a, m) {
			continue
		}
		b = append(sandbox.AppendString(append(b, `{"name":`...), m.name), `,"period":"day",`...)
		if !q.total {
			b = append(c.appendSeries(append(b, `"values":[`...), a, m, q), `],`...)
		}
		b = append(sandbox.AppendString(append(b, `"title":`...), m.title), `,"description":`...)
		b = append(sandbox.AppendString(b, m.title+" of the account, by day."), ',')
		if q.total {
			b = append(c.appendTotal(append(b, `"total_value":`...), a, m, q), ',')
		}
		b = append(sandbox.AppendString(append(b, `"id":`...), a.PlatformID+"/insights/"+m.name+"/day"), "},"...)
	}
	b = sandbox.CloseList(b, ']')
	length := q.until - q.since
	b = sandbox.AppendString(append(b, `,"paging":{"previous":`...), c.window(a, query, q.since-length, q.since))
	b = sandbox.AppendString(append(b, `,"next":`...), c.window(a, query, q.until, q.until+length))
	return append(b, "}}"...), nil
}

// known says whether there is anything to tell: without a model, or about the
// followers of an account that has fewer than 100, there is not.
func (c *call) known(a *account, m accountMetric) bool {
	if a.follows == sandbox.Unknown {
		return false
	}
	if m.name == "follower_count" {
		return c.followers(a, c.at) >= 100
	}
	return m.gain != nil
}

func (c *call) readInsightsQuery(query url.Values) (insightsQuery, error) {
	q := insightsQuery{breakdowns: graph.SplitList(query.Get("breakdown")), since: c.at - sandbox.DaySeconds, until: c.at}
	names := graph.SplitList(query.Get("metric"))
	if len(names) == 0 {
		return q, graph.NoMetric()
	}
	kind := query.Get("metric_type")
	q.total = kind == "total_value"
	if kind != "" && kind != "total_value" && kind != "time_series" {
		return q, graph.Invalid("metric_type must be one of the following values: total_value, time_series")
	}
	for _, name := range names {
		i := slices.IndexFunc(accountMetrics, func(m accountMetric) bool { return m.name == name })
		if i < 0 || c.faults.refused[name] {
			return q, graph.NotAMetric()
		}
		m := accountMetrics[i]
		if q.total && !m.total || !q.total && !m.series {
			need := "time_series"
			if m.total {
				need = "total_value"
			}
			return q, graph.Invalid("The following metrics (" + name + ") should be specified with parameter metric_type=" + need)
		}
		for _, b := range q.breakdowns {
			if !slices.Contains(m.breakdowns, b) || !q.total {
				return q, &GraphError{Code: 1, Message: "An unknown error has occurred."}
			}
		}
		if !slices.ContainsFunc(q.metrics, func(m accountMetric) bool { return m.name == name }) {
			q.metrics = append(q.metrics, m)
		}
	}
	if p := query.Get("period"); p == "" {
		return q, graph.Invalid("The parameter period is required")
	} else if p != "day" {
		return q, graph.Invalid("Incompatible period (" + p + ")")
	}
	return q, c.readWindow(&q, query)
}

func (c *call) readWindow(q *insightsQuery, query url.Values) error {
	var ok bool
	if s := query.Get("until"); s != "" {
		if q.until, ok = graph.ParseTime(s); !ok {
			return graph.Invalid("Param until must be a UNIX timestamp or a date")
		}
		q.since = q.until - sandbox.DaySeconds
	}
	if s := query.Get("since"); s != "" {
		if q.since, ok = graph.ParseTime(s); !ok {
			return graph.Invalid("Param since must be a UNIX timestamp or a date")
		}
		if query.Get("until") == "" {
			q.until = min(c.at, q.since+insightsWindow)
		}
	}
	switch {
	case q.since > q.until:
		return graph.Invalid("since param should be less than until param")
	case q.until-q.since > insightsWindow+2*3600: // thirty days may hold a change of the clock
		return graph.Invalid("There cannot be more than 30 days (2592000 s) between since and until")
	}
	for _, m := range q.metrics {
		if m.name == "follower_count" && q.since < c.at-31*sandbox.DaySeconds {
			return graph.Invalid("(follower_count) metric only supports querying data for the last 30 days excluding the current day")
		}
	}
	return nil
}

// window returns the address of another window. There always is one: following
// next never ends.
func (c *call) window(a *account, query url.Values, since, until int64) string {
	q := make(url.Values, len(query))
	for k, v := range query {
		q[k] = v
	}
	q.Set("since", string(sandbox.AppendInt(nil, max(since, 0))))
	return c.link(a.PlatformID, "insights", q, "until", string(sandbox.AppendInt(nil, max(until, 0))))
}

// appendSeries appends the days, each at its end. A day that is not over has
// no value yet.
func (c *call) appendSeries(b []byte, a *account, m accountMetric, q insightsQuery) []byte {
	first := true
	for start := sandbox.PacificMidnight(q.since); ; start = sandbox.NextPacificMidnight(start) {
		end := sandbox.NextPacificMidnight(start)
		if end > q.until || end > c.at {
			return b
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = sandbox.AppendInt(append(b, `{"value":`...), c.gain(a, m, start, end, anySurface))
		b = append(graph.AppendTime(append(b, `,"end_time":`...), end), '}')
	}
}

// The kinds of content, as insights name them. Their names are not those of
// the media's own fields.
var surfaces = []string{"POST", "CAROUSEL_CONTAINER", "REEL"}

const anySurface = ""

func (p *post) surface() string {
	switch {
	case p.reel():
		return "REEL"
	case p.final.children > 0:
		return "CAROUSEL_CONTAINER"
	default:
		return "POST"
	}
}

// gain returns what a metric came to between two seconds. The reach of an
// account is not the sum of its posts': people who saw two posts count once.
func (c *call) gain(a *account, m accountMetric, from, to int64, surface string) int64 {
	to = min(to, c.at)
	if m.name == "follower_count" {
		return max(0, c.followers(a, to)-c.followers(a, from))
	}
	var sum, most int64
	for _, p := range a.posts[:a.publishedBy(to)] {
		if surface != anySurface && p.surface() != surface || c.faults.gone[p.code] {
			continue
		}
		end := p.at(to)
		n := m.gain(&end)
		if n == sandbox.Unknown {
			continue
		}
		if p.published <= from {
			begin := p.at(from)
			n -= m.gain(&begin)
		}
		sum += n
		most = max(most, n)
	}
	if m.name == "reach" {
		return most + (sum-most)*2/5
	}
	return sum
}

// appendTotal appends one total over the window and, where asked for, its
// parts. The parts of a reach do not add up to it.
func (c *call) appendTotal(b []byte, a *account, m accountMetric, q insightsQuery) []byte {
	b = sandbox.AppendInt(append(b, `{"value":`...), c.gain(a, m, q.since, q.until, anySurface))
	if len(q.breakdowns) == 0 {
		return append(b, '}')
	}
	b = append(b, `,"breakdowns":[{"dimension_keys":[`...)
	for _, key := range q.breakdowns {
		b = append(sandbox.AppendString(b, key), ',')
	}
	b = append(sandbox.CloseList(b, ']'), `,"results":[`...)
	bySurface := surfaces
	if !slices.Contains(q.breakdowns, "media_product_type") {
		bySurface = []string{anySurface}
	}
	byFollow := slices.ContainsFunc(q.breakdowns, func(s string) bool { return strings.HasPrefix(s, "follow") })
	for _, s := range bySurface {
		n := c.gain(a, m, q.since, q.until, s)
		if !byFollow {
			b = appendResult(b, q.breakdowns, s, "", n)
			continue
		}
		followers := sandbox.Part(n, sandbox.HashOf(c.world.options.Seed, "follow", a.Handle, s).Between(0, 0.4, 0.8))
		b = appendResult(b, q.breakdowns, s, "FOLLOWER", followers)
		b = appendResult(b, q.breakdowns, s, "NON_FOLLOWER", n-followers)
	}
	return append(sandbox.CloseList(b, ']'), "}]}"...)
}

// appendResult appends one part of a total, unless it is nothing.
func appendResult(b []byte, breakdowns []string, surface, follow string, n int64) []byte {
	if n == 0 {
		return b
	}
	b = append(b, `{"dimension_values":[`...)
	for _, key := range breakdowns {
		v := follow
		if key == "media_product_type" {
			v = surface
		}
		b = append(sandbox.AppendString(b, v), ',')
	}
	return append(sandbox.AppendInt(append(sandbox.CloseList(b, ']'), `,"value":`...), n), "},"...)
}
