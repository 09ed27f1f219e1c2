package x

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

// withdraw lets the platform refuse a name of a field or of an expansion.
func withdraw(parameter, name string) func(*http.Request) (int, string) {
	return func(r *http.Request) (int, string) {
		list := r.URL.Query().Get(parameter)
		if !slices.Contains(strings.Split(list, ","), name) {
			return 0, ""
		}
		b, _ := json.Marshal(object{
			"errors": []object{{"parameters": object{parameter: []string{list}}, "message": "The `" + parameter + "` query parameter value [" + name + "] is not one of [id,text,created_at]"}},
			"title":  "Invalid Request", "detail": "One or more parameters to your request was invalid.", "type": problemType("invalid-request"),
		})
		return 400, string(b)
	}
}

// A name that X does not take any more is left out, and loses nothing else.
func TestWithdrawnField(t *testing.T) {
	for _, tt := range []struct{ parameter, name, kind string }{
		{"tweet.fields", "paid_partnership", callTweets},
		{"tweet.fields", "promoted_metrics", callInsights},
		{"media.fields", "duration_ms", callTweets},
		{"expansions", "attachments.media_keys", callTweets},
		{"user.fields", "verified", callUsers},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlatform(5)
			p.before = withdraw(tt.parameter, tt.name)
			m, cur, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount, RunID: "run-1"})
			all := m.all()
			if err != nil || cur != "" || len(all.Posts) != 5 || len(m.readings(callInsights)) != 5 || all.Skipped != 0 {
				t.Fatalf("Collect: %d posts, %d insights, %d skipped, cursor %q, error %v", len(all.Posts), len(m.readings(callInsights)), all.Skipped, cur, err)
			}
			if all.Calls != len(all.Raw)+1 {
				t.Errorf("%d calls for %d answers: the name should be learnt once", all.Calls, len(all.Raw))
			}
			var refused []schema.MetricStatus
			for _, s := range all.Metrics {
				if s.Status == schema.MetricRefused {
					refused = append(refused, s)
				}
			}
			want := []schema.MetricStatus{{Platform: schema.X, Kind: tt.kind, Metric: tt.name, Status: schema.MetricRefused, AccountID: "acc-1", RunID: "run-1", At: testNow,
				Detail: "The `" + tt.parameter + "` query parameter value [" + tt.name + "] is not one of [id,text,created_at]"}}
			if d := cmp.Diff(want, refused); d != "" {
				t.Errorf("refused (-want +got):\n%s", d)
			}
		})
	}
}

// Without the time of its publication no post can be stored.
func TestEssentialFieldIsRefused(t *testing.T) {
	p := newPlatform(3)
	p.before = withdraw("tweet.fields", "created_at")
	_, _, err := collect(t, connect(t, p), collector.Job{Account: publicAccount})
	if collector.OutcomeOf(err) != collector.OutcomeFixRequest || len(p.requests(timeline)) != 1 {
		t.Errorf("Collect: error %v after %d lists", err, len(p.requests(timeline)))
	}
}

// Most posts are not paid for: that X then tells nothing promoted is no loss.
func TestPromotedMetricsAreDenied(t *testing.T) {
	p := newPlatform(2)
	denied := fault200("not-authorized-for-field", "Field Authorization Error", "tweet", "ids", postID(1))
	denied["field"], denied["detail"] = "promoted_metrics.impression_count", "not yours"
	body, _ := json.Marshal(object{
		"data": []object{
			{"id": postID(0), "non_public_metrics": object{"url_link_clicks": 5}, "promoted_metrics": object{"impression_count": 7}},
			{"id": postID(1), "non_public_metrics": object{"url_link_clicks": 6}},
		},
		"errors": []object{denied},
	})
	p.before = insteadOfInsights("", 200, string(body))
	m, _, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount, RunID: "run-1"})
	rows := m.readings(callInsights)
	if err != nil || m.all().Skipped != 0 || *rows[postID(1)].Clicks != 6 || rows[postID(0)].Extra["promoted_metrics.impression_count"] != 7 {
		t.Fatalf("Collect: %d skipped, insights %v, error %v", m.all().Skipped, rows, err)
	}
	states := map[string][]string{}
	for _, s := range m.all().Metrics {
		states[s.Metric] = append(states[s.Metric], string(s.Status)+" "+s.Detail)
	}
	want := map[string][]string{"public_metrics": {"given "}, "non_public_metrics": {"given "}, "promoted_metrics": {"refused not yours", "given "}}
	if d := cmp.Diff(want, states); d != "" {
		t.Errorf("states of metrics (-want +got):\n%s", d)
	}

	// Were that all that X says, nothing would be wrong with our permission.
	body, _ = json.Marshal(object{"errors": []object{denied}})
	p.before = insteadOfInsights("", 200, string(body))
	if m, _, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount}); err != nil || len(m.all().Posts) != 2 {
		t.Errorf("Collect: %d posts, error %v", len(m.all().Posts), err)
	}
}
