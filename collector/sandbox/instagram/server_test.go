package instagram_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/instagram"
	"github.com/hamawaz/hamawaz/collector/sandbox/sandboxtest"
	"github.com/hamawaz/hamawaz/schema"
)

const allMediaFields = "id,caption,media_type,media_product_type,permalink,shortcode,timestamp,username,like_count,comments_count," +
	"reposts_count,saved_count,shares_count,total_like_count,total_comments_count,total_views_count,media_url,thumbnail_url,ig_id,owner,children{id,media_type,media_url,permalink,timestamp}"

// service is a started server with its clock.
type service struct {
	*sandboxtest.Instagram
	clock *sandboxtest.Clock
	t     testing.TB
}

func start(t testing.TB, o instagram.Options) *service {
	t.Helper()
	clock := sandboxtest.NewClock(june)
	o.Now = clock.Now
	return &service{sandboxtest.StartInstagram(t, o), clock, t}
}

// reply is an answer with its body read.
type reply struct {
	*http.Response
	body []byte
}

// get asks for a path of version 25, with the token.
func (s *service) get(path string, pairs ...string) reply {
	s.t.Helper()
	q := url.Values{"access_token": {s.Token()}}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return s.fetch(s.URL + "/v25.0/" + path + "?" + q.Encode())
}

func (s *service) fetch(address string) reply {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.do(req)
}

func (s *service) do(req *http.Request) reply {
	s.t.Helper()
	res, err := s.Client().Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
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
	Type, Message         string
}

func (r reply) error(t testing.TB) graphError {
	t.Helper()
	var e struct {
		Error struct {
			Code      int    `json:"code"`
			Subcode   int    `json:"error_subcode"`
			Type      string `json:"type"`
			Message   string `json:"message"`
			Transient bool   `json:"is_transient"`
			Trace     string `json:"fbtrace_id"`
		}
	}
	if err := json.Unmarshal(r.body, &e); err != nil {
		t.Fatalf("%v in %.200s", err, r.body)
	}
	if e.Error.Type == "" || e.Error.Message == "" || e.Error.Trace == "" {
		t.Errorf("error answer is not complete: %s", r.body)
	}
	return graphError{r.StatusCode, e.Error.Code, e.Error.Subcode, e.Error.Type, e.Error.Message}
}

type media struct {
	ID        string
	Shortcode string
	Caption   string
	Timestamp string
	Permalink string
	Likes     *int64 `json:"like_count"`
	Comments  *int64 `json:"comments_count"`
	Views     *int64 `json:"view_count"`
	Saved     *int64 `json:"saved_count"`
}

type mediaPage struct {
	Data   []media
	Paging *struct {
		Cursors        struct{ Before, After string }
		Next, Previous string
	}
}

func account(t testing.TB, w *instagram.World, handle string) sandbox.Account {
	t.Helper()
	for _, a := range w.Accounts() {
		if a.Handle == handle {
			return a
		}
	}
	t.Fatalf("no account %s", handle)
	return sandbox.Account{}
}

// Following next gives every post once, newest first, with the counters of the
// second that the Date header names.
func TestMediaWalk(t *testing.T) {
	s := start(t, instagram.Options{})
	for _, handle := range []string{"governoamapa", "governoms"} {
		a := account(t, s.World, handle)
		next := s.URL + "/v25.0/" + a.PlatformID + "/media?limit=100&fields=shortcode,caption,timestamp,permalink,like_count,comments_count,saved_count&access_token=" + s.Token()
		var got []media
		pages := 0
		for next != "" {
			r := s.fetch(next)
			var p mediaPage
			r.decode(t, &p)
			at, err := http.ParseTime(r.Header.Get("Date"))
			if err != nil || !at.Equal(june) {
				t.Fatalf("Date: got %q, want the sandbox's second", r.Header.Get("Date"))
			}
			if p.Paging == nil || p.Paging.Cursors.After == "" || p.Paging.Cursors.Before == "" {
				t.Fatalf("page %d of %s has no cursors", pages, handle)
			}
			if (p.Paging.Previous != "") != (pages > 0) {
				t.Errorf("page %d of %s: previous is %q", pages, handle, p.Paging.Previous)
			}
			got = append(got, p.Data...)
			next = p.Paging.Next
			if next == "" {
				// Asking once more after the last page: no data, and no paging.
				r := s.get(a.PlatformID+"/media", "after", p.Paging.Cursors.After)
				if string(r.body) != `{"data":[]}` {
					t.Errorf("page after the last: got %s", r.body)
				}
			}
			pages++
		}
		want := listed(s.World, handle, june)
		if len(got) != len(want) {
			t.Fatalf("media of %s: got %d, want %d", handle, len(got), len(want))
		}
		for i, p := range want {
			tr, _ := s.World.Truth(handle, p.PostID, june)
			w := media{ID: p.NativeID, Shortcode: p.PostID, Caption: p.Text, Permalink: p.Permalink,
				Timestamp: p.PublishedAt.Format("2006-01-02T15:04:05+0000"),
				Likes:     tr.Reactions, Comments: tr.Comments, Saved: tr.Saves}
			if diff := cmp.Diff(w, got[i]); diff != "" {
				t.Fatalf("media %d of %s:\n%s", i, handle, diff)
			}
		}
	}
}

