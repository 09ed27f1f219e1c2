package facebook_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/facebook"
	"github.com/hamawaz/hamawaz/collector/sandbox/instagram"
	"github.com/hamawaz/hamawaz/collector/sandbox/sandboxtest"
	"github.com/hamawaz/hamawaz/schema"
)

var june = time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC)

const (
	ownerPage  = "governopr.sandbox"
	otherPage  = "governogo.sandbox"
	publicPage = "governoal.sandbox"
)

// service is a started server with its clock.
type service struct {
	*sandboxtest.Facebook
	clock *sandboxtest.Clock
	t     testing.TB
}

func start(t testing.TB, o facebook.Options) *service {
	t.Helper()
	clock := sandboxtest.NewClock(june)
	o.Now = clock.Now
	return &service{sandboxtest.StartFacebook(t, o), clock, t}
}

func account(t testing.TB, w *facebook.World, handle string) sandbox.Account {
	t.Helper()
	for _, a := range w.Accounts() {
		if a.Handle == handle {
			return a
		}
	}
	t.Fatalf("no Page %s", handle)
	return sandbox.Account{}
}

// reply is an answer with its body read.
type reply struct {
	*http.Response
	body []byte
}

// as asks for a path of version 25, with the token.
func (s *service) as(token, path string, pairs ...string) reply {
	s.t.Helper()
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.URL+"/v25.0/"+path+"?"+q.Encode(), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return s.do(req)
}

// get asks as the Page of ownerPage.
func (s *service) get(path string, pairs ...string) reply {
	s.t.Helper()
	return s.as(s.PageToken(ownerPage), path, pairs...)
}

func (s *service) do(req *http.Request) reply {
	s.t.Helper()
	return fetch(s.t, *s.Client(), req)
}

// fetch sends the request and follows no redirect.
func fetch(t testing.TB, client http.Client, req *http.Request) reply {
	t.Helper()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{res, body}
}

func (r reply) decode(t testing.TB, to any) {
	t.Helper()
	if r.StatusCode != http.StatusOK {
		t.Fatalf("status %d: %s", r.StatusCode, r.body)
	}
	if err := json.Unmarshal(r.body, to); err != nil {
		t.Fatalf("%v in %.200s", err, r.body)
	}
}

// graphError is an error answer, as much of it as tests look at.
type graphError struct {
	Status, Code, Subcode int
	Message               string
}

func (r reply) error(t testing.TB) graphError {
	t.Helper()
	var e struct {
		Error struct {
			Code    int    `json:"code"`
			Subcode int    `json:"error_subcode"`
			Type    string `json:"type"`
			Message string `json:"message"`
			Trace   string `json:"fbtrace_id"`
		}
	}
	if err := json.Unmarshal(r.body, &e); err != nil {
		t.Fatalf("%v in %.200s", err, r.body)
	}
	if e.Error.Type == "" || e.Error.Message == "" || e.Error.Trace == "" {
		t.Errorf("error answer is not complete: %s", r.body)
	}
	return graphError{r.StatusCode, e.Error.Code, e.Error.Subcode, e.Error.Message}
}

func readJSON(t testing.TB, name string, to any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, to); err != nil {
		t.Fatal(err)
	}
}

type postPage struct {
	Data   []struct{ ID string }
	Paging struct {
		Cursors        struct{ Before, After string }
		Previous, Next string
	}
}

func (p postPage) ids() []string {
	ids := make([]string, len(p.Data))
	for i, d := range p.Data {
		ids[i] = d.ID
	}
	return ids
}

func TestListIsWhole(t *testing.T) {
	s := start(t, facebook.Options{})
	a := account(t, s.World, ownerPage)
	var want []string
	for _, p := range s.World.Posts(a.Handle, june) {
		want = append(want, p.PostID)
	}
	for _, edge := range []string{"published_posts", "posts", "feed"} {
		for _, limit := range []string{"7", "100"} {
			var got []string
			next := s.URL + "/v25.0/" + a.PlatformID + "/" + edge + "?limit=" + limit + "&access_token=" + s.PageToken(a.Handle)
			var last postPage
			for next != "" {
				req, _ := http.NewRequest(http.MethodGet, next, nil)
				last = postPage{}
				s.do(req).decode(t, &last)
				got = append(got, last.ids()...)
				next = last.Paging.Next
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("%s by %s (-want +got):\n%s", edge, limit, d)
			}
			if last.Paging.Cursors.After == "" || last.Paging.Previous == "" {
				t.Errorf("%s: the last page has no cursors: %+v", edge, last.Paging)
			}
			// Asking once more gives nothing, and no paging.
			if r := s.get(a.PlatformID+"/"+edge, "after", last.Paging.Cursors.After); string(r.body) != `{"data":[]}` {
				t.Errorf("after the last page: %s", r.body)
			}
		}
	}
}

