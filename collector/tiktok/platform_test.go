package tiktok

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
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
	testToken  = "act.token%2Fof|the=owner*1"
	testOpenID = "-000Q5sindh_information-department-1"
)

var testNow = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// object is a JSON object.
type object = map[string]any

// platform is a small TikTok with one account, for both APIs. A video has the
// names of both. Its fields may be changed before the first request only.
type platform struct {
	user   object
	videos []object // newest first

	before func(r *http.Request) (int, string) // instead of any answer; status 0: as usual

	mu    sync.Mutex
	calls []asked
}

// asked is a request with its body.
type asked struct {
	*http.Request
	body string
}

func videoTime(i int) time.Time { return testNow.Add(-time.Duration(i+1) * time.Hour) }

func videoID(i int) string { return strconv.FormatInt(videoTime(i).Unix()<<32|int64(i), 10) }

// newPlatform returns a platform with that many videos, one an hour.
func newPlatform(videos int) *platform {
	p := &platform{user: object{
		"open_id": testOpenID, "union_id": "union", "avatar_url": "https://p16-sign.tiktokcdn.com/a.jpeg?x-expires=1", "display_name": "Information Department",
		"bio_description": "محکمہ اطلاعات", "is_verified": true, "username": "pid.sindh",
		"follower_count": 64363, "following_count": 0, "likes_count": 812345678901, "video_count": 300,

		"profile_image": "https://p16-sign.tiktokcdn.com/b.jpeg", "is_business_account": true,
		"followers_count": 64363, "total_likes": 812345678901, "videos_count": 300,
	}}
	for i := range videos {
		link := "https://www.tiktok.com/@pid.sindh/video/" + videoID(i) + "?utm_campaign=tt4d_open_api&utm_source=awx"
		text := fmt.Sprintf("video %d #Sindh #کراچی", i)
		v := object{
			"id": videoID(i), "create_time": videoTime(i).Unix(), "title": fmt.Sprintf("video %d", i), "video_description": text, "share_url": link,
			"duration": 30 + i, "like_count": 10 * i, "comment_count": 2 * i, "share_count": i, "view_count": 3_000_000_000 + i, "is_aigc": i%2 == 1,
			"cover_image_url": "https://p16-sign.tiktokcdn.com/c.jpeg?x-expires=1", "thumbnail_url": "https://p16-sign.tiktokcdn.com/c.jpeg?x-expires=1", "is_ad": i%2 == 1,

			"item_id": videoID(i), "caption": text, "media_type": "VIDEO", "video_duration": 30.5, "likes": 10 * i, "comments": strconv.Itoa(2 * i),
			"shares": i, "video_views": 3_000_000_000 + i, "favorites": 5 + i, "reach": "900", "total_time_watched": 1234.9 + float64(i),
			"average_time_watched": "12.345", "full_video_watched_rate": 0.1234, "new_followers": 1, "profile_views": 2, "website_clicks": 3 + i,
			"phone_number_clicks": 4, "lead_submissions": 5, "app_download_clicks": 6, "email_clicks": 7, "address_clicks": 8,
		}
		if i%4 == 3 {
			delete(v, "like_count")
			delete(v, "likes")
		}
		p.videos = append(p.videos, v)
	}
	return p
}

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	p.calls = append(p.calls, asked{r, string(body)})
	p.mu.Unlock()
	if p.before != nil {
		if status, text := p.before(r); status != 0 {
			send(w, status, text)
			return
		}
	}
	display := strings.HasPrefix(r.URL.Path, "/v2/")
	q := r.URL.Query()
	names := strings.Split(q.Get("fields"), ",")
	var in struct {
		Cursor  int64 `json:"cursor"`
		Max     int   `json:"max_count"`
		Filters struct {
			IDs []string `json:"video_ids"`
		} `json:"filters"`
	}
	if display {
		if r.Header.Get("Authorization") != "Bearer "+testToken {
			send(w, 401, refused("access_token_invalid"))
			return
		}
		if r.Method == http.MethodPost && json.Unmarshal(body, &in) != nil {
			send(w, 400, refused("invalid_params"))
			return
		}
	} else {
		if r.Header.Get("Access-Token") != testToken || q.Get("business_id") != testOpenID {
			send(w, 200, businessRefused(40105))
			return
		}
		if json.Unmarshal([]byte(q.Get("fields")), &names) != nil {
			send(w, 200, businessRefused(40002))
			return
		}
		in.Cursor, _ = strconv.ParseInt(q.Get("cursor"), 10, 64)
		in.Max, _ = strconv.Atoi(q.Get("max_count"))
		if f := q.Get("filters"); f != "" && json.Unmarshal([]byte(f), &in.Filters) != nil {
			send(w, 200, businessRefused(40002))
			return
		}
	}
	var data any
	switch r.Method + " " + r.URL.Path {
	case "GET /v2/user/info/":
		data = object{"user": only(p.user, names)}
	case "GET /open_api/v1.3/business/get/":
		data = only(p.user, names)
	case "POST /v2/video/query/":
		data = p.find(in.Filters.IDs, names)
	case "POST /v2/video/list/", "GET /open_api/v1.3/business/video/list/":
		data = p.list(in.Cursor, in.Max, names)
		if len(in.Filters.IDs) > 0 {
			data = p.find(in.Filters.IDs, names)
		}
	default:
		w.Header().Set("Content-Type", "text/html")
		send(w, 404, "<!DOCTYPE html><html>")
		return
	}
	if display {
		send(w, 200, object{"data": data, "error": object{"code": "ok", "message": "", "log_id": "2026112012000052FCD7AE07CE2B1A70E5"}})
		return
	}
	send(w, 200, object{"code": 0, "message": "OK", "request_id": "2026112012000052FCD7AE07CE2B1A70E5", "data": data})
}

