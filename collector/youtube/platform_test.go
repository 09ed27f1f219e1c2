package youtube

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

const (
	testKey   = "AIzaSyTestKey/of|the=office"
	testToken = "ya29.token/of|the=owner"

	channelID = "UCsindh0000000000000001"
	uploadsID = "UUsindh0000000000000001"
)

var testNow = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// platform is a small YouTube with one channel. Its fields may be changed
// before the first request only.
type platform struct {
	channel map[string]any   // nil: terminated
	videos  []map[string]any // in the order of the list of uploads
	silent  map[string]bool  // videos that are listed, but not told of
	noList  bool             // the list of uploads does not exist
	threads []map[string]any // of comments
	days    map[string]any   // the report of the channel's days

	// before answers instead; status 0: as usual.
	before func(call string, r *http.Request) (int, string)

	mu    sync.Mutex
	calls []string
}

// newPlatform returns a platform with a video for each of the last hours.
func newPlatform(videos int) *platform {
	p := &platform{
		channel: map[string]any{
			"kind": "youtube#channel", "id": channelID,
			"snippet": map[string]any{"title": "Information Department", "description": "محکمہ اطلاعات", "customUrl": "@pid.sindh",
				"publishedAt": "2012-09-08T18:49:42.012416Z",
				"thumbnails":  map[string]any{"default": map[string]any{"url": "https://yt3.ggpht.com/s88"}, "high": map[string]any{"url": "https://yt3.ggpht.com/s800"}}},
			"contentDetails": map[string]any{"relatedPlaylists": map[string]any{"likes": "", "uploads": uploadsID}},
			"statistics":     map[string]any{"viewCount": "3331930783", "subscriberCount": "10700000", "hiddenSubscriberCount": false, "videoCount": strconv.Itoa(videos)},
			"status":         map[string]any{"privacyStatus": "public"},
		},
		silent: map[string]bool{},
		days: map[string]any{"kind": "youtubeAnalytics#resultTable",
			"columnHeaders": []any{map[string]any{"name": "day", "columnType": "DIMENSION", "dataType": "STRING"}, map[string]any{"name": "views", "columnType": "METRIC", "dataType": "INTEGER"}},
			"rows":          []any{[]any{"2026-11-16", 120}, []any{"2026-11-17", 130}}},
	}
	for i := range videos {
		stats := map[string]any{"viewCount": strconv.Itoa(1000 + i), "likeCount": strconv.Itoa(10 * i), "favoriteCount": "0", "commentCount": strconv.Itoa(i)}
		if i%4 == 3 {
			delete(stats, "likeCount")
		}
		p.videos = append(p.videos, map[string]any{
			"kind": "youtube#video", "id": fmt.Sprintf("vid%08d", i),
			"snippet": map[string]any{
				"title": fmt.Sprintf("video %d #Sindh", i), "description": fmt.Sprintf("#کراچی https://sindh.gov.pk/%d", i),
				"publishedAt":          testNow.Add(-time.Duration(i+1) * time.Hour).Format([]string{"2006-01-02T15:04:05Z", "2006-01-02T15:04:05.000Z", "2006-01-02T15:04:05.000000Z"}[i%3]),
				"channelId":            channelID,
				"liveBroadcastContent": "none",
			},
			"contentDetails": map[string]any{"duration": "PT5M37S"},
			"status":         map[string]any{"uploadStatus": "processed", "privacyStatus": "public"},
			"statistics":     stats,
		})
	}
	return p
}

// video returns a part of a video, to be changed.
func (p *platform) video(i int, part string) map[string]any {
	return p.videos[i][part].(map[string]any)
}

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call, ok := strings.CutPrefix(r.URL.Path, "/youtube/v3/")
	if r.URL.Path == "/v2/reports" {
		call, ok = callReports, true
	}
	p.mu.Lock()
	p.calls = append(p.calls, call)
	p.mu.Unlock()
	q := r.URL.Query()
	key, auth := r.Header.Get("X-Goog-Api-Key"), r.Header.Get("Authorization")
	switch {
	case !ok || r.Method != http.MethodGet:
		refuse(w, 404, "notFound", "Not Found")
		return
	case auth != "" && auth != "Bearer "+testToken:
		refuse(w, 401, "authError", "Invalid Credentials")
		return
	case auth == "" && key != testKey:
		refuse(w, 400, "keyInvalid", "Bad Request")
		return
	}
	if p.before != nil {
		if status, body := p.before(call, r); status != 0 {
			w.WriteHeader(status)
			w.Write([]byte(body))
			return
		}
	}
	switch call {
	case "channels":
		items := []any{}
		if p.channel != nil && (q.Get("id") == p.channel["id"] || q.Get("forHandle") == p.channel["snippet"].(map[string]any)["customUrl"]) {
			items = append(items, p.channel)
		}
		send(w, "channel", items, "")
	case "playlistItems":
		p.list(w, r)
	case callReports:
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		json.NewEncoder(w).Encode(p.days)
	case callThreads:
		items := []any{}
		for _, t := range p.threads {
			items = append(items, t)
		}
		send(w, "commentThread", items, "")
	case "videos":
		items := []any{}
		ids := strings.Split(q.Get("id"), ",")
		if len(ids) > 50 {
			refuse(w, 400, "invalidParameter", "too many")
			return
		}
		for _, id := range ids {
			for _, v := range p.videos {
				if v["id"] == id && !p.silent[id] {
					items = append(items, v)
				}
			}
		}
		send(w, "video", items, "")
	default:
		refuse(w, 404, "notFound", "Not Found")
	}
}

