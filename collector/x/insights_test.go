package x

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

// insteadOfInsights lets the platform answer so when it is asked for private
// counters of the post, or of any if id is empty.
func insteadOfInsights(id string, status int, body string) func(*http.Request) (int, string) {
	return func(r *http.Request) (int, string) {
		if r.URL.Path == "/2/tweets" && strings.Contains(r.URL.Query().Get("ids"), id) {
			return status, body
		}
		return 0, ""
	}
}

func TestInsightsDue(t *testing.T) {
	p := newPlatform(4)
	m, _, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount, InsightsDue: func(p schema.Post) bool { return p.PostID == postID(2) }})
	if rows := m.readings(callInsights); err != nil || len(rows) != 1 || rows[postID(2)].Clicks == nil || len(p.requests("/2/tweets")) != 1 {
		t.Errorf("Collect: insights %v after %d calls, error %v", rows, len(p.requests("/2/tweets")), err)
	}
}

func TestInsightsOfYoungPostsOnly(t *testing.T) {
	p := newPlatform(4)
	for i, age := range []time.Duration{time.Hour, 29 * 24 * time.Hour, 30*24*time.Hour - time.Minute, 400 * 24 * time.Hour} {
		p.posts[i]["id"] = idAt(testNow.Add(-age))
		p.posts[i]["created_at"] = testNow.Add(-age).Format(time.RFC3339)
	}
	p.perPage = 4
	m, _, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount})
	if err != nil || len(m.readings(callInsights)) != 2 || m.all().Skipped != 0 {
		t.Errorf("Collect: insights of %d posts, %d skipped, error %v, want 2 and none", len(m.readings(callInsights)), m.all().Skipped, err)
	}
}

func TestInsightsNotPermitted(t *testing.T) {
	tests := []struct {
		name         string
		appOnly      bool
		status       int
		body         string
		kind         string
		answersAreIn bool // as evidence
	}{
		{"field authorization errors", true, 0, "", "not-authorized-for-field", true},
		{"field errors of the new vocabulary, and no posts", false, 200,
			`{"errors":[{"title":"Field Unauthorized","detail":"no","field":"non_public_metrics","type":"https://api.x.com/2/problems/field-unauthorized"}]}`,
			"field-unauthorized", true},
		{"token of the wrong kind", false, 403, `{"title":"Unsupported Authentication","detail":"no","type":"https://api.x.com/2/problems/unsupported-authentication","status":403}`,
			"unsupported-authentication", false},
		{"token of the wrong kind, legacy form", false, 403, `{"errors":[{"code":220,"message":"Your credentials do not allow access to this resource."}]}`, "credentials", false},
		{"app without access", false, 403, `{"title":"Client Forbidden","detail":"no","type":"https://api.twitter.com/2/problems/client-forbidden"}`, "client-forbidden", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlatform(5)
			p.appOnly = tt.appOnly
			if tt.status != 0 {
				p.before = insteadOfInsights("", tt.status, tt.body)
			}
			m, cur, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount})
			if !errors.Is(err, collector.ErrNoInsights) || !errors.Is(err, collector.ErrUnauthorized) || collector.OutcomeOf(err) != collector.OutcomeReconnect {
				t.Errorf("Collect: got %v, want %v and %v", err, collector.ErrNoInsights, collector.ErrUnauthorized)
			}
			if cur != "" || len(m.all().Posts) != 5 || len(p.requests("/2/tweets")) != 1 {
				t.Errorf("Collect: %d posts, %d insights calls, cursor %q; want all posts after one call", len(m.all().Posts), len(p.requests("/2/tweets")), cur)
			}
			if err != nil && !strings.Contains(err.Error(), tt.kind) {
				t.Errorf("Collect: error %q does not name %q", err, tt.kind)
			}
			if got := len(m.all().Raw) == m.all().Calls; got != tt.answersAreIn {
				t.Errorf("%d answers of %d calls were kept", len(m.all().Raw), m.all().Calls)
			}
		})
	}
}