func TestListWindows(t *testing.T) {
	s := start(t, facebook.Options{})
	a := account(t, s.World, ownerPage)
	posts := s.World.Posts(a.Handle, june)
	path := a.PlatformID + "/published_posts"
	var p1, p2, back, window postPage
	s.get(path, "limit", "5").decode(t, &p1)
	s.get(path, "limit", "5", "after", p1.Paging.Cursors.After).decode(t, &p2)
	s.get(path, "limit", "3", "before", p2.Paging.Cursors.Before).decode(t, &back)
	if d := cmp.Diff(p1.ids()[2:], back.ids()); d != "" {
		t.Errorf("the page before (-want +got):\n%s", d)
	}
	if p1.Paging.Previous != "" || p2.Paging.Previous == "" {
		t.Errorf("previous: %q and %q", p1.Paging.Previous, p2.Paging.Previous)
	}
	until := fmt.Sprint(posts[10].PublishedAt.Unix())
	s.get(path, "limit", "3", "until", until, "since", fmt.Sprint(posts[11].PublishedAt.Unix())).decode(t, &window)
	if d := cmp.Diff([]string{posts[10].PostID, posts[11].PostID}, window.ids()); d != "" || window.Paging.Next != "" {
		t.Errorf("from since to until (-want +got):\n%s", d)
	}
	var def postPage
	s.get(path).decode(t, &def)
	if len(def.Data) != 25 {
		t.Errorf("default limit: %d posts, want 25", len(def.Data))
	}
	for name, pairs := range map[string][]string{
		"limit of 101":       {"limit", "101"},
		"negative limit":     {"limit", "-1"},
		"limit of letters":   {"limit", "x"},
		"bad since":          {"since", "yesterday"},
		"since after until":  {"since", "2024-05-02", "until", "2024-05-01"},
		"cursor of letters":  {"after", "QVFIUxyz"},
		"cursor of a length": {"after", "QVFIU" + strings.Repeat("A", 27) + "ZD"},
		"unknown field":      {"fields", "id,message,likes_count"},
		"unknown subfield":   {"fields", "attachments{media_type,color}"},
		"unknown modifier":   {"fields", "reactions.color(red)"},
		"unknown reaction":   {"fields", "reactions.type(MEH).summary(total_count)"},
		"alias of a text":    {"fields", "message.as(m)"},
	} {
		if e := s.get(path, pairs...).error(t); e.Status != 400 || e.Code != 100 {
			t.Errorf("%s: got %+v", name, e)
		}
	}
	if e := s.get(path, "fields", "id,").error(t); e.Code != 2500 {
		t.Errorf("broken fields: got %+v", e)
	}
}

