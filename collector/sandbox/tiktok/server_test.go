package tiktok_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector/collectortest/openapi"
	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/sandboxtest"
	"github.com/hamawaz/hamawaz/collector/sandbox/tiktok"
)

const (
	userFields  = "open_id,union_id,avatar_url,avatar_url_100,avatar_large_url,display_name,bio_description,profile_deep_link,is_verified,username,follower_count,following_count,likes_count,video_count"
	videoFields = "id,create_time,cover_image_url,share_url,video_description,duration,height,width,title,embed_html,embed_link,like_count,comment_count,share_count,view_count,is_aigc"
	business    = "/open_api/v1.3/"
	redirect    = "https://office.example.org/connected?from=tiktok"
)

// contracts are the two documents that every answer is held against.
func contracts(t testing.TB) []*openapi.Document {
	return []*openapi.Document{
		openapi.Read(t, "testdata/tiktok-display.openapi.json"),
		openapi.Read(t, "testdata/tiktok-business-accounts.openapi.json"),
	}
}

// service is a started server with its clock. It holds each exchange against
// the contracts, as far as they have the path.
type service struct {
	*sandboxtest.TikTok
	clock     *sandboxtest.Clock
	token     string // that get and post send
	contracts []*openapi.Document
	loose     bool // the answers may differ from the contracts
	t         testing.TB
}

func start(t testing.TB, o tiktok.Options) *service {
	t.Helper()
	clock := sandboxtest.NewClock(june)
	o.Now = clock.Now
	s := &service{sandboxtest.StartTikTok(t, o), clock, "", contracts(t), false, t}
	s.token = s.OwnerToken("parana.gen")
	return s
}

func (s *service) account(handle string) sandbox.Account {
	s.t.Helper()
	for _, a := range s.World.Accounts() {
		if a.Handle == handle {
			return a
		}
	}
	s.t.Fatalf("no account %s", handle)
	return sandbox.Account{}
}

// reply is an answer with its body read.
type reply struct {
	*http.Response
	body []byte

	Data struct {
		User   map[string]any
		Videos []map[string]any
		Cursor int64
		More   bool `json:"has_more"`

		account map[string]any
	}
	Error struct {
		Code, Message string
		LogID         string `json:"log_id"`
	}
	Code      *int64
	Message   string
	RequestID string `json:"request_id"`
}

func (s *service) get(path string, pairs ...string) *reply {
	s.t.Helper()
	return s.send(http.MethodGet, path, "", "", pairs...)
}

// post sends JSON to the Display API.
func (s *service) post(path, body string, pairs ...string) *reply {
	s.t.Helper()
	return s.send(http.MethodPost, path, "application/json", body, pairs...)
}

func (s *service) send(method, path, kind, body string, pairs ...string) *reply {
	s.t.Helper()
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+path+"?"+q.Encode(), strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if s.token != "" {
		req.Header.Set("Authorization", "Bearer "+s.token)
		req.Header.Set("Access-Token", s.token)
	}
	client := *s.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	r := &reply{Response: res}
	if r.body, err = io.ReadAll(res.Body); err != nil {
		s.t.Fatal(err)
	}
	for _, c := range s.contracts {
		if c.Has(method, path) && !s.loose {
			for _, fault := range c.CheckAnswer(method, path, res.StatusCode, res.Header.Get("Content-Type"), r.body) {
				s.t.Errorf("answer to %s: %s", req.URL, fault)
			}
		}
	}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		_ = json.Unmarshal(r.body, r) // tests look at what they need
	}
	var raw struct{ Data map[string]any }
	_ = json.Unmarshal(r.body, &raw)
	r.Data.account = raw.Data
	return r
}