func TestNoInsightsForOnePost(t *testing.T) {
	denied := func(field string) object {
		f := fault200("not-authorized-for-field", "Field Authorization Error", "tweet", "ids", postID(1))
		f["field"] = field
		return f
	}
	tests := []struct {
		name, post, errors string
		skipped            int
		row                bool
	}{
		{"gone since the list was read", "", problems(fault200("resource-not-found", "Not Found Error", "tweet", "ids", postID(1))), 1, false},
		{"not ours to see, one entry per field", `{"id":"` + postID(1) + `"}`, problems(denied("non_public_metrics"), denied("organic_metrics")), 1, false},
		{"no numbers yet", `{"id":"` + postID(1) + `"}`, "", 0, false},
		{"no link, no clicks", `{"id":"` + postID(1) + `","non_public_metrics":{"impression_count":0}}`, "", 0, true},
		{"clicks are an object", `{"id":"` + postID(1) + `","non_public_metrics":{"url_link_clicks":{"a":1}}}`, "", 1, false},
		{"post of somebody else", `{"id":"7","non_public_metrics":{"url_link_clicks":1}}`, "", 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlatform(2)
			data := `{"id":"` + postID(0) + `","non_public_metrics":{"url_link_clicks":5}}`
			if tt.post != "" {
				data += "," + tt.post
			}
			body := `{"data":[` + data + `]`
			if tt.errors != "" {
				body += "," + strings.TrimPrefix(tt.errors, "{")
			} else {
				body += "}"
			}
			p.before = insteadOfInsights("", 200, body)
			m, cur, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount})
			rows := m.readings(callInsights)
			o, ok := rows[postID(1)]
			if err != nil || cur != "" || len(m.all().Posts) != 2 || *rows[postID(0)].Clicks != 5 || ok != tt.row || o.Clicks != nil {
				t.Errorf("Collect: %d posts, insights %v, cursor %q, error %v", len(m.all().Posts), rows, cur, err)
			}
			if got := m.all().Skipped; got != tt.skipped {
				t.Errorf("skipped %d, want %d", got, tt.skipped)
			}
		})
	}
}

// Posts that went away between the list and the lookup are no account gone.
func TestInsightsOfPostsThatWent(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		body   string
	}{
		"status 200": {200, problems(fault200("resource-not-found", "Not Found Error", "tweet", "ids", postID(0)))},
		"status 404": {404, `{"title":"Not Found Error","detail":"no","type":"https://api.x.com/2/problems/resource-not-found"}`},
	} {
		p := newPlatform(1)
		p.before = insteadOfInsights("", tt.status, tt.body)
		m, cur, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount})
		if err != nil || cur != "" || m.all().Skipped != 1 {
			t.Errorf("%s: Collect: cursor %q, error %v, %d skipped, want 1", name, cur, err, m.all().Skipped)
		}
	}
}

func TestInsightsStopInTheMiddle(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   string
		want   collector.Outcome
	}{
		{"window", 429, tooMany, collector.OutcomeWait},
		{"cap as 403", 403, capped, collector.OutcomeWait},
		{"credits", 402, depleted, collector.OutcomeWait},
		{"token", 401, unauthorized, collector.OutcomeReconnect},
		{"request", 400, invalid("ids"), collector.OutcomeFixRequest},
		{"trouble", 503, "<html>", collector.OutcomeRetry},
		{"no list", 200, `{}`, collector.OutcomeRetry},
		{"a problem we do not know", 200, `{"errors":[{"title":"x","detail":"y","type":"https://api.x.com/2/problems/new-one"}]}`, collector.OutcomeRetry},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlatform(6)
			p.before = insteadOfInsights(postID(3), tt.status, tt.body)
			c := connect(t, p)
			m, cur, err := collect(t, c, collector.Job{Account: ownerAccount})
			if got := collector.OutcomeOf(err); got != tt.want || errors.Is(err, collector.ErrNoInsights) {
				t.Errorf("Collect: outcome %q of %v, want %q", got, err, tt.want)
			}
			if len(m.all().Posts) != 4 || len(m.readings(callInsights)) != 2 {
				t.Errorf("stored %d posts and %d insights, want all that was read", len(m.all().Posts), len(m.readings(callInsights)))
			}
			if last := m.pages[len(m.pages)-1].Next; last != cur {
				t.Errorf("the page says that a later run goes on from %q, Collect from %q", last, cur)
			}
			p.before = nil
			m2, cur, err := collect(t, c, collector.Job{Account: ownerAccount, Cursor: cur})
			if err != nil || cur != "" {
				t.Fatalf("second Collect: cursor %q, error %v", cur, err)
			}
			if len(m2.all().Posts) != 4 || len(m2.readings(callInsights)) != 4 {
				t.Errorf("second Collect sent %d posts and %d insights, want those of the last two pages", len(m2.all().Posts), len(m2.readings(callInsights)))
			}
		})
	}
}