// TestPostFields compares each field with the truth.
func TestPostFields(t *testing.T) {
	s := start(t, facebook.Options{})
	a := account(t, s.World, ownerPage)
	type summary struct {
		Summary struct {
			Total *int64 `json:"total_count"`
		}
	}
	var list struct {
		Data []struct {
			ID          string
			Created     string `json:"created_time"`
			Message     *string
			Permalink   string `json:"permalink_url"`
			StatusType  string `json:"status_type"`
			Parent      string `json:"parent_id"`
			Shares      *struct{ Count int64 }
			R, L        summary
			C           summary
			Attachments struct {
				Data []struct {
					MediaType string `json:"media_type"`
					URL       string
					Sub       struct{ Data []struct{ Type string } } `json:"subattachments"`
				}
			}
		}
	}
	s.get(a.PlatformID+"/published_posts", "limit", "100", "fields", "created_time,message,permalink_url,status_type,parent_id,shares,"+
		"attachments{media_type,url,subattachments},reactions.limit(0).summary(total_count).as(R),reactions.type(CARE).limit(0).summary(total_count).as(L),"+
		"comments.limit(0).filter(stream).summary(total_count).as(C)").decode(t, &list)
	posts := s.World.Posts(a.Handle, june)
	seen := map[string]int{}
	for i, p := range list.Data {
		truth, _ := s.World.Truth(a.Handle, posts[i].PostID, june)
		message := ""
		if p.Message != nil {
			message = *p.Message
			seen["text"]++
		}
		if p.ID != posts[i].PostID || message != posts[i].Text || p.Permalink != posts[i].Permalink || p.Created != posts[i].PublishedAt.Format("2006-01-02T15:04:05+0000") {
			t.Errorf("post %+v, want %+v", p, posts[i])
		}
		if *p.R.Summary.Total != *truth.Reactions || *p.C.Summary.Total != *truth.Comments || *p.L.Summary.Total != truth.Platform["CARE"] {
			t.Errorf("counters of %s: %+v, want %+v", p.ID, p, truth)
		}
		if (p.Shares == nil) != (*truth.Shares == 0) || p.Shares != nil && p.Shares.Count != *truth.Shares {
			t.Errorf("shares of %s: %+v, want %d", p.ID, p.Shares, *truth.Shares)
		}
		if p.Shares == nil {
			seen["no shares"]++
		}
		if p.Parent != "" && p.StatusType == "shared_story" {
			seen["share"]++
		}
		if len(p.Attachments.Data) > 0 {
			seen[p.Attachments.Data[0].MediaType]++
			if album := posts[i].Format == schema.FormatAlbum; album != (len(p.Attachments.Data[0].Sub.Data) > 1) {
				t.Errorf("attachments of %s: %+v", p.ID, p.Attachments)
			}
		} else {
			seen["none"]++
		}
	}
	for _, kind := range []string{"text", "no shares", "share", "photo", "album", "video", "link", "none"} {
		if seen[kind] == 0 {
			t.Errorf("no post of 100 has %s: %v", kind, seen)
		}
	}
}

func TestInsights(t *testing.T) {
	s := start(t, facebook.Options{})
	a := account(t, s.World, ownerPage)
	posts := s.World.Posts(a.Handle, june)
	film := posts[slices.IndexFunc(posts, func(p sandbox.Post) bool { return p.Format == schema.FormatVideo })]
	picture := posts[slices.IndexFunc(posts, func(p sandbox.Post) bool { return p.Format == schema.FormatImage })]
	type insights struct {
		Data []struct {
			Name, Period, ID string
			Values           []struct{ Value json.RawMessage }
		}
		Paging struct{ Previous, Next string }
	}
	for _, p := range []sandbox.Post{film, picture} {
		var got insights
		s.get(p.PostID+"/insights", "metric", "post_media_view,post_video_view_time,post_reactions_by_type_total,post_video_length").decode(t, &got)
		truth, _ := s.World.Truth(a.Handle, p.PostID, june)
		want := []string{"post_media_view", "post_video_view_time", "post_reactions_by_type_total"}
		if p.PostID == picture.PostID {
			want = []string{"post_media_view", "post_reactions_by_type_total"}
		}
		var names []string
		for _, m := range got.Data {
			names = append(names, m.Name)
			if m.Period != "lifetime" || m.ID != p.PostID+"/insights/"+m.Name+"/lifetime" || len(m.Values) != 1 {
				t.Errorf("metric %+v", m)
			}
			var parts map[string]int64
			if json.Unmarshal(m.Values[0].Value, &parts) == nil {
				for part, n := range parts {
					if truth.Platform[m.Name+"."+part] != n || n == 0 {
						t.Errorf("%s.%s of %s: got %d, want %d", m.Name, part, p.PostID, n, truth.Platform[m.Name+"."+part])
					}
				}
			} else if string(m.Values[0].Value) != fmt.Sprint(truth.Platform[m.Name]) {
				t.Errorf("%s of %s: got %s, want %d", m.Name, p.PostID, m.Values[0].Value, truth.Platform[m.Name])
			}
		}
		if d := cmp.Diff(want, names); d != "" {
			t.Errorf("metrics of %s (-want +got):\n%s", p.PostID, d)
		}
		if got.Paging.Next == "" || got.Paging.Previous == "" {
			t.Error("no window before or after")
		}
	}
	tests := []struct {
		name  string
		token string
		pairs []string
		code  int
	}{
		{"no metric", s.PageToken(ownerPage), nil, 3001},
		{"a metric that was removed", s.PageToken(ownerPage), []string{"metric", "post_media_view,post_impressions"}, 100},
		{"a breakdown", s.PageToken(ownerPage), []string{"metric", "post_media_view", "breakdown", "is_from_ads"}, 100},
		{"by day", s.PageToken(ownerPage), []string{"metric", "post_media_view", "period", "day"}, 100},
		{"another Page's token", s.PageToken(otherPage), []string{"metric", "post_media_view"}, 100},
		{"the app's token", s.AppToken(), []string{"metric", "post_media_view"}, 190},
		{"no token", "", []string{"metric", "post_media_view"}, 190},
	}
	for _, tt := range tests {
		if e := s.as(tt.token, film.PostID+"/insights", tt.pairs...).error(t); e.Code != tt.code {
			t.Errorf("%s: got %+v, want code %d", tt.name, e, tt.code)
		}
	}
}

