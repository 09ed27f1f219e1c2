package x

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
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
	testToken = "AAAAtoken%2Fof|the=owner"
	testUser  = "2244994945"
)

var testNow = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// object is a JSON object, in the legacy names.
type object = map[string]any

// platform is a small X with one account. Its fields may be changed before the
// first request only.
type platform struct {
	posts      []object // newest first
	media      map[string]object
	user       object
	vocabulary Vocabulary // of the answers that no request chooses one for
	perPage    int
	inclusive  bool // until_id names the first post to come, and not the one before it
	appOnly    bool // the token is not the owner's

	before func(r *http.Request) (int, string) // instead of any answer; status 0: as usual

	mu    sync.Mutex
	calls []*http.Request
}

// idAt returns an id that X could have given at that moment.
func idAt(at time.Time) string {
	return strconv.FormatInt((at.UnixMilli()-1288834974657)<<22|1, 10)
}

func postID(i int) string { return idAt(testNow.Add(-time.Duration(i+1) * time.Hour)) }

// newPlatform returns a platform with that many posts, one an hour.
func newPlatform(posts int) *platform {
	p := &platform{
		perPage:    2,
		vocabulary: Legacy,
		media:      make(map[string]object),
		user: object{
			"id": testUser, "username": "pid_sindh", "name": "Information Department", "description": "محکمہ اطلاعات",
			"url": "https://t.co/abc", "verified": true, "profile_image_url": "https://pbs.twimg.com/profile_images/1/a_normal.jpg",
			"entities": object{"url": object{"urls": []object{{"url": "https://t.co/abc", "expanded_url": "https://sindh.gov.pk"}}}},
			"public_metrics": object{"followers_count": 64363, "following_count": 0, "tweet_count": 1200, "listed_count": 81,
				"like_count": 17, "media_count": 300},
		},
	}
	for i := range posts {
		id := postID(i)
		t := object{
			"id": id, "text": fmt.Sprintf("post %d &amp; more #Sindh #کراچی https://t.co/%d", i, i),
			"created_at":             testNow.Add(-time.Duration(i+1) * time.Hour).Format("2006-01-02T15:04:05.000Z"),
			"edit_history_tweet_ids": []string{id},
			"entities": object{
				"urls":     []object{{"url": "https://t.co/1", "expanded_url": fmt.Sprintf("https://sindh.gov.pk/%d", i)}},
				"hashtags": []object{{"tag": "Sindh"}, {"tag": "کراچی"}},
			},
			"public_metrics": object{"retweet_count": i, "reply_count": 2 * i, "like_count": 10 * i, "quote_count": 1,
				"bookmark_count": 3, "impression_count": 1000 + i},
			"non_public_metrics": object{"impression_count": 1010 + i, "url_link_clicks": 40 + i, "user_profile_clicks": 7, "engagements": 90},
			"organic_metrics": object{"impression_count": 900 + i, "like_count": 9 * i, "reply_count": i, "retweet_count": i,
				"url_link_clicks": 30, "user_profile_clicks": 6},
		}
		if i%3 == 1 {
			key := "7_" + id
			t["attachments"] = object{"media_keys": []string{key}}
			p.media[key] = object{"media_key": key, "type": "video", "alt_text": "a wall", "public_metrics": object{"view_count": 500 + i}}
		}
		if i%4 == 3 {
			delete(t["public_metrics"].(object), "like_count")
		}
		p.posts = append(p.posts, t)
	}
	return p
}

// renamed are the legacy names that the new vocabulary has others for.
var renamed = map[string]string{
	"tweet_count": "post_count", "retweet_count": "repost_count", "edit_history_tweet_ids": "edit_history_post_ids",
	"referenced_tweets": "referenced_posts", "note_tweet": "note_post",
}

// in returns v in the names of the vocabulary.
func (v Vocabulary) in(x any) any {
	switch x := x.(type) {
	case object:
		m := make(object, len(x))
		for k, in := range x {
			if name, ok := renamed[k]; ok && v == New {
				k = name
			}
			m[k] = v.in(in)
		}
		return m
	case []object:
		s := make([]any, len(x))
		for i := range x {
			s[i] = v.in(x[i])
		}
		return s
	}
	return x
}

// The names of fields that a post may be asked for, as far as we use them, and
// those that come with an expansion in the new vocabulary.
var (
	legacyFields = []string{"id", "text", "attachments", "author_id", "created_at", "edit_history_tweet_ids", "entities", "note_tweet",
		"non_public_metrics", "organic_metrics", "paid_partnership", "promoted_metrics", "public_metrics", "referenced_tweets"}
	newFields = []string{"id", "text", "attachments", "created_at", "entities", "note_post",
		"non_public_metrics", "organic_metrics", "paid_partnership", "promoted_metrics", "public_metrics"}
	newExpansions = map[string]string{"edit_history_post_ids": "edit_history_post_ids", "referenced_posts": "referenced_posts"}
)