// Posts that come out while pages are read neither repeat nor hide a post.
func TestMediaWalkWhilePostsComeOut(t *testing.T) {
	s := start(t, instagram.Options{})
	a := account(t, s.World, "governoamapa")
	seen := make(map[string]int)
	next := s.URL + "/v25.0/" + a.PlatformID + "/media?limit=7&access_token=" + s.Token()
	for next != "" {
		var p mediaPage
		s.fetch(next).decode(t, &p)
		for _, m := range p.Data {
			seen[m.ID]++
		}
		next = p.Paging.Next
		s.clock.Advance(10 * time.Minute)
	}
	for _, p := range listed(s.World, a.Handle, june) {
		if seen[p.NativeID] != 1 {
			t.Errorf("post %s was read %d times", p.PostID, seen[p.NativeID])
		}
	}
}

func TestMediaBefore(t *testing.T) {
	s := start(t, instagram.Options{})
	a := account(t, s.World, "governope")
	var first, second, third, back, start mediaPage
	s.get(a.PlatformID+"/media", "limit", "5").decode(t, &first)
	s.fetch(first.Paging.Next).decode(t, &second)
	s.fetch(second.Paging.Next).decode(t, &third)
	s.fetch(third.Paging.Previous).decode(t, &back)
	if diff := cmp.Diff(second.Data, back.Data); diff != "" {
		t.Errorf("previous of the third page is not the second:\n%s", diff)
	}
	s.fetch(back.Paging.Previous).decode(t, &start)
	if diff := cmp.Diff(first.Data, start.Data); diff != "" || start.Paging.Previous != "" {
		t.Errorf("previous of the second page is not the first, or has a previous %q:\n%s", start.Paging.Previous, diff)
	}
}

func TestMediaSinceUntil(t *testing.T) {
	s := start(t, instagram.Options{})
	a := account(t, s.World, "governogoias")
	posts := listed(s.World, a.Handle, june)
	from, to := posts[60].PublishedAt, posts[20].PublishedAt
	tests := []struct {
		name         string
		since, until string
		want         []sandbox.Post
	}{
		{"seconds, both ends included", strconv.FormatInt(from.Unix(), 10), strconv.FormatInt(to.Unix(), 10), posts[20:61]},
		{"with an offset", from.Format("2006-01-02T15:04:05-0700"), "", posts[:61]},
		{"until alone", "", strconv.FormatInt(to.Unix()-1, 10), posts[21:121]},
		{"nothing there", "2023-01-01", "2023-02-01", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var p mediaPage
			s.get(a.PlatformID+"/media", "limit", "100", "since", tt.since, "until", tt.until).decode(t, &p)
			var got, want []string
			for _, m := range p.Data {
				got = append(got, m.ID)
			}
			for _, post := range tt.want {
				want = append(want, post.NativeID)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("media since %q until %q:\n%s", tt.since, tt.until, diff)
			}
			if len(want) == 0 && p.Paging != nil {
				t.Error("an empty list has paging")
			}
		})
	}
}