// TestPageInsights: days are those of California, labelled with their end, in
// winter and in summer; their gains add up to what the posts came to.
func TestPageInsights(t *testing.T) {
	s := start(t, facebook.Options{})
	a := account(t, s.World, ownerPage)
	type insights struct {
		Data []struct {
			Name   string
			Values []struct {
				Value json.RawMessage
				End   string `json:"end_time"`
			}
		}
		Paging struct{ Previous, Next string }
	}
	read := func(pairs ...string) insights {
		t.Helper()
		var got insights
		s.get(a.PlatformID+"/insights", append([]string{"period", "day"}, pairs...)...).decode(t, &got)
		return got
	}
	ends := func(in insights) (out []string) {
		for _, v := range in.Data[0].Values {
			out = append(out, v.End)
		}
		return out
	}
	if d := cmp.Diff([]string{"2024-05-31T07:00:00+0000", "2024-06-01T07:00:00+0000"}, ends(read("metric", "page_media_view"))); d != "" {
		t.Errorf("without a window (-want +got):\n%s", d)
	}
	change := read("metric", "page_media_view", "since", "2024-03-09T08:00:00+0000", "until", "2024-03-12T07:00:00+0000")
	if d := cmp.Diff([]string{"2024-03-10T08:00:00+0000", "2024-03-11T07:00:00+0000", "2024-03-12T07:00:00+0000"}, ends(change)); d != "" {
		t.Errorf("from winter to summer (-want +got):\n%s", d)
	}
	if !strings.Contains(change.Paging.Next, "since=") || !strings.Contains(change.Paging.Next, "access_token=") {
		t.Errorf("next window: %q", change.Paging.Next)
	}

	// Gains add up.
	from, to := time.Date(2024, 5, 1, 7, 0, 0, 0, time.UTC), time.Date(2024, 5, 31, 7, 0, 0, 0, time.UTC)
	month := read("metric", "page_media_view,page_actions_post_reactions_total,page_follows,page_daily_follows_unique", "since", fmt.Sprint(from.Unix()), "until", fmt.Sprint(to.Unix()))
	var views, loves, wantViews, wantLoves, follows, lastFollows int64
	for _, m := range month.Data {
		if len(m.Values) != 30 {
			t.Fatalf("%s: %d days, want 30", m.Name, len(m.Values))
		}
		for _, v := range m.Values {
			var n int64
			var parts map[string]int64
			switch m.Name {
			case "page_actions_post_reactions_total":
				if err := json.Unmarshal(v.Value, &parts); err != nil {
					t.Fatal(err)
				}
				loves += parts["love"]
				continue
			}
			if err := json.Unmarshal(v.Value, &n); err != nil {
				t.Fatal(err)
			}
			switch m.Name {
			case "page_media_view":
				views += n
			case "page_follows":
				lastFollows = n
			default:
				follows += n
			}
		}
	}
	for _, p := range s.World.Posts(a.Handle, to) {
		after, _ := s.World.Truth(a.Handle, p.PostID, to)
		before, _ := s.World.Truth(a.Handle, p.PostID, from)
		wantViews += *after.Views
		wantLoves += after.Platform["LOVE"]
		if before.Views != nil {
			wantViews -= *before.Views
			wantLoves -= before.Platform["LOVE"]
		}
	}
	grown := *s.World.Profile(a.Handle, to).Followers - *s.World.Profile(a.Handle, from).Followers
	if views != wantViews || loves != wantLoves || follows != grown || lastFollows != *s.World.Profile(a.Handle, to).Followers {
		t.Errorf("over a month: %d views, %d loves, %d new followers of %d; want %d, %d and %d", views, loves, follows, lastFollows, wantViews, wantLoves, grown)
	}

	for name, pairs := range map[string][]string{
		"91 days":             {"since", "2024-01-01", "until", "2024-04-03"},
		"more than two years": {"since", "2022-01-01", "until", "2022-01-05"},
		"the wrong way round": {"since", "2024-05-05", "until", "2024-05-01"},
		"by week":             {"period", "week"},
	} {
		if e := s.get(a.PlatformID+"/insights", append([]string{"metric", "page_media_view"}, pairs...)...).error(t); e.Code != 100 {
			t.Errorf("%s: got %+v", name, e)
		}
	}
}