func (p *platform) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("playlistId") != uploadsID || p.noList {
		refuse(w, 404, "playlistNotFound", "The playlist identified with the request's <code>playlistId</code> parameter cannot be found.")
		return
	}
	size, err := strconv.Atoi(q.Get("maxResults"))
	if err != nil {
		size = len(p.videos)
	}
	from := 0
	if token := q.Get("pageToken"); token != "" {
		raw, _ := base64.URLEncoding.DecodeString(token)
		var of int
		if _, err := fmt.Sscanf(string(raw), "PT:%d:%d", &from, &of); err != nil || of != size {
			refuse(w, 400, "invalidPageToken", "The request specifies an invalid page token.")
			return
		}
	}
	to := min(from+size, len(p.videos))
	items := []any{}
	for i, v := range p.videos[min(from, to):to] {
		id := fmt.Sprint(v["id"])
		if only := q.Get("videoId"); only != "" && only != id {
			continue
		}
		snippet := map[string]any{"publishedAt": "2026-11-20T11:59:59Z", "title": "video", "position": from + i, "resourceId": map[string]any{"kind": "youtube#video", "videoId": id}}
		details := map[string]any{"videoId": id, "videoPublishedAt": v["snippet"].(map[string]any)["publishedAt"]}
		status := map[string]any{"privacyStatus": "public"}
		if p.silent[id] {
			snippet["title"], status["privacyStatus"] = "Private video", "private"
			delete(details, "videoPublishedAt")
		}
		items = append(items, map[string]any{"kind": "youtube#playlistItem", "snippet": snippet, "contentDetails": details, "status": status})
	}
	next := ""
	if to < len(p.videos) {
		next = base64.URLEncoding.EncodeToString(fmt.Appendf(nil, "PT:%d:%d", to, size))
	}
	send(w, "playlistItem", items, next)
}

// count returns how often a call was made.
func (p *platform) count(call string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, c := range p.calls {
		if c == call {
			n++
		}
	}
	return n
}

func send(w http.ResponseWriter, kind string, items []any, next string) {
	body := map[string]any{"kind": "youtube#" + kind + "ListResponse", "etag": "x", "items": items,
		"pageInfo": map[string]any{"totalResults": len(items), "resultsPerPage": 50}}
	if next != "" {
		body["nextPageToken"] = next
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	json.NewEncoder(w).Encode(body)
}

func errorBody(status int, reason, msg string) string {
	b, _ := json.Marshal(map[string]any{"error": map[string]any{"code": status, "message": msg,
		"errors": []any{map[string]any{"domain": "youtube.x", "reason": reason, "message": msg}}}})
	return string(b)
}

func refuse(w http.ResponseWriter, status int, reason, msg string) {
	w.WriteHeader(status)
	w.Write([]byte(errorBody(status, reason, msg)))
}

var (
	ownerAccount = schema.Account{ID: "acc-1", Platform: schema.YouTube, Handle: "pid.sindh",
		PlatformID: channelID, Access: schema.AccessOwner}
	publicAccount = schema.Account{ID: "acc-1", Platform: schema.YouTube, Handle: "pid.sindh", Access: schema.AccessPublic}
)

func officeKey(context.Context, schema.Account) (string, error) { return testKey, nil }

func ownerToken(context.Context, schema.Account) (string, error) { return testToken, nil }

// connect returns a connector to p with pages of two videos.
func connect(t testing.TB, p http.Handler) *Connector {
	t.Helper()
	srv := httptest.NewServer(p)
	t.Cleanup(srv.Close)
	return &Connector{
		BaseURL: srv.URL, HTTP: srv.Client(), PageSize: 2, Key: officeKey, Token: ownerToken,
		Now: func() time.Time { return testNow }, Skew: -1, Log: quiet,
	}
}

// memory is a store that keeps everything.
type memory struct {
	pages []collector.Page
}

func (m *memory) store(_ context.Context, p collector.Page) error {
	m.pages = append(m.pages, p)
	return nil
}

func (m *memory) all() collector.Page {
	var all collector.Page
	for _, p := range m.pages {
		all.Profiles = append(all.Profiles, p.Profiles...)
		all.Posts = append(all.Posts, p.Posts...)
		all.Observations = append(all.Observations, p.Observations...)
		all.Comments = append(all.Comments, p.Comments...)
		all.Insights = append(all.Insights, p.Insights...)
		all.Metrics = append(all.Metrics, p.Metrics...)
		all.Raw = append(all.Raw, p.Raw...)
		all.Calls += p.Calls
		all.Skipped += p.Skipped
	}
	return all
}

// ids returns the numbers of the videos stored, in order.
func (m *memory) ids() string {
	var ids []string
	for _, p := range m.all().Posts {
		n, _ := strconv.Atoi(strings.TrimPrefix(p.PostID, "vid"))
		ids = append(ids, strconv.Itoa(n))
	}
	return strings.Join(ids, " ")
}

// collect does one run. The figures of days have been read today, unless the job
// says what is left from before.
func collect(t *testing.T, c *Connector, job collector.Job) (*memory, collector.Cursor, error) {
	t.Helper()
	if job.Left == "" {
		job.Left = legacy{insights: pacificDay(c.Now())}.String()
	}
	m := new(memory)
	cur, err := c.Collect(t.Context(), job, m.store)
	return m, cur, err
}

var quiet = slog.New(slog.DiscardHandler)