// fields returns the names that the request asks for, and in which vocabulary.
func fields(q url.Values) (v Vocabulary, names []string, bad string) {
	v, known := Legacy, legacyFields
	if q.Has("post.fields") {
		v, known = New, newFields
	}
	if v == New && q.Has("tweet.fields") {
		return v, nil, "tweet.fields"
	}
	for _, name := range strings.Split(q.Get(map[Vocabulary]string{Legacy: "tweet.fields", New: "post.fields"}[v]), ",") {
		if name != "" && !slices.Contains(known, name) {
			return v, nil, name
		}
		names = append(names, name)
	}
	names = append(names, "id", "text")
	if v == Legacy {
		names = append(names, "edit_history_tweet_ids")
	}
	for _, e := range strings.Split(q.Get("expansions"), ",") {
		if field, ok := newExpansions[e]; ok && v == New {
			names = append(names, field)
		}
	}
	return v, names, ""
}

// only returns the post with those of its fields that were asked for.
func only(t any, names []string) any {
	m := maps.Clone(t.(object))
	maps.DeleteFunc(m, func(k string, _ any) bool { return !slices.Contains(names, k) })
	return m
}

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.calls = append(p.calls, r)
	p.mu.Unlock()
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if r.Header.Get("Authorization") != "Bearer "+testToken {
		send(w, 401, unauthorized)
		return
	}
	w.Header().Set("api-version", "2.163")
	w.Header().Set("x-rate-limit-limit", "900")
	w.Header().Set("x-rate-limit-remaining", "180")
	w.Header().Set("x-rate-limit-reset", strconv.FormatInt(testNow.Add(7*time.Minute).Unix(), 10))
	if p.before != nil {
		if status, body := p.before(r); status != 0 {
			send(w, status, body)
			return
		}
	}
	switch path := strings.TrimPrefix(r.URL.Path, "/2/"); path {
	case "users/" + testUser, "users/by/username/pid_sindh":
		send(w, 200, p.vocabulary.in(object{"data": p.user}))
	case "users/" + testUser + "/tweets":
		p.list(w, r.URL.Query())
	case "tweets":
		p.lookup(w, r.URL.Query())
	default:
		if id, ok := strings.CutPrefix(path, "users/"); ok && !strings.Contains(id, "/") {
			send(w, 200, problems(fault200("resource-not-found", "Not Found Error", "user", "id", id)))
			return
		}
		w.Header().Set("Content-Type", "text/html")
		send(w, 404, "<!DOCTYPE html><html>")
	}
}

func (p *platform) list(w http.ResponseWriter, q url.Values) {
	v, names, bad := fields(q)
	if bad != "" {
		send(w, 400, invalid(bad))
		return
	}
	if start, err := time.Parse(time.RFC3339, q.Get("start_time")); err == nil && start.Before(firstStart) {
		send(w, 400, invalid("start_time"))
		return
	}
	list := slices.DeleteFunc(slices.Clone(p.posts), func(t object) bool {
		id, until := parseIdent(fmt.Sprint(t["id"])), parseIdent(q.Get("until_id"))
		at, err := time.Parse(time.RFC3339, fmt.Sprint(t["created_at"]))
		start, startErr := time.Parse(time.RFC3339, q.Get("start_time"))
		return until != 0 && (id > until || id == until && !p.inclusive) ||
			err == nil && startErr == nil && at.Before(start)
	})
	token := q.Get("pagination_token")
	q.Del("pagination_token")
	h := fnv.New32()
	h.Write([]byte(q.Encode()))
	series := fmt.Sprintf("7140dibdnow%08x", h.Sum32()) // a token goes with its parameters
	from := 0
	if token != "" {
		last, ok := strings.CutPrefix(token, series)
		from = slices.IndexFunc(list, func(t object) bool { return t["id"] == last }) + 1
		if !ok || from == 0 {
			send(w, 400, invalid("pagination_token"))
			return
		}
	}
	size, _ := strconv.Atoi(q.Get("max_results"))
	to := min(from+min(size, p.perPage), len(list))
	body, meta := object{}, object{"result_count": to - from}
	if to > from {
		var data []any
		var media []object
		for _, t := range list[from:to] {
			data = append(data, only(v.in(t), names))
			if at, ok := t["attachments"].(object); ok && strings.Contains(q.Get("expansions"), "attachments.media_keys") {
				for _, key := range at["media_keys"].([]string) {
					media = append(media, p.media[key])
				}
			}
		}
		body["data"] = data
		if media != nil {
			body["includes"] = object{"media": media}
		}
		meta["newest_id"], meta["oldest_id"] = list[from]["id"], list[to-1]["id"]
		// The last page has a token too, which leads to an empty one.
		meta["next_token"] = series + fmt.Sprint(list[to-1]["id"])
	}
	if from > 0 {
		meta["previous_token"] = "77qpymm88g5h9vqkluxbk5ys2rpzqfgxzg0gurzi8yp84"
	}
	body["meta"] = meta
	send(w, 200, body)
}