// TestWhoMaySeeWhat: a Page's own token opens it, others what anyone may see.
func TestWhoMaySeeWhat(t *testing.T) {
	s := start(t, facebook.Options{})
	page, public := account(t, s.World, ownerPage), account(t, s.World, publicPage)
	post := s.World.Posts(page.Handle, june)[0].PostID
	proofs := func(token string) []string { return []string{"appsecret_proof", proof(s.AppSecret(), token)} }
	tests := []struct {
		name  string
		token string
		path  string
		pairs []string
		code  int // 0: answered
	}{
		{"Page of its own", s.PageToken(ownerPage), page.PlatformID + "/published_posts", nil, 0},
		{"Page by name", s.PageToken(ownerPage), page.Handle, nil, 0},
		{"Page itself", s.PageToken(ownerPage), "me", nil, 0},
		{"with a proof", s.PageToken(ownerPage), page.PlatformID, proofs(s.PageToken(ownerPage)), 0},
		{"with a wrong proof", s.PageToken(ownerPage), page.PlatformID, proofs(s.PageToken(otherPage)), 100},
		{"another Page's, without a proof", s.PageToken(otherPage), page.PlatformID, nil, 100},
		{"another Page's, with a proof", s.PageToken(otherPage), page.PlatformID + "/posts", proofs(s.PageToken(otherPage)), 0},
		{"app", s.AppToken(), public.PlatformID + "/posts", nil, 0},
		{"app on a post", s.AppToken(), post, nil, 0},
		{"user, without a proof", s.Token(), public.PlatformID + "/posts", nil, 100},
		{"user, with a proof", s.Token(), public.PlatformID + "/posts", proofs(s.Token()), 0},
		{"user on a Page of hers", s.Token(), page.PlatformID, nil, 0},
		{"user on a Page of others", s.Token(), public.PlatformID, nil, 100},
		{"token of a Page that gives none", s.PageToken(publicPage), public.PlatformID, nil, 190},
		{"any token", "EAAx", page.PlatformID, nil, 190},
		{"unknown id", s.AppToken(), "123", nil, 100},
		{"unknown name", s.AppToken(), "nobody", nil, 803},
		{"unknown post", s.AppToken(), page.PlatformID + "_1", nil, 100},
		{"unknown edge", s.AppToken(), page.PlatformID + "/likes", nil, 2500},
		{"three parts", s.AppToken(), page.PlatformID + "/posts/1", nil, 2500},
	}
	for _, tt := range tests {
		r := s.as(tt.token, tt.path, tt.pairs...)
		if tt.code == 0 {
			if r.StatusCode != http.StatusOK {
				t.Errorf("%s: status %d, %s", tt.name, r.StatusCode, r.body)
			}
			continue
		}
		if e := r.error(t); e.Code != tt.code {
			t.Errorf("%s: got %+v, want code %d", tt.name, e, tt.code)
		}
	}
	strict := start(t, facebook.Options{RequireProof: true})
	if e := strict.get(page.PlatformID).error(t); e.Code != 100 {
		t.Errorf("without the proof that is required: got %+v", e)
	}
	if r := strict.get(page.PlatformID, "appsecret_proof", proof(strict.AppSecret(), strict.PageToken(ownerPage))); r.StatusCode != 200 {
		t.Errorf("with the proof that is required: %s", r.body)
	}
}

