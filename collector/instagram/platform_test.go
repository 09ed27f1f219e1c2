package instagram

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
	testToken  = "EAAtoken/of|the=office"
	pagingLeak = "EAAleaked0123456789"
)

var testNow = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// platform is a small Instagram with one account. Its fields may be changed
// before the first request only.
type platform struct {
	media   []map[string]any // newest first
	stories []any
	profile map[string]any
	usage   string                          // X-Business-Use-Case-Usage
	refuse  []string                        // metrics that refuse the whole call
	insight func(id string) (int, string)   // instead of insights; status 0: as usual
	before  func(path string) (int, string) // instead of any answer; status 0: as usual

	mu    sync.Mutex
	calls []string
}

func newPlatform(posts int) *platform {
	p := &platform{profile: map[string]any{
		"id": "17841400000000001", "username": "pid.sindh", "name": "Information Department", "biography": "محکمہ اطلاعات",
		"website": "https://sindh.gov.pk", "followers_count": 64363, "follows_count": 0, "media_count": posts,
	}}
	for i := range posts {
		m := map[string]any{
			"id": fmt.Sprintf("179%014d", i), "caption": fmt.Sprintf("post %d #Sindh #کراچی https://sindh.gov.pk/%d", i, i),
			"media_type": "IMAGE", "media_product_type": "FEED", "shortcode": fmt.Sprintf("C%05d", i),
			"permalink":  fmt.Sprintf("https://www.instagram.com/p/C%05d/", i),
			"timestamp":  testNow.Add(-time.Duration(i+1) * time.Hour).Format("2006-01-02T15:04:05-0700"),
			"like_count": i * 10, "comments_count": i,
		}
		if i%3 == 1 {
			m["media_type"], m["media_product_type"] = "VIDEO", "REELS"
		}
		if i%4 == 3 {
			delete(m, "like_count")
		}
		p.media = append(p.media, m)
	}
	return p
}

var (
	discoverRE = regexp.MustCompile(`^business_discovery\.username\(([\w.]+)\)\{.*,media(?:\.after\(([^)]*)\))?\.limit\((\d+)\)\{`)
	insightsRE = regexp.MustCompile(`^/v25\.0/(\w+)/insights$`)
)

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.calls = append(p.calls, r.URL.Path)
	p.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer "+testToken {
		graphError(w, 400, 190, 463, "Error validating access token: Session has expired")
		return
	}
	if p.usage != "" {
		w.Header().Set("X-Business-Use-Case-Usage", p.usage)
	}
	w.Header().Set("Facebook-Api-Version", "v25.0")
	w.Header().Set("Content-Type", "text/javascript; charset=UTF-8")
	if p.before != nil {
		if status, body := p.before(r.URL.Path); status != 0 {
			w.WriteHeader(status)
			w.Write([]byte(body))
			return
		}
	}
	q := r.URL.Query()
	id := fmt.Sprint(p.profile["id"])
	switch {
	case r.URL.Path == "/v25.0/"+id && strings.HasPrefix(q.Get("fields"), "id,"):
		send(w, p.profile)
	case r.URL.Path == "/v25.0/"+id+"/stories":
		send(w, map[string]any{"data": append([]any{}, p.stories...)})
	case r.URL.Path == "/v25.0/"+id+"/media":
		p.list(w, q)
	case r.URL.Path == "/v25.0/17841499999999999" && discoverRE.MatchString(q.Get("fields")):
		m := discoverRE.FindStringSubmatch(q.Get("fields"))
		if m[1] != p.profile["username"] {
			graphError(w, 400, 110, 2207013, "Invalid user id")
			return
		}
		limit, _ := strconv.Atoi(m[3])
		from, _ := strconv.Atoi(m[2])
		to := min(from+limit, len(p.media))
		d := map[string]any{"media": map[string]any{"data": p.media[from:to], "paging": map[string]any{"cursors": map[string]any{"after": strconv.Itoa(to)}}}}
		if from == to {
			d = map[string]any{}
		}
		for k, v := range p.profile {
			d[k] = v
		}
		send(w, map[string]any{"business_discovery": d, "id": "17841499999999999"})
	case insightsRE.MatchString(r.URL.Path):
		p.insights(w, insightsRE.FindStringSubmatch(r.URL.Path)[1], strings.Split(q.Get("metric"), ","))
	default:
		graphError(w, 404, 2500, 0, "Unknown path components")
	}
}

func (p *platform) list(w http.ResponseWriter, q url.Values) {
	list := p.media
	if u := q.Get("until"); u != "" {
		until, _ := strconv.ParseInt(u, 10, 64)
		list = slices.DeleteFunc(slices.Clone(list), func(m map[string]any) bool {
			at, err := time.Parse("2006-01-02T15:04:05-0700", fmt.Sprint(m["timestamp"]))
			return err == nil && at.Unix() > until
		})
	}
	limit, _ := strconv.Atoi(q.Get("limit"))
	from := 0
	if a := q.Get("after"); a != "" {
		from = slices.IndexFunc(list, func(m map[string]any) bool { return m["id"] == a })
		if from < 0 {
			graphError(w, 400, 100, 0, "Invalid cursors values")
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
			paging["next"] = "https://graph.facebook.com/v25.0/1/media?access_token=" + pagingLeak + "&limit=2&after=" + last
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
		data = append(data, map[string]any{"name": m, "period": "lifetime", "values": []any{map[string]any{"value": 1500 + i}}, "id": id + "/insights/" + m + "/lifetime"})
	}
	send(w, map[string]any{"data": data})
}

func (p *platform) count(suffix string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, c := range p.calls {
		if strings.HasSuffix(c, suffix) {
			n++
		}
	}
	return n
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
	ownerAccount = schema.Account{ID: "acc-1", Platform: schema.Instagram, Handle: "pid.sindh",
		PlatformID: "17841400000000001", Access: schema.AccessOwner}
	publicAccount = schema.Account{ID: "acc-1", Platform: schema.Instagram, Handle: "pid.sindh", Access: schema.AccessPublic}
)

// connect returns a connector to p with pages of two posts.
func connect(t testing.TB, p http.Handler) *Connector {
	t.Helper()
	srv := httptest.NewServer(p)
	t.Cleanup(srv.Close)
	return &Connector{
		BaseURL: srv.URL, HTTP: srv.Client(), OfficeUserID: "17841499999999999", PageSize: 2,
		Now: func() time.Time { return testNow }, Skew: -1, Token: officeToken,
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