// Business discovery walks public accounts; hidden likes are missing.
func TestDiscoveryWalk(t *testing.T) {
	s := start(t, instagram.Options{})
	for _, handle := range []string{"governodorn", "governoma"} {
		var got []media
		after := ""
		for {
			fields := "business_discovery.username(" + handle + "){media" + after + ".limit(100){id,like_count,comments_count,view_count,permalink}}"
			var d struct {
				ID        string
				Discovery struct {
					ID    string
					Media mediaPage
				} `json:"business_discovery"`
			}
			s.get(s.OfficeUserID(), "fields", fields).decode(t, &d)
			p := d.Discovery.Media
			if d.ID != s.OfficeUserID() || d.Discovery.ID != account(t, s.World, handle).PlatformID {
				t.Fatalf("ids: got %q and %q", d.ID, d.Discovery.ID)
			}
			if len(p.Data) == 0 {
				if p.Paging != nil {
					t.Error("the empty page after the last has paging")
				}
				break
			}
			if p.Paging.Next != "" || p.Paging.Cursors.After == "" || (p.Paging.Cursors.Before != "") != (after != "") {
				t.Fatalf("paging inside business discovery: got %+v", p.Paging)
			}
			got = append(got, p.Data...)
			after = ".after(" + p.Paging.Cursors.After + ")"
		}
		want := listed(s.World, handle, june)
		if len(got) != len(want) {
			t.Fatalf("media of %s: got %d, want %d", handle, len(got), len(want))
		}
		hidden := 0
		for i, p := range want {
			tr, _ := s.World.Truth(handle, p.PostID, june)
			w := media{ID: p.NativeID, Permalink: p.Permalink, Likes: tr.Reactions, Comments: tr.Comments}
			if p.Format == schema.FormatReel {
				w.Views = tr.Views
			}
			if diff := cmp.Diff(w, got[i]); diff != "" {
				t.Fatalf("media %d of %s:\n%s", i, handle, diff)
			}
			if w.Likes == nil {
				hidden++
			}
		}
		if hidden == 0 {
			t.Errorf("no post of %s hides its likes", handle)
		}
	}
}