// TestServes: paths tell this platform's requests from those of others that
// share the address.
func TestServes(t *testing.T) {
	s := facebook.New(facebook.Options{World: sandboxtest.FacebookWorld()})
	a := account(t, sandboxtest.FacebookWorld(), ownerPage)
	for target, want := range map[string]bool{
		"/v25.0/" + a.PlatformID: true, "/" + a.PlatformID + "/published_posts": true, "/v25.0/" + a.Handle: true, "/v25.0/" + a.PlatformID + "_7/insights": true,
		"/v25.0/me/accounts": true, "/debug_token": true, "/v25.0/dialog/oauth": true, "/oauth/access_token": true, "/v25.0/?ids=" + a.PlatformID: true,
		"/v25.0/17841400000000001": false, "/v25.0/17841400000000001/media": false, "/v25.0/?ids=17841400000000001": false, "/2/users/1": false, "/oauth2/token": false, "/open_api/v1.3/business/get/": false, "/v2/video/list/": false, "/": false,
	} {
		if got := s.Serves(httptest.NewRequest(http.MethodGet, target, nil)); got != want {
			t.Errorf("Serves(%s): got %v, want %v", target, got, want)
		}
	}
	if !s.Serves(httptest.NewRequest(http.MethodPost, "/v25.0/", nil)) {
		t.Error("Serves: a batch is not ours")
	}
}

