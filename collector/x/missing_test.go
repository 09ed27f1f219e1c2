package x

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

var _ collector.Finder = (*Connector)(nil)

func known(ids ...string) []schema.Post {
	posts := make([]schema.Post, len(ids))
	for i, id := range ids {
		posts[i] = schema.Post{PostID: "post " + id, NativeID: id}
	}
	return posts
}

func TestMissing(t *testing.T) {
	fault := func(kind, title, id, detail string) object {
		f := fault200(kind, title, "tweet", "ids", id)
		f["detail"] = detail
		return f
	}
	reference := fault200("resource-not-found", "Not Found Error", "tweet", "referenced_tweets.id", "4")
	all := []object{
		fault("resource-not-found", "Not Found Error", "1", "Could not find tweet with ids: [1]."),
		fault("not-authorized-for-resource", "Authorization Error", "2", "Sorry, you are not authorized to see the Tweet with ids: [2]."),
		fault("resource-not-found", "Forbidden", "3", "User has been suspended: [3]."),
		reference,
		fault("resource-not-found", "Not Found Error", "99", "Could not find tweet with ids: [99]."), // nobody asked
		fault("field-hydration-failure", "Field Hydration Failure", "5", "not now"),
	}
	want := map[string]schema.Absence{"post 1": schema.AbsenceGone, "post 2": schema.AbsencePrivate, "post 3": schema.AbsenceAccount}
	for name, tt := range map[string]struct {
		status  int
		body    string
		want    map[string]schema.Absence
		outcome collector.Outcome
	}{
		"some are there":        {200, `{"data":[{"id":"4"},{"id":"5"}],` + strings.TrimPrefix(problems(all...), "{"), want, collector.OutcomeOK},
		"none is there":         {200, problems(all...), want, collector.OutcomeOK},
		"the same with 404":     {404, problems(all...), want, collector.OutcomeOK},
		"404 that names none":   {404, `{"title":"Not Found Error","type":"https://api.x.com/2/problems/resource-not-found"}`, nil, collector.OutcomeRetry},
		"404 with a page":       {404, `<html>`, nil, collector.OutcomeRetry},
		"nothing at all":        {200, `{}`, nil, collector.OutcomeRetry},
		"another problem":       {200, problems(all[5]), nil, collector.OutcomeRetry},
		"all are there":         {200, `{"data":[{"id":"1"}]}`, nil, collector.OutcomeOK},
		"quota":                 {429, tooMany, nil, collector.OutcomeWait},
		"token":                 {401, unauthorized, nil, collector.OutcomeReconnect},
		"wrong types, no fault": {200, `{"data":[1,"x"],"errors":{"a":1}}`, nil, collector.OutcomeOK},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(1)
			p.before = func(*http.Request) (int, string) { return tt.status, tt.body }
			gone, calls, err := connect(t, p).Missing(t.Context(), collector.Job{Account: publicAccount}, known("1", "2", "3", "4", "5", "../me", "1"))
			if got := collector.OutcomeOf(err); got != tt.outcome || calls != 1 || len(gone)+len(tt.want) > 0 && !cmp.Equal(tt.want, gone) {
				t.Errorf("Missing: %v after %d calls, outcome %q of %v; want %v, %q", gone, calls, got, err, tt.want, tt.outcome)
			}
			if q := p.requests("/2/tweets")[0]; q.Get("ids") != "1,2,3,4,5" || q.Get("tweet.fields") != "id" {
				t.Errorf("asked for %v", q)
			}
		})
	}
}

// Posts are looked up a hundred at a time, and what was found out before an
// error is not lost.
func TestMissingInBatches(t *testing.T) {
	p := newPlatform(1)
	var ids []string
	for i := range 250 {
		ids = append(ids, fmt.Sprint(1000+i))
	}
	gone, calls, err := connect(t, p).Missing(t.Context(), collector.Job{Account: ownerAccount}, known(ids...))
	if err != nil || calls != 3 || len(gone) != 250 {
		t.Errorf("Missing: %d of 250 after %d calls, error %v", len(gone), calls, err)
	}
	p.before = func(r *http.Request) (int, string) {
		if strings.HasPrefix(r.URL.Query().Get("ids"), "1100") {
			return 503, `{}`
		}
		return 0, ""
	}
	gone, calls, err = connect(t, p).Missing(t.Context(), collector.Job{Account: ownerAccount}, known(ids...))
	if collector.OutcomeOf(err) != collector.OutcomeRetry || calls != 2 || len(gone) != 100 {
		t.Errorf("Missing: %d after %d calls, error %v, want those of the first hundred", len(gone), calls, err)
	}
	if gone, calls, err := connect(t, p).Missing(t.Context(), collector.Job{Account: ownerAccount}, known("", "x")); err != nil || calls != 0 || len(gone) != 0 {
		t.Errorf("Missing of posts without an id: %v after %d calls, error %v", gone, calls, err)
	}
	if _, calls, err := new(Connector).Missing(context.Background(), collector.Job{Account: ownerAccount}, known("1")); collector.OutcomeOf(err) != collector.OutcomeFixRequest || calls != 0 {
		t.Errorf("Missing without a token: %d calls, error %v", calls, err)
	}
}

// The sandbox answers as X does, in both vocabularies.
func TestSandboxMissing(t *testing.T) {
	for _, v := range []Vocabulary{Legacy, New} {
		s, c := startSandbox(t, v)
		a, _ := sandboxAccount(t, s.World, "parana_gen")
		posts := s.World.Posts(a.Handle, sandboxNow)
		ids := []string{"7"}
		for _, p := range posts[:150] {
			ids = append(ids, p.NativeID)
		}
		s.Faults.DeletePost(posts[3].PostID)
		s.Faults.DeletePost(posts[120].PostID)
		gone, calls, err := c.Missing(t.Context(), collector.Job{Account: a}, known(ids...))
		want := map[string]schema.Absence{"post 7": schema.AbsenceGone, "post " + posts[3].PostID: schema.AbsenceGone, "post " + posts[120].PostID: schema.AbsenceGone}
		if d := cmp.Diff(want, gone); d != "" || calls != 2 || err != nil {
			t.Errorf("%s: %d calls, error %v (-want +got):\n%s", v, calls, err, d)
		}
		s.Faults.Clear()

		public, _ := sandboxAccount(t, s.World, "CDCgov")
		id := s.World.Posts(public.Handle, sandboxNow)[0].NativeID
		for why, fault := range map[schema.Absence]func(string){schema.AbsencePrivate: s.Faults.Protect, schema.AbsenceGone: s.Faults.CloseAccount} {
			fault(public.Handle)
			gone, _, err := c.Missing(t.Context(), collector.Job{Account: public}, known(id))
			if gone["post "+id] != why || err != nil {
				t.Errorf("%s: got %v, error %v, want %s", v, gone, err, why)
			}
			s.Faults.Clear()
		}
	}
}