// Posts, profiles and insights name a token's account alone; each error is
// that of the contract.
func TestErrors(t *testing.T) {
	s := start(t, instagram.Options{})
	owner, public := account(t, s.World, "governosp"), account(t, s.World, "governo.acre")
	posts := listed(s.World, owner.Handle, june)
	reel := posts[slices.IndexFunc(posts, func(p sandbox.Post) bool { return p.Format == schema.FormatReel })]
	album := posts[slices.IndexFunc(posts, func(p sandbox.Post) bool { return p.Format == schema.FormatAlbum })]
	image := posts[slices.IndexFunc(posts, func(p sandbox.Post) bool { return p.Format == schema.FormatImage })]
	late := listed(s.World, owner.Handle, exported)[0]
	var children struct{ Data []media }
	s.get(album.NativeID+"/children").decode(t, &children)
	var first mediaPage
	s.get(owner.PlatformID+"/media", "limit", "5").decode(t, &first)
	cursor := first.Paging.Cursors.After
	office := s.OfficeUserID()

	tests := []struct {
		name  string
		path  string
		query []string
		want  graphError // without type and message
	}{
		{"limit above 100", owner.PlatformID + "/media", []string{"limit", "101"}, graphError{400, 100, 0, "", ""}},
		{"limit that is no number", owner.PlatformID + "/media", []string{"limit", "ten"}, graphError{400, 100, 0, "", ""}},
		{"limit below 0", owner.PlatformID + "/media", []string{"limit", "-1"}, graphError{400, 100, 0, "", ""}},
		{"cursor of another account", account(t, s.World, "governope").PlatformID + "/media", []string{"after", cursor}, graphError{400, 100, 0, "", ""}},
		{"cursor that is garbage", owner.PlatformID + "/media", []string{"after", "QVFIUnonsense"}, graphError{400, 100, 0, "", ""}},
		{"cursor with a letter changed", owner.PlatformID + "/media", []string{"before", cursor[:9] + string(cursor[9]^1) + cursor[10:]}, graphError{400, 100, 0, "", ""}},
		{"since after until", owner.PlatformID + "/media", []string{"since", "20", "until", "10"}, graphError{400, 100, 0, "", ""}},
		{"since that is no time", owner.PlatformID + "/media", []string{"since", "yesterday-ish"}, graphError{400, 100, 0, "", ""}},
		{"unknown field of media", owner.PlatformID + "/media", []string{"fields", "id,plays"}, graphError{400, 100, 0, "", ""}},
		{"unknown field of a profile", owner.PlatformID, []string{"fields", "id,age"}, graphError{400, 100, 0, "", ""}},
		{"unknown field of a picture", album.NativeID, []string{"fields", "children{nonsense}"}, graphError{400, 100, 0, "", ""}},
		{"fields in braces where there are none", owner.PlatformID, []string{"fields", "name{first}"}, graphError{400, 100, 0, "", ""}},
		{"fields that do not parse", owner.PlatformID, []string{"fields", "id,media{id"}, graphError{400, 2500, 0, "", ""}},
		{"limit above 100 inside fields", owner.PlatformID, []string{"fields", "media.limit(200){id}"}, graphError{400, 100, 0, "", ""}},
		{"object that is not there", "17999999999999999", nil, graphError{400, 100, 33, "", ""}},
		{"media that is not out yet", late.NativeID, nil, graphError{400, 100, 33, "", ""}},
		{"account that is public only", public.PlatformID, nil, graphError{400, 100, 33, "", ""}},
		{"media of an account that is public only", public.PlatformID + "/media", nil, graphError{400, 100, 33, "", ""}},
		{"insights of a media of another's", listed(s.World, public.Handle, june)[0].NativeID + "/insights", []string{"metric", "reach"}, graphError{400, 100, 33, "", ""}},
		{"discovery of nobody", office, []string{"fields", "business_discovery.username(nobody){id}"}, graphError{400, 110, 2207013, "", ""}},
		{"discovery without a name", office, []string{"fields", "business_discovery{id}"}, graphError{400, 100, 0, "", ""}},
		{"discovery of what only the owner sees", office, []string{"fields", "business_discovery.username(governosp){media{saved_count}}"}, graphError{400, 100, 0, "", ""}},
		{"discovery inside discovery", office, []string{"fields", "business_discovery.username(governosp){business_discovery.username(governope){id}}"}, graphError{400, 100, 0, "", ""}},
		{"path that is not there", owner.PlatformID + "/likes", nil, graphError{404, 2500, 0, "", ""}},
		{"path that is too long", owner.PlatformID + "/media/1", nil, graphError{404, 2500, 0, "", ""}},
		{"media of a media", image.NativeID + "/media", nil, graphError{404, 2500, 0, "", ""}},
		{"alias that is not there", "someone", nil, graphError{404, 803, 0, "", ""}},
		{"no metric", image.NativeID + "/insights", nil, graphError{400, 3001, 1504028, "", ""}},
		{"metric that was removed", image.NativeID + "/insights", []string{"metric", "reach,engagement"}, graphError{400, 100, 0, "", ""}},
		{"profile visits of a reel", reel.NativeID + "/insights", []string{"metric", "profile_visits"}, graphError{400, 100, 0, "", ""}},
		{"watch time of a picture", image.NativeID + "/insights", []string{"metric", "ig_reels_avg_watch_time"}, graphError{400, 100, 0, "", ""}},
		{"a story's metric", image.NativeID + "/insights", []string{"metric", "navigation"}, graphError{400, 100, 0, "", ""}},
		{"views on Facebook", reel.NativeID + "/insights", []string{"metric", "facebook_views"}, graphError{400, 100, 0, "", ""}},
		{"breakdown that does not fit", image.NativeID + "/insights", []string{"metric", "reach", "breakdown", "action_type"}, graphError{400, 1, 0, "", ""}},
		{"insights of a picture in an album", children.Data[0].ID + "/insights", []string{"metric", "reach"}, graphError{400, 100, 0, "", ""}},
		{"account insights without metric", owner.PlatformID + "/insights", []string{"period", "day"}, graphError{400, 3001, 1504028, "", ""}},
		{"account insights without period", owner.PlatformID + "/insights", []string{"metric", "reach"}, graphError{400, 100, 0, "", ""}},
		{"account insights by week", owner.PlatformID + "/insights", []string{"metric", "reach", "period", "week"}, graphError{400, 100, 0, "", ""}},
		{"account impressions", owner.PlatformID + "/insights", []string{"metric", "impressions", "period", "day"}, graphError{400, 100, 0, "", ""}},
		{"views without total_value", owner.PlatformID + "/insights", []string{"metric", "views", "period", "day"}, graphError{400, 100, 0, "", ""}},
		{"follower_count as a total", owner.PlatformID + "/insights", []string{"metric", "follower_count", "period", "day", "metric_type", "total_value"}, graphError{400, 100, 0, "", ""}},
		{"follower_count of long ago", owner.PlatformID + "/insights", []string{"metric", "follower_count", "period", "day", "since", "2024-01-01", "until", "2024-01-20"}, graphError{400, 100, 0, "", ""}},
		{"account insights over two months", owner.PlatformID + "/insights", []string{"metric", "reach", "period", "day", "since", "2024-03-01", "until", "2024-05-01"}, graphError{400, 100, 0, "", ""}},
		{"account breakdown that does not fit", owner.PlatformID + "/insights", []string{"metric", "likes", "period", "day", "metric_type", "total_value", "breakdown", "follow_type"}, graphError{400, 1, 0, "", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := s.get(tt.path, tt.query...).error(t)
			got.Type, got.Message = "", ""
			if got != tt.want {
				t.Errorf("GET %s %q: got %+v, want %+v", tt.path, tt.query, got, tt.want)
			}
		})
	}

	t.Run("impressions of July", func(t *testing.T) {
		s.clock.Set(exported)
		defer s.clock.Set(june)
		for _, p := range listed(s.World, owner.Handle, exported) {
			if p.Format == schema.FormatReel {
				continue
			}
			want := http.StatusOK
			if !p.PublishedAt.Before(time.Date(2024, 7, 2, 0, 0, 0, 0, time.UTC)) {
				want = http.StatusBadRequest
			}
			if r := s.get(p.NativeID+"/insights", "metric", "impressions"); r.StatusCode != want {
				t.Fatalf("impressions of a media of %s: got status %d, want %d", p.PublishedAt, r.StatusCode, want)
			}
		}
	})
}