func (p *platform) lookup(w http.ResponseWriter, q url.Values) {
	v, names, bad := fields(q)
	if bad != "" {
		send(w, 400, invalid(bad))
		return
	}
	var data []any
	var errs []object
	for _, id := range strings.Split(q.Get("ids"), ",") {
		if parseIdent(id) == 0 {
			send(w, 400, invalid("ids"))
			return
		}
		i := slices.IndexFunc(p.posts, func(t object) bool { return t["id"] == id })
		if i < 0 {
			errs = append(errs, fault200("resource-not-found", "Not Found Error", "tweet", "ids", id))
			continue
		}
		t := maps.Clone(p.posts[i])
		if at, _ := time.Parse(time.RFC3339, fmt.Sprint(t["created_at"])); p.appOnly || testNow.Sub(at) > 30*24*time.Hour {
			for _, field := range []string{"non_public_metrics", "organic_metrics", "promoted_metrics"} {
				delete(t, field)
				f := fault200("not-authorized-for-field", "Field Authorization Error", "tweet", "ids", id)
				f["field"], f["section"] = field, "data"
				errs = append(errs, f)
			}
		}
		data = append(data, only(v.in(t), names))
	}
	slices.Reverse(data) // the order of a lookup is not promised
	body := object{}
	if data != nil {
		body["data"] = data
	}
	if errs != nil {
		body["errors"] = errs
	}
	send(w, 200, body)
}

// requests returns the queries of the requests to paths with the suffix.
func (p *platform) requests(suffix string) []url.Values {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []url.Values
	for _, r := range p.calls {
		if strings.HasSuffix(r.URL.Path, suffix) {
			all = append(all, r.URL.Query())
		}
	}
	return all
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

// The answers of X to what it refuses.
const (
	unauthorized = `{"title":"Unauthorized","type":"about:blank","status":401,"detail":"Unauthorized"}`
	tooMany      = `{"title":"Too Many Requests","detail":"Too Many Requests","type":"about:blank","status":429}`
	capped       = `{"title":"UsageCapExceeded","period":"Monthly","scope":"Product","product_name":"standard-basic","account_id":1,` +
		`"detail":"Usage cap exceeded: Monthly product cap","type":"https://api.twitter.com/2/problems/usage-capped"}`
	depleted = `{"title":"Payment Required","status":402,"detail":"credits depleted","type":"https://api.x.com/2/problems/credits-depleted"}`
)

// problemType returns the type of a problem on the host of old or new.
func problemType(kind string) string { return "https://api.twitter.com/2/problems/" + kind }

// invalid is the refusal of a parameter.
func invalid(parameter string) string {
	b, _ := json.Marshal(object{
		"errors": []object{{"parameters": object{parameter: []string{"x"}}, "message": "The `" + parameter + "` query parameter value [x] is not valid"}},
		"title":  "Invalid Request", "detail": "One or more parameters to your request was invalid.", "type": problemType("invalid-request"),
	})
	return string(b)
}

// fault200 is one of the errors of an answer with status 200.
func fault200(kind, title, resource, parameter, value string) object {
	return object{"value": value, "detail": "Could not find " + resource + " with " + parameter + ": [" + value + "].", "title": title,
		"resource_type": resource, "parameter": parameter, "resource_id": value, "type": problemType(kind)}
}

// problems is an answer with nothing but errors.
func problems(faults ...object) string {
	b, _ := json.Marshal(object{"errors": faults})
	return string(b)
}

var (
	ownerAccount  = schema.Account{ID: "acc-1", Platform: schema.X, Handle: "pid_sindh", PlatformID: testUser, Access: schema.AccessOwner}
	publicAccount = schema.Account{ID: "acc-1", Platform: schema.X, Handle: "pid_sindh", Access: schema.AccessPublic}
)

func tokenOf(context.Context, schema.Account) (string, error) { return testToken, nil }

// connect returns a connector to p.
func connect(t testing.TB, p http.Handler) *Connector {
	t.Helper()
	srv := httptest.NewServer(p)
	t.Cleanup(srv.Close)
	return &Connector{BaseURL: srv.URL, HTTP: srv.Client(), Now: func() time.Time { return testNow }, Skew: -1, Token: tokenOf, Log: quiet}
}

var quiet = slog.New(slog.DiscardHandler)

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
		all.Metrics = append(all.Metrics, p.Metrics...)
		all.Raw = append(all.Raw, p.Raw...)
		all.Calls += p.Calls
		all.Skipped += p.Skipped
	}
	return all
}

// ids returns the keys of the posts that were stored, each once.
func (m *memory) ids() []string {
	seen := make(map[string]bool)
	for _, p := range m.all().Posts {
		seen[p.PostID] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// readings returns the observations of one call, by post.
func (m *memory) readings(call string) map[string]schema.Observation {
	rows := make(map[string]schema.Observation)
	for _, o := range m.all().Observations {
		if o.Call == call {
			rows[o.PostID] = o
		}
	}
	return rows
}

func collect(t *testing.T, c *Connector, job collector.Job) (*memory, collector.Cursor, error) {
	t.Helper()
	m := new(memory)
	cur, err := c.Collect(t.Context(), job, m.store)
	return m, cur, err
}