func TestSeveralAndBatch(t *testing.T) {
	s := start(t, facebook.Options{AppUsers: 1})
	a, b := account(t, s.World, ownerPage), account(t, s.World, publicPage)
	var several map[string]struct{ ID, Name string }
	r := s.as(s.AppToken(), "", "ids", a.PlatformID+","+b.PlatformID, "fields", "id,name")
	r.decode(t, &several)
	if several[a.PlatformID].Name != a.Name || several[b.PlatformID].ID != b.PlatformID {
		t.Errorf("several: %+v", several)
	}
	if e := s.as(s.AppToken(), "", "ids", a.PlatformID+",123").error(t); e.Code != 100 || e.Subcode != 33 {
		t.Errorf("several with a bad id: got %+v", e)
	}

	s.Faults.NullPart(1)
	post := func(batch string) reply {
		t.Helper()
		form := url.Values{"access_token": {s.AppToken()}, "batch": {batch}}
		req, _ := http.NewRequest(http.MethodPost, s.URL+"/v25.0/", strings.NewReader(form.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return s.do(req)
	}
	var parts []*struct {
		Code int
		Body string
	}
	part := func(path string) string { return `{"method":"GET","relative_url":"v25.0/` + path + `"}` }
	post("["+part(a.PlatformID+"?fields=name")+","+part(a.PlatformID)+","+part("123")+"]").decode(t, &parts)
	if len(parts) != 3 || parts[1] != nil || parts[0].Code != 200 || !strings.Contains(parts[0].Body, a.Name) || parts[2].Code != 400 {
		t.Errorf("batch: %+v", parts)
	}
	for name, batch := range map[string]string{"no list": "{}", "empty": "[]", "51": "[" + strings.Repeat(part("1")+",", 50) + part("1") + "]", "no address": `[{"method":"GET"}]`} {
		if e := post(batch).error(t); e.Code != 100 {
			t.Errorf("batch, %s: got %+v", name, e)
		}
	}
	// Each id and each part counts: 2 + 1 so far, and 1 of the batch.
	usage := s.as(s.AppToken(), a.PlatformID).Header.Get("X-App-Usage")
	var u struct {
		Calls int `json:"call_count"`
	}
	if err := json.Unmarshal([]byte(usage), &u); err != nil || u.Calls != (5*100)/200 {
		t.Errorf("usage %q, %v; want 5 calls of 200", usage, err)
	}
}

func TestLogin(t *testing.T) {
	s := start(t, facebook.Options{Instagram: map[string]string{ownerPage: "17841400000000001"}})
	back := "https://office.invalid/callback?x=1"
	ask := func(pairs ...string) reply {
		t.Helper()
		return s.as("", "dialog/oauth", append([]string{"client_id", s.AppID(), "redirect_uri", back, "state", "st&te"}, pairs...)...)
	}
	code := func() string {
		t.Helper()
		r := ask()
		u, err := url.Parse(r.Header.Get("Location"))
		if err != nil || r.StatusCode != http.StatusFound || u.Host != "office.invalid" || u.Query().Get("x") != "1" || u.Query().Get("state") != "st&te" {
			t.Fatalf("dialog: status %d, %q", r.StatusCode, r.Header.Get("Location"))
		}
		return u.Query().Get("code")
	}
	token := func(pairs ...string) reply {
		t.Helper()
		return s.as("", "oauth/access_token", append([]string{"client_id", s.AppID(), "client_secret", s.AppSecret()}, pairs...)...)
	}
	type answer struct {
		Token string `json:"access_token"`
		Kind  string `json:"token_type"`
		In    int64  `json:"expires_in"`
	}
	first := code()
	if first == code() {
		t.Error("two log-ins got the same code")
	}
	if e := token("code", first, "redirect_uri", "https://elsewhere.invalid/").error(t); e.Code != 100 {
		t.Errorf("code for another address: got %+v", e)
	}
	var short, long answer
	token("code", first, "redirect_uri", back).decode(t, &short)
	if short.Kind != "bearer" || short.In < 3600 || short.In > 7200 {
		t.Errorf("short-lived token: %+v", short)
	}
	if e := token("code", first, "redirect_uri", back).error(t); e.Code != 100 {
		t.Errorf("code that was used: got %+v", e)
	}
	old := code()
	token("grant_type", "fb_exchange_token", "fb_exchange_token", short.Token).decode(t, &long)
	if long.Token != s.Token() || long.In < 50*24*3600 {
		t.Errorf("long-lived token: %+v", long)
	}

	var pages struct {
		Data []struct {
			ID, Name, Token string
			Access          string              `json:"access_token"`
			Instagram       struct{ ID string } `json:"instagram_business_account"`
		}
	}
	s.as(long.Token, "me/accounts", "fields", "id,name,access_token,tasks,instagram_business_account").decode(t, &pages)
	if len(pages.Data) != 2 || pages.Data[1].Access != s.PageToken(ownerPage) || pages.Data[1].Instagram.ID != "17841400000000001" || pages.Data[0].Instagram.ID != "" {
		t.Errorf("me/accounts: %+v", pages)
	}
	var page struct {
		Access string `json:"access_token"`
	}
	s.as(long.Token, account(t, s.World, ownerPage).PlatformID, "fields", "access_token").decode(t, &page)
	if page.Access != s.PageToken(ownerPage) {
		t.Error("a Page does not give its token to who manages it")
	}
	if r := s.get(account(t, s.World, ownerPage).PlatformID, "fields", "access_token,id"); bytes.Contains(r.body, []byte("access_token")) {
		t.Errorf("a Page gives its token to a Page: %s", r.body)
	}

	type debug struct {
		Data struct {
			Type    string
			Valid   bool  `json:"is_valid"`
			Until   int64 `json:"expires_at"`
			Scopes  []string
			Granted []struct {
				Scope   string
				Targets []string `json:"target_ids"`
			} `json:"granular_scopes"`
			Error *struct{ Subcode int }
		}
	}
	inspect := func(token string) (d debug) {
		t.Helper()
		s.as(s.AppToken(), "debug_token", "input_token", token).decode(t, &d)
		return d
	}
	if d := inspect(page.Access); d.Data.Type != "PAGE" || !d.Data.Valid || d.Data.Until != 0 {
		t.Errorf("debug_token of a Page: %+v", d)
	}
	if d := inspect(short.Token); d.Data.Type != "USER" || d.Data.Until != june.Unix()+short.In || !slices.Contains(d.Data.Scopes, "read_insights") || len(d.Data.Granted[0].Targets) != 2 {
		t.Errorf("debug_token of a user: %+v", d)
	}
	if d := inspect("EAAx"); d.Data.Valid || d.Data.Error == nil {
		t.Errorf("debug_token of nothing: %+v", d)
	}

	s.Faults.EmptyAccounts()
	if r := s.as(long.Token, "me/accounts"); string(r.body) != `{"data":[]}` {
		t.Errorf("empty me/accounts: %s", r.body)
	}
	if r := s.as(long.Token, account(t, s.World, ownerPage).PlatformID, "fields", "access_token"); r.StatusCode != 200 {
		t.Errorf("a Page that is not listed cannot be read: %s", r.body)
	}
	s.Faults.NoExpiry()
	var forever answer
	token("grant_type", "fb_exchange_token", "fb_exchange_token", short.Token).decode(t, &forever)
	if forever.Token == "" || forever.In != 0 {
		t.Errorf("token that says nothing of its end: %+v", forever)
	}
	s.Faults.KillToken(460, time.Time{})
	if d := inspect(long.Token); d.Data.Valid || d.Data.Error == nil || d.Data.Error.Subcode != 460 {
		t.Errorf("debug_token of a dead one: %+v", d)
	}
	if e := token("grant_type", "fb_exchange_token", "fb_exchange_token", short.Token).error(t); e.Code != 190 || e.Subcode != 460 {
		t.Errorf("exchange of a dead token: got %+v", e)
	}
	s.Faults.Clear()

	s.Faults.DenyLogin()
	if u, _ := url.Parse(ask().Header.Get("Location")); u.Query().Get("error") != "access_denied" || u.Query().Has("code") || u.Query().Get("state") != "st&te" {
		t.Errorf("a person who says no: %s", u)
	}
	s.Faults.Clear()
	s.clock.Advance(2 * time.Hour)
	if e := s.as(short.Token, "me").error(t); e.Code != 190 {
		t.Errorf("short-lived token after two hours: got %+v", e)
	}
	if e := token("code", old, "redirect_uri", back).error(t); e.Code != 100 {
		t.Errorf("code after two hours: got %+v", e)
	}
	for name, r := range map[string]reply{
		"another app":         s.as("", "dialog/oauth", "client_id", "1", "redirect_uri", back),
		"no way back":         s.as("", "dialog/oauth", "client_id", s.AppID(), "redirect_uri", "/x"),
		"another app's token": s.as("", "oauth/access_token", "client_id", "1", "client_secret", s.AppSecret()),
		"wrong secret":        s.as("", "oauth/access_token", "client_id", s.AppID(), "client_secret", "x"),
		"unknown grant":       token("grant_type", "password"),
		"unknown code":        token("code", "AQx", "redirect_uri", back),
		"unknown token":       token("grant_type", "fb_exchange_token", "fb_exchange_token", "EAAx"),
	} {
		if e := r.error(t); e.Status != 400 || e.Code == 0 {
			t.Errorf("%s: got %+v", name, e)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	s := start(t, facebook.Options{})
	a := account(t, s.World, ownerPage)
	posts := s.World.Posts(a.Handle, june)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				switch j % 4 {
				case 0:
					s.Faults.HidePost(posts[i].PostID)
				case 1:
					s.get(a.PlatformID+"/published_posts", "limit", "20")
				case 2:
					s.get(posts[j].PostID+"/insights", "metric", "post_media_view")
				default:
					s.Faults.Clear()
				}
			}
		})
	}
	wg.Wait()
}