func TestPoisonedPage(t *testing.T) {
	p := newPlatform(6)
	p.before = insteadOfInsights(postID(2), 500, `{"title":"x","type":"https://api.x.com/2/problems/internal-error"}`)
	c := connect(t, p)
	var cur collector.Cursor
	runs, posts, skipped := 0, map[string]bool{}, 0
	for ; runs < 10; runs++ {
		var m *memory
		var err error
		m, cur, err = collect(t, c, collector.Job{Account: ownerAccount, Cursor: cur})
		for _, id := range m.ids() {
			posts[id] = true
		}
		skipped += m.all().Skipped
		if err == nil {
			break
		}
	}
	if runs != maxStuck+1 || len(posts) != 6 || cur != "" || skipped != 2 {
		t.Errorf("after %d runs %d posts, cursor %q, %d skipped; want all after %d, without the insights of 2", runs, len(posts), cur, skipped, maxStuck+1)
	}
}

// A quota that is used up says nothing about a post, however often it is met.
func TestWaitingGivesNothingUp(t *testing.T) {
	p := newPlatform(2)
	p.before = insteadOfInsights("", 429, tooMany)
	at := position{until: parseIdent(postID(0)) + 1, stuck: maxStuck}.cursor()
	m, cur, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount, Cursor: at})
	if collector.OutcomeOf(err) != collector.OutcomeWait || cur != at || m.all().Skipped != 0 {
		t.Errorf("Collect: cursor %q, %d skipped, error %v, want the old cursor and a wait", cur, m.all().Skipped, err)
	}
}

// A page that is larger than a lookup may be is read in several.
func TestInsightsOfALargePage(t *testing.T) {
	p := newPlatform(250)
	p.before = insteadOfInsights(postID(120), 503, "<html>")
	c := connect(t, p)
	c.initOnce.Do(c.init)
	r := &run{Connector: c, job: collector.Job{Account: ownerAccount}, token: testToken}
	posts := make([]schema.Post, 250)
	for i := range posts {
		posts[i] = schema.Post{PostID: postID(i), NativeID: postID(i), PublishedAt: testNow.Add(-time.Duration(i+1) * time.Hour)}
	}
	left, err := r.insights(t.Context(), testNow, posts)
	if !errors.Is(err, collector.ErrTransient) || len(left) != 150 || left[0].PostID != postID(100) || len(r.page.Observations) != 100 {
		t.Errorf("insights: %d posts left, %d readings, error %v, want 150 left and 100 read", len(left), len(r.page.Observations), err)
	}
}

func TestInsightsInBatches(t *testing.T) {
	p := newPlatform(250)
	p.perPage = 100
	m, _, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount})
	if err != nil || len(m.readings(callInsights)) != 250 {
		t.Fatalf("Collect: insights of %d posts, error %v", len(m.readings(callInsights)), err)
	}
	var sizes []int
	for _, q := range p.requests("/2/tweets") {
		sizes = append(sizes, len(strings.Split(q.Get("ids"), ",")))
	}
	if d := cmp.Diff([]int{100, 100, 50}, sizes); d != "" {
		t.Errorf("posts of each call (-want +got):\n%s", d)
	}
}