func TestTokens(t *testing.T) {
	s := start(t, instagram.Options{})
	a := account(t, s.World, "governosp")
	ask := func(edge, token, header string) reply {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/v25.0/"+a.PlatformID+edge+"?access_token="+token, nil)
		if header != "" {
			req.Header.Set("Authorization", header)
		}
		return s.do(req)
	}
	if r := ask("", "", "Bearer "+s.Token()); r.StatusCode != http.StatusOK {
		t.Errorf("token in the header: status %d, %s", r.StatusCode, r.body)
	}
	tests := []struct {
		name         string
		edge, token  string
		kill         int
		status, want int
		message      string
	}{
		{"missing", "", "", 0, 400, 0, "An access token is required"},
		{"missing on an edge", "/media", "", 0, 401, 0, "An access token is required"},
		{"wrong", "", "EAAnonsense", 0, 400, 0, "Invalid OAuth access token"},
		{"app removed", "", s.Token(), 458, 400, 458, "has not authorized"},
		{"checkpoint", "", s.Token(), 459, 400, 459, "log in to www.facebook.com"},
		{"password changed", "", s.Token(), 460, 400, 460, "changed their password"},
		{"expired", "", s.Token(), 463, 400, 463, "Session has expired on Saturday, 01-Jun-24 04:00:00 PDT. The current time is Saturday, 01-Jun-24 05:00:00 PDT."},
		{"not confirmed", "", s.Token(), 464, 400, 464, "not a confirmed user"},
		{"made invalid", "", s.Token(), 467, 400, 467, "logged out"},
		{"role lost", "/media", s.Token(), 492, 401, 492, "appropriate role"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.Faults.KillToken(tt.kill, june.Add(-time.Hour))
			r := ask(tt.edge, tt.token, "")
			e := r.error(t)
			if e.Status != tt.status || e.Code != 190 || e.Subcode != tt.want || e.Type != "OAuthException" || !strings.Contains(e.Message, tt.message) {
				t.Errorf("got %+v", e)
			}
			if h := r.Header.Get("WWW-Authenticate"); !strings.HasPrefix(h, `OAuth "Facebook Platform" "invalid_token" "`) {
				t.Errorf("WWW-Authenticate: got %q", h)
			}
		})
	}

	s.Faults.KillToken(463, june.Add(time.Minute))
	if r := s.get(a.PlatformID); r.StatusCode != http.StatusOK {
		t.Errorf("a minute before the token expires: status %d", r.StatusCode)
	}
	s.clock.Advance(time.Minute)
	if e := s.get(a.PlatformID).error(t); e.Subcode != 463 {
		t.Errorf("when the token expires: got %+v", e)
	}
	s.Faults.KillToken(0, time.Time{})
	if r := s.get(a.PlatformID); r.StatusCode != http.StatusOK {
		t.Errorf("once revived: status %d", r.StatusCode)
	}
}