func (p *platform) list(cursor int64, size int, names []string) object {
	left := slices.DeleteFunc(slices.Clone(p.videos), func(v object) bool {
		at, ok := v["create_time"].(int64)
		return cursor != 0 && ok && at*1000 >= cursor
	})
	n := min(size, len(left))
	list := make([]object, n)
	var next any = 0
	for i := range list {
		list[i] = only(left[i], names)
		if at, ok := left[i]["create_time"].(int64); ok {
			next = at * 1000
		}
	}
	return object{"videos": list, "cursor": next, "has_more": n < len(left)}
}

// find returns the videos with the ids.
func (p *platform) find(ids, names []string) object {
	list := []object{}
	for _, v := range p.videos {
		if slices.Contains(ids, v["id"].(string)) {
			list = append(list, only(v, names))
		}
	}
	return object{"videos": list, "cursor": 0, "has_more": false}
}

// only returns the named members of an object.
func only(v object, names []string) object {
	v = maps.Clone(v)
	maps.DeleteFunc(v, func(k string, _ any) bool { return !slices.Contains(names, k) })
	return v
}

// requests returns the requests to a path.
func (p *platform) requests(path string) []asked {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.calls), func(r asked) bool { return r.URL.Path != path })
}

// send answers with v, which is text or an object.
func send(w http.ResponseWriter, status int, v any) {
	w.WriteHeader(status)
	if s, ok := v.(string); ok {
		w.Write([]byte(s))
		return
	}
	json.NewEncoder(w).Encode(v)
}

// refused is a refusal of the Display API.
func refused(code string) string {
	return `{"data":{},"error":{"code":"` + code + `","message":"refused","log_id":"2026112012000052FCD7AE07CE2B1A70E5"}}`
}

// businessRefused is a refusal of the Accounts API.
func businessRefused(code int) string {
	return `{"code":` + strconv.Itoa(code) + `,"message":"refused","request_id":"2026112012000052FCD7AE07CE2B1A70E5"}`
}

var testAccount = schema.Account{ID: "acc-1", Platform: schema.TikTok, Handle: "pid.sindh", PlatformID: testOpenID, Access: schema.AccessOwner}

func tokenOf(context.Context, schema.Account) (string, error) { return testToken, nil }

// connect returns a connector to p, for the Accounts API if business.
func connect(t testing.TB, p http.Handler, business bool) *Connector {
	t.Helper()
	srv := httptest.NewServer(p)
	t.Cleanup(srv.Close)
	c := &Connector{BaseURL: srv.URL, BusinessURL: srv.URL, HTTP: srv.Client(), Now: func() time.Time { return testNow }, Skew: -1, Token: tokenOf, Log: quiet}
	if business {
		c.Business = tokenOf
	}
	return c
}

var quiet = slog.New(slog.DiscardHandler)

// memory is a store that keeps everything.
type memory struct{ pages []collector.Page }

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
		all.Raw = append(all.Raw, p.Raw...)
		all.Comments = append(all.Comments, p.Comments...)
		all.Insights = append(all.Insights, p.Insights...)
		all.Metrics = append(all.Metrics, p.Metrics...)
		all.Calls += p.Calls
		all.Skipped += p.Skipped
	}
	return all
}

// ids returns the keys of the posts that were stored, in their order.
func (m *memory) ids() (ids []string) {
	for _, p := range m.all().Posts {
		ids = append(ids, p.PostID)
	}
	return ids
}

func collect(t *testing.T, c *Connector, job collector.Job) (*memory, collector.Cursor, error) {
	t.Helper()
	m := new(memory)
	cur, err := c.Collect(t.Context(), job, m.store)
	return m, cur, err
}

// logged returns a log and what is written to it.
func logged() (*slog.Logger, *bytes.Buffer) {
	b := new(bytes.Buffer)
	return slog.New(slog.NewTextHandler(b, nil)), b
}

func query(t *testing.T, raw string) url.Values {
	t.Helper()
	q, err := url.ParseQuery(raw)
	if err != nil {
		t.Fatal(err)
	}
	return q
}
