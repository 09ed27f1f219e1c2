package facebook

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

const (
	testToken  = "EAAtoken/of|the=page"
	testSecret = "secret0123456789abcdef"
	pagingLeak = "EAAleaked0123456789"
	testPage   = "104000000000001"
)

var testNow = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func postID(i int) string { return fmt.Sprintf("%s_70000000000%04d", testPage, i) }

// platform is a small Facebook with one Page. Its fields may be changed before
// the first request only.
type platform struct {
	posts   []map[string]any // newest first
	profile map[string]any
	usage   string                              // X-Business-Use-Case-Usage
	refuse  []string                            // metrics that refuse the whole call
	insight func(id string) (int, string)       // instead of insights; status 0: as usual
	before  func(r *http.Request) (int, string) // instead of any answer; status 0: as usual

	mu    sync.Mutex
	calls []*url.URL
}

func total(n int) map[string]any {
	return map[string]any{"data": []any{}, "summary": map[string]any{"total_count": n}}
}

func newPlatform(posts int) *platform {
	p := &platform{profile: map[string]any{
		"id": testPage, "username": "pid.sindh", "name": "Information Department", "about": "محکمہ اطلاعات",
		"website": "https://sindh.gov.pk", "link": "https://www.facebook.com/pid.sindh", "followers_count": 64363, "fan_count": 60000,
		"verification_status": "blue_verified", "category": "Government organization", "is_published": true,
		"picture": map[string]any{"data": map[string]any{"url": "https://scontent.invalid/p.jpg", "height": 50, "width": 50, "is_silhouette": false}},
	}}
	for i := range posts {
		m := map[string]any{
			"id": postID(i), "message": fmt.Sprintf("post %d #Sindh #کراچی https://sindh.gov.pk/%d", i, i),
			"created_time": testNow.Add(-time.Duration(i+1) * time.Hour).Format("2006-01-02T15:04:05-0700"),
			"status_type":  "added_photos", "permalink_url": fmt.Sprintf("https://www.facebook.com/61550000000001/posts/70000000000%04d", i),
			"is_published": true, "is_hidden": false, "is_expired": false,
			"attachments": map[string]any{"data": []any{map[string]any{"media_type": "photo", "type": "photo", "url": "https://www.facebook.com/photo", "target": map[string]any{"id": "1"}}}},
			"r":           total(10 * i), "r_like": total(9 * i), "r_love": total(i), "r_wow": total(0), "r_haha": total(0), "r_sad": total(0), "r_angry": total(0), "r_care": total(0),
			"c": total(i),
		}
		if i%3 == 1 {
			m["status_type"], m["permalink_url"] = "added_video", fmt.Sprintf("https://www.facebook.com/reel/90000000%d/", i)
			m["attachments"] = map[string]any{"data": []any{map[string]any{"media_type": "video", "type": "video_inline"}}}
		}
		if i%2 == 1 {
			m["shares"] = map[string]any{"count": i}
		}
		if i%4 == 3 {
			m["r"] = map[string]any{"data": []any{}}
		}
		p.posts = append(p.posts, m)
	}
	return p
}

var insightsRE = regexp.MustCompile(`^/v25\.0/(\w+)/insights$`)

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.calls = append(p.calls, r.URL)
	p.mu.Unlock()
	if p.usage != "" {
		w.Header().Set("X-Business-Use-Case-Usage", p.usage)
	}
	if p.before != nil {
		if status, body := p.before(r); status != 0 {
			w.WriteHeader(status)
			w.Write([]byte(body))
			return
		}
	}
	q := r.URL.Query()
	switch path := strings.TrimPrefix(r.URL.Path, "/v25.0/"); {
	case r.Header.Get("Authorization") != "Bearer "+testToken:
		graphError(w, 400, 190, 0, "Invalid OAuth access token.")
	case q.Has("appsecret_proof") && q.Get("appsecret_proof") != proof(testSecret, testToken):
		graphError(w, 400, 100, 0, "Invalid appsecret_proof provided in the API argument")
	case path == testPage, path == "pid.sindh":
		send(w, p.profile)
	case path == testPage+"/published_posts":
		p.list(w, q)
	case insightsRE.MatchString(r.URL.Path):
		p.insights(w, insightsRE.FindStringSubmatch(r.URL.Path)[1], strings.Split(q.Get("metric"), ","))
	case !strings.Contains(path, "/") && isNumber(path):
		graphError(w, 400, 100, 33, "Unsupported get request. Object with ID '"+path+"' does not exist")
	case !strings.Contains(path, "/"):
		graphError(w, 404, 803, 0, "(#803) Some of the aliases you requested do not exist: "+path)
	default:
		graphError(w, 404, 2500, 0, "Unknown path components")
	}
}