func TestMethods(t *testing.T) {
	s := start(t, instagram.Options{})
	a := account(t, s.World, "governosp")
	for method, want := range map[string]int{http.MethodPost: 400, http.MethodDelete: 400, http.MethodPut: 400, http.MethodHead: 405} {
		req, _ := http.NewRequestWithContext(t.Context(), method, s.URL+"/v25.0/"+a.PlatformID+"?access_token="+s.Token(), nil)
		r := s.do(req)
		if r.StatusCode != want {
			t.Errorf("%s: status %d, want %d", method, r.StatusCode, want)
		}
		if method == http.MethodHead {
			continue
		}
		if e := r.error(t); e.Code != 100 || e.Subcode != 33 || !strings.HasPrefix(e.Message, "Unsupported "+strings.ToLower(method)+" request") {
			t.Errorf("%s: got %+v", method, e)
		}
	}
}

func TestVersions(t *testing.T) {
	s := start(t, instagram.Options{})
	a := account(t, s.World, "governosp")
	tests := []struct {
		path string
		at   time.Time
		want string // "" means 404
	}{
		{"/v25.0/", june, "v25.0"},
		{"/v26.0/", june, "v26.0"},
		{"/v21.0/", june, "v21.0"},
		{"/v2.12/", june, "v21.0"},
		{"/", june, "v21.0"},
		{"/v21.0/", time.Date(2027, 1, 21, 0, 0, 0, 0, time.UTC), "v22.0"},
		{"/v21.0/", time.Date(2028, 3, 1, 0, 0, 0, 0, time.UTC), "v25.0"},
		{"/v25.0/", time.Date(2029, 1, 1, 0, 0, 0, 0, time.UTC), "v26.0"},
		{"/v27.0/", june, ""},
		{"/v25.1/", june, ""},
	}
	for _, tt := range tests {
		s.clock.Set(tt.at)
		r := s.fetch(s.URL + tt.path + a.PlatformID + "?access_token=" + s.Token())
		if got := r.Header.Get("Facebook-Api-Version"); got != tt.want || (tt.want == "") != (r.StatusCode == http.StatusNotFound) {
			t.Errorf("GET %s on %s: got version %q and status %d, want %q", tt.path, tt.at.Format(time.DateOnly), got, r.StatusCode, tt.want)
		}
	}
	s.clock.Set(june)
	if e := s.fetch(s.URL + "/v26.0/" + a.PlatformID + "?date_format=U&access_token=" + s.Token()).error(t); e.Code != 100 {
		t.Errorf("date_format in v26.0: got %+v", e)
	}
	var p mediaPage
	s.fetch(s.URL+"/v24.0/"+a.PlatformID+"/media?access_token="+s.Token()).decode(t, &p)
	if !strings.HasPrefix(p.Paging.Next, s.URL+"/v24.0/"+a.PlatformID+"/media?") || !strings.Contains(p.Paging.Next, "access_token="+s.Token()) {
		t.Errorf("next: got %q", p.Paging.Next)
	}
}

func TestGzip(t *testing.T) {
	s := start(t, instagram.Options{})
	a := account(t, s.World, "governosp")
	address := s.URL + "/v25.0/" + a.PlatformID + "/media?fields=id,caption&access_token=" + s.Token()
	plain := s.fetch(address)
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	req.Header.Set("Accept-Encoding", "br, gzip")
	r := s.do(req)
	if r.Header.Get("Content-Encoding") != "gzip" || len(r.body)*2 > len(plain.body) {
		t.Fatalf("Content-Encoding %q, %d bytes of %d", r.Header.Get("Content-Encoding"), len(r.body), len(plain.body))
	}
	z, err := gzip.NewReader(strings.NewReader(string(r.body)))
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(z); err != nil || string(body) != string(plain.body) {
		t.Errorf("zipped body differs, error %v", err)
	}
	req.Header.Set("Accept-Encoding", "gzip;q=0")
	if r := s.do(req); r.Header.Get("Content-Encoding") != "" {
		t.Errorf("gzip;q=0: got %q", r.Header.Get("Content-Encoding"))
	}
}