func (r *reply) ids() (ids []string) {
	for _, v := range r.Data.Videos {
		for _, name := range []string{"id", "item_id"} {
			if id, ok := v[name].(string); ok {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

func TestUserInfo(t *testing.T) {
	s := start(t, tiktok.Options{})
	a := s.account("parana.gen")
	r := s.get("/v2/user/info/", "fields", userFields)
	u, truth := r.Data.User, s.World.Profile(a.Handle, june)
	if r.StatusCode != 200 || r.Error.Code != "ok" || len(r.Error.LogID) != 34 || !strings.HasPrefix(r.Error.LogID, "20240601120000") || len(u) != 14 {
		t.Fatalf("answer %s", r.body)
	}
	if u["open_id"] != a.PlatformID || u["username"] != a.Handle || u["bio_description"] != a.Bio || u["display_name"] != a.Name {
		t.Errorf("user %v", u)
	}
	for name, want := range map[string]int64{"follower_count": *truth.Followers, "following_count": *truth.Following, "video_count": *truth.Posts,
		"likes_count": s.World.Likes(a.Handle, june)} {
		if u[name] != float64(want) {
			t.Errorf("%s: got %v, want %d", name, u[name], want)
		}
	}
	if r := s.get("/v2/user/info/", "fields", "username,open_id,username"); len(r.Data.User) != 2 {
		t.Errorf("only named fields: got %s", r.body)
	}
}

// All pages together are what anyone can see, newest first, whatever the size
// of a page.
func TestVideoList(t *testing.T) {
	s := start(t, tiktok.Options{LimitTimes: 10})
	for _, size := range []int{1, 7, 20} {
		var ids []string
		short, cursor := 0, int64(0)
		for {
			body := `{"max_count":` + strconv.Itoa(size) + `,"cursor":` + strconv.FormatInt(cursor, 10) + `}`
			r := s.post("/v2/video/list/", body, "fields", "id,create_time")
			if r.Error.Code != "ok" || len(r.Data.Videos) > size {
				t.Fatalf("answer %s", r.body)
			}
			if len(r.Data.Videos) < size && r.Data.More {
				short++
			}
			ids = append(ids, r.ids()...)
			if !r.Data.More {
				break
			}
			if cursor != 0 && r.Data.Cursor >= cursor {
				t.Fatalf("cursor %d after %d", r.Data.Cursor, cursor)
			}
			cursor = r.Data.Cursor
		}
		var want []string
		for _, p := range s.World.Posts("parana.gen", june) {
			want = append(want, p.PostID)
		}
		if !slices.Equal(ids, want) || short == 0 {
			t.Errorf("pages of %d: %d videos, want %d in their order; %d short pages, want some", size, len(ids), len(want), short)
		}
	}

	r := s.post("/v2/video/list/", "", "fields", videoFields)
	if len(r.Data.Videos) < 8 || len(r.Data.Videos) > 10 || len(r.Data.Videos[0]) != 16 {
		t.Fatalf("default page: %d videos, %s", len(r.Data.Videos), r.body)
	}
	p := s.World.Posts("parana.gen", june)[0]
	truth, _ := s.World.Truth("parana.gen", p.PostID, june)
	for _, name := range []string{"like_count", "comment_count", "share_count", "view_count", "duration"} {
		if got := r.Data.Videos[0][name]; got != float64(truth.Platform[name]) {
			t.Errorf("%s: got %v, want %d", name, got, truth.Platform[name])
		}
	}
	if v := r.Data.Videos[0]; v["id"] != p.PostID || v["video_description"] != p.Text || v["create_time"] != float64(p.PublishedAt.Unix()) ||
		!strings.HasPrefix(v["share_url"].(string), p.Permalink+"?") {
		t.Errorf("video %v, want %+v", v, p)
	}

	// Any time works as a start, and the page holds what is before it.
	at := s.World.Posts("parana.gen", june)[50]
	r = s.post("/v2/video/list/", `{"cursor":`+strconv.FormatInt(at.PublishedAt.UnixMilli(), 10)+`}`, "fields", "id")
	if ids := r.ids(); ids[0] != s.World.Posts("parana.gen", june)[51].PostID {
		t.Errorf("before the time of a video: got %v", ids)
	}
	r = s.post("/v2/video/list/", `{"cursor":`+strconv.FormatInt(at.PublishedAt.UnixMilli()+1, 10)+`}`, "fields", "id")
	if ids := r.ids(); ids[0] != at.PostID {
		t.Errorf("a millisecond later: got %v", ids)
	}
	if r = s.post("/v2/video/list/", `{"cursor":1000}`, "fields", "id"); r.Data.More || r.Data.Cursor != 0 || r.Data.Videos == nil || len(r.Data.Videos) != 0 {
		t.Errorf("before all: got %s", r.body)
	}
}

func TestVideoQuery(t *testing.T) {
	s := start(t, tiktok.Options{})
	mine, other := s.World.Posts("parana.gen", end), s.World.Posts("scatarina.gen", june)
	out := s.World.Posts("parana.gen", june)
	s.Faults.MakePrivate(out[3].PostID)
	ids, _ := json.Marshal([]string{out[7].PostID, out[3].PostID, "1", other[0].PostID, mine[0].PostID, out[2].PostID, out[7].PostID})
	r := s.post("/v2/video/query/", `{"filters":{"video_ids":`+string(ids)+`}}`, "fields", videoFields)
	if got := r.ids(); !slices.Equal(got, []string{out[7].PostID, out[2].PostID}) || r.Data.More || r.Data.Cursor != 0 {
		t.Errorf("query: got %s", r.body)
	}
}

func TestDisplayRefusals(t *testing.T) {
	s := start(t, tiktok.Options{})
	tests := []struct {
		name       string
		ask        func() *reply
		wantStatus int
		wantCode   string
	}{
		{"no fields", func() *reply { return s.get("/v2/user/info/") }, 400, "invalid_params"},
		{"unknown field", func() *reply { return s.get("/v2/user/info/", "fields", "open_id,email") }, 400, "invalid_params"},
		{"too many", func() *reply { return s.post("/v2/video/list/", `{"max_count":21}`, "fields", "id") }, 400, "invalid_params"},
		{"none", func() *reply { return s.post("/v2/video/list/", `{"max_count":0}`, "fields", "id") }, 400, "invalid_params"},
		{"cursor", func() *reply { return s.post("/v2/video/list/", `{"cursor":"x"}`, "fields", "id") }, 400, "invalid_params"},
		{"no JSON", func() *reply { return s.post("/v2/video/list/", `{`, "fields", "id") }, 400, "invalid_params"},
		{"a form", func() *reply {
			return s.send("POST", "/v2/video/list/", "application/x-www-form-urlencoded", "max_count=2", "fields", "id")
		}, 400, "invalid_params"},
		{"no ids", func() *reply { return s.post("/v2/video/query/", `{}`, "fields", "id") }, 400, "invalid_params"},
		{"bad id", func() *reply {
			return s.post("/v2/video/query/", `{"filters":{"video_ids":["x"]}}`, "fields", "id")
		}, 400, "invalid_params"},
		{"no token", func() *reply { s.token = ""; return s.get("/v2/user/info/", "fields", "open_id") }, 401, "access_token_invalid"},
		{"other token", func() *reply { s.token = "act.x"; return s.get("/v2/user/info/", "fields", "open_id") }, 401, "access_token_invalid"},
		{"token of the other app", func() *reply {
			s.token = s.BusinessToken("parana.gen")
			return s.get("/v2/user/info/", "fields", "open_id")
		}, 401, "access_token_invalid"},
	}
	for _, tt := range tests {
		s.token = s.OwnerToken("parana.gen")
		if r := tt.ask(); r.StatusCode != tt.wantStatus || r.Error.Code != tt.wantCode {
			t.Errorf("%s: status %d, %s", tt.name, r.StatusCode, r.body)
		}
	}
	for _, path := range []string{"/v2/video/list", "/v2/", "/v2/research/video/query/"} {
		if r := s.post(path, "{}", "fields", "id"); r.StatusCode != 404 || !strings.HasPrefix(string(r.body), "<!DOCTYPE html>") {
			t.Errorf("%s: status %d, %s", path, r.StatusCode, r.body)
		}
	}
}

// 600 requests on one path in any minute; no header says so.
func TestLimit(t *testing.T) {
	s := start(t, tiktok.Options{})
	ask := func() *reply { return s.get("/v2/user/info/", "fields", "open_id") }
	for range tiktok.Limit / 2 {
		ask()
	}
	s.clock.Advance(30 * time.Second)
	for range tiktok.Limit / 2 {
		if r := ask(); r.StatusCode != 200 {
			t.Fatalf("status %d within the limit", r.StatusCode)
		}
	}
	r := ask()
	if r.StatusCode != 429 || r.Error.Code != "rate_limit_exceeded" || r.Header.Get("Retry-After") != "" {
		t.Errorf("one more: status %d, %v, %s", r.StatusCode, r.Header, r.body)
	}
	if r := s.post("/v2/video/list/", "", "fields", "id"); r.StatusCode != 200 {
		t.Errorf("another path: status %d", r.StatusCode)
	}
	s.clock.Advance(29 * time.Second)
	if r := ask(); r.StatusCode != 429 {
		t.Errorf("after 59 seconds: status %d", r.StatusCode)
	}
	s.clock.Advance(time.Second)
	if r := ask(); r.StatusCode != 200 {
		t.Errorf("after a minute: status %d", r.StatusCode)
	}
}

// The fields of the Accounts API that are served.
const (
	accountFields       = `["username","display_name","profile_image","profile_deep_link","bio_description","is_verified","is_business_account","followers_count","following_count","total_likes","videos_count"]`
	businessVideoFields = `["item_id","create_time","caption","share_url","embed_url","thumbnail_url","video_duration","media_type","is_ad","likes","comments","shares","favorites","reach","video_views","total_time_watched","average_time_watched","full_video_watched_rate","new_followers","profile_views","website_clicks","phone_number_clicks","lead_submissions","app_download_clicks","email_clicks","address_clicks","video_view_retention","audience_types"]`
)

func TestBusiness(t *testing.T) {
	s := start(t, tiktok.Options{})
	a := s.account("scatarina.gen") // whose id begins with a dash
	s.token = s.BusinessToken(a.Handle)
	r := s.get(business+"business/get/", "business_id", a.PlatformID, "fields", accountFields)
	truth := s.World.Profile(a.Handle, june)
	if d := r.Data.account; *r.Code != 0 || r.Message != "OK" || len(r.RequestID) != 34 || d["username"] != a.Handle ||
		d["followers_count"] != float64(*truth.Followers) || d["videos_count"] != float64(*truth.Posts) || d["is_business_account"] != false {
		t.Errorf("business/get: got %s", r.body)
	}

	var ids []string
	for cursor := ""; ; {
		q := []string{"business_id", a.PlatformID, "fields", businessVideoFields, "max_count", "20"}
		if cursor != "" {
			q = append(q, "cursor", cursor)
		}
		r := s.get(business+"business/video/list/", q...)
		for _, v := range r.Data.Videos {
			tr, _ := s.World.Truth(a.Handle, v["item_id"].(string), june)
			if v["reach"] != float64(*tr.Reach) || v["favorites"] != float64(*tr.Saves) || int64(v["total_time_watched"].(float64)) != *tr.WatchSeconds || v["email_clicks"] != nil {
				t.Fatalf("video %v, want %+v", v, tr)
			}
		}
		ids = append(ids, r.ids()...)
		if !r.Data.More {
			break
		}
		cursor = strconv.FormatInt(r.Data.Cursor, 10)
	}
	if want := s.World.Posts(a.Handle, june); len(ids) != len(want) || ids[0] != want[0].PostID {
		t.Errorf("%d videos, want %d", len(ids), len(want))
	}
	r = s.get(business+"business/video/list/", "business_id", a.PlatformID, "filters", `{"video_ids":["`+ids[5]+`","1"]}`)
	if got := r.ids(); !slices.Equal(got, ids[5:6]) || len(r.Data.Videos[0]) != 1 {
		t.Errorf("filtered: got %s", r.body)
	}
	if r := s.get(business+"business/get/", "business_id", a.PlatformID); len(r.Data.account) != 2 {
		t.Errorf("default fields: got %s", r.body)
	}
}

func TestBusinessRefusals(t *testing.T) {
	s := start(t, tiktok.Options{})
	id := s.account("parana.gen").PlatformID
	get := func(token, path string, pairs ...string) *reply {
		s.token = token
		return s.get(business+path, pairs...)
	}
	good := s.BusinessToken("parana.gen")
	for _, tt := range []struct {
		name string
		r    *reply
		want int64
	}{
		{"no token", get("", "business/get/", "business_id", id), 40104},
		{"wrong token", get("x", "business/get/", "business_id", id), 40105},
		{"token of the other app", get(s.OwnerToken("parana.gen"), "business/get/", "business_id", id), 40105},
		{"no id", get(good, "business/get/"), 40002},
		{"other id", get(good, "business/get/", "business_id", s.account("scatarina.gen").PlatformID), 40001},
		{"unknown field", get(good, "business/get/", "business_id", id, "fields", `["email"]`), 40002},
		{"fields", get(good, "business/get/", "business_id", id, "fields", `username`), 40002},
		{"no item_id", get(good, "business/video/list/", "business_id", id, "fields", `["likes"]`), 40002},
		{"page", get(good, "business/video/list/", "business_id", id, "max_count", "21"), 40002},
		{"cursor", get(good, "business/video/list/", "business_id", id, "cursor", "x"), 40002},
		{"filters", get(good, "business/video/list/", "business_id", id, "filters", "x"), 40002},
	} {
		if tt.r.StatusCode != 200 || tt.r.Code == nil || *tt.r.Code != tt.want || tt.r.Data.account != nil {
			t.Errorf("%s: status %d, %s, want code %d", tt.name, tt.r.StatusCode, tt.r.body, tt.want)
		}
	}
}

// Counters of the Accounts API may be late, and then there are none at first.
func TestBusinessLag(t *testing.T) {
	s := start(t, tiktok.Options{BusinessLag: 36 * time.Hour})
	a := s.account("parana.gen")
	s.token = s.BusinessToken(a.Handle)
	p := s.World.Posts(a.Handle, june)[0]
	list := func(at time.Time) map[string]any {
		s.clock.Set(at)
		return s.get(business+"business/video/list/", "business_id", a.PlatformID, "fields", `["item_id","likes","video_views","average_time_watched"]`,
			"filters", `{"video_ids":["`+p.PostID+`"]}`).Data.Videos[0]
	}
	if v := list(p.PublishedAt.Add(35 * time.Hour)); len(v) != 1 {
		t.Errorf("a young video: %v", v)
	}
	truth, _ := s.World.Truth(a.Handle, p.PostID, p.PublishedAt.Add(4*time.Hour))
	if v := list(p.PublishedAt.Add(40 * time.Hour)); v["video_views"] != float64(*truth.Views) || v["likes"] != float64(*truth.Reactions) {
		t.Errorf("an older one: %v, want %+v", v, truth)
	}
}

func BenchmarkVideoList(b *testing.B) {
	s := start(b, tiktok.Options{LimitTimes: 1 << 20})
	for b.Loop() {
		s.post("/v2/video/list/", `{"max_count":20}`, "fields", videoFields)
	}
}