func (p *platform) list(w http.ResponseWriter, q url.Values) {
	list := p.posts
	if u := q.Get("until"); u != "" {
		until, _ := strconv.ParseInt(u, 10, 64)
		list = slices.DeleteFunc(slices.Clone(list), func(m map[string]any) bool {
			at, err := time.Parse("2006-01-02T15:04:05-0700", fmt.Sprint(m["created_time"]))
			return err == nil && at.Unix() > until
		})
	}
	limit, _ := strconv.Atoi(q.Get("limit"))
	from := 0
	if a := q.Get("after"); a != "" {
		from = slices.IndexFunc(list, func(m map[string]any) bool { return m["id"] == a })
		if from < 0 {
			graphError(w, 400, 100, 0, "(#100) Invalid cursors values")
			return
		}
		from++
	}
	to := min(from+limit, len(list))
	body := map[string]any{"data": list[from:to]}
	if to > from {
		last := fmt.Sprint(list[to-1]["id"])
		paging := map[string]any{"cursors": map[string]any{"before": "x", "after": last}}
		if to < len(list) {
			paging["next"] = "https://graph.facebook.com/v25.0/" + testPage + "/published_posts?access_token=" + pagingLeak + "&limit=2&after=" + last
		}
		body["paging"] = paging
	}
	send(w, body)
}

func (p *platform) insights(w http.ResponseWriter, id string, metrics []string) {
	if p.insight != nil {
		if status, body := p.insight(id); status != 0 {
			w.WriteHeader(status)
			w.Write([]byte(body))
			return
		}
	}
	data := []any{}
	for i, m := range metrics {
		if slices.Contains(p.refuse, m) {
			graphError(w, 400, 100, 0, "(#100) The value must be a valid insights metric")
			return
		}
		var v any = 1500 + i
		switch m {
		case "post_clicks_by_type":
			v = map[string]any{"photo view": 3, "other clicks": 4}
		case "post_reactions_by_type_total":
			v = map[string]any{}
		case "post_activity_by_action_type":
			v = map[string]any{"like": 2}
		}
		data = append(data, map[string]any{"name": m, "period": "lifetime", "values": []any{map[string]any{"value": v}}, "id": id + "/insights/" + m + "/lifetime"})
	}
	send(w, map[string]any{"data": data, "paging": map[string]any{"next": "https://graph.facebook.com/?access_token=" + pagingLeak + "&since=1"}})
}

// requests returns the requests whose path ends so.
func (p *platform) requests(suffix string) (found []*url.URL) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.calls {
		if strings.HasSuffix(c.Path, suffix) {
			found = append(found, c)
		}
	}
	return found
}

func send(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}

func errorBody(code, sub int, msg string) string {
	e := map[string]any{"message": msg, "type": "OAuthException", "code": code, "fbtrace_id": "A1"}
	if sub != 0 {
		e["error_subcode"] = sub
	}
	b, _ := json.Marshal(map[string]any{"error": e})
	return string(b)
}

func graphError(w http.ResponseWriter, status, code, sub int, msg string) {
	w.WriteHeader(status)
	w.Write([]byte(errorBody(code, sub, msg)))
}

var (
	ownerAccount = schema.Account{ID: "acc-1", Platform: schema.Facebook, Handle: "pid.sindh",
		PlatformID: testPage, Access: schema.AccessOwner}
	publicAccount = schema.Account{ID: "acc-1", Platform: schema.Facebook, Handle: "pid.sindh", Access: schema.AccessPublic}
)

// connect returns a connector to p with pages of two posts.
func connect(t testing.TB, p http.Handler) *Connector {
	t.Helper()
	srv := httptest.NewServer(p)
	t.Cleanup(srv.Close)
	return &Connector{
		BaseURL: srv.URL, HTTP: srv.Client(), PageSize: 2,
		Now: func() time.Time { return testNow }, Skew: -1, Token: pageToken, Log: quiet,
	}
}

// memory is a store that keeps everything.
type memory struct {
	pages []collector.Page
}

func (m *memory) all() collector.Page {
	var all collector.Page
	for _, p := range m.pages {
		all.Profiles = append(all.Profiles, p.Profiles...)
		all.Posts = append(all.Posts, p.Posts...)
		all.Observations = append(all.Observations, p.Observations...)
		all.Raw = append(all.Raw, p.Raw...)
		all.Comments = append(all.Comments, p.Comments...)
		all.Insights = append(all.Insights, p.Insights...)
		all.Metrics = append(all.Metrics, p.Metrics...)
		all.Calls += p.Calls
		all.Skipped += p.Skipped
	}
	return all
}

var quiet = slog.New(slog.DiscardHandler)

// cursorAt returns the cursor of a pass that has come down to a moment.
func cursorAt(until, depth time.Time) collector.Cursor {
	cur := collector.Cursor(fmt.Sprintf("until=%d", until.Unix()))
	if !depth.IsZero() {
		cur += collector.Cursor(fmt.Sprintf("&depth=%d", depth.Unix()))
	}
	return cur
}