type usage struct {
	Type    string `json:"type"`
	Calls   int    `json:"call_count"`
	CPU     int    `json:"total_cputime"`
	Time    int    `json:"total_time"`
	Minutes int    `json:"estimated_time_to_regain_access"`
}

// The account's quota climbs to 100 percent, is refused with the minutes to
// wait, and is there again after them. Other accounts are not touched.
func TestAccountQuota(t *testing.T) {
	s := start(t, instagram.Options{AccountCalls: 200})
	a := account(t, s.World, "governosp")
	read := func() (usage, reply) {
		r := s.get(a.PlatformID)
		var h map[string][]usage
		if text := r.Header.Get("X-Business-Use-Case-Usage"); text != "" {
			if err := json.Unmarshal([]byte(text), &h); err != nil {
				t.Fatalf("%v in %s", err, text)
			}
		}
		if len(h[a.PlatformID]) == 0 {
			return usage{}, r
		}
		return h[a.PlatformID][0], r
	}
	for call := 1; call <= 200; call++ {
		u, r := read()
		if r.StatusCode != http.StatusOK || u.Calls != call*100/200 || u.Minutes != 0 || (call >= 2) != (u.Type == "instagram") {
			t.Fatalf("call %d: status %d, usage %+v", call, r.StatusCode, u)
		}
		if call == 100 {
			s.clock.Advance(3 * time.Hour)
		}
	}
	u, r := read()
	if e := r.error(t); e.Status != 403 || e.Code != 80002 || u.Calls < 100 {
		t.Fatalf("call 201: got %+v, usage %+v", e, u)
	}
	if want := 21 * 60; u.Minutes != want {
		t.Errorf("minutes to wait: got %d, want %d", u.Minutes, want)
	}
	if r := s.get(account(t, s.World, "governope").PlatformID); r.StatusCode != http.StatusOK {
		t.Errorf("another account: status %d", r.StatusCode)
	}
	s.clock.Advance(time.Duration(u.Minutes)*time.Minute - time.Minute)
	if _, r := read(); r.StatusCode != 403 {
		t.Errorf("a minute too early: status %d", r.StatusCode)
	}
	s.clock.Advance(time.Minute)
	if u, r := read(); r.StatusCode != http.StatusOK || u.Calls >= 100 {
		t.Errorf("after the wait: status %d, usage %+v", r.StatusCode, u)
	}
}

func TestDiscoveryQuota(t *testing.T) {
	s := start(t, instagram.Options{AppUsers: 1, AccountCalls: 1})
	var last usage
	ask := func() reply {
		return s.get(s.OfficeUserID(), "fields", "business_discovery.username(governo.acre){id}")
	}
	for call := 1; call <= 200; call++ {
		r := ask()
		if r.StatusCode != http.StatusOK {
			t.Fatalf("call %d: %s", call, r.body)
		}
		if call >= 2 {
			if err := json.Unmarshal([]byte(r.Header.Get("X-App-Usage")), &last); err != nil || last.Calls != call/2 {
				t.Fatalf("call %d: X-App-Usage %q", call, r.Header.Get("X-App-Usage"))
			}
		}
		if h := r.Header.Get("X-Business-Use-Case-Usage"); h != "" {
			t.Fatalf("discovery counts against an account: %s", h)
		}
	}
	if e := ask().error(t); e.Status != 403 || e.Code != 4 {
		t.Errorf("call 201: got %+v", e)
	}
	s.clock.Advance(time.Hour)
	if r := ask(); r.StatusCode != http.StatusOK {
		t.Errorf("an hour later: status %d", r.StatusCode)
	}
}

func TestProfileAnswer(t *testing.T) {
	s := start(t, instagram.Options{})
	for _, a := range s.World.Accounts() {
		fields := "username,followers_count,follows_count,media_count,name,biography,ig_id"
		var got struct {
			ID        string
			Username  string
			Name      string
			IGID      int64 `json:"ig_id"`
			Followers int64 `json:"followers_count"`
			Follows   int64 `json:"follows_count"`
			Media     int64 `json:"media_count"`
		}
		var wrapped struct {
			Discovery any `json:"business_discovery"`
		}
		wrapped.Discovery = &got
		s.get(s.OfficeUserID(), "fields", "business_discovery.username("+strings.ToUpper(a.Handle)+"){"+fields+"}").decode(t, &wrapped)
		truth := s.World.Profile(a.Handle, june)
		want := got
		want.ID, want.Username, want.Name = a.PlatformID, a.Handle, a.Name
		want.Followers, want.Follows, want.Media = *truth.Followers, *truth.Following, *truth.Posts
		if got != want || got.IGID == 0 {
			t.Errorf("profile of %s: got %+v, want %+v", a.Handle, got, want)
		}
	}
}

