package facebook

import (
	"net/url"
	"slices"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/graph"
)

// ownInsights refuses insights to whoever has not the Page's own token, or not
// the permission.
func (c *call) ownInsights(pg *page) error {
	switch {
	case !c.owns(pg):
		return &graph.Error{Code: 190, Subcode: 2069032, Message: "(#190) This method must be called with a Page Access Token"}
	case c.faults.noInsights[pg.Handle]:
		return missingPermission("read_insights")
	case c.r.URL.Query().Has("breakdown"):
		return graph.Invalid("The sandbox has no breakdowns")
	}
	return nil
}

func missingPermission(name string) *graph.Error {
	return &graph.Error{Status: 403, Code: 10, Message: "(#10) This endpoint requires the '" + name + "' permission"}
}

// postInsights answers GET /{post}/insights. One metric that is not valid fails
// the whole request.
func (c *call) postInsights(p *post) ([]byte, error) {
	if err := c.ownInsights(p.page); err != nil {
		return nil, err
	}
	query := c.r.URL.Query()
	names := graph.SplitList(query.Get("metric"))
	if len(names) == 0 {
		return nil, graph.NoMetric()
	}
	if period := query.Get("period"); period != "" && period != "lifetime" {
		return nil, graph.Invalid("The sandbox tells posts' insights over their lifetime only")
	}
	var asked []postMetric
	for _, name := range names {
		i := slices.IndexFunc(postMetrics, func(m postMetric) bool { return m.name == name })
		if i < 0 || c.faults.refused[name] {
			return nil, graph.NotAMetric()
		}
		if !slices.ContainsFunc(asked, func(m postMetric) bool { return m.name == name }) {
			asked = append(asked, postMetrics[i])
		}
	}
	b := []byte(`{"data":[`)
	r := p.at(c.at)
	for _, m := range asked {
		if m.value == nil && m.parts == nil || m.film && !r.film || c.small(p.page) {
			continue
		}
		b = append(sandbox.AppendString(append(b, `{"name":`...), m.name), `,"period":"lifetime","values":[{`...)
		switch {
		case m.parts != nil && c.faults.noValue[m.name]:
			b = append(b, `"value":{}`...)
		case m.parts != nil:
			b = appendParts(append(b, `"value":`...), m.parts(&r))
		case !c.faults.noValue[m.name]:
			b = sandbox.AppendInt(append(b, `"value":`...), m.value(&r))
		}
		b = sandbox.AppendString(append(b, `}],"title":`...), m.title)
		b = sandbox.AppendString(append(b, `,"description":`...), m.title+" of the post.")
		b = append(sandbox.AppendString(append(b, `,"id":`...), p.key()+"/insights/"+m.name+"/lifetime"), "},"...)
	}
	b = sandbox.CloseList(b, ']')
	return c.appendWindows(b, p.key(), query, c.at-2*sandbox.DaySeconds, c.at), nil
}

// small says whether the Page has fewer likes than the platform wants to see
// before it tells anything.
func (c *call) small(pg *page) bool { return fans(c.followers(pg, c.at)) < 100 }

func appendParts(b []byte, parts []part) []byte {
	b = append(b, '{')
	for _, p := range parts {
		b = append(sandbox.AppendInt(append(sandbox.AppendString(b, p.name), ':'), p.n), ',')
	}
	return sandbox.CloseList(b, '}')
}

// insightsWindow is the longest that one call may cover.
const insightsWindow = 90 * sandbox.DaySeconds

// pageInsights answers GET /{page}/insights?period=day: a value for each
// Californian day that ended in the window, labelled with its end.
func (c *call) pageInsights(pg *page) ([]byte, error) {
	if err := c.ownInsights(pg); err != nil {
		return nil, err
	}
	query := c.r.URL.Query()
	names := graph.SplitList(query.Get("metric"))
	if len(names) == 0 {
		return nil, graph.NoMetric()
	}
	var asked []pageMetric
	for _, name := range names {
		i := slices.IndexFunc(pageMetrics, func(m pageMetric) bool { return m.name == name })
		if i < 0 || c.faults.refused[name] {
			return nil, graph.NotAMetric()
		}
		if !slices.ContainsFunc(asked, func(m pageMetric) bool { return m.name == name }) {
			asked = append(asked, pageMetrics[i])
		}
	}
	if period := query.Get("period"); period != "" && period != "day" {
		return nil, graph.Invalid("The sandbox tells Pages' insights by day only")
	}
	since, until, err := c.window(query)
	if err != nil {
		return nil, err
	}
	b := []byte(`{"data":[`)
	for _, m := range asked {
		if m.day == nil && m.gain == nil && !m.parts || c.small(pg) {
			continue
		}
		b = append(sandbox.AppendString(append(b, `{"name":`...), m.name), `,"period":"day","values":[`...)
		b = c.appendDays(b, pg, m, since, until)
		b = sandbox.AppendString(append(b, `],"title":`...), m.title)
		b = sandbox.AppendString(append(b, `,"description":`...), m.title+" of the Page.")
		b = append(sandbox.AppendString(append(b, `,"id":`...), pg.PlatformID+"/insights/"+m.name+"/day"), "},"...)
	}
	b = sandbox.CloseList(b, ']')
	return c.appendWindows(b, pg.PlatformID, query, since, until), nil
}