func proof(secret, token string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(token))
	return hex.EncodeToString(h.Sum(nil))
}

// TestBesideInstagram: at one address each platform answers for its own, with
// one token.
func TestBesideInstagram(t *testing.T) {
	const token = "EAASANDBOXBOTH"
	now := func() time.Time { return june }
	fb := facebook.New(facebook.Options{World: sandboxtest.FacebookWorld(), Now: now, Token: token})
	ig := instagram.New(instagram.Options{World: sandboxtest.InstagramWorld(), Now: now, Token: token})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fb.Serves(r) {
			fb.ServeHTTP(w, r)
			return
		}
		ig.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	get := func(path, token string) reply {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/v25.0/"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		return fetch(t, *srv.Client(), req)
	}
	request := func(path string) *http.Request { return httptest.NewRequest(http.MethodGet, "/v25.0/"+path, nil) }
	for _, a := range sandboxtest.InstagramWorld().Accounts() {
		if fb.Serves(request(a.PlatformID + "/media")) {
			t.Errorf("Facebook takes the Instagram account %s for its own", a.Handle)
		}
		for _, p := range sandboxtest.InstagramWorld().Posts(a.Handle, june) {
			if fb.Serves(request(p.NativeID + "/insights")) {
				t.Fatalf("Facebook takes the media %s for its own", p.NativeID)
			}
		}
		if a.Access == schema.AccessOwner {
			var who struct{ Username string }
			if get(a.PlatformID+"?fields=username", token).decode(t, &who); who.Username != a.Handle {
				t.Errorf("Instagram answers for %q, want %q", who.Username, a.Handle)
			}
		}
	}
	if fb.Serves(request(ig.OfficeUserID())) {
		t.Error("Facebook takes Instagram's office for its own")
	}
	for _, a := range sandboxtest.FacebookWorld().Accounts() {
		var who struct{ Username string }
		if get(a.PlatformID+"?fields=username", fb.AppToken()).decode(t, &who); who.Username != a.Handle {
			t.Errorf("Facebook answers for %q, want %q", who.Username, a.Handle)
		}
	}
}