// In a world without a model, insights are empty and followers are missing.
func TestNotModelledAnswers(t *testing.T) {
	w, err := instagram.Load(instagram.WorldOptions{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, instagram.Options{World: w})
	a := account(t, w, "governosp")
	r := s.get(a.PlatformID, "fields", "username,followers_count,follows_count,media_count")
	if want := fmt.Sprintf(`{"username":"governosp","media_count":%d,"id":"%s"}`, *w.Profile(a.Handle, june).Posts, a.PlatformID); string(r.body) != want {
		t.Errorf("profile: got %s, want %s", r.body, want)
	}
	post := listed(w, a.Handle, june)[3]
	if r := s.get(post.NativeID+"/insights", "metric", "reach,views,likes"); string(r.body) != `{"data":[]}` {
		t.Errorf("media insights: got %s", r.body)
	}
	if e := s.get(post.NativeID+"/insights", "metric", "plays").error(t); e.Code != 100 {
		t.Errorf("a metric that was removed: got %+v", e)
	}
	var insights struct{ Data []any }
	s.get(a.PlatformID+"/insights", "metric", "views,reach", "period", "day", "metric_type", "total_value").decode(t, &insights)
	if len(insights.Data) != 0 {
		t.Errorf("account insights: got %v", insights.Data)
	}
	var p struct{ Data []map[string]any }
	s.get(a.PlatformID+"/media", "fields", allMediaFields, "limit", "100").decode(t, &p)
	for _, m := range p.Data {
		for _, name := range []string{"saved_count", "shares_count", "reposts_count", "total_views_count", "total_like_count", "children"} {
			if v, ok := m[name]; ok {
				t.Fatalf("%s is there: %v", name, v)
			}
		}
		if _, ok := m["like_count"]; !ok {
			t.Fatalf("media %v has no like_count", m["id"])
		}
	}
}

// Many readers at once get the same answers, while faults come and go.
func TestConcurrentReaders(t *testing.T) {
	s := start(t, instagram.Options{})
	var wg sync.WaitGroup
	for i, a := range s.World.Accounts() {
		wg.Go(func() {
			s.Faults.DeleteMedia("nothing" + strconv.Itoa(i))
			r := s.get(s.OfficeUserID(), "fields", "business_discovery.username("+a.Handle+"){media.limit(100){id,caption,like_count}}")
			again := s.get(s.OfficeUserID(), "fields", "business_discovery.username("+a.Handle+"){media.limit(100){id,caption,like_count}}")
			if r.StatusCode != http.StatusOK || string(r.body) != string(again.body) {
				t.Errorf("media of %s: two answers of one second differ", a.Handle)
			}
		})
	}
	wg.Wait()
}

func readJSON(t testing.TB, name string, to any) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, to); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkMedia(b *testing.B) {
	for name, zip := range map[string]bool{"plain": false, "gzip": true} {
		b.Run(name, func(b *testing.B) {
			s := start(b, instagram.Options{AccountCalls: 1 << 40})
			a := account(b, s.World, "governoparana")
			q := url.Values{"fields": {allMediaFields}, "limit": {"100"}, "access_token": {s.Token()}}
			client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					req, _ := http.NewRequest(http.MethodGet, s.URL+"/v25.0/"+a.PlatformID+"/media?"+q.Encode(), nil)
					if zip {
						req.Header.Set("Accept-Encoding", "gzip")
					}
					res, err := client.Do(req)
					if err != nil {
						b.Error(err)
						return
					}
					io.Copy(io.Discard, res.Body)
					res.Body.Close()
				}
			})
			b.ReportMetric(float64(b.N)*100/b.Elapsed().Seconds(), "media/s")
		})
	}
}

// listed returns what the list of media shows: no stories.
func listed(w *instagram.World, handle string, at time.Time) []sandbox.Post {
	posts := w.Posts(handle, at)
	if posts == nil {
		return nil
	}
	return slices.DeleteFunc(posts, func(p sandbox.Post) bool { return p.Format == schema.FormatStory })
}