// window reads since and until; without them it is the last two days.
func (c *call) window(query url.Values) (since, until int64, err error) {
	since, until = c.at-2*sandbox.DaySeconds, c.at
	var ok bool
	if s := query.Get("until"); s != "" {
		if until, ok = graph.ParseTime(s); !ok {
			return 0, 0, graph.Invalid("Param until must be a UNIX timestamp or a date")
		}
		since = until - 2*sandbox.DaySeconds
	}
	if s := query.Get("since"); s != "" {
		if since, ok = graph.ParseTime(s); !ok {
			return 0, 0, graph.Invalid("Param since must be a UNIX timestamp or a date")
		}
		if query.Get("until") == "" {
			until = min(c.at, since+insightsWindow)
		}
	}
	switch {
	case since > until:
		return 0, 0, graph.Invalid("since param should be less than until param")
	case until-since > insightsWindow+2*3600: // ninety days may hold a change of the clock
		return 0, 0, graph.Invalid("There cannot be more than 90 days (7776000 s) between since and until")
	case since < c.at-731*sandbox.DaySeconds:
		return 0, 0, graph.Invalid("Only the last two years of insights are available")
	}
	return since, until, nil
}

// appendDays appends the days, each at its end. A day that is not over has no
// value yet.
func (c *call) appendDays(b []byte, pg *page, m pageMetric, since, until int64) []byte {
	for start := sandbox.PacificMidnight(since); ; start = sandbox.NextPacificMidnight(start) {
		end := sandbox.NextPacificMidnight(start)
		if end > until || end > c.at {
			break
		}
		if c.faults.lostDays[end] {
			continue
		}
		b = append(b, '{')
		switch {
		case m.parts && c.faults.noValue[m.name]:
			b = append(b, `"value":{},`...)
		case m.parts:
			b = append(appendParts(append(b, `"value":`...), c.byType(pg, start, end)), ',')
		case c.faults.noValue[m.name]:
		case m.day != nil:
			b = append(sandbox.AppendInt(append(b, `"value":`...), m.day(pg, start, end)), ',')
		default:
			b = append(sandbox.AppendInt(append(b, `"value":`...), c.gain(pg, m.gain, start, end)), ',')
		}
		b = append(graph.AppendTime(append(b, `"end_time":`...), end), "},"...)
	}
	if b[len(b)-1] == ',' {
		b = b[:len(b)-1]
	}
	return b
}

// gain returns what a counter of the Page's posts came to between two seconds.
func (c *call) gain(pg *page, count func(*reading) int64, from, to int64) int64 {
	var sum int64
	for _, p := range pg.posts[:pg.publishedBy(to)] {
		if c.faults.gone[p.key()] {
			continue
		}
		end := p.at(to)
		n := count(&end)
		if p.published <= from {
			begin := p.at(from)
			n -= count(&begin)
		}
		sum += n
	}
	return sum
}

func (c *call) byType(pg *page, from, to int64) []part {
	var out []part
	for i, k := range reactionKinds {
		if k.insight != "" {
			out = append(out, part{k.insight, c.gain(pg, func(r *reading) int64 { return r.insight(i) }, from, to)})
		}
	}
	return some(out...)
}

// appendWindows ends an answer of insights with the addresses of the windows
// before and after. There always are some: following next never ends.
func (c *call) appendWindows(b []byte, id string, query url.Values, since, until int64) []byte {
	length := max(until-since, sandbox.DaySeconds)
	address := func(since, until int64) string {
		q := make(url.Values, len(query)+1)
		for k, v := range query {
			q[k] = v
		}
		q.Set("since", string(sandbox.AppendInt(nil, max(since, 0))))
		return c.link(id, "insights", q, "until", string(sandbox.AppendInt(nil, max(until, 0))))
	}
	b = sandbox.AppendString(append(b, `,"paging":{"previous":`...), address(since-length, since))
	b = sandbox.AppendString(append(b, `,"next":`...), address(until, until+length))
	return append(b, "}}"...)
}
